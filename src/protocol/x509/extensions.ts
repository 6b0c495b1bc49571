/** The certificate extensions this server obeys or writes (RFC 5280 4.2.1), as values. */
import {
  Asn1Error,
  bitStringOctets,
  children,
  contentBytes,
  contextTag,
  expectTag,
  octets,
  oid,
  readOnly,
  smallInteger,
  tags,
} from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import {
  bitString,
  boolean,
  contextPrimitive,
  integer,
  octetString,
  oid as encodeOid,
  sequence,
} from "../asn1/write.ts";

export const extensionOids = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

export const extendedKeyUsageOids = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
} as const;

/** The bits of keyUsage in their order (RFC 5280 4.2.1.3). */
const keyUsageBits = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;
export type KeyUsage = (typeof keyUsageBits)[number];

/** The kinds of subjectAltName we read and write; others are skipped. */
const alternativeNameTags = { email: 1, dns: 2, uri: 6 } as const;
export type AlternativeName = { readonly kind: keyof typeof alternativeNameTags; readonly value: string };

/** One extension as received; `value` is the encoding inside its OCTET STRING. */
export type Extension = { readonly oid: string; readonly isCritical: boolean; readonly value: Buffer };
export type BasicConstraints = { readonly isCa: boolean; readonly pathLength: number | null };

/** Most extensions of one certificate. */
export const extensionsMax = 64;

/** Reads Extensions into a map by OID. @throws {Asn1Error} Also when one occurs twice (RFC 5280 4.2). */
export function readExtensions(list: Element): Map<string, Extension> {
  const result = new Map<string, Extension>();
  for (const item of children(expectTag(list, tags.sequence, "extensions"))) {
    const parts = children(expectTag(item, tags.sequence, "extension"));
    const extensionOid = oid(parts[0]);
    const hasFlag = parts[1]?.tag === tags.boolean;
    const value = expectTag(parts[hasFlag ? 2 : 1], tags.octetString, "extension value");
    const isCritical = hasFlag && contentBytes(parts[1] as Element)[0] !== 0;
    if (result.has(extensionOid)) throw new Asn1Error("asn1_malformed", "extension occurs twice");
    if (result.size >= extensionsMax) {
      throw new Asn1Error("asn1_too_many_elements", `more than ${extensionsMax} extensions`);
    }
    result.set(extensionOid, { oid: extensionOid, isCritical, value: octets(value) });
  }
  return result;
}

/** Decodes basicConstraints (RFC 5280 4.2.1.9). @throws {Asn1Error} */
export function decodeBasicConstraints(value: Buffer): BasicConstraints {
  const parts = children(expectTag(readOnly(value), tags.sequence, "basicConstraints"));
  const isCa = parts[0]?.tag === tags.boolean && contentBytes(parts[0])[0] !== 0;
  const pathLength = parts.find((part) => part.tag === tags.integer);
  return { isCa, pathLength: pathLength === undefined ? null : smallInteger(pathLength) };
}

/** Decodes keyUsage. @throws {Asn1Error} */
export function decodeKeyUsage(value: Buffer): ReadonlySet<KeyUsage> {
  const content = contentBytes(expectTag(readOnly(value), tags.bitString, "keyUsage"));
  return new Set(
    keyUsageBits.filter((_, bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0),
  );
}

/** Decodes the list of purposes of extendedKeyUsage. @throws {Asn1Error} */
export function decodeExtendedKeyUsage(value: Buffer): string[] {
  return children(expectTag(readOnly(value), tags.sequence, "extendedKeyUsage")).map((purpose) =>
    oid(purpose),
  );
}

/** Decodes subjectKeyIdentifier. @throws {Asn1Error} */
export function decodeSubjectKeyIdentifier(value: Buffer): Buffer {
  return octets(readOnly(value));
}

/**
 * Decodes the keyIdentifier of authorityKeyIdentifier, null when it names its issuer otherwise.
 *
 * @throws {Asn1Error}
 */
export function decodeAuthorityKeyIdentifier(value: Buffer): Buffer | null {
  const parts = children(expectTag(readOnly(value), tags.sequence, "authorityKeyIdentifier"));
  const keyIdentifier = parts.find((part) => part.tag === contextTag(0, false));
  return keyIdentifier === undefined ? null : contentBytes(keyIdentifier);
}

/** Decodes the DNS, e-mail and URI names of subjectAltName; other kinds are left out. @throws {Asn1Error} */
export function decodeAlternativeNames(value: Buffer): AlternativeName[] {
  const kinds = Object.entries(alternativeNameTags) as [AlternativeName["kind"], number][];
  return children(expectTag(readOnly(value), tags.sequence, "subjectAltName")).flatMap((name) => {
    const found = kinds.find(([, number]) => contextTag(number, false) === name.tag);
    return found === undefined ? [] : [{ kind: found[0], value: contentBytes(name).toString("latin1") }];
  });
}

/** Encodes one Extension; `critical` is written only when true, as DER asks for its default. */
export function encodeExtension(extensionOid: string, isCritical: boolean, value: Buffer): Buffer {
  const flag = isCritical ? [boolean(true)] : [];
  return sequence(encodeOid(extensionOid), ...flag, octetString(value));
}

/** Encodes the value of basicConstraints. */
export function encodeBasicConstraints({ isCa, pathLength }: BasicConstraints): Buffer {
  if (!isCa) return sequence();
  return pathLength === null ? sequence(boolean(true)) : sequence(boolean(true), integer(pathLength));
}

/** Encodes the value of keyUsage, without trailing zero bits (X.690 11.2.2). */
export function encodeKeyUsage(usages: Iterable<KeyUsage>): Buffer {
  const bits = [...usages].map((usage) => keyUsageBits.indexOf(usage));
  const last = Math.max(-1, ...bits);
  const content = Buffer.alloc((last + 8) >> 3);
  for (const bit of bits) content[bit >> 3] = (content[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bitString(content, last < 0 ? 0 : 7 - (last & 7));
}

/** Encodes the value of extendedKeyUsage. */
export function encodeExtendedKeyUsage(purposes: readonly string[]): Buffer {
  return sequence(...purposes.map((purpose) => encodeOid(purpose)));
}

/** Encodes the value of subjectKeyIdentifier. */
export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Buffer {
  return octetString(keyIdentifier);
}

/** Encodes the value of authorityKeyIdentifier with a key identifier alone. */
export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Buffer {
  return sequence(contextPrimitive(0, keyIdentifier));
}

/** Encodes the value of subjectAltName. */
export function encodeAlternativeNames(names: readonly AlternativeName[]): Buffer {
  return sequence(
    ...names.map(({ kind, value }) =>
      contextPrimitive(alternativeNameTags[kind], Buffer.from(value, "latin1")),
    ),
  );
}

/**
 * The key inside a SubjectPublicKeyInfo, which is what key identifiers are hashed from.
 *
 * @throws {Asn1Error}
 */
export function subjectPublicKeyBits(publicKeyInfo: Uint8Array): Buffer {
  const [, bits] = children(expectTag(readOnly(publicKeyInfo), tags.sequence, "public key info"));
  return bitStringOctets(expectTag(bits, tags.bitString, "public key"));
}
