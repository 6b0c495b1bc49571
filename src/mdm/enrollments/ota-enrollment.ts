/**
 * OTA enrollments: how devices enroll themselves over the air, with which certificates and into which business unit.
 * Operators create, change, revoke and delete them, and download profiles from them; devices only use their secret.
 * One that a session belongs to is never deleted, and the text of its secret never changes.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";
import { type EnrollmentSecret, findSecretFailure } from "./enrollment-secret.ts";
import { type OtaEnrollmentId, directProfileSeconds } from "./enrollment-session.ts";

/** An object an enrollment refers to, as audit events name it. */
export type Named<Key> = { readonly pk: Key; readonly name: string };

export type OtaEnrollment = {
  readonly id: OtaEnrollmentId;
  readonly name: string;
  readonly displayName: string;
  readonly pushCertificate: Named<number>;
  readonly pushTopic: string | null;
  readonly scepIssuer: Named<Uuid<"ScepIssuer">>;
  readonly acmeIssuer: Named<string> | null;
  readonly blueprint: Named<number> | null;
  readonly realm: Named<string> | null;
  readonly metaBusinessUnit: Named<number>;
  readonly tags: readonly Named<number>[];
  readonly secret: EnrollmentSecret;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** The display name people see on their devices when none is given; the Terraform provider has the same. */
export const displayNameDefault = "Zentral MDM";

/** What operators send to create or to change an enrollment (http-api 2.18, 3.5), by its names on the wire. */
export type OtaEnrollmentInput = {
  readonly name: string;
  readonly display_name?: string;
  readonly push_certificate: number;
  readonly acme_issuer?: string | null;
  readonly scep_issuer: string;
  readonly blueprint?: number | null;
  readonly realm?: string | null;
  readonly enrollment_secret: {
    readonly meta_business_unit: number;
    readonly tags?: readonly number[];
    readonly serial_numbers?: readonly string[] | null;
    readonly udids?: readonly string[] | null;
    readonly quota?: number | null;
  };
};

/** The filters of the list; empty ones filter nothing. */
export type OtaEnrollmentFilter = { readonly name?: string };

/** The machine a direct profile is for, as far as it is known (decisions, "Direct profile"). */
export type DirectProfileInput = { readonly serial_number?: string | null; readonly udid?: string | null };

/** The columns an operator decides. */
export type OtaEnrollmentFields = {
  readonly name: string;
  readonly displayName: string;
  readonly pushCertificateId: number;
  readonly scepIssuerId: string;
  readonly acmeIssuerId: string | null;
  readonly blueprintId: number | null;
  readonly realmId: string | null;
  readonly metaBusinessUnitId: number;
  readonly tagIds: readonly number[];
  readonly serialNumbers: readonly string[] | null;
  readonly udids: readonly string[] | null;
  readonly quota: number | null;
};

/**
 * Puts together what a request says and what it leaves out: an omitted member keeps its value on an update and takes
 * its default on a creation (http-api 1.9).
 *
 * @param current The stored enrollment, or null when it is being created.
 */
export function planOtaEnrollment(
  input: OtaEnrollmentInput,
  current: OtaEnrollment | null,
): OtaEnrollmentFields {
  const secret = input.enrollment_secret;
  return {
    name: input.name,
    displayName: input.display_name ?? current?.displayName ?? displayNameDefault,
    pushCertificateId: input.push_certificate,
    scepIssuerId: input.scep_issuer,
    acmeIssuerId: keep(input.acme_issuer, current?.acmeIssuer?.pk),
    blueprintId: keep(input.blueprint, current?.blueprint?.pk),
    realmId: keep(input.realm, current?.realm?.pk),
    metaBusinessUnitId: secret.meta_business_unit,
    tagIds: [...new Set(secret.tags ?? current?.secret.tagIds ?? [])],
    serialNumbers: keep(secret.serial_numbers, current?.secret.serialNumbers),
    udids: keep(secret.udids, current?.secret.udids),
    quota: keep(secret.quota, current?.secret.quota),
  };
}

/** Null is a value that was sent; undefined was not. */
function keep<T>(sent: T | null | undefined, stored: T | null | undefined): T | null {
  return sent === undefined ? (stored ?? null) : sent;
}

/** What the database knows of the objects a request refers to. */
export type FoundReferences = {
  readonly isNameTaken: boolean;
  readonly hasPushCertificate: boolean;
  readonly hasScepIssuer: boolean;
  readonly hasAcmeIssuer: boolean;
  readonly hasBlueprint: boolean;
  readonly hasRealm: boolean;
  readonly hasMetaBusinessUnit: boolean;
  readonly tagIds: readonly number[];
};

/** Refuses every unknown reference and a name in use, all together (http-api 1.7). */
export function listReferenceRefusals(fields: OtaEnrollmentFields, found: FoundReferences): Refusal[] {
  const unknownTag = fields.tagIds.find((id) => !found.tagIds.includes(id));
  const secretField = "enrollment_secret";
  return [
    found.isNameTaken ? nameTaken : null,
    found.hasPushCertificate ? null : unknownPk("push_certificate", fields.pushCertificateId),
    refuseUnless(found.hasAcmeIssuer, "acme_issuer", fields.acmeIssuerId),
    found.hasScepIssuer ? null : unknownPk("scep_issuer", fields.scepIssuerId),
    refuseUnless(found.hasBlueprint, "blueprint", fields.blueprintId),
    refuseUnless(found.hasRealm, "realm", fields.realmId),
    found.hasMetaBusinessUnit
      ? null
      : unknownPk(`${secretField}.meta_business_unit`, fields.metaBusinessUnitId),
    unknownTag === undefined ? null : unknownPk(`${secretField}.tags`, unknownTag),
  ].filter((refusal) => refusal !== null);
}

/** An absent reference is none to be known. */
function refuseUnless(isKnown: boolean, field: string, pk: string | number | null): Refusal | null {
  return isKnown || pk === null ? null : unknownPk(field, pk);
}

function unknownPk(field: string, pk: string | number): Refusal {
  const detail = `Invalid pk "${pk}" - object does not exist.`;
  return { kind: "invalid", code: "unknown_pk", field, detail };
}

/** Names are unique. */
export const nameTaken: Refusal = {
  kind: "invalid",
  code: "ota_enrollment_name_taken",
  field: "name",
  detail: "ota enrollment with this name already exists.",
};

/** An enrollment that a session belongs to stays (http-api 2.18). */
export const deletionRefused: Refusal = {
  kind: "conflict",
  code: "ota_enrollment_in_use",
  detail: "This OTA enrollment cannot be deleted",
};

/** No enrollment has this id. */
export const enrollmentNotFound: Refusal = {
  kind: "not_found",
  code: "ota_enrollment_not_found",
  detail: "No OTAEnrollment matches the given query.",
};

/** A revoked enrollment is neither revoked again nor handed out. */
export function refuseRevoked({ secret }: OtaEnrollment): Refusal | null {
  if (secret.revokedAt === null) return null;
  return { kind: "invalid", code: "ota_enrollment_revoked", detail: "OTA enrollment already revoked." };
}

/** What binds the session of a direct profile, and how long it lasts. */
export type DirectSessionPlan = {
  readonly serialNumbers: readonly string[] | null;
  readonly udids: readonly string[] | null;
  readonly expiresAt: Date;
};

/**
 * Plans the session of a direct profile: bound to the machine that was named, else to those the enrollment allows, and
 * to the first one that comes. The enrollment's quota counts what devices ask for, not what an operator hands out.
 */
export function planDirectSession(
  { secret }: OtaEnrollment,
  input: DirectProfileInput,
  at: Date,
): DirectSessionPlan | Refusal {
  const serialNumber = input.serial_number || null;
  const udid = input.udid || null;
  const use = {
    serialNumber: serialNumber ?? secret.serialNumbers?.[0] ?? null,
    udid: udid ?? secret.udids?.[0] ?? null,
    metaBusinessUnitId: null,
    at,
    isRepeat: true,
  };
  const failure = findSecretFailure(secret, use);
  if (failure !== null) return directProfileRefused(failure);
  const latest = new Date(at.getTime() + directProfileSeconds * 1000);
  return {
    serialNumbers: serialNumber === null ? emptyAsNull(secret.serialNumbers) : [serialNumber],
    udids: udid === null ? emptyAsNull(secret.udids) : [udid],
    expiresAt: secret.expiresAt !== null && secret.expiresAt < latest ? secret.expiresAt : latest,
  };
}

function emptyAsNull(list: readonly string[] | null): readonly string[] | null {
  return list === null || list.length === 0 ? null : list;
}

function directProfileRefused(failure: string): Refusal {
  const fields = new Map([
    ["serial number mismatch", "serial_number"],
    ["udid mismatch", "udid"],
  ]);
  const field = fields.get(failure);
  const detail = `The enrollment secret does not allow it: ${failure}.`;
  const refusal = { kind: "invalid", code: "direct_profile_refused", detail } as const;
  return field === undefined ? refusal : { ...refusal, field };
}

/** The enrollment as audit events tell it: relations by name, and never the secret itself (http-api 1.15). */
export function otaEnrollmentAuditValue(enrollment: OtaEnrollment): Readonly<Record<string, unknown>> {
  const { secret } = enrollment;
  return {
    pk: enrollment.id,
    name: enrollment.name,
    display_name: enrollment.displayName,
    push_certificate: enrollment.pushCertificate,
    scep_issuer: enrollment.scepIssuer,
    acme_issuer: enrollment.acmeIssuer,
    blueprint: enrollment.blueprint,
    realm: enrollment.realm,
    enrollment_secret: {
      pk: secret.id,
      meta_business_unit: enrollment.metaBusinessUnit,
      tags: enrollment.tags,
      serial_numbers: secret.serialNumbers,
      udids: secret.udids,
      quota: secret.quota,
      request_count: secret.requestCount,
      is_revoked: secret.revokedAt !== null,
    },
    created_at: enrollment.createdAt.toISOString(),
    updated_at: enrollment.updatedAt.toISOString(),
  };
}
