/**
 * The one place that decides whether a signed message is true: who signed it, with what, over which bytes.
 * It does not decide whether the signer is trusted; that is `x509/chain.ts`.
 */
import { timingSafeEqual } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { children, contentBytes, expectTag, oid, octets, readOnly, tags, time } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import { decodeCertificate, readIssuerAndSerial } from "../x509/certificate.ts";
import type { Certificate } from "../x509/certificate.ts";
import { importPublicKey } from "../x509/public-key.ts";
import {
  ecPublicKeyOid,
  findHash,
  findSignatureAlgorithm,
  hashOf,
  rsaEncryptionOid,
  verifySignature,
} from "../x509/signature-algorithm.ts";
import type { SignatureAlgorithm } from "../x509/signature-algorithm.ts";
import { CmsError, decodeCms } from "./cms-error.ts";
import { cmsOids } from "./signed-data.ts";
import type { CertificateReference, SignedData, SignerInfo } from "./signed-data.ts";

/** A signer whose signature holds. */
export type VerifiedSigner = {
  readonly certificate: Certificate;
  readonly algorithm: SignatureAlgorithm;
  /** What the signer claims as the time of signing, null when it claims none. */
  readonly signingTime: Date | null;
  /** The values of each signed attribute by OID; empty without signed attributes. */
  readonly attributes: ReadonlyMap<string, readonly Element[]>;
};

/** A message whose every signature holds; there is at least one signer. */
export type VerifiedMessage = {
  readonly contentType: string;
  readonly content: Buffer;
  readonly signers: readonly VerifiedSigner[];
  /** All embedded certificates, those of the signers included: untrusted help for building chains. */
  readonly certificates: readonly Certificate[];
};

/**
 * Verifies every signature of a message.
 *
 * @param input.content The content of a detached signature; a message that holds content itself must not be
 *   given any.
 * @param input.resolveKey The public key of a signer's certificate, for callers that keep keys.
 * @throws {CmsError} `cms_content_missing`, `cms_content_unexpected`, `cms_signer_missing`,
 *   `cms_signer_certificate_missing`, `cms_algorithm_refused`, `cms_attributes_invalid`,
 *   `cms_signature_invalid`, `cms_malformed`.
 */
export function verifySignedData(input: {
  readonly signedData: SignedData;
  readonly content?: Uint8Array;
  readonly resolveKey?: (certificate: Certificate) => KeyObject;
}): VerifiedMessage {
  const { signedData, resolveKey = importPublicKey } = input;
  const content = chooseContent(signedData, input.content);
  if (signedData.signers.length === 0) throw new CmsError("cms_signer_missing", "Message has no signer");
  const certificates = decodeCms("Cannot decode embedded certificate", () =>
    signedData.certificates.map((der) => decodeCertificate(der)),
  );
  const signers = signedData.signers.map((signer) => {
    const certificate = findSignerCertificate(signer, signedData, certificates);
    const publicKey = decodeCms("Cannot use signer's key", () => resolveKey(certificate));
    const algorithm = verifySigner({ signer, contentType: signedData.contentType, content, publicKey });
    return { certificate, algorithm, signingTime: readSigningTime(signer), attributes: signer.attributes };
  });
  return { contentType: signedData.contentType, content, signers, certificates };
}

function findSignerCertificate(
  signer: SignerInfo,
  signedData: SignedData,
  certificates: readonly Certificate[],
): Certificate {
  const der = findReferencedCertificate(signer.reference, signedData.certificates);
  // The decoded certificates stand in the order of their encodings.
  return certificates[signedData.certificates.indexOf(der)] as Certificate;
}

/** Content given beside content embedded would leave open which of the two was signed. */
function chooseContent(signedData: SignedData, detached: Uint8Array | undefined): Buffer {
  if (detached === undefined) {
    if (signedData.content === null) throw new CmsError("cms_content_missing", "Message has no content");
    return signedData.content;
  }
  if (signedData.content !== null) {
    throw new CmsError("cms_content_unexpected", "Detached signature holds content");
  }
  return Buffer.from(detached.buffer, detached.byteOffset, detached.byteLength);
}

/**
 * Finds the certificate a signer or recipient names.
 *
 * @param certificates DER of certificates.
 * @returns The DER of the first that fits.
 * @throws {CmsError} `cms_signer_certificate_missing`, `cms_malformed`.
 */
export function findReferencedCertificate(
  reference: CertificateReference,
  certificates: readonly Buffer[],
): Buffer {
  const found = decodeCms("Cannot decode embedded certificate", () =>
    certificates.find((der) => isReferenced(reference, der)),
  );
  if (found === undefined) {
    throw new CmsError("cms_signer_certificate_missing", "Signer's certificate is not embedded");
  }
  return found;
}

/** Whether a reference names this certificate. @throws {X509Error} `certificate_malformed` */
export function isReferenced(reference: CertificateReference, certificate: Buffer): boolean {
  if (reference.kind === "keyIdentifier") {
    return decodeCertificate(certificate).subjectKeyIdentifier?.equals(reference.keyIdentifier) === true;
  }
  const { issuer, serial } = readIssuerAndSerial(certificate);
  return serial.equals(reference.serial) && issuer.equals(reference.issuer);
}

/**
 * Verifies one signer with one public key operation.
 *
 * Without signed attributes the signature is over the content. With them it is over the attributes, whose
 * messageDigest must be the digest of the content and whose contentType that of the content (RFC 5652 5.3,
 * 5.4).
 *
 * @returns The algorithm of the signature.
 * @throws {CmsError} `cms_algorithm_refused`, `cms_attributes_invalid`, `cms_signature_invalid`,
 *   `cms_malformed`.
 */
export function verifySigner(input: {
  readonly signer: SignerInfo;
  readonly contentType: string;
  readonly content: Uint8Array;
  readonly publicKey: KeyObject;
}): SignatureAlgorithm {
  const { signer, contentType, content, publicKey } = input;
  const algorithm = chooseAlgorithm(signer, publicKey);
  if (signer.signedAttributes === null) refuseBareContent(contentType, content);
  else refuseAttributes(signer, { contentType, digest: hashOf(algorithm.hash, content) });
  const data = signer.signedAttributes ?? content;
  if (!verifySignature({ algorithm, publicKey, data, signature: signer.signature })) {
    throw new CmsError("cms_signature_invalid", "Signature is not valid");
  }
  return algorithm;
}

/**
 * Signers name their algorithm either whole (sha1WithRSAEncryption) or as that of their key, with a digest
 * beside.
 */
function chooseAlgorithm({ signatureOid, digestOid }: SignerInfo, publicKey: KeyObject): SignatureAlgorithm {
  const hash = findHash(digestOid);
  const whole = findSignatureAlgorithm(signatureOid);
  const isKeyKind = signatureOid === rsaEncryptionOid || signatureOid === ecPublicKeyOid;
  const keyKind = whole?.keyKind ?? (signatureOid === rsaEncryptionOid ? "rsa" : "ec");
  const isUsable = hash !== null && (whole === null ? isKeyKind : whole.hash === hash);
  if (!isUsable || publicKey.asymmetricKeyType !== keyKind) {
    throw new CmsError("cms_algorithm_refused", "Signature algorithm is refused");
  }
  return { keyKind, hash };
}

/**
 * Other content than data needs signed attributes (RFC 5652 5.3). And content that is itself a SET of signed
 * attributes would let a signature made over attributes pass for one over content, so it is refused.
 */
function refuseBareContent(contentType: string, content: Uint8Array): void {
  if (contentType !== cmsOids.data || isSignedAttributes(content)) {
    throw new CmsError("cms_attributes_invalid", "Signed attributes are missing");
  }
}

function isSignedAttributes(content: Uint8Array): boolean {
  if (content[0] !== tags.set) return false;
  try {
    return children(readOnly(content)).some(
      (attribute) => oid(children(attribute)[0]) === cmsOids.messageDigest,
    );
  } catch {
    // Not ASN.1, so not attributes.
    return false;
  }
}

function refuseAttributes(signer: SignerInfo, expected: { contentType: string; digest: Buffer }): void {
  const message = "Signed attributes do not describe the content";
  decodeCms(message, () => {
    const contentType = soleValue(signer, cmsOids.contentType);
    const digest = soleValue(signer, cmsOids.messageDigest);
    if (contentType === null || digest === null || oid(contentType) !== expected.contentType) {
      throw new CmsError("cms_attributes_invalid", message);
    }
    const claimed = octets(expectTag(digest, tags.octetString, "message digest"));
    if (claimed.length !== expected.digest.length || !timingSafeEqual(claimed, expected.digest)) {
      throw new CmsError("cms_signature_invalid", "Signature is not valid");
    }
  });
}

function soleValue(signer: SignerInfo, attributeOid: string): Element | null {
  const values = signer.attributes.get(attributeOid);
  return values?.length === 1 ? (values[0] ?? null) : null;
}

function readSigningTime(signer: SignerInfo): Date | null {
  const value = soleValue(signer, cmsOids.signingTime);
  if (value === null || contentBytes(value).length === 0) return null;
  return decodeCms("Cannot decode signing time", () => time(value));
}
