/**
 * Builds SignedData messages part by part, so that tests can make the ones a proper encoder refuses to
 * make.
 */
import { sign } from "node:crypto";
import { children, contentBytes, rawBytes, readOnly } from "#protocol/asn1/read.ts";
import {
  contextConstructed,
  element,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
} from "#protocol/asn1/write.ts";
import { encodeContentInfo, encodeIssuerAndSerial } from "#protocol/cms/sign.ts";
import { cmsOids } from "#protocol/cms/signed-data.ts";
import { hashOf } from "#protocol/x509/signature-algorithm.ts";
import type { Identity } from "./identities.ts";

export const sha256Oid = "2.16.840.1.101.3.4.2.1";
export const sha256WithRsaOid = "1.2.840.113549.1.1.11";

/** One attribute with its values. */
export function anAttribute(type: string, ...values: Buffer[]): Buffer {
  return sequence(oid(type), setOf(...values));
}

/** The two attributes every signer with attributes must have. */
export function properAttributes(content: Uint8Array, contentType: string = cmsOids.data): Buffer[] {
  return [
    anAttribute(cmsOids.contentType, oid(contentType)),
    anAttribute(cmsOids.messageDigest, octetString(hashOf("sha256", content))),
  ];
}

type Parts = {
  readonly identity: Identity;
  readonly content: Uint8Array;
  readonly contentType?: string;
  /** Whether the content is embedded. */
  readonly isAttached?: boolean;
  readonly attributes?: readonly Buffer[] | null;
  readonly certificates?: readonly Buffer[];
  readonly digestOid?: string;
  readonly signatureOid?: string;
  readonly reference?: Buffer;
  readonly signature?: Buffer;
  /** How often the signer stands in the message. */
  readonly signerCopies?: number;
};

/** A message signed with RSA and SHA-256 unless its parts say otherwise. */
export function craftSignedData(parts: Parts): Buffer {
  const { identity, content, attributes = null, isAttached = true, contentType = cmsOids.data } = parts;
  const signed = attributes === null ? content : setOf(...attributes);
  const signature = parts.signature ?? sign("sha256", signed, identity.privateKey);
  const algorithm = (type: string) => sequence(oid(type), nullValue());
  const digest = algorithm(parts.digestOid ?? sha256Oid);
  const signer = sequence(
    integer(1),
    parts.reference ?? encodeIssuerAndSerial(identity.certificate),
    digest,
    ...(attributes === null ? [] : [contextConstructed(0, contentBytes(readOnly(setOf(...attributes))))]),
    algorithm(parts.signatureOid ?? sha256WithRsaOid),
    octetString(signature),
  );
  const wrapped = isAttached ? [contextConstructed(0, octetString(content))] : [];
  const certificates = parts.certificates ?? [identity.certificate.raw];
  return encodeContentInfo(
    cmsOids.signedData,
    sequence(
      integer(1),
      setOf(digest),
      sequence(oid(contentType), ...wrapped),
      contextConstructed(0, ...certificates),
      setOf(...Array.from({ length: parts.signerCopies ?? 1 }, () => signer)),
    ),
  );
}

/**
 * Re-encodes a message the way Apple's encoder does: the outer elements with indefinite lengths, and the
 * content as a constructed string of pieces. Certificates and signers keep their bytes.
 */
export function asIndefinite(message: Buffer, pieceBytes = 700): Buffer {
  const [type, wrapped] = children(readOnly(message)) as [Part, Part];
  const parts = children(children(wrapped)[0] as Part).map((part, index) =>
    index === 2 ? indefiniteContent(part, pieceBytes) : rawBytes(part),
  );
  return indefinite(0x30, rawBytes(type), indefinite(0xa0, indefinite(0x30, ...parts)));
}

type Part = ReturnType<typeof readOnly>;

function indefinite(tag: number, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)]);
}

function indefiniteContent(encapsulated: Part, pieceBytes: number): Buffer {
  const [type, wrapped] = children(encapsulated) as [Part, Part | undefined];
  if (wrapped === undefined) return indefinite(0x30, rawBytes(type));
  const content = contentBytes(children(wrapped)[0] as Part);
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceBytes) {
    pieces.push(element(0x04, content.subarray(at, at + pieceBytes)));
  }
  return indefinite(0x30, rawBytes(type), indefinite(0xa0, indefinite(0x24, ...pieces)));
}
