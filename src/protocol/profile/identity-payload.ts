import type { PlistWritableDictionary } from "../plist/value.ts";
import { payloadIdentifier } from "./identifier.ts";
import { payload, profile } from "./payload.ts";

/** What an identity is for: the session kinds, and the passing identity of OTA phase 2. */
export type IdentityKind = "ota_phase_2" | "dep" | "ota" | "user" | "re";

/** The first parts of the common name of an identity, by what it is for (protocol.md 2.2 and 3.4). */
export const identityCommonNamePrefixes: { readonly [Kind in IdentityKind]: string } = {
  ota_phase_2: "OTA",
  dep: "MDM$DEP",
  ota: "MDM$OTA",
  user: "MDM$USER",
  re: "MDM$RE",
};

/** Characters of a common name: ub-common-name of RFC 5280, appendix A.1. */
export const commonNameCharactersMax = 64;

/**
 * The object identifier of the serialNumber attribute (RFC 4519, section 2.31), as Apple wants it in a
 * subject.
 */
export const serialNumberAttribute = "2.5.4.5";

/** Whom an identity names. */
export type IdentitySubject = {
  readonly kind: IdentityKind;
  /** The session's secret: it finds the session when the device comes back with the certificate. */
  readonly sessionSecret: string;
  /** Null when the secret is bound to no serial number. */
  readonly serialNumber: string | null;
  readonly metaBusinessUnitId: number | string;
};

/** The SCEP service that issues the identity. */
export type ScepSettings = {
  readonly url: string;
  readonly name: string;
  readonly challenge: string;
  readonly keySize: 1024 | 2048 | 4096;
  /** Bit 1: signing, bit 4: encryption; 0 leaves it open. */
  readonly keyUsage: 0 | 1 | 4 | 5;
};

/** What a SCEP payload is made of. */
export type ScepPayloadInput = {
  readonly uuid: string;
  readonly prefix: string;
  readonly subject: IdentitySubject;
  readonly scep: ScepSettings;
};

/**
 * Makes the common name of an identity, such as `MDM$OTA$<secret>`.
 *
 * @throws {RangeError} When the secret is too long for a common name: a mistake of ours, secrets are made to
 *   fit.
 */
export function identityCommonName(kind: IdentityKind, sessionSecret: string): string {
  const commonName = `${identityCommonNamePrefixes[kind]}$${sessionSecret}`;
  if (commonName.length > commonNameCharactersMax) {
    throw new RangeError(`Cannot put a secret of ${sessionSecret.length} characters into a common name`);
  }
  return commonName;
}

/** Makes the organization of an identity, `MBU$<id>`: it finds the meta business unit (protocol.md 2.2). */
export function identityOrganization(metaBusinessUnitId: number | string): string {
  return `MBU$${metaBusinessUnitId}`;
}

/**
 * Makes the subject of an identity in Apple's form: a list of RDNs, each a list of attributes (protocol.md
 * 3.4).
 */
export function identitySubject(subject: IdentitySubject): string[][][] {
  const commonName = identityCommonName(subject.kind, subject.sessionSecret);
  const serialNumber = subject.serialNumber === null ? [] : [[[serialNumberAttribute, subject.serialNumber]]];
  return [[["CN", commonName]], ...serialNumber, [["O", identityOrganization(subject.metaBusinessUnitId)]]];
}

/**
 * Makes the payload that has a device fetch its identity by SCEP (protocol.md 3.4 and 8.2).
 *
 * @see https://developer.apple.com/documentation/devicemanagement/scep
 */
export function scepPayload(input: ScepPayloadInput): PlistWritableDictionary {
  const identity = {
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "scep"),
    displayName: "SCEP",
  };
  return payload("com.apple.security.scep", identity, {
    PayloadContent: {
      URL: input.scep.url,
      Name: input.scep.name,
      Challenge: input.scep.challenge,
      "Key Type": "RSA",
      Keysize: input.scep.keySize,
      "Key Usage": input.scep.keyUsage,
      Subject: identitySubject(input.subject),
      KeyIsExtractable: false,
      AllowAllAppsAccess: false,
    },
  });
}

/** Makes the answer to OTA phase 2: a profile with the identity payload alone (protocol.md 1.11 and 3.4). */
export function otaIdentityProfile(input: {
  readonly uuid: string;
  readonly prefix: string;
  readonly displayName: string;
  readonly identity: PlistWritableDictionary;
}): PlistWritableDictionary {
  return profile({
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "scep"),
    displayName: input.displayName,
    organization: input.displayName,
    content: [input.identity],
  });
}
