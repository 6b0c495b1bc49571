/**
 * Push certificates: Apple's permission to wake devices under one topic, with the key that was made here for it.
 * Operators create, upload and renew them; enrollments and devices refer to them.
 * A topic never changes: devices only listen to the one they enrolled with. Keys never leave the server.
 */
import type { KeyObject } from "node:crypto";
import { type Static, Type } from "typebox";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import { type Certificate, certificateFingerprint } from "#protocol/x509/certificate.ts";
import { findSoleNameValue, type NameInput, nameOids } from "#protocol/x509/name.ts";
import { decodeCertificateChain, encodePem } from "#protocol/x509/pem.ts";
import { importPublicKey } from "#protocol/x509/public-key.ts";
import { X509Error } from "#protocol/x509/x509-error.ts";

export type PushCertificateId = Id<"PushCertificate">;

/** Names are shown in lists (http-api 2.2). */
export const pushCertificateNameCharactersMax = 256;
/** A certificate with its chain has about 6 KB. */
export const certificatePemCharactersMax = 64 * 1024;
/** Specification section 7.4. */
export const pushKeyBits = 2_048;

/** A push certificate without its keys. What is null is null until Apple's certificate is uploaded. */
export type PushCertificate = {
  readonly id: PushCertificateId;
  /** Set when server configuration made it. */
  readonly provisioningUid: string | null;
  readonly name: string;
  readonly topic: string | null;
  /** PEM text. */
  readonly certificate: string | null;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type PushCertificateRefusalCode =
  | "push_certificate_not_found"
  | "push_certificate_name_taken"
  | "push_certificate_topic_taken"
  | "push_certificate_in_use"
  | "push_certificate_unreadable"
  | "push_certificate_key_unreadable"
  | "push_certificate_pair_mismatch"
  | "push_certificate_topic_missing"
  | "push_certificate_topic_changed"
  | "push_certificate_expired";

/** A refusal of this slice. */
export type PushCertificateRefusal = Refusal & { readonly code: PushCertificateRefusalCode };

/** What an uploaded certificate says. */
export type PushCertificateFacts = {
  readonly certificatePem: string;
  readonly topic: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
};

/** The object as the API shows it; the private key is never returned (http-api 2.2). */
export const PushCertificateView = Type.Object({
  id: Type.Integer(),
  provisioning_uid: Type.Union([Type.String(), Type.Null()]),
  name: Type.String(),
  topic: Type.Union([Type.String(), Type.Null()]),
  not_before: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  not_after: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  certificate: Type.Union([Type.String(), Type.Null()]),
  created_at: Type.String({ format: "date-time" }),
  updated_at: Type.String({ format: "date-time" }),
});

export const PushCertificateFilter = Type.Object({ name: Type.Optional(Type.String()) });
export type PushCertificateFilter = Static<typeof PushCertificateFilter>;

export const PushCertificateInput = Type.Object({
  name: Type.String({ minLength: 1, maxLength: pushCertificateNameCharactersMax }),
});

export const PushCertificateUpload = Type.Object({
  /** Apple's certificate, PEM. */
  certificate: Type.String({ minLength: 1, maxLength: certificatePemCharactersMax }),
  /** Only when the key was not made here. */
  private_key: Type.Optional(
    Type.Union([Type.String({ maxLength: certificatePemCharactersMax }), Type.Null()]),
  ),
  /** Of an encrypted private key. */
  password: Type.Optional(Type.Union([Type.String({ maxLength: 1_024 }), Type.Null()])),
});

/**
 * Reads an uploaded certificate; of several, the first, which is Apple's leaf.
 *
 * @returns Its facts, or a refusal with the texts of specification section 7.4.
 */
export function readPushCertificate(pem: string): PushCertificateFacts | PushCertificateRefusal {
  const read = readLeaf(pem);
  if (read === null) {
    return refusal("push_certificate_unreadable", "certificate", "Could not load PEM certificate");
  }
  const { leaf, publicKey } = read;
  const topic = findSoleNameValue(leaf.subject, nameOids.userId);
  if (topic === null || topic === "") {
    const detail = "Could not extract the topic from the certificate subject";
    return refusal("push_certificate_topic_missing", "certificate", detail);
  }
  const { notBefore, notAfter } = leaf;
  return { certificatePem: encodePem("CERTIFICATE", leaf.raw), topic, notBefore, notAfter, publicKey };
}

function readLeaf(pem: string): { readonly leaf: Certificate; readonly publicKey: KeyObject } | null {
  try {
    const [leaf] = decodeCertificateChain(pem);
    return leaf === undefined ? null : { leaf, publicKey: importPublicKey(leaf) };
  } catch (error) {
    if (error instanceof X509Error) return null;
    throw error;
  }
}

/**
 * Whether a certificate may take the place of what is there: its topic stays, and it must not have ended already.
 * One that begins later is taken; it is used from then on.
 */
export function refuseReplacement(
  current: { readonly topic: string | null },
  next: { readonly topic: string; readonly notAfter: Date },
  at: Date,
): PushCertificateRefusal | null {
  if (current.topic !== null && current.topic !== next.topic) {
    const detail = "The new certificate has a different topic";
    return refusal("push_certificate_topic_changed", "certificate", detail);
  }
  if (next.notAfter <= at) {
    return refusal("push_certificate_expired", "certificate", "The certificate has expired");
  }
  return null;
}

/** The subject of a certificate request. Apple replaces it; it helps to find the request again. */
export function certificateRequestSubject(id: PushCertificateId): NameInput[] {
  return [{ oid: nameOids.commonName, value: `Pomona Push Certificate ${id}` }];
}

/** What audit events say of a push certificate: a fingerprint for the certificate, nothing of the keys. */
export function serializePushCertificate(row: PushCertificate): Readonly<Record<string, unknown>> {
  const [leaf] = row.certificate === null ? [] : decodeCertificateChain(row.certificate);
  return {
    pk: row.id,
    provisioning_uid: row.provisioningUid,
    name: row.name,
    topic: row.topic,
    certificate: leaf === undefined ? null : certificateFingerprint(leaf.raw).toString("hex"),
    not_before: row.notBefore,
    not_after: row.notAfter,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}

/** Makes an "invalid field" refusal of this slice. */
export function refusal(
  code: PushCertificateRefusalCode,
  field: string,
  detail: string,
): PushCertificateRefusal {
  return { kind: "invalid", code, field, detail };
}
