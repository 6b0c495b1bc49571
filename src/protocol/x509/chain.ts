/**
 * The one place that decides whether a certificate descends from an anchor (RFC 5280 6.1, as far as it
 * concerns us): names, key identifiers, signatures, CA rights, path lengths, validity and critical
 * extensions, in bounded work. Revocation and policies are not looked at.
 */
import { X509Error } from "./x509-error.ts";
import type { X509ErrorCode } from "./x509-error.ts";
import type { Certificate } from "./certificate.ts";
import { extensionOids } from "./extensions.ts";
import { isSameName } from "./name.ts";
import type { DistinguishedName } from "./name.ts";
import { importPublicKeyInfo } from "./public-key.ts";
import { findSignatureAlgorithm, verifySignature } from "./signature-algorithm.ts";

/** Most certificates between leaf and anchor, the leaf included; Apple's longest has three. */
export const chainCertificatesMax = 8;
/** Most intermediates looked at. */
export const chainIntermediatesMax = 32;
/** Most signatures verified for one chain, so that many issuers of one name cannot multiply the work. */
export const chainSignatureChecksMax = 32;

/** A trusted issuer: a name and a key (RFC 5280 6.1.1 d), and what its certificate says when there is one. */
export type TrustAnchor = {
  readonly subject: DistinguishedName;
  readonly publicKeyInfo: Buffer;
  readonly keyIdentifier: Buffer | null;
  readonly validity: { readonly notBefore: Date; readonly notAfter: Date } | null;
  readonly pathLength: number | null;
};

/** What {@link buildChain} is asked. */
export type ChainRequest = {
  readonly leaf: Certificate;
  /** Untrusted help, such as the certificates embedded in a message. */
  readonly intermediates?: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** The moment at which everything must be valid, or "ignored" for anchors kept beyond their expiry. */
  readonly validAt: Date | "ignored";
  /** SHA-1 certificate signatures count only where a store needs them. */
  readonly allowsSha1?: boolean;
};

/** A chain that holds: the leaf first, the last one issued by the anchor. */
export type Chain = { readonly certificates: readonly Certificate[]; readonly anchor: TrustAnchor };

/**
 * Makes an anchor of a CA certificate.
 *
 * @throws {X509Error} `chain_issuer_not_ca` when the certificate may not issue others.
 */
export function trustAnchorOf(certificate: Certificate): TrustAnchor {
  if (!mayIssue(certificate)) throw new X509Error("chain_issuer_not_ca", "Certificate is not one of a CA");
  return {
    subject: certificate.subject,
    publicKeyInfo: certificate.publicKeyInfo,
    keyIdentifier: certificate.subjectKeyIdentifier,
    validity: { notBefore: certificate.notBefore, notAfter: certificate.notAfter },
    pathLength: certificate.basicConstraints?.pathLength ?? null,
  };
}

/**
 * Verifies the signature of one certificate with its issuer's key.
 *
 * @throws {X509Error} `signature_algorithm_refused`, `signature_invalid`, `key_unsupported`,
 *   `certificate_malformed`.
 */
export function verifyCertificateSignature(
  certificate: Certificate,
  issuer: { readonly publicKeyInfo: Buffer },
  options: { readonly allowsSha1: boolean },
): void {
  const algorithm = findSignatureAlgorithm(certificate.signatureAlgorithm.oid);
  if (algorithm === null || (algorithm.hash === "sha1" && !options.allowsSha1)) {
    throw new X509Error(
      "signature_algorithm_refused",
      "Certificate is signed with an algorithm that is refused",
    );
  }
  const publicKey = importPublicKeyInfo(issuer.publicKeyInfo);
  const { tbs: data, signature } = certificate;
  if (!verifySignature({ algorithm, publicKey, data, signature })) {
    throw new X509Error("signature_invalid", "Certificate signature is not valid");
  }
}

/**
 * Finds a chain from the leaf to an anchor.
 *
 * @returns The first chain that obeys every rule.
 * @throws {X509Error} `chain_untrusted` when nothing links the leaf to an anchor, or the code of the rule
 *   that broke the last link tried: `chain_not_valid_now`, `chain_issuer_not_ca`, `chain_path_too_long`,
 *   `chain_extension_unsupported`, `chain_too_complex`, `signature_algorithm_refused`, `signature_invalid`,
 *   `key_unsupported`.
 */
export function buildChain(request: ChainRequest): Chain {
  if ((request.intermediates?.length ?? 0) > chainIntermediatesMax) {
    throw new X509Error("chain_too_complex", `More than ${chainIntermediatesMax} intermediate certificates`);
  }
  const search: Search = { request, checksLeft: chainSignatureChecksMax, failure: null };
  const chain = extendChain(search, [request.leaf]);
  if (chain !== null) return chain;
  throw search.failure ?? new X509Error("chain_untrusted", "Certificate does not descend from a trusted CA");
}

/** The state of one search; `failure` is the reason of the last link that almost held. */
type Search = { readonly request: ChainRequest; checksLeft: number; failure: X509Error | null };

function extendChain(search: Search, certificates: readonly Certificate[]): Chain | null {
  const last = certificates.at(-1) as Certificate; // A search starts with the leaf and only adds.
  const refusal = refuseCertificate(search.request, last);
  if (refusal !== null) return recordFailure(search, refusal);
  for (const anchor of search.request.anchors) {
    if (!isNamedIssuer(last, anchor.subject, anchor.keyIdentifier)) continue;
    const fault = refuseAnchor(search.request, anchor, certificates) ?? refuseSignature(search, last, anchor);
    if (fault === null) return { certificates, anchor };
    recordFailure(search, fault);
  }
  if (certificates.length >= chainCertificatesMax) return null;
  return extendByIntermediates(search, certificates, last);
}

function extendByIntermediates(
  search: Search,
  certificates: readonly Certificate[],
  last: Certificate,
): Chain | null {
  for (const issuer of search.request.intermediates ?? []) {
    if (certificates.some(({ raw }) => raw.equals(issuer.raw))) continue;
    if (!isNamedIssuer(last, issuer.subject, issuer.subjectKeyIdentifier)) continue;
    const fault = refuseIssuer(issuer, certificates) ?? refuseSignature(search, last, issuer);
    if (fault !== null) {
      recordFailure(search, fault);
      if (fault.code === "chain_too_complex") return null;
      continue;
    }
    const chain = extendChain(search, [...certificates, issuer]);
    if (chain !== null) return chain;
  }
  return null;
}

function recordFailure(search: Search, failure: X509Error): null {
  search.failure = failure;
  return null;
}

function isNamedIssuer(
  certificate: Certificate,
  subject: DistinguishedName,
  keyIdentifier: Buffer | null,
): boolean {
  if (!isSameName(certificate.issuer, subject)) return false;
  const named = certificate.authorityKeyIdentifier;
  return named === null || keyIdentifier === null || named.equals(keyIdentifier);
}

/** Extensions that are obeyed here, or that only widen what the certificate says. */
const understoodOids: ReadonlySet<string> = new Set(Object.values(extensionOids));

function refuseCertificate(request: ChainRequest, certificate: Certificate): X509Error | null {
  const isValid = isWithin(certificate, request.validAt);
  if (!isValid) return refusal("chain_not_valid_now", "Certificate is not valid at this time");
  for (const extension of certificate.extensions.values()) {
    if (extension.isCritical && !understoodOids.has(extension.oid)) {
      return refusal(
        "chain_extension_unsupported",
        `Critical extension "${extension.oid}" is not understood`,
      );
    }
  }
  return null;
}

function refuseAnchor(
  request: ChainRequest,
  anchor: TrustAnchor,
  certificates: readonly Certificate[],
): X509Error | null {
  if (anchor.validity !== null && !isWithin(anchor.validity, request.validAt)) {
    return refusal("chain_not_valid_now", "The trusted CA is not valid at this time");
  }
  return refusePathLength(anchor.pathLength, certificates);
}

function refuseIssuer(issuer: Certificate, certificates: readonly Certificate[]): X509Error | null {
  if (!mayIssue(issuer)) return refusal("chain_issuer_not_ca", "An issuer in the chain is not a CA");
  return refusePathLength(issuer.basicConstraints?.pathLength ?? null, certificates);
}

/**
 * The path length counts intermediates below the issuer, not the leaf nor renewals of itself (RFC 5280
 * 4.2.1.9).
 */
function refusePathLength(pathLength: number | null, certificates: readonly Certificate[]): X509Error | null {
  if (pathLength === null) return null;
  const below = certificates.slice(1).filter(({ issuer, subject }) => !isSameName(issuer, subject)).length;
  return below > pathLength
    ? refusal("chain_path_too_long", "The chain is longer than a CA in it allows")
    : null;
}

function refuseSignature(
  search: Search,
  certificate: Certificate,
  issuer: { readonly publicKeyInfo: Buffer },
): X509Error | null {
  if (--search.checksLeft < 0) return refusal("chain_too_complex", "Too many possible issuers");
  try {
    verifyCertificateSignature(certificate, issuer, { allowsSha1: search.request.allowsSha1 ?? false });
    return null;
  } catch (error) {
    // A link that does not hold is one answer of the search: another issuer of the same name may fit.
    if (error instanceof X509Error) return error;
    throw error;
  }
}

function mayIssue({ basicConstraints, keyUsage }: Certificate): boolean {
  return basicConstraints?.isCa === true && (keyUsage === null || keyUsage.has("keyCertSign"));
}

function isWithin(validity: { notBefore: Date; notAfter: Date }, validAt: Date | "ignored"): boolean {
  return validAt === "ignored" || (validity.notBefore <= validAt && validAt <= validity.notAfter);
}

function refusal(code: X509ErrorCode, message: string): X509Error {
  return new X509Error(code, message);
}
