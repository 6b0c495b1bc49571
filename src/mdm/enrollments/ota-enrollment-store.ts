/** Rows of OTA enrollments, each with its secret and the names of what it refers to. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { type Sql, emptySql, sql } from "#platform/db/sql.ts";
import type { EnrollmentSecret, EnrollmentSecretId } from "./enrollment-secret.ts";
import type { OtaEnrollmentId } from "./enrollment-session.ts";
import {
  type FoundReferences,
  type Named,
  type OtaEnrollment,
  type OtaEnrollmentFields,
  type OtaEnrollmentFilter,
} from "./ota-enrollment.ts";

type EnrollmentRow = Omit<
  OtaEnrollment,
  | "pushCertificate"
  | "scepIssuer"
  | "acmeIssuer"
  | "blueprint"
  | "realm"
  | "metaBusinessUnit"
  | "tags"
  | "secret"
> &
  Omit<EnrollmentSecret, "id" | "purpose"> & {
    readonly secretId: EnrollmentSecretId;
    readonly pushCertificateId: number;
    readonly pushCertificateName: string;
    readonly scepIssuerId: OtaEnrollment["scepIssuer"]["pk"];
    readonly scepIssuerName: string;
    readonly acmeIssuerId: string | null;
    readonly acmeIssuerName: string | null;
    readonly blueprintId: number | null;
    readonly blueprintName: string | null;
    readonly realmId: string | null;
    readonly realmName: string | null;
    readonly metaBusinessUnitName: string;
    readonly tagNames: readonly string[];
  };

const enrollmentQuery: Sql = sql`
  select o.id, o.name, o.display_name, o.push_certificate_id, p.name as push_certificate_name, p.topic as push_topic,
         o.scep_issuer_id, i.name as scep_issuer_name, o.acme_issuer_id, a.name as acme_issuer_name,
         o.blueprint_id, b.name as blueprint_name, o.realm_id, r.name as realm_name,
         o.created_at, o.updated_at,
         s.id as secret_id, s.secret_hash, s.secret_sealed, s.meta_business_unit_id, u.name as meta_business_unit_name,
         s.serial_numbers, s.udids, s.quota, s.request_count, s.revoked_at, s.expires_at,
         array(select t.tag_id from enrollment_secret_tags t where t.enrollment_secret_id = s.id order by t.tag_id)
           as tag_ids,
         array(select g.name from enrollment_secret_tags t join tags g on g.id = t.tag_id
                where t.enrollment_secret_id = s.id order by t.tag_id) as tag_names
    from ota_enrollments o
    join enrollment_secrets s on s.id = o.enrollment_secret_id
    join meta_business_units u on u.id = s.meta_business_unit_id
    join push_certificates p on p.id = o.push_certificate_id
    join scep_issuers i on i.id = o.scep_issuer_id
    left join acme_issuers a on a.id = o.acme_issuer_id
    left join blueprints b on b.id = o.blueprint_id
    left join realms r on r.uuid = o.realm_id`;

function enrollmentOf(row: EnrollmentRow): OtaEnrollment {
  return {
    id: row.id,
    name: row.name,
    displayName: row.displayName,
    pushCertificate: { pk: row.pushCertificateId, name: row.pushCertificateName },
    pushTopic: row.pushTopic,
    scepIssuer: { pk: row.scepIssuerId, name: row.scepIssuerName },
    acmeIssuer: namedOrNull(row.acmeIssuerId, row.acmeIssuerName),
    blueprint: namedOrNull(row.blueprintId, row.blueprintName),
    realm: namedOrNull(row.realmId, row.realmName),
    metaBusinessUnit: { pk: row.metaBusinessUnitId, name: row.metaBusinessUnitName },
    tags: row.tagIds.map((pk, index): Named<number> => ({ pk, name: row.tagNames[index] ?? "" })),
    secret: {
      id: row.secretId,
      purpose: "ota_enrollment",
      secretHash: row.secretHash,
      secretSealed: row.secretSealed,
      metaBusinessUnitId: row.metaBusinessUnitId,
      tagIds: row.tagIds,
      serialNumbers: row.serialNumbers,
      udids: row.udids,
      quota: row.quota,
      requestCount: row.requestCount,
      revokedAt: row.revokedAt,
      expiresAt: row.expiresAt,
    },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function namedOrNull<Key>(pk: Key | null, name: string | null): Named<Key> | null {
  return pk === null ? null : { pk, name: name ?? "" };
}

/** Finds an enrollment by its id. */
export async function findOtaEnrollment(reader: Reader, id: number): Promise<OtaEnrollment | null> {
  if (!isRowId(id)) return null;
  const row = await reader.maybe<EnrollmentRow>(sql`${enrollmentQuery} where o.id = ${id}`);
  return row === null ? null : enrollmentOf(row);
}

/** Finds the enrollment that owns a secret. */
export async function findOtaEnrollmentBySecret(
  reader: Reader,
  secretId: EnrollmentSecretId,
): Promise<OtaEnrollment | null> {
  const row = await reader.maybe<EnrollmentRow>(sql`${enrollmentQuery} where s.id = ${secretId}`);
  return row === null ? null : enrollmentOf(row);
}

/** Locks an enrollment and its secret until the end of the transaction. */
export async function lockOtaEnrollment(tx: Tx, id: number): Promise<OtaEnrollment | null> {
  if (!isRowId(id)) return null;
  const row = await tx.maybe<EnrollmentRow>(
    sql`${enrollmentQuery} where o.id = ${id} for no key update of o, s`,
  );
  return row === null ? null : enrollmentOf(row);
}

/** Lists enrollments, latest first. */
export async function listOtaEnrollments(
  reader: Reader,
  filter: OtaEnrollmentFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly OtaEnrollment[] }> {
  const condition =
    filter.name === undefined || filter.name === "" ? emptySql : sql`where o.name = ${filter.name}`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from ota_enrollments o ${condition}`,
  );
  const rows = await reader.many<EnrollmentRow>(sql`
    ${enrollmentQuery} ${condition} order by o.created_at desc, o.id desc
     limit ${page.limit} offset ${page.offset}`);
  return { count, rows: rows.map(enrollmentOf) };
}

/** Looks up everything a request refers to, with one statement; `exceptId` is the enrollment being changed. */
export async function findReferences(
  reader: Reader,
  fields: OtaEnrollmentFields,
  exceptId: OtaEnrollmentId | null,
): Promise<FoundReferences> {
  return reader.one<FoundReferences>(sql`
    select exists (select from ota_enrollments
                    where name = ${fields.name} and id is distinct from ${exceptId}::integer) as is_name_taken,
           exists (select from push_certificates where id = ${rowIdOrNull(fields.pushCertificateId)}::integer)
             as has_push_certificate,
           exists (select from scep_issuers where id = ${fields.scepIssuerId}::uuid) as has_scep_issuer,
           exists (select from acme_issuers where id = ${fields.acmeIssuerId}::uuid) as has_acme_issuer,
           exists (select from blueprints where id = ${fields.blueprintId}::integer) as has_blueprint,
           exists (select from realms where uuid = ${fields.realmId}::uuid) as has_realm,
           exists (select from meta_business_units where id = ${rowIdOrNull(fields.metaBusinessUnitId)}::integer)
             as has_meta_business_unit,
           array(select id from tags where id = any (${fields.tagIds.filter(isRowId)}::integer[]) order by id)
             as tag_ids`);
}

/** The largest value of an `integer` key; a larger one is nobody's id, and no statement is asked about it. */
const rowIdMax = 2 ** 31 - 1;

function isRowId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= rowIdMax;
}

function rowIdOrNull(id: number): number | null {
  return isRowId(id) ? id : null;
}

/** Inserts an enrollment; null when another one took the name in the meantime. */
export async function insertOtaEnrollment(
  tx: Tx,
  fields: OtaEnrollmentFields & { readonly secretId: EnrollmentSecretId },
  at: Date,
): Promise<OtaEnrollmentId | null> {
  const inserted = await nameConflictAsNull(
    tx.one<{ id: OtaEnrollmentId }>(sql`
      insert into ota_enrollments (name, display_name, push_certificate_id, scep_issuer_id, acme_issuer_id,
                                   blueprint_id, realm_id, enrollment_secret_id, created_at, updated_at)
      values (${fields.name}, ${fields.displayName}, ${fields.pushCertificateId}, ${fields.scepIssuerId},
              ${fields.acmeIssuerId}, ${fields.blueprintId}, ${fields.realmId}, ${fields.secretId}, ${at}, ${at})
      returning id`),
  );
  return inserted?.id ?? null;
}

/** Changes an enrollment; false when another one took the name in the meantime. */
export async function updateOtaEnrollment(
  tx: Tx,
  id: OtaEnrollmentId,
  { fields, at }: { readonly fields: OtaEnrollmentFields; readonly at: Date },
): Promise<boolean> {
  const updated = await nameConflictAsNull(
    tx.run(sql`
      update ota_enrollments
         set name = ${fields.name}, display_name = ${fields.displayName},
             push_certificate_id = ${fields.pushCertificateId}, scep_issuer_id = ${fields.scepIssuerId},
             acme_issuer_id = ${fields.acmeIssuerId}, blueprint_id = ${fields.blueprintId}, realm_id = ${fields.realmId},
             updated_at = ${at}
       where id = ${id}`),
  );
  return updated !== null;
}

async function nameConflictAsNull<T>(statement: Promise<T>): Promise<T | null> {
  try {
    return await statement;
  } catch (error) {
    // A lost race for the name is an answer; the caller refuses and the transaction rolls back.
    if (constraintViolation(error)?.constraint === "ota_enrollments_name_unique") return null;
    throw error;
  }
}

/** Whether any session, renewals included, belongs to the enrollment. */
export async function hasSessions(reader: Reader, id: OtaEnrollmentId): Promise<boolean> {
  const { found } = await reader.one<{ found: boolean }>(
    sql`select exists (select from enrollment_sessions where ota_enrollment_id = ${id}) as found`,
  );
  return found;
}

/** Deletes an enrollment; its secret goes after it. */
export async function deleteOtaEnrollment(tx: Tx, id: OtaEnrollmentId): Promise<void> {
  await tx.run(sql`delete from ota_enrollments where id = ${id}`);
}

/** Revokes the secrets of sessions that no device has authenticated with yet: handed out profiles end with theirs. */
export async function revokeUnusedSessions(tx: Tx, id: OtaEnrollmentId, at: Date): Promise<void> {
  await tx.run(sql`
    update enrollment_secrets s set revoked_at = ${at}
      from enrollment_sessions e
     where e.enrollment_secret_id = s.id and e.ota_enrollment_id = ${id} and e.kind = 'ota' and e.device_id is null
       and s.revoked_at is null`);
}
