/**
 * Signing (RFC 5652 5): profiles for devices, SCEP answers, and what simulated devices of tests sign. DER
 * throughout.
 */
import type { KeyObject } from "node:crypto";
import {
  contextConstructed,
  element,
  integer,
  nullValue,
  octetString,
  oid as encodeOid,
  sequence,
  setOf,
  time,
} from "../asn1/write.ts";
import { tags } from "../asn1/read.ts";
import type { Certificate } from "../x509/certificate.ts";
import {
  encodeHashAlgorithm,
  encodeSignatureAlgorithm,
  hashOf,
  keyKindOf,
  rsaEncryptionOid,
  signBytes,
} from "../x509/signature-algorithm.ts";
import type { HashName, KeyKind } from "../x509/signature-algorithm.ts";
import { cmsOids } from "./signed-data.ts";

/** An attribute to sign: its OID and the encoding of its one value. */
export type AttributeInput = { readonly oid: string; readonly value: Uint8Array };

/** What to sign, and how. */
export type SignInput = {
  readonly content: Uint8Array;
  readonly contentType?: string;
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  /** Further certificates to embed, such as the issuers up to the root. */
  readonly chain?: readonly { readonly raw: Buffer }[];
  /** Leaves the content out of the message. */
  readonly detached?: boolean;
  /** Signed attributes: contentType, messageDigest, and signingTime when `at` is given. */
  readonly signedAttributes: boolean;
  readonly at?: Date;
  readonly extraAttributes?: readonly AttributeInput[];
  readonly hash?: HashName;
};

/**
 * Signs content with one signer, by RSA PKCS#1 v1.5 or ECDSA, SHA-256 unless told otherwise.
 *
 * @returns A SignedData message in DER.
 * @throws {X509Error} `key_unsupported`
 */
export function signData(input: SignInput): Buffer {
  const { content, contentType = cmsOids.data, chain = [], hash = "sha256" } = input;
  const wrapped = input.detached === true ? [] : [contextConstructed(0, octetString(content))];
  return encodeSignedData({
    hashes: [hash],
    encapsulated: sequence(encodeOid(contentType), ...wrapped),
    certificates: [input.certificate.raw, ...chain.map(({ raw }) => raw)],
    signers: [encodeSigner(input, contentType, hash)],
  });
}

/**
 * Encodes certificates alone, as SignedData that nobody signed (RFC 8894 3.4): what SCEP answers hold.
 *
 * @returns DER; the certificates keep their order, because old clients take the first.
 */
export function encodeDegenerate(certificates: readonly { readonly raw: Buffer }[]): Buffer {
  return encodeSignedData({
    hashes: [],
    encapsulated: sequence(encodeOid(cmsOids.data)),
    certificates: certificates.map(({ raw }) => raw),
    signers: [],
  });
}

function encodeSignedData(parts: {
  readonly hashes: readonly HashName[];
  readonly encapsulated: Buffer;
  readonly certificates: readonly Buffer[];
  readonly signers: readonly Buffer[];
}): Buffer {
  return encodeContentInfo(
    cmsOids.signedData,
    sequence(
      integer(1),
      setOf(...parts.hashes.map((hash) => encodeHashAlgorithm(hash))),
      parts.encapsulated,
      contextConstructed(0, ...parts.certificates),
      setOf(...parts.signers),
    ),
  );
}

/** Encodes ContentInfo (RFC 5652 3). */
export function encodeContentInfo(contentType: string, content: Buffer): Buffer {
  return sequence(encodeOid(contentType), contextConstructed(0, content));
}

function encodeSigner(input: SignInput, contentType: string, hash: HashName): Buffer {
  const { certificate, privateKey } = input;
  const attributes = input.signedAttributes ? encodeAttributes(input, contentType, hash) : null;
  const signature = signBytes(privateKey, hash, attributes ?? input.content);
  return sequence(
    integer(1),
    encodeIssuerAndSerial(certificate),
    encodeHashAlgorithm(hash),
    ...(attributes === null ? [] : [retagAsContext(attributes)]),
    encodeSignerAlgorithm(keyKindOf(privateKey), hash),
    octetString(signature),
  );
}

/**
 * RSA is named without its hash, as RFC 3370 3.2 has it: OpenSSL and Apple write it so, and strongSwan and
 * certmonger read nothing else.
 */
function encodeSignerAlgorithm(keyKind: KeyKind, hash: HashName): Buffer {
  return keyKind === "rsa"
    ? sequence(encodeOid(rsaEncryptionOid), nullValue())
    : encodeSignatureAlgorithm({ keyKind, hash });
}

/**
 * Encodes IssuerAndSerialNumber with the bytes the certificate has, so that it is found again by comparing
 * bytes.
 */
export function encodeIssuerAndSerial({ issuer, serial }: Certificate): Buffer {
  return sequence(issuer.raw, element(tags.integer, serial));
}

function encodeAttributes(input: SignInput, contentType: string, hash: HashName): Buffer {
  const attributes: AttributeInput[] = [
    { oid: cmsOids.contentType, value: encodeOid(contentType) },
    { oid: cmsOids.messageDigest, value: octetString(hashOf(hash, input.content)) },
    ...(input.at === undefined ? [] : [{ oid: cmsOids.signingTime, value: time(input.at) }]),
    ...(input.extraAttributes ?? []),
  ];
  return setOf(...attributes.map(({ oid, value }) => sequence(encodeOid(oid), setOf(value))));
}

function retagAsContext(attributes: Buffer): Buffer {
  const copy = Buffer.from(attributes);
  copy[0] = 0xa0;
  return copy;
}
