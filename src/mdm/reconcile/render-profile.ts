// A configuration profile as one target gets it: variables replaced, SCEP payloads completed, known by the artifact it
// comes from (protocol.md 3.6). Made from the decoded profile; its bytes are written, and signed, afterwards.
// The artifact's identifier stays the same for all versions, so that a newer one replaces an older one on the device.
import type { Secret } from "#platform/secret.ts";
import { type PlistWritable, type PlistWritableDictionary, Real } from "#protocol/plist/value.ts";
import { payloadIdentifier } from "#protocol/profile/identifier.ts";
import { type NameInput, nameOids } from "#protocol/x509/name.ts";

/** Most SCEP payloads that one profile may have completed: each costs a challenge. */
export const scepPayloadsMax = 10;

/** What a SCEP payload is filled with; identities make it. */
export type ScepPayloadSettings = {
  readonly name: string;
  readonly url: string;
  readonly keySize: number;
  readonly keyUsage: number;
  readonly challenge: Secret<string>;
};

/** A SCEP payload of a profile: where it is among the payloads, and what it asks for. */
export type ScepPayloadPlace = {
  readonly index: number;
  /** Of its issuer, maybe. */
  readonly name: string;
  readonly subject: readonly NameInput[];
};

/** The identifier that an artifact's profile is installed under (desired-state specification 1.10). */
export function installedProfileIdentifier(prefix: string, artifactId: string): string {
  return payloadIdentifier(prefix, "artifact", artifactId);
}

/** Gives a profile the identity of its artifact and version. */
export function identifyProfile(
  profile: PlistWritableDictionary,
  identity: { readonly prefix: string; readonly artifactId: string; readonly versionId: string },
): PlistWritableDictionary {
  return {
    ...profile,
    PayloadIdentifier: installedProfileIdentifier(identity.prefix, identity.artifactId),
    PayloadUUID: identity.versionId.toUpperCase(),
  };
}

/** The SCEP payloads of a profile that name somebody. */
export function listScepPayloads(profile: PlistWritableDictionary): ScepPayloadPlace[] {
  return payloadsOf(profile).flatMap((payload, index) => {
    if (!isMembers(payload) || payload["PayloadType"] !== "com.apple.security.scep") return [];
    const settings = payload["PayloadContent"];
    const name = isMembers(settings) ? settings["Name"] : undefined;
    if (!isMembers(settings) || typeof name !== "string") return [];
    return [{ index, name, subject: readSubject(settings["Subject"]) }];
  });
}

/** Fills SCEP payloads: what a payload says of itself stays, but for the key type and the challenge (protocol.md 8.2). */
export function fillScepPayloads(
  profile: PlistWritableDictionary,
  settingsByIndex: ReadonlyMap<number, ScepPayloadSettings>,
): PlistWritableDictionary {
  if (settingsByIndex.size === 0) return profile;
  const payloads = payloadsOf(profile).map((payload, index) => {
    const settings = settingsByIndex.get(index);
    if (settings === undefined || !isMembers(payload)) return payload;
    const own = payload["PayloadContent"];
    return { ...payload, PayloadContent: fillScepSettings(isMembers(own) ? own : {}, settings) };
  });
  return { ...profile, PayloadContent: payloads };
}

/** What a SCEP payload, or the credential of a SCEP asset, is completed with (protocol.md 8.2). */
export function fillScepSettings<Settings extends Readonly<Record<string, unknown>>>(
  own: Settings,
  { name, url, keySize, keyUsage, challenge }: ScepPayloadSettings,
) {
  const missing = { Name: name, URL: url, "Key Usage": keyUsage, Keysize: keySize };
  return { ...missing, ...own, "Key Type": "RSA", Challenge: challenge.reveal() };
}

const nameShortcuts = new Map<string, string>([
  ["C", nameOids.country],
  ["L", nameOids.locality],
  ["ST", nameOids.state],
  ["O", nameOids.organization],
  ["OU", nameOids.organizationalUnit],
  ["CN", nameOids.commonName],
]);
const dottedOid = /^[0-2](?:\.(?:0|[1-9]\d{0,9})){1,20}$/;
/** As X.509 readers take them. */
const subjectAttributesMax = 64;

/** Reads a subject in Apple's form, `[[["CN", "name"]], …]`; what cannot be in a certificate is left out. */
export function readSubject(subject: unknown): NameInput[] {
  const attributes = (Array.isArray(subject) ? subject : []).flatMap((rdn: unknown) =>
    Array.isArray(rdn) ? (rdn as unknown[]) : [],
  );
  return attributes
    .flatMap((pair): NameInput[] => {
      const [type, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
      if (typeof type !== "string" || typeof value !== "string" || value === "") return [];
      const oid = nameShortcuts.get(type.toUpperCase()) ?? (dottedOid.test(type) ? type : null);
      return oid === null ? [] : [{ oid, value }];
    })
    .slice(0, subjectAttributesMax);
}

function payloadsOf(profile: PlistWritableDictionary): readonly PlistWritable[] {
  const payloads = profile["PayloadContent"];
  return Array.isArray(payloads) ? payloads : [];
}

function isMembers(value: PlistWritable | undefined): value is PlistWritableDictionary {
  return (
    typeof value === "object" &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array || value instanceof Date || value instanceof Real)
  );
}
