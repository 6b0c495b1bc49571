/** Configuration profiles as a device reads them: unwrapped, their signature verified, their payloads by type. */
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import {
  arrayAt,
  booleanAt,
  bytesAt,
  dictionariesAt,
  dictionaryAt,
  integerAt,
  nonEmptyStringAt,
  stringAt,
  stringsAt,
} from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import type { NamePart } from "../crypto/certificate-writer.ts";
import { DeviceError } from "./device-error.ts";

export type Payload = {
  readonly type: string;
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly content: PlistDictionary;
};

export type ConfigurationProfile = {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly organization: string;
  readonly payloadType: string;
  readonly payloads: readonly Payload[];
  /** The whole plist; `PayloadContent` of a Profile Service profile is a dictionary. */
  readonly root: PlistDictionary;
  /** The certificate that signed it, or null. */
  readonly signer: Buffer | null;
};

/**
 * Opens a profile, signed or not.
 *
 * @throws {DeviceError} `profile_unusable`.
 */
export function openProfile(bytes: Buffer): ConfigurationProfile {
  try {
    // A signed profile is a ContentInfo, which begins with the tag of a SEQUENCE.
    const isSigned = bytes[0] === 0x30;
    const message = isSigned ? verifySignedData({ signedData: decodeSignedData(bytes) }) : null;
    const root = readPlistDictionary(message?.content ?? bytes);
    return { ...describe(root), signer: message?.signers[0]?.certificate.raw ?? null };
  } catch (error) {
    if (error instanceof DeviceError) throw error;
    throw new DeviceError("profile_unusable", "Cannot open profile", { cause: error });
  }
}

function describe(root: PlistDictionary): Omit<ConfigurationProfile, "signer"> {
  return {
    identifier: need(root, "PayloadIdentifier"),
    uuid: need(root, "PayloadUUID"),
    displayName: stringAt(root, "PayloadDisplayName") ?? "",
    organization: stringAt(root, "PayloadOrganization") ?? "",
    payloadType: need(root, "PayloadType"),
    payloads: (dictionariesAt(root, "PayloadContent") ?? []).map((content) => ({
      type: need(content, "PayloadType"),
      identifier: need(content, "PayloadIdentifier"),
      uuid: need(content, "PayloadUUID"),
      displayName: stringAt(content, "PayloadDisplayName") ?? "",
      content,
    })),
    root,
  };
}

function need(dictionary: PlistDictionary, key: string): string {
  const value = nonEmptyStringAt(dictionary, key);
  if (value === null) throw new DeviceError("profile_unusable", `Profile lacks ${key}`);
  return value;
}

/** The settings of a `com.apple.security.scep` payload. */
export type ScepSettings = {
  readonly url: string;
  readonly name: string;
  readonly challenge: string | null;
  readonly keyBits: number;
  readonly subject: readonly NamePart[];
  readonly caFingerprint: Buffer | null;
};

/** Reads a SCEP payload. @throws {DeviceError} `profile_unusable`. */
export function readScepSettings(payload: Payload): ScepSettings {
  const settings = dictionaryAt(payload.content, "PayloadContent");
  if (settings === null) throw new DeviceError("profile_unusable", "SCEP payload without settings");
  if (stringAt(settings, "Key Type") !== "RSA") {
    throw new DeviceError("profile_unusable", "SCEP payload does not ask for an RSA key");
  }
  return {
    url: need(settings, "URL"),
    name: stringAt(settings, "Name") ?? "",
    challenge: stringAt(settings, "Challenge"),
    keyBits: integerAt(settings, "Keysize") ?? 1024, // Apple's default.
    subject: (arrayAt(settings, "Subject") ?? []).flatMap((rdn) => readRelativeName(rdn)),
    caFingerprint: bytesAt(settings, "CAFingerprint"),
  };
}

function readRelativeName(rdn: unknown): NamePart[] {
  return (Array.isArray(rdn) ? rdn : []).map((pair: unknown) => {
    const [type, value] = Array.isArray(pair) ? pair : [];
    if (typeof type !== "string" || typeof value !== "string") {
      throw new DeviceError("profile_unusable", "SCEP subject is not a list of lists of pairs");
    }
    return { type, value };
  });
}

/** The settings of a `com.apple.mdm` payload, with the SCEP settings of its identity. */
export type MdmSettings = {
  readonly serverUrl: string;
  readonly checkInUrl: string;
  readonly topic: string;
  readonly signsMessages: boolean;
  readonly checksOutWhenRemoved: boolean;
  readonly capabilities: readonly string[];
  readonly scep: ScepSettings;
};

/**
 * Reads the MDM payload of a profile and the identity it names.
 *
 * @returns Null when the profile has no MDM payload.
 * @throws {DeviceError} `profile_unusable`.
 */
export function readMdmSettings(profile: ConfigurationProfile): MdmSettings | null {
  const mdm = profile.payloads.find(({ type }) => type === "com.apple.mdm");
  if (mdm === undefined) return null;
  const { content } = mdm;
  const identityUuid = need(content, "IdentityCertificateUUID");
  const identity = profile.payloads.find(({ uuid }) => uuid === identityUuid);
  if (identity?.type !== "com.apple.security.scep") {
    throw new DeviceError("profile_unusable", "MDM payload names no SCEP identity of this profile");
  }
  const serverUrl = need(content, "ServerURL");
  return {
    serverUrl,
    checkInUrl: stringAt(content, "CheckInURL") ?? serverUrl,
    topic: need(content, "Topic"),
    signsMessages: booleanAt(content, "SignMessage") ?? false,
    checksOutWhenRemoved: booleanAt(content, "CheckOutWhenRemoved") ?? false,
    capabilities: stringsAt(content, "ServerCapabilities") ?? [],
    scep: readScepSettings(identity),
  };
}

/** The settings of a Profile Service profile (OTA phase 1). */
export type ProfileServiceSettings = {
  readonly url: string;
  readonly challenge: string | null;
  readonly attributes: readonly string[];
};

/** Reads a Profile Service profile. @returns Null when the profile is of another type. */
export function readProfileService(profile: ConfigurationProfile): ProfileServiceSettings | null {
  if (profile.payloadType !== "Profile Service") return null;
  const content = dictionaryAt(profile.root, "PayloadContent");
  if (content === null) throw new DeviceError("profile_unusable", "Profile Service without settings");
  return {
    url: need(content, "URL"),
    challenge: stringAt(content, "Challenge"),
    attributes: stringsAt(content, "DeviceAttributes") ?? [],
  };
}

/** The certificates that a profile brings along. */
export function listCertificatePayloads(profile: ConfigurationProfile): Buffer[] {
  const types = ["com.apple.security.pem", "com.apple.security.root", "com.apple.security.pkcs1"];
  return profile.payloads
    .filter(({ type }) => types.includes(type))
    .flatMap(({ content }) => {
      const bytes = bytesAt(content, "PayloadContent");
      return bytes === null ? [] : [derOf(bytes)];
    });
}

function derOf(bytes: Buffer): Buffer {
  const [, base64] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(bytes.toString("latin1")) ?? [];
  return base64 === undefined ? bytes : Buffer.from(base64, "base64");
}
