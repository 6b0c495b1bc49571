/** Whether a certificate that a device presents was issued by an authority of ours, and whether it still holds. */
import { secondsAfter } from "#platform/clock.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Chain, TrustAnchor } from "#protocol/x509/chain.ts";
import { buildChain, trustAnchorOf } from "#protocol/x509/chain.ts";
import { extendedKeyUsageOids } from "#protocol/x509/extensions.ts";
import { decodeCertificateChain } from "#protocol/x509/pem.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import type { Authority, AuthorityId } from "./authority.ts";

/**
 * How far the clock of another authority may be ahead of ours: its certificates begin when they are issued, and devices
 * present them a second later. Ours begin a day earlier.
 */
export const foreignClockSkewSecondsMax = 300;

/** Whose certificates devices may have. */
export type DeviceTrust = {
  readonly authority: Authority;
  /** CAs of other organisations, for enrollments with their issuers (`scep_ca_fullchain`). */
  readonly extraAnchors?: readonly TrustAnchor[];
};

/** A device certificate that descends from the authority `issuerId`, or from an extra anchor when that is null. */
export type DeviceCertificate = {
  readonly issuerId: AuthorityId | null;
  readonly certificate: Certificate;
  /** An expired certificate is still good for one thing (decisions, "Renewal"); the caller decides. */
  readonly validity: "valid" | "expired";
};

export type DeviceCertificateRefusal = Refusal & {
  readonly code: "certificate_malformed" | "certificate_untrusted" | "certificate_not_yet_valid";
};

/**
 * Reads the CAs of a PEM file as anchors. Roots and intermediates alike: a chain may end at any of them, as it may for
 * the proxy that is given the same file.
 *
 * @throws {X509Error} When it holds something else than certificates of CAs.
 */
export function readExtraAnchors(fullchainPem: string): TrustAnchor[] {
  return decodeCertificateChain(fullchainPem).map(trustAnchorOf);
}

/**
 * Verifies one device certificate against the built-in authority and the extra anchors. Costs a signature check: callers cache the answer
 * by fingerprint, and compare the dates again themselves.
 *
 * @param certificateDer One DER certificate.
 * @param at The moment at which it is presented.
 * @returns The certificate, or why it is none of ours: `certificate_malformed`, `certificate_untrusted` (another
 *   issuer, a wrong signature, a CA, or a certificate for another purpose), `certificate_not_yet_valid`.
 */
export function verifyDeviceCertificate(
  deps: DeviceTrust,
  certificateDer: Uint8Array,
  at: Date,
): DeviceCertificate | DeviceCertificateRefusal {
  const certificate = decodeOrNull(certificateDer);
  if (certificate === null) return refusal("certificate_malformed", "The certificate cannot be decoded");
  const issuer = findIssuer(deps, certificate);
  if (issuer === null) {
    return refusal("certificate_untrusted", "The certificate was not issued to a device by this server");
  }
  const skewSeconds = issuer.id === null ? foreignClockSkewSecondsMax : 0;
  if (secondsAfter(at, skewSeconds) < certificate.notBefore)
    return refusal("certificate_not_yet_valid", "The certificate is not valid yet");
  const validity = at > certificate.notAfter ? "expired" : "valid";
  return { issuerId: issuer.id, certificate, validity };
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

function findIssuer(
  { authority, extraAnchors = [] }: DeviceTrust,
  certificate: Certificate,
): { readonly id: AuthorityId | null } | null {
  const isOwn = findChain([trustAnchorOf(authority.certificate)], certificate) !== null;
  if (isOwn) return isForDevices(certificate) ? { id: authority.id } : null;
  const isForeign = mayBeForDevices(certificate) && findChain(extraAnchors, certificate) !== null;
  return isForeign ? { id: null } : null;
}

/** Profiles are signed under the same authority: their certificate must not pass for a device's. */
function isForDevices(certificate: Certificate): boolean {
  return certificate.extendedKeyUsage !== null && mayBeForDevices(certificate);
}

/** Other authorities need not say what a certificate is for; one that is for something else is refused. */
function mayBeForDevices({ basicConstraints, extendedKeyUsage }: Certificate): boolean {
  if (basicConstraints?.isCa === true) return false;
  return extendedKeyUsage === null || extendedKeyUsage.includes(extendedKeyUsageOids.clientAuth);
}

function findChain(anchors: readonly TrustAnchor[], leaf: Certificate): Chain | null {
  try {
    // The dates are compared by the caller: an expired certificate must be told from a foreign one.
    return buildChain({ leaf, anchors, validAt: "ignored" });
  } catch (error) {
    if (error instanceof X509Error) return null;
    throw error;
  }
}

function refusal(code: DeviceCertificateRefusal["code"], detail: string): DeviceCertificateRefusal {
  return { kind: "invalid", code, detail };
}
