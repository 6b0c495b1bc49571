/**
 * Presented identity: the certificate a device shows on the check-in and connect URLs, and the proof that it holds its key.
 * Read from the `Mdm-Signature` header, or from the headers of a proxy that is trusted and switched on.
 * It says who claims to speak; whether that certificate may, its chain and its pin decide (spec 2.1).
 */
import type { KeyObject } from "node:crypto";
import { CmsError } from "#protocol/cms/cms-error.ts";
import { readMdmSignature, verifyMdmSignature } from "#protocol/cms/mdm-signature.ts";
import { type Certificate, certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import { parseDnHeader } from "#protocol/x509/name.ts";
import { decodePem } from "#protocol/x509/pem.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";
import type { Refusal } from "#platform/errors.ts";
import {
  type IdentitySubject,
  identitySubjectOfHeader,
  identitySubjectOfName,
} from "#mdm/enrollments/identity-subject.ts";

/** A certificate with its key ready to verify with; worth keeping, for importing a key costs as much as using it. */
export type KeyedCertificate = {
  readonly fingerprint: Buffer;
  readonly certificate: Certificate;
  readonly publicKey: KeyObject;
};

export type PresentedIdentity = {
  readonly source: "signature" | "proxy";
  /** Null when the proxy passed only the name on: then the session alone identifies the device. */
  readonly certificate: Certificate | null;
  readonly fingerprint: Buffer | null;
  readonly subject: IdentitySubject;
};

/** What of a request identifies its sender. */
export type IdentityRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The raw body: the signature is over these bytes, before anything is parsed. */
  readonly body: Buffer;
  readonly isPeerTrusted: boolean;
};

export type IdentityOptions = {
  readonly isMtlsProxy: boolean;
  /** Decodes a certificate and imports its key, or finds both in a cache by fingerprint. */
  readonly importCertificate: (der: Buffer, fingerprint: Buffer) => KeyedCertificate;
};

/** A percent-encoded PEM certificate is three times its size at worst. */
const proxyCertificateCharactersMax = 48 * 1024;

/** Reads and proves the identity of a request; the `Mdm-Signature` header takes precedence (spec 2.1). */
export function readPresentedIdentity(
  request: IdentityRequest,
  options: IdentityOptions,
): PresentedIdentity | Refusal {
  const signature = request.headers["mdm-signature"];
  if (typeof signature === "string") return readSigned(signature, request.body, options);
  if (options.isMtlsProxy && request.isPeerTrusted) return readProxied(request.headers);
  return noName;
}

const noName: Refusal = {
  kind: "invalid",
  code: "identity_missing",
  detail: "missing DN in request headers",
};

function readSigned(header: string, body: Buffer, options: IdentityOptions): PresentedIdentity | Refusal {
  try {
    const signature = readMdmSignature(header);
    const { certificate, publicKey } = options.importCertificate(
      signature.certificate,
      signature.fingerprint,
    );
    verifyMdmSignature(signature, body, publicKey);
    const subject = identitySubjectOfName(certificate.subject);
    return { source: "signature", certificate, fingerprint: signature.fingerprint, subject };
  } catch (error) {
    // One answer to every kind of wrong signature: the sender learns nothing about what was wrong.
    if (error instanceof CmsError || error instanceof X509Error) return badSignature;
    throw error;
  }
}

const badSignature: Refusal = {
  kind: "invalid",
  code: "mdm_signature_invalid",
  detail: "Invalid header signature",
};

function readProxied(headers: IdentityRequest["headers"]): PresentedIdentity | Refusal {
  const name = headers["x-ssl-client-s-dn"];
  if (typeof name !== "string" || name === "") return noName;
  try {
    const subject = identitySubjectOfHeader(parseDnHeader(name));
    const certificate = readProxyCertificate(headers["x-ssl-client-cert"]);
    if (certificate === null) return { source: "proxy", certificate, fingerprint: null, subject };
    if (identitySubjectOfName(certificate.subject).commonName !== subject.commonName)
      return foreignCertificate;
    return { source: "proxy", certificate, fingerprint: certificateFingerprint(certificate.raw), subject };
  } catch (error) {
    if (error instanceof X509Error || error instanceof URIError) return malformedCertificate;
    throw error;
  }
}

function readProxyCertificate(header: string | string[] | undefined): Certificate | null {
  if (header === undefined || header === "") return null;
  if (typeof header !== "string" || header.length > proxyCertificateCharactersMax) {
    throw new URIError("The certificate header is no single certificate");
  }
  const [block, ...others] = decodePem(decodeURIComponent(header));
  if (block === undefined || others.length > 0)
    throw new URIError("The certificate header is no single certificate");
  return decodeCertificate(block.der);
}

const malformedCertificate: Refusal = {
  kind: "invalid",
  code: "client_certificate_malformed",
  detail: "malformed client certificate in request headers",
};

const foreignCertificate: Refusal = {
  kind: "invalid",
  code: "client_certificate_mismatch",
  detail: "client certificate and DN in request headers differ",
};
