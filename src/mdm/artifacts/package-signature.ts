// The signature of a product archive: whose it says it is, and whether it is that of these bytes (issue 4, item 7).
// Macs install packages by command only when they are signed. It is read when a file is brought, shown to operators,
// and decides nothing: whom to trust is for the device.
import type { XarSignature } from "#platform/archive/xar.ts";
import { type Certificate, certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import { findNameValue, nameOids } from "#protocol/x509/name.ts";
import { importPublicKey } from "#protocol/x509/public-key.ts";
import { verifySignature } from "#protocol/x509/signature-algorithm.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";

/** As it is stored and answered. Without a certificate that can be read, nothing is known but that there is a signature. */
export type PackageSignature = {
  /** Whether the certificate's key signed this very table of contents, which has the digests of all files. */
  readonly is_intact: boolean;
  /** `Developer ID Installer: Example Corp (A1B2C3D4E5)` */
  readonly common_name: string | null;
  readonly organization: string | null;
  /** Apple's team identifier, in certificates of Apple's. */
  readonly organizational_unit: string | null;
  readonly issuer_common_name: string | null;
  /** Of the certificate, in hexadecimal. */
  readonly certificate_sha256: string | null;
  /** ISO 8601, with a zone. */
  readonly not_before: string | null;
  readonly not_after: string | null;
};

/** X.520 has 64 for these; some authorities take more. */
const nameCharactersMax = 256;

/** Reads the signature of an archive. */
export function readPackageSignature(signature: XarSignature): PackageSignature {
  const certificate = decodeSigner(signature.certificates[0] ?? "");
  const valueOf = (name: "subject" | "issuer", oid: string): string | null =>
    certificate === null ? null : storableName(findNameValue(certificate[name], oid));
  return {
    is_intact: certificate !== null && isIntact(signature, certificate),
    common_name: valueOf("subject", nameOids.commonName),
    organization: valueOf("subject", nameOids.organization),
    organizational_unit: valueOf("subject", nameOids.organizationalUnit),
    issuer_common_name: valueOf("issuer", nameOids.commonName),
    certificate_sha256: certificate && certificateFingerprint(certificate.raw).toString("hex"),
    not_before: certificate && certificate.notBefore.toISOString(),
    not_after: certificate && certificate.notAfter.toISOString(),
  };
}

/** A name is what somebody wrote into a certificate; half a pair of surrogates is nothing that JSON in PostgreSQL takes. */
function storableName(value: string | null): string | null {
  return value === null ? null : value.replaceAll("\0", "").slice(0, nameCharactersMax).toWellFormed();
}

function decodeSigner(base64: string): Certificate | null {
  try {
    return decodeCertificate(Buffer.from(base64, "base64"));
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    // Whoever made the package wrote something else there: the signature does not hold, and nobody is named.
    return null;
  }
}

function isIntact({ bytes, signed, digestStyle }: XarSignature, certificate: Certificate): boolean {
  if (digestStyle !== "sha1" && digestStyle !== "sha256") return false;
  try {
    const publicKey = importPublicKey(certificate);
    const algorithm = { keyKind: "rsa", hash: digestStyle } as const;
    return verifySignature({ publicKey, algorithm, data: signed, signature: bytes });
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    // A key of another kind or size than RSA's usual ones.
    return false;
  }
}
