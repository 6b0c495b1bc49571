/**
 * The `Mdm-Signature` header: a detached CMS signature by the device's identity over the raw body. This is
 * the hot path of every check-in, so reading finds the certificate without decoding it, and the caller
 * brings the key it has kept under the certificate's fingerprint: verifying costs one public key operation.
 */
import type { KeyObject } from "node:crypto";
import { certificateFingerprint } from "../x509/certificate.ts";
import { CmsError } from "./cms-error.ts";
import { cmsOids, decodeSignedData } from "./signed-data.ts";
import type { SignerInfo } from "./signed-data.ts";
import { findReferencedCertificate, verifySigner } from "./verify-signed-data.ts";

/** Longest header read; captures have 1.7 KB, and identities with a chain and attributes stay below 8. */
export const mdmSignatureCharactersMax = 16 * 1024;

/** A signature whose form is right; nothing about it is verified. */
export type MdmSignature = {
  /** DER of the signer's certificate. */
  readonly certificate: Buffer;
  /** SHA-256 of the certificate: the key of caches and of pins. */
  readonly fingerprint: Buffer;
  /** Embedded certificates, the signer's included. */
  readonly certificates: readonly Buffer[];
  readonly signer: SignerInfo;
};

/**
 * Reads the header without verifying it.
 *
 * @param header Base64, in which white space is tolerated, or the decoded bytes.
 * @throws {CmsError} `cms_too_large`, `cms_malformed`, `cms_not_signed_data`, `cms_content_unexpected` when
 *   it is not detached data, `cms_signer_missing`, `cms_signers_too_many` unless there is exactly one
 *   signer, `cms_signer_certificate_missing`.
 */
export function readMdmSignature(header: string | Uint8Array): MdmSignature {
  if (header.length > mdmSignatureCharactersMax)
    throw new CmsError("cms_too_large", "Signature is too large");
  const signedData = decodeSignedData(typeof header === "string" ? decodeBase64(header) : header);
  if (signedData.content !== null || signedData.contentType !== cmsOids.data) {
    throw new CmsError("cms_content_unexpected", "Signature is not one of detached data");
  }
  const [signer, ...others] = signedData.signers;
  if (signer === undefined) throw new CmsError("cms_signer_missing", "Signature has no signer");
  if (others.length > 0) throw new CmsError("cms_signers_too_many", "Signature has several signers");
  const certificate = findReferencedCertificate(signer.reference, signedData.certificates);
  const fingerprint = certificateFingerprint(certificate);
  return { certificate, fingerprint, certificates: signedData.certificates, signer };
}

/** Node ignores what is not base64, so two different headers could decode alike; those are refused. */
function decodeBase64(header: string): Buffer {
  const compact = /\s/.test(header) ? header.replace(/\s+/g, "") : header;
  const isWhole = compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact);
  if (!isWhole) throw new CmsError("cms_malformed", "Signature is not base64");
  return Buffer.from(compact, "base64");
}

/**
 * Verifies that the signer signed exactly this body.
 *
 * @param signature What {@link readMdmSignature} returned.
 * @param body The raw body, before anything decoded or changed it.
 * @param publicKey The key of `signature.certificate`: that the two belong together is the caller's to keep.
 * @throws {CmsError} `cms_signature_invalid`, `cms_algorithm_refused`, `cms_attributes_invalid`,
 *   `cms_malformed`.
 */
export function verifyMdmSignature(signature: MdmSignature, body: Uint8Array, publicKey: KeyObject): void {
  verifySigner({ signer: signature.signer, contentType: cmsOids.data, content: body, publicKey });
}
