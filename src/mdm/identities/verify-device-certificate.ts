/** Whether a certificate that a device presents was issued by an authority of ours, and whether it still holds. */
import type { Refusal } from "#platform/errors.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Chain } from "#protocol/x509/chain.ts";
import { buildChain, trustAnchorOf } from "#protocol/x509/chain.ts";
import { extendedKeyUsageOids } from "#protocol/x509/extensions.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import type { Authority, AuthorityId } from "./authority.ts";

/** A device certificate that descends from the authority `issuerId`. */
export type DeviceCertificate = {
  readonly issuerId: AuthorityId;
  readonly certificate: Certificate;
  /** An expired certificate is still good for one thing (decisions, "Renewal"); the caller decides. */
  readonly validity: "valid" | "expired";
};

export type DeviceCertificateRefusal = Refusal & {
  readonly code: "certificate_malformed" | "certificate_untrusted" | "certificate_not_yet_valid";
};

/**
 * Verifies one device certificate against the built-in authority. Costs a signature check: callers cache the answer
 * by fingerprint, and compare the dates again themselves.
 *
 * @param certificateDer One DER certificate.
 * @param at The moment at which it is presented.
 * @returns The certificate, or why it is none of ours: `certificate_malformed`, `certificate_untrusted` (another
 *   issuer, a wrong signature, a CA, or a certificate for another purpose), `certificate_not_yet_valid`.
 */
export function verifyDeviceCertificate(
  deps: { readonly authority: Authority },
  certificateDer: Uint8Array,
  at: Date,
): DeviceCertificate | DeviceCertificateRefusal {
  const certificate = decodeOrNull(certificateDer);
  if (certificate === null) return refusal("certificate_malformed", "The certificate cannot be decoded");
  if (!isForDevices(certificate) || findChain(deps.authority, certificate) === null) {
    return refusal("certificate_untrusted", "The certificate was not issued to a device by this server");
  }
  if (at < certificate.notBefore)
    return refusal("certificate_not_yet_valid", "The certificate is not valid yet");
  const validity = at > certificate.notAfter ? "expired" : "valid";
  return { issuerId: deps.authority.id, certificate, validity };
}

function decodeOrNull(der: Uint8Array): Certificate | null {
  try {
    return decodeCertificate(der);
  } catch (error) {
    // Hostile bytes are an answer, not a fault.
    if (error instanceof X509Error) return null;
    throw error;
  }
}

/** Profiles are signed under the same authority: their certificate must not pass for a device's. */
function isForDevices({ basicConstraints, extendedKeyUsage }: Certificate): boolean {
  return (
    basicConstraints?.isCa !== true && (extendedKeyUsage ?? []).includes(extendedKeyUsageOids.clientAuth)
  );
}

function findChain(authority: Authority, leaf: Certificate): Chain | null {
  try {
    // The dates are compared by the caller: an expired certificate must be told from a foreign one.
    return buildChain({ leaf, anchors: [trustAnchorOf(authority.certificate)], validAt: "ignored" });
  } catch (error) {
    if (error instanceof X509Error) return null;
    throw error;
  }
}

function refusal(code: DeviceCertificateRefusal["code"], detail: string): DeviceCertificateRefusal {
  return { kind: "invalid", code, detail };
}
