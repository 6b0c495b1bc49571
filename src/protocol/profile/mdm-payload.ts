import type { PlistWritableDictionary } from "../plist/value.ts";
import type { DeviceUrls } from "./device-urls.ts";
import { payloadIdentifier } from "./identifier.ts";
import { payload, profile } from "./payload.ts";

/** All rights an MDM payload can ask for. */
export const mdmAccessRights = 8191;

/** What the server can do, as devices are told (protocol.md 3.5). */
export const mdmServerCapabilities = ["com.apple.mdm.bootstraptoken", "com.apple.mdm.per-user-connections"];

/** What an MDM payload is made of. */
export type MdmPayloadInput = {
  readonly uuid: string;
  readonly prefix: string;
  /** The UUID of the identity payload in the same profile. */
  readonly identityUuid: string;
  /** The topic of the push certificate. */
  readonly topic: string;
  /** On the host that authenticates devices: the proxy's with client certificates, else the server's. */
  readonly urls: Pick<DeviceUrls, "checkIn" | "connect">;
  /** False behind a proxy that checks client certificates; true makes devices sign each message. */
  readonly isMessageSigned: boolean;
  /**
   * The managed Apple ID of an account-driven user enrollment, which grants no access rights; null for all
   * others.
   */
  readonly managedAppleId: string | null;
};

/**
 * Makes the payload that puts a device under management (protocol.md 3.5).
 *
 * @see https://developer.apple.com/documentation/devicemanagement/mdm
 */
export function mdmPayload(input: MdmPayloadInput): PlistWritableDictionary {
  const identity = {
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "mdm"),
    displayName: "MDM",
  };
  return payload("com.apple.mdm", identity, {
    IdentityCertificateUUID: input.identityUuid,
    Topic: input.topic,
    ServerCapabilities: mdmServerCapabilities,
    ServerURL: input.urls.connect,
    CheckInURL: input.urls.checkIn,
    CheckOutWhenRemoved: true,
    SignMessage: input.isMessageSigned ? true : undefined,
    ...managementMode(input.managedAppleId),
  });
}

/**
 * Makes the enrollment profile. Its payloads stand in this order: root CA, identity, MDM (protocol.md 3.5).
 */
export function mdmProfile(input: {
  readonly uuid: string;
  readonly prefix: string;
  /** The enrollment's display name. */
  readonly displayName: string;
  /** Null where devices trust the server's certificate anyway. */
  readonly rootCa: PlistWritableDictionary | null;
  readonly identity: PlistWritableDictionary;
  readonly mdm: PlistWritableDictionary;
}): PlistWritableDictionary {
  return profile({
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "mdm"),
    displayName: input.displayName,
    organization: input.displayName,
    content: [...(input.rootCa === null ? [] : [input.rootCa]), input.identity, input.mdm],
  });
}

function managementMode(managedAppleId: string | null): PlistWritableDictionary {
  if (managedAppleId === null) return { AccessRights: mdmAccessRights };
  return { AssignedManagedAppleID: managedAppleId, EnrollmentMode: "BYOD" };
}
