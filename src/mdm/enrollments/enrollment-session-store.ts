/** Rows of enrollment sessions, each with its secret and what it takes from its enrollment. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import type { EnrollmentSecret, EnrollmentSecretId } from "./enrollment-secret.ts";
import type {
  EnrollmentSession,
  EnrollmentSessionId,
  OtaEnrollmentId,
  SessionEnrollment,
  SessionKind,
  SessionStatus,
} from "./enrollment-session.ts";

type SessionRow = Omit<EnrollmentSession, "secret" | "enrollment"> &
  Omit<EnrollmentSecret, "id" | "purpose"> & {
    readonly secretId: EnrollmentSecretId;
    readonly secretPurpose: EnrollmentSecret["purpose"];
  } & Omit<SessionEnrollment, "id" | "kind" | "name"> & {
    readonly otaEnrollmentId: OtaEnrollmentId;
    readonly enrollmentName: string;
  };

const sessionQuery: Sql = sql`
  select e.id, e.kind, e.status, e.device_id, e.realm_user_id, e.renews_session_id, e.first_enrolled_at, e.created_at,
         s.id as secret_id, s.purpose as secret_purpose, s.secret_hash, s.secret_sealed, s.meta_business_unit_id,
         s.serial_numbers, s.udids, s.quota, s.request_count, s.revoked_at, s.expires_at,
         array(select t.tag_id from enrollment_secret_tags t where t.enrollment_secret_id = s.id order by t.tag_id)
           as tag_ids,
         o.id as ota_enrollment_id, o.name as enrollment_name, o.display_name, o.push_certificate_id,
         p.topic as push_topic, o.scep_issuer_id, o.blueprint_id, o.realm_id
    from enrollment_sessions e
    join enrollment_secrets s on s.id = e.enrollment_secret_id
    join ota_enrollments o on o.id = e.ota_enrollment_id
    join push_certificates p on p.id = o.push_certificate_id`;

function sessionOf(row: SessionRow | null): EnrollmentSession | null {
  if (row === null) return null;
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    deviceId: row.deviceId,
    realmUserId: row.realmUserId,
    renewsSessionId: row.renewsSessionId,
    firstEnrolledAt: row.firstEnrolledAt,
    createdAt: row.createdAt,
    secret: {
      id: row.secretId,
      purpose: row.secretPurpose,
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
    enrollment: {
      kind: "ota",
      id: row.otaEnrollmentId,
      name: row.enrollmentName,
      displayName: row.displayName,
      pushCertificateId: row.pushCertificateId,
      pushTopic: row.pushTopic,
      scepIssuerId: row.scepIssuerId,
      blueprintId: row.blueprintId,
      realmId: row.realmId,
    },
  };
}

/** Finds the session of a kind that has the secret. */
export async function findSessionBySecretHash(
  reader: Reader,
  kind: SessionKind,
  secretHash: Buffer,
): Promise<EnrollmentSession | null> {
  return sessionOf(
    await reader.maybe<SessionRow>(
      sql`${sessionQuery} where e.kind = ${kind} and s.secret_hash = ${secretHash}`,
    ),
  );
}

/** Finds a session by its id. */
export async function findSessionById(
  reader: Reader,
  id: EnrollmentSessionId,
): Promise<EnrollmentSession | null> {
  return sessionOf(await reader.maybe<SessionRow>(sql`${sessionQuery} where e.id = ${id}`));
}

/** Whether a session is the renewal of another, directly or through further renewals. */
export async function isRenewalOf(
  reader: Reader,
  id: EnrollmentSessionId,
  renewedId: EnrollmentSessionId,
): Promise<boolean> {
  const { isRenewal } = await reader.one<{ isRenewal: boolean }>(sql`
    with recursive renewed as (
      select renews_session_id as id from enrollment_sessions where id = ${id}
      union
      select e.renews_session_id from enrollment_sessions e join renewed r on e.id = r.id
    )
    select exists (select from renewed where id = ${renewedId}) as is_renewal`);
  return isRenewal;
}

/** Finds a session and locks it and its secret until the end of the transaction. */
export async function lockSession(tx: Tx, id: EnrollmentSessionId): Promise<EnrollmentSession | null> {
  return sessionOf(
    await tx.maybe<SessionRow>(sql`${sessionQuery} where e.id = ${id} for no key update of e, s`),
  );
}

/** The latest session that this machine, and no other, began with an enrollment and has not authenticated with. */
export async function findPendingSession(
  reader: Reader,
  otaEnrollmentId: OtaEnrollmentId,
  device: { readonly serialNumber: string; readonly udid: string },
): Promise<EnrollmentSession | null> {
  return sessionOf(
    await reader.maybe<SessionRow>(sql`
      ${sessionQuery}
       where e.ota_enrollment_id = ${otaEnrollmentId} and e.kind = 'ota' and e.status in ('PHASE_2', 'PHASE_3')
         and e.device_id is null and e.realm_user_id is null
         and s.serial_numbers = ${[device.serialNumber]}::text[] and s.udids = ${[device.udid]}::text[]
       order by e.created_at desc, e.id desc limit 1`),
  );
}

/** A session as the list of a device's sessions has it. */
export type SessionListed = Pick<
  EnrollmentSession,
  "id" | "kind" | "status" | "renewsSessionId" | "firstEnrolledAt" | "createdAt"
> & {
  readonly otaEnrollmentId: OtaEnrollmentId;
  readonly enrollmentName: string;
  readonly updatedAt: Date;
};

/** One page of the sessions that a device authenticated with, the newest first. */
export async function listSessionsOfDevice(
  reader: Reader,
  deviceId: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: SessionListed[] }> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from enrollment_sessions where device_id = ${deviceId}`,
  );
  const rows = await reader.many<SessionListed>(sql`
    select e.id, e.kind, e.status, e.renews_session_id, e.first_enrolled_at, e.created_at, e.updated_at,
           o.id as ota_enrollment_id, o.name as enrollment_name
      from enrollment_sessions e join ota_enrollments o on o.id = e.ota_enrollment_id
     where e.device_id = ${deviceId}
     order by e.created_at desc, e.id desc limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** A new session. */
export type SessionInsert = {
  readonly kind: SessionKind;
  readonly status: SessionStatus;
  readonly otaEnrollmentId: OtaEnrollmentId;
  readonly secretId: EnrollmentSecretId;
  readonly deviceId: number | null;
  readonly realmUserId: string | null;
  readonly renewsSessionId: EnrollmentSessionId | null;
  readonly firstEnrolledAt: Date | null;
};

/** Inserts a session. */
export async function insertSession(tx: Tx, row: SessionInsert, at: Date): Promise<EnrollmentSessionId> {
  const { id } = await tx.one<{ id: EnrollmentSessionId }>(sql`
    insert into enrollment_sessions (kind, status, ota_enrollment_id, enrollment_secret_id, device_id, realm_user_id,
                                     renews_session_id, first_enrolled_at, created_at, updated_at)
    values (${row.kind}, ${row.status}, ${row.otaEnrollmentId}, ${row.secretId}, ${row.deviceId},
            ${row.realmUserId}, ${row.renewsSessionId}, ${row.firstEnrolledAt}, ${at}, ${at})
    returning id`);
  return id;
}

/** Moves a locked session to a status, and attaches its device when it has one. */
export async function updateSessionStatus(
  tx: Tx,
  { id, status, deviceId }: Pick<EnrollmentSession, "id" | "status" | "deviceId">,
  at: Date,
): Promise<void> {
  await tx.run(sql`
    update enrollment_sessions set status = ${status}, device_id = ${deviceId}, updated_at = ${at}
     where id = ${id}`);
}
