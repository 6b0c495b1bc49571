/**
 * Certificate requests (PKCS#10, RFC 2986): what a device asks SCEP for, and what we ask Apple's push
 * service for.
 */
import type { KeyObject } from "node:crypto";
import {
  bitStringOctets,
  children,
  contextTag,
  expectTag,
  oid,
  rawBytes,
  readOnly,
  smallInteger,
  tags,
  text,
} from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import {
  bitString,
  contextConstructed,
  integer,
  oid as encodeOid,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../asn1/write.ts";
import { readExtensions } from "./extensions.ts";
import type { Extension } from "./extensions.ts";
import { encodeName, readName } from "./name.ts";
import type { DistinguishedName, NameInput } from "./name.ts";
import { importPublicKeyInfo } from "./public-key.ts";
import {
  decodeAlgorithmIdentifier,
  encodeSignatureAlgorithm,
  findSignatureAlgorithm,
  keyKindOf,
  signBytes,
  verifySignature,
} from "./signature-algorithm.ts";
import type { AlgorithmIdentifier } from "./signature-algorithm.ts";
import { decodeOrRefuse, X509Error } from "./x509-error.ts";

export const challengePasswordOid = "1.2.840.113549.1.9.7";
const extensionRequestOid = "1.2.840.113549.1.9.14";
/** Largest request decoded; real ones have 1 to 2 KB. */
export const certificateRequestBytesMax = 64 * 1024;

/** A decoded request. Its signature is checked by {@link verifyProofOfPossession}, not by decoding. */
export type CertificateRequest = {
  readonly raw: Buffer;
  /** What the requester signed. */
  readonly info: Buffer;
  readonly subject: DistinguishedName;
  readonly publicKeyInfo: Buffer;
  /** Null when absent; the empty string when given but empty. */
  readonly challengePassword: string | null;
  /** The extensions asked for; policy decides about them. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Buffer;
};

/**
 * Decodes one PKCS#10 request.
 *
 * @throws {X509Error} `certificate_request_malformed`, also when an attribute occurs twice.
 */
export function decodeCertificateRequest(der: Uint8Array): CertificateRequest {
  const message = "Cannot decode certificate request";
  if (der.length > certificateRequestBytesMax) throw new X509Error("certificate_request_malformed", message);
  return decodeOrRefuse("certificate_request_malformed", message, () => {
    const outer = readOnly(der);
    const [info, algorithm, signature] = children(expectTag(outer, tags.sequence, "certificate request"));
    const parts = children(expectTag(info, tags.sequence, "request info"));
    const [version, subject, publicKeyInfo] = parts;
    smallInteger(version);
    const attributes = readAttributes(parts.find((part) => part.tag === contextTag(0, true)));
    const challenge = attributes.get(challengePasswordOid);
    const extensions = attributes.get(extensionRequestOid);
    return {
      raw: rawBytes(outer),
      info: rawBytes(info as Element),
      subject: readName(expectTag(subject, tags.sequence, "subject")),
      publicKeyInfo: rawBytes(expectTag(publicKeyInfo, tags.sequence, "public key info")),
      challengePassword: challenge === undefined ? null : text(challenge),
      extensions: extensions === undefined ? new Map<string, Extension>() : readExtensions(extensions),
      signatureAlgorithm: decodeAlgorithmIdentifier(algorithm),
      signature: bitStringOctets(expectTag(signature, tags.bitString, "signature")),
    };
  });
}

/** The single value of each attribute; those of no or several values are of no use to us. */
function readAttributes(list: Element | undefined): Map<string, Element> {
  const result = new Map<string, Element>();
  for (const attribute of list === undefined ? [] : children(list)) {
    const [type, values] = children(expectTag(attribute, tags.sequence, "request attribute"));
    const [value, ...others] = children(expectTag(values, tags.set, "attribute values"));
    const attributeOid = oid(type);
    if (result.has(attributeOid)) {
      throw new X509Error("certificate_request_malformed", "Request attribute occurs twice");
    }
    if (value !== undefined && others.length === 0) result.set(attributeOid, value);
  }
  return result;
}

/**
 * Verifies that the requester holds the private key of the key it asks for.
 *
 * SHA-1 is accepted here: the signature proves possession to us now and outlives nothing.
 *
 * @returns The public key, for the checks a policy makes of it.
 * @throws {X509Error} `signature_algorithm_refused`, `signature_invalid`, `key_unsupported`,
 *   `certificate_malformed`.
 */
export function verifyProofOfPossession(request: CertificateRequest): KeyObject {
  const algorithm = findSignatureAlgorithm(request.signatureAlgorithm.oid);
  if (algorithm === null) {
    throw new X509Error("signature_algorithm_refused", "Request is signed with an algorithm that is refused");
  }
  const publicKey = importPublicKeyInfo(request.publicKeyInfo);
  if (!verifySignature({ algorithm, publicKey, data: request.info, signature: request.signature })) {
    throw new X509Error("signature_invalid", "Request signature is not valid");
  }
  return publicKey;
}

/**
 * Encodes a request signed with SHA-256.
 *
 * @param input.publicKeyInfo The SPKI of `input.privateKey`.
 * @param input.challenge The SCEP challenge, which is the challengePassword attribute (RFC 8894 2.3).
 * @returns DER.
 */
export function encodeCertificateRequest(input: {
  readonly subject: readonly NameInput[] | Buffer;
  readonly privateKey: KeyObject;
  readonly publicKeyInfo: Uint8Array;
  readonly challenge?: string;
}): Buffer {
  const attributes = input.challenge === undefined ? [] : [encodeChallenge(input.challenge)];
  const info = sequence(
    integer(0),
    Buffer.isBuffer(input.subject) ? input.subject : encodeName(input.subject as readonly NameInput[]),
    input.publicKeyInfo,
    contextConstructed(0, ...attributes),
  );
  const algorithm = encodeSignatureAlgorithm({ keyKind: keyKindOf(input.privateKey), hash: "sha256" });
  return sequence(info, algorithm, bitString(signBytes(input.privateKey, "sha256", info)));
}

function encodeChallenge(challenge: string): Buffer {
  const isPrintable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(challenge);
  const value = isPrintable ? printableString(challenge) : utf8String(challenge);
  return sequence(encodeOid(challengePasswordOid), setOf(value));
}
