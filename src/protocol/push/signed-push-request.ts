/**
 * Signed push certificate requests: what Apple's Push Certificates Portal takes from an MDM vendor. The
 * vendor's certificate chain, somebody's certificate request, and the vendor's signature over that request.
 */
import type { KeyObject } from "node:crypto";
import { writePlist } from "../plist/write.ts";
import type { Certificate } from "../x509/certificate.ts";
import { verifyCertificateSignature } from "../x509/chain.ts";
import { encodeCertificateChain } from "../x509/pem.ts";
import { signBytes } from "../x509/signature-algorithm.ts";
import { X509Error } from "../x509/x509-error.ts";

/** The three certificates of a signed request, in the order Apple asks for. */
export type VendorChain = {
  readonly vendor: Certificate;
  /** Apple Worldwide Developer Relations: the issuer of the vendor's certificate. */
  readonly wwdr: Certificate;
  /** Apple Root CA: the issuer of the one before. */
  readonly root: Certificate;
};

/**
 * Says what is wrong with a vendor's chain, so that Apple's portal is not the first to tell.
 *
 * @param vendorPublicKeyInfo The SPKI of the vendor's key.
 * @returns A sentence, or null.
 */
export function explainVendorChain(chain: VendorChain, vendorPublicKeyInfo: Uint8Array): string | null {
  const { vendor, wwdr, root } = chain;
  if (!vendor.publicKeyInfo.equals(vendorPublicKeyInfo)) {
    return "The vendor certificate does not belong to the vendor key";
  }
  if (!isIssuedBy(vendor, wwdr)) return "The vendor certificate was not issued by the WWDR certificate";
  if (!isIssuedBy(wwdr, root)) return "The WWDR certificate was not issued by the root certificate";
  return null;
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!certificate.issuer.raw.equals(issuer.subject.raw)) return false;
  try {
    // The chain is checked for mistakes of the operator's; whom Apple trusts is for Apple to say.
    verifyCertificateSignature(certificate, issuer, { allowsSha1: true });
    return true;
  } catch (error) {
    if (error instanceof X509Error) return false;
    throw error;
  }
}

/**
 * Encodes what is uploaded to the portal: base64 text of an XML property list (console-ops 4.1).
 *
 * @param input.csr PKCS#10 DER; signed and embedded byte for byte.
 * @param input.vendorKey An RSA key; the signature is PKCS#1 v1.5 over SHA-256.
 * @returns One line of base64 without a line end.
 */
export function encodeSignedPushRequest(input: {
  readonly chain: VendorChain;
  readonly csr: Uint8Array;
  readonly vendorKey: KeyObject;
}): string {
  const { vendor, wwdr, root } = input.chain;
  const plist = writePlist({
    PushCertCertificateChain: encodeCertificateChain([vendor, wwdr, root]),
    PushCertRequestCSR: Buffer.from(input.csr).toString("base64"),
    PushCertSignature: signBytes(input.vendorKey, "sha256", input.csr).toString("base64"),
  });
  return plist.toString("base64");
}
