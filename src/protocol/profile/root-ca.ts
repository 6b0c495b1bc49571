import type { PlistWritableDictionary } from "../plist/value.ts";
import { payloadIdentifier } from "./identifier.ts";
import { payload, profile } from "./payload.ts";

/** What a root CA payload is made of. */
export type RootCaInput = {
  readonly uuid: string;
  readonly prefix: string;
  /** The certificate devices shall trust, PEM. */
  readonly certificatePem: string;
};

const pemCertificate = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

/**
 * Finds the root of a PEM chain: its last certificate (protocol.md 3.2).
 *
 * @returns Null when the text holds no certificate.
 */
export function findLastPemCertificate(fullchainPem: string): string | null {
  return fullchainPem.match(pemCertificate)?.at(-1) ?? null;
}

/** Makes the payload that lets devices trust the server's certificate (protocol.md 3.2). */
export function rootCaPayload(input: RootCaInput): PlistWritableDictionary {
  const identity = {
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "tls-root-ca-cert"),
    displayName: "root CA",
  };
  return payload("com.apple.security.pem", identity, {
    PayloadContent: Buffer.from(`${input.certificatePem.trim()}\n`, "utf8"),
  });
}

/** Makes a profile with the root CA payload alone, for devices that must trust the server first. */
export function rootCaProfile(input: {
  readonly uuid: string;
  readonly prefix: string;
  readonly displayName: string;
  readonly rootCa: PlistWritableDictionary;
}): PlistWritableDictionary {
  return profile({
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "root-ca-certificates"),
    displayName: input.displayName,
    content: [input.rootCa],
  });
}
