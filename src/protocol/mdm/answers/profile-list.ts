import { booleanAt, byteStringsAt, dictionariesAt, integerAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { type JsonObject, plistToJsonObject } from "../json.ts";
import { textAt } from "../text.ts";

/** What every payload, the profile itself included, says about itself. */
export type PayloadDescription = {
  readonly payloadIdentifier: string | null;
  /** As sent; older systems send none. */
  readonly payloadUuid: string | null;
  readonly payloadVersion: number | null;
  readonly payloadDisplayName: string | null;
  readonly payloadDescription: string | null;
  readonly payloadOrganization: string | null;
};

/** A payload inside an installed profile. */
export type InstalledPayload = PayloadDescription & { readonly payloadType: string | null };

/** A profile on a device. Null: not reported, or malformed. */
export type InstalledProfile = PayloadDescription & {
  readonly isManaged: boolean | null;
  readonly isEncrypted: boolean | null;
  readonly hasRemovalPasscode: boolean | null;
  readonly isRemovalDisallowed: boolean | null;
  /** How the profile came, on tvOS and newer systems. */
  readonly source: string | null;
  readonly payloads: readonly InstalledPayload[];
  /** DER, the signer first; empty for an unsigned profile. */
  readonly signerCertificates: readonly Buffer[];
  /** The whole entry, for storing. */
  readonly json: JsonObject;
};

/**
 * Decodes the answer to ProfileList.
 *
 * @param response The whole report. Entries that are not dictionaries are left out; malformed members read as
 *   not reported.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/profilelistresponse
 */
export function decodeProfileList(response: PlistDictionary): InstalledProfile[] | null {
  return dictionariesAt(response, "ProfileList")?.map(decodeProfile) ?? null;
}

function decodeProfile(entry: PlistDictionary): InstalledProfile {
  return {
    ...describePayload(entry),
    isManaged: booleanAt(entry, "IsManaged"),
    isEncrypted: booleanAt(entry, "IsEncrypted"),
    hasRemovalPasscode: booleanAt(entry, "HasRemovalPasscode"),
    isRemovalDisallowed: booleanAt(entry, "PayloadRemovalDisallowed"),
    source: textAt(entry, "Source"),
    payloads: (dictionariesAt(entry, "PayloadContent") ?? []).map(decodePayload),
    signerCertificates: byteStringsAt(entry, "SignerCertificates") ?? [],
    json: plistToJsonObject(entry),
  };
}

function decodePayload(entry: PlistDictionary): InstalledPayload {
  return { ...describePayload(entry), payloadType: textAt(entry, "PayloadType") };
}

function describePayload(entry: PlistDictionary): PayloadDescription {
  return {
    payloadIdentifier: textAt(entry, "PayloadIdentifier"),
    payloadUuid: textAt(entry, "PayloadUUID"),
    payloadVersion: integerAt(entry, "PayloadVersion"),
    payloadDisplayName: textAt(entry, "PayloadDisplayName"),
    payloadDescription: textAt(entry, "PayloadDescription"),
    payloadOrganization: textAt(entry, "PayloadOrganization"),
  };
}
