/**
 * The sandbox's own CMS writer (RFC 5652): signatures in the two shapes devices use, and envelopes for SCEP.
 * Real devices sign check-ins without signed attributes and with BER indefinite lengths; newer clients and SCEP
 * use signed attributes and DER.
 */
import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  sign,
} from "node:crypto";
import { decodeCertificate, readIssuerAndSerial } from "#protocol/x509/certificate.ts";
import {
  der,
  derContext,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTime,
  indefinite,
} from "./der.ts";
import type { Identity, SandboxHash } from "./certificate-writer.ts";

const oids = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  envelopedData: "1.2.840.113549.1.7.3",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  rsaEncryption: "1.2.840.113549.1.1.1",
} as const;

const hashOids: Readonly<Record<SandboxHash, string>> = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha512: "2.16.840.1.101.3.4.2.3",
};

/** An attribute to be signed: its type, and its one encoded value. */
export type SignedAttribute = { readonly oid: string; readonly value: Buffer };

/** How a signature is written. */
export type SignatureShape = {
  readonly hash: SandboxHash;
  /** `ber`: indefinite lengths, as Apple's devices write. */
  readonly framing: "ber" | "der";
  /** True: contentType, messageDigest and signingTime are signed (RFC 5652 5.3); false: the content itself. */
  readonly hasSignedAttributes: boolean;
};

/** What `Mdm-Signature` headers look like on the wire (two captures of real devices, and newer clients). */
export const signatureShapes = {
  bareSha1: { hash: "sha1", framing: "ber", hasSignedAttributes: false },
  bareSha256: { hash: "sha256", framing: "ber", hasSignedAttributes: false },
  attributesSha256: { hash: "sha256", framing: "der", hasSignedAttributes: true },
} as const satisfies Record<string, SignatureShape>;

/**
 * Signs content.
 *
 * @param options.isDetached The content is not in the message, only its signature is.
 * @param options.attributes Further attributes to sign, SCEP's for example; they imply signed attributes.
 * @returns A ContentInfo holding a SignedData.
 */
export function signContent(
  content: Buffer,
  identity: Identity,
  options: {
    readonly shape: SignatureShape;
    readonly isDetached?: boolean;
    readonly attributes?: readonly SignedAttribute[];
    readonly at: Date;
  },
): Buffer {
  const { shape, isDetached = false } = options;
  const algorithm = derSequence(derOid(hashOids[shape.hash]), derNull);
  const constructed = shape.framing === "ber" ? indefinite : der;
  const parts = [
    derInteger(1),
    derSet(algorithm),
    constructed(0x30, derOid(oids.data), ...(isDetached ? [] : [embedContent(content, shape)])),
    derContext(0, identity.certificate, ...identity.chain),
    derSet(writeSignerInfo(content, identity, options)),
  ];
  return constructed(0x30, derOid(oids.signedData), constructed(0xa0, constructed(0x30, ...parts)));
}

function embedContent(content: Buffer, shape: SignatureShape): Buffer {
  if (shape.framing === "der") return derContext(0, derOctets(content));
  // Cut into pieces, as a streaming encoder does: readers must put them together again.
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += 1024) pieces.push(derOctets(content.subarray(at, at + 1024)));
  return indefinite(0xa0, indefinite(0x24, ...pieces));
}

function writeSignerInfo(
  content: Buffer,
  identity: Identity,
  options: {
    readonly shape: SignatureShape;
    readonly attributes?: readonly SignedAttribute[];
    readonly at: Date;
  },
): Buffer {
  const { shape, attributes = [], at } = options;
  const digest = createHash(shape.hash).update(content).digest();
  const hasAttributes = shape.hasSignedAttributes || attributes.length > 0;
  const signed = [
    { oid: oids.contentType, value: derOid(oids.data) },
    { oid: oids.messageDigest, value: derOctets(digest) },
    { oid: oids.signingTime, value: derTime(at) },
    ...attributes,
  ].map(({ oid, value }) => derSequence(derOid(oid), derSet(value)));
  const attributeSet = derSet(...signed);
  // RFC 5652 5.4: what is signed carries the SET tag, what is sent carries [0].
  const sentAttributes = Buffer.from(attributeSet);
  sentAttributes[0] = 0xa0;
  return derSequence(
    derInteger(1),
    issuerAndSerial(identity.certificate),
    derSequence(derOid(hashOids[shape.hash]), derNull),
    ...(hasAttributes ? [sentAttributes] : []),
    derSequence(derOid(oids.rsaEncryption), derNull),
    derOctets(sign(shape.hash, hasAttributes ? attributeSet : content, identity.privateKey)),
  );
}

function issuerAndSerial(certificate: Buffer): Buffer {
  const { issuer, serial } = readIssuerAndSerial(certificate);
  return derSequence(issuer, der(0x02, serial));
}

const ciphers = {
  "aes-256-cbc": { oid: "2.16.840.1.101.3.4.1.42", keyBytes: 32, ivBytes: 16 },
  "aes-128-cbc": { oid: "2.16.840.1.101.3.4.1.2", keyBytes: 16, ivBytes: 16 },
  "des-ede3-cbc": { oid: "1.2.840.113549.3.7", keyBytes: 24, ivBytes: 8 },
} as const;

export type EnvelopeCipher = keyof typeof ciphers;

/** Encrypts content for the holder of an RSA certificate (RFC 5652 6, key transport with PKCS#1 v1.5). */
export function encryptContent(content: Buffer, recipient: Buffer, cipher: EnvelopeCipher): Buffer {
  const { oid, keyBytes, ivBytes } = ciphers[cipher];
  const key = randomBytes(keyBytes);
  const iv = randomBytes(ivBytes);
  const writer = createCipheriv(cipher, key, iv);
  const encrypted = Buffer.concat([writer.update(content), writer.final()]);
  const publicKey = createPublicKey({
    key: decodeCertificate(recipient).publicKeyInfo,
    format: "der",
    type: "spki",
  });
  const recipientInfo = derSequence(
    derInteger(0),
    issuerAndSerial(recipient),
    derSequence(derOid(oids.rsaEncryption), derNull),
    derOctets(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, key)),
  );
  const contentInfo = derSequence(
    derOid(oids.data),
    derSequence(derOid(oid), derOctets(iv)),
    der(0x80, encrypted),
  );
  const enveloped = derSequence(derInteger(0), derSet(recipientInfo), contentInfo);
  return derSequence(derOid(oids.envelopedData), derContext(0, enveloped));
}
