/** The one read of the device path: identity, device, session, user channel and whether there is work, together. */
import type { Reader } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import { inventoryCollectionDefault, userEnrolledAppPlatforms } from "#mdm/commands/inventory-plan.ts";
import type { EnrollmentSessionId } from "#mdm/enrollments/enrollment-session.ts";
import type { IdentityState, KnownDevice, KnownSession } from "./device-authentication.ts";

/** Whose view is asked for. */
export type DeviceQuestion = {
  /** The user the message speaks for; null on the device channel. */
  readonly userKey: string | null;
  readonly at: Date;
  /** Certificates that end before this moment make us look for the last renewal. */
  readonly renewalDueBefore: Date;
};

type DeviceRow = KnownDevice & {
  readonly knownSessionId: EnrollmentSessionId;
  readonly sessionKind: KnownSession["kind"];
  readonly sessionStatus: KnownSession["status"];
  readonly otaEnrollmentId: number;
  readonly otaEnrollmentName: string;
  readonly enrollmentBlueprintId: number | null;
};

export type KnownIdentity = {
  readonly state: IdentityState;
  readonly device: KnownDevice;
  readonly session: KnownSession;
};

/**
 * What is collected of the device: what its blueprint says, else everything (`inventory-plan.ts` has the same rule for the
 * order). What was never reported counts as reported in the remotest past; what is not collected is not there.
 */
const inventoryColumns = sql`
  coalesce(b.inventory_interval, ${inventoryCollectionDefault.inventoryIntervalSeconds}) as inventory_interval_seconds,
  coalesce(b.collect_apps, ${inventoryCollectionDefault.collectApps}) as collect_apps,
  coalesce(b.collect_certificates, ${inventoryCollectionDefault.collectCertificates}) as collect_certificates,
  coalesce(b.collect_profiles, ${inventoryCollectionDefault.collectProfiles}) as collect_profiles`;

function lacksInventory(at: Date): Sql {
  const { inventoryIntervalSeconds: seconds } = inventoryCollectionDefault;
  return sql`
    least(coalesce(d.device_information_updated_at, '-infinity'), coalesce(d.security_info_updated_at, '-infinity'),
          case when b.collect_apps is distinct from 0
                and (d.user_enrollment is not true or d.platform = any(${userEnrolledAppPlatforms}::text[]))
               then coalesce(d.applications_updated_at, '-infinity') end,
          case when b.collect_certificates is distinct from 0
               then coalesce(d.certificates_updated_at, '-infinity') end,
          case when b.collect_profiles is distinct from 0
               then coalesce(d.profiles_updated_at, '-infinity') end)
      < ${at}::timestamptz - make_interval(secs => coalesce(b.inventory_interval, ${seconds}))`;
}

function deviceColumns({ at, renewalDueBefore }: DeviceQuestion): Sql {
  return sql`
    d.id, d.udid, d.serial_number, d.platform, d.os_version, d.os_version_extra, d.blueprint_id, d.blocked_at,
    d.checkout_at, d.device_lock_pin_sealed is not null as has_device_lock_pin, d.cert_fingerprint,
    d.cert_not_valid_after, d.session_id, d.enrollment_id, d.awaiting_configuration, d.token, d.push_magic,
    d.superseded_tokens, d.token_rejected_at, d.token_rejected_reason, d.push_certificate_id, p.topic as push_topic,
    ${inventoryColumns}, ${lacksInventory(at)} as lacks_inventory,
    case when d.cert_not_valid_after is null or d.cert_not_valid_after < ${renewalDueBefore} then (
      select max(r.created_at) from enrollment_sessions r where r.device_id = d.id and r.kind = 're'
    ) end as last_renewal_at,
    u.id as device_user_id,
    d.user_enrollment, b.revision::text as blueprint_revision,
    case when d.blueprint_id is not null then
      array(select m.tag_id from machine_tags m where m.serial_number = d.serial_number) else '{}' end as tag_ids,
    t.id is not null as has_plan, t.plan_key, t.due_at as plan_due_at,
    exists (select from commands c
             where c.device_id = d.id and c.device_user_id is not distinct from u.id
               and (c.not_before is null or c.not_before <= ${at})
               and (c.retry_at is null or c.retry_at <= ${at})
               and (c.expires_at is null or c.expires_at > ${at}) and c.cancelled_at is null) as has_due_command,
    exists (select from commands c
             where c.device_id = d.id and c.device_user_id is not distinct from u.id
               and c.state = 'not_now' and c.retry_at > ${at}) as has_postponed_command,
    s.id as known_session_id, s.kind as session_kind, s.status as session_status,
    o.id as ota_enrollment_id, o.name as ota_enrollment_name, o.blueprint_id as enrollment_blueprint_id`;
}

/** Finds the device of a certificate that was pinned before, by its fingerprint; replaced ones are found too. */
export async function findIdentityByFingerprint(
  reader: Reader,
  fingerprint: Buffer,
  question: DeviceQuestion,
): Promise<KnownIdentity | null> {
  const row = await reader.maybe<DeviceRow & { readonly state: IdentityState }>(sql`
    select i.state, ${deviceColumns(question)}
      from device_identities i
      join devices d on d.id = i.device_id
      join push_certificates p on p.id = d.push_certificate_id
      left join blueprints b on b.id = d.blueprint_id
      join enrollment_sessions s on s.id = i.enrollment_session_id
      join ota_enrollments o on o.id = s.ota_enrollment_id
      left join device_users u on u.device_id = d.id and u.user_id = ${question.userKey}
      left join target_plans t on t.device_id = d.id and t.device_user_id is not distinct from u.id
     where i.fingerprint = ${fingerprint}`);
  return row === null ? null : { state: row.state, device: row, session: sessionOf(row) };
}

/** Finds the device attached to a session: that of a certificate not seen before. */
export function findDeviceOfSession(
  reader: Reader,
  sessionId: EnrollmentSessionId,
  question: DeviceQuestion,
): Promise<KnownDevice | null> {
  return reader.maybe<DeviceRow>(sql`
    select ${deviceColumns(question)}
      from enrollment_sessions s
      join devices d on d.id = s.device_id
      join push_certificates p on p.id = d.push_certificate_id
      left join blueprints b on b.id = d.blueprint_id
      join ota_enrollments o on o.id = s.ota_enrollment_id
      left join device_users u on u.device_id = d.id and u.user_id = ${question.userKey}
      left join target_plans t on t.device_id = d.id and t.device_user_id is not distinct from u.id
     where s.id = ${sessionId}`);
}

/** When the last renewal of a device was begun; null when none was. */
export async function findLastRenewal(reader: Reader, deviceId: number): Promise<Date | null> {
  const { lastRenewalAt } = await reader.one<{ readonly lastRenewalAt: Date | null }>(sql`
    select max(created_at) as last_renewal_at from enrollment_sessions
     where device_id = ${deviceId} and kind = 're'`);
  return lastRenewalAt;
}

function sessionOf(row: DeviceRow): KnownSession {
  return {
    id: row.knownSessionId,
    kind: row.sessionKind,
    status: row.sessionStatus,
    otaEnrollmentId: row.otaEnrollmentId,
    otaEnrollmentName: row.otaEnrollmentName,
    blueprintId: row.enrollmentBlueprintId,
  };
}
