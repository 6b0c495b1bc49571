/** Rows of `devices` and `device_users`, and the lists the API shows of them. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { identifier, joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type {
  Device,
  DeviceAuthentication,
  DeviceId,
  DevicePatch,
  DeviceUser,
  DeviceUserUpdate,
} from "./device.ts";

/** The columns of {@link Device}: without documents and without sealed bytes. */
const deviceColumns = sql`
  d.id, d.udid, d.enrollment_id, d.serial_number, d.name, d.model, d.platform, d.os_version, d.os_version_extra,
  d.build_version, d.build_version_extra, d.apple_silicon, d.session_id, d.push_certificate_id, d.blueprint_id,
  d.dep_enrollment, d.user_enrollment, d.user_approved_enrollment, d.supervised, d.awaiting_configuration,
  d.authenticated_at, d.checkout_at, d.blocked_at, d.token, d.push_magic, d.superseded_tokens, d.token_rejected_at,
  d.token_rejected_reason, d.cert_fingerprint, d.cert_not_valid_after, d.cert_att_serial_number, d.cert_att_udid,
  d.unlock_token_sealed is not null as has_unlock_token,
  d.bootstrap_token_sealed is not null as has_bootstrap_token,
  d.device_lock_pin_sealed is not null as has_device_lock_pin,
  d.declarative_management, d.device_information_updated_at, d.security_info_updated_at,
  d.applications_updated_at, d.profiles_updated_at, d.certificates_updated_at, d.filevault_enabled,
  d.activation_lock_manageable, d.bootstrap_token_allowed_for_authentication,
  d.bootstrap_token_required_for_software_update, d.bootstrap_token_required_for_kext_approval,
  d.lock_message_result, d.locked_at, d.erased_at, d.restarted_at, d.created_at, d.updated_at`;

const userColumns = sql`
  u.id, u.device_id, u.user_id, u.enrollment_id, u.long_name, u.short_name, u.token, u.token_rejected_at,
  u.token_rejected_reason, u.declarative_management, u.last_ip, u.last_seen_at, u.last_notified_at, u.created_at,
  u.updated_at`;

/** Which column each member of a patch is; the compiler keeps the list complete. */
const patchColumns: { readonly [Member in keyof Required<DevicePatch>]: string } = {
  enrollmentId: "enrollment_id",
  serialNumber: "serial_number",
  name: "name",
  model: "model",
  platform: "platform",
  osVersion: "os_version",
  osVersionExtra: "os_version_extra",
  buildVersion: "build_version",
  buildVersionExtra: "build_version_extra",
  appleSilicon: "apple_silicon",
  sessionId: "session_id",
  pushCertificateId: "push_certificate_id",
  blueprintId: "blueprint_id",
  depEnrollment: "dep_enrollment",
  userEnrollment: "user_enrollment",
  userApprovedEnrollment: "user_approved_enrollment",
  supervised: "supervised",
  awaitingConfiguration: "awaiting_configuration",
  authenticatedAt: "authenticated_at",
  checkoutAt: "checkout_at",
  blockedAt: "blocked_at",
  token: "token",
  pushMagic: "push_magic",
  supersededTokens: "superseded_tokens",
  tokenRejectedAt: "token_rejected_at",
  tokenRejectedReason: "token_rejected_reason",
  certFingerprint: "cert_fingerprint",
  certNotValidAfter: "cert_not_valid_after",
  certAttSerialNumber: "cert_att_serial_number",
  certAttUdid: "cert_att_udid",
  declarativeManagement: "declarative_management",
  deviceInformationUpdatedAt: "device_information_updated_at",
  securityInfoUpdatedAt: "security_info_updated_at",
  applicationsUpdatedAt: "applications_updated_at",
  profilesUpdatedAt: "profiles_updated_at",
  certificatesUpdatedAt: "certificates_updated_at",
  filevaultEnabled: "filevault_enabled",
  activationLockManageable: "activation_lock_manageable",
  bootstrapTokenAllowedForAuthentication: "bootstrap_token_allowed_for_authentication",
  bootstrapTokenRequiredForSoftwareUpdate: "bootstrap_token_required_for_software_update",
  bootstrapTokenRequiredForKextApproval: "bootstrap_token_required_for_kext_approval",
  lockMessageResult: "lock_message_result",
  lockedAt: "locked_at",
  erasedAt: "erased_at",
  restartedAt: "restarted_at",
};

/** Documents a device reported, as {@link storableJson} writes them, beside a patch. */
export type ReportedDocuments = { readonly deviceInformation?: string; readonly securityInfo?: string };

export function findDevice(reader: Reader, id: number): Promise<Device | null> {
  return reader.maybe(sql`select ${deviceColumns} from devices d where d.id = ${id}`);
}

/** Some devices, in the order of their ids. */
export function listDevicesByIds(reader: Reader, ids: readonly number[]): Promise<Device[]> {
  return reader.many(sql`
    select ${deviceColumns} from devices d where d.id = any(${ids}::integer[]) order by d.id`);
}

export function findDeviceByUdid(reader: Reader, udid: string): Promise<Device | null> {
  return reader.maybe(sql`select ${deviceColumns} from devices d where d.udid = ${udid}`);
}

/**
 * The row, locked until the end of the transaction: whatever is read to be written starts here. Not a lock of its key, so
 * that an operator's new command, which refers to it, does not wait for the device's answer.
 */
export function lockDevice(tx: Tx, id: number): Promise<Device | null> {
  return tx.maybe(sql`select ${deviceColumns} from devices d where d.id = ${id} for no key update`);
}

export function lockDeviceByUdid(tx: Tx, udid: string): Promise<Device | null> {
  return tx.maybe(sql`select ${deviceColumns} from devices d where d.udid = ${udid} for no key update`);
}

/**
 * Locks the rows of devices until the end of the transaction, in the one order in which transactions lock several: by their
 * identifiers, as shared transactions run.
 */
export async function lockDeviceRows(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.run(sql`
    select from devices where id = any(${ids}::integer[]) order by udid collate "C" for no key update`);
}

/** The device that a machine is: of several with its serial number, the one that changed last. */
export function findDeviceBySerialNumber(reader: Reader, serialNumber: string): Promise<Device | null> {
  return reader.maybe(sql`
    select ${deviceColumns} from devices d where d.serial_number = ${serialNumber}
     order by d.updated_at desc, d.id desc limit 1`);
}

/** Whether any device of this serial number is blocked: such machines may not enroll again. */
export async function isSerialBlocked(reader: Reader, serialNumber: string): Promise<boolean> {
  const row = await reader.one<{ isBlocked: boolean }>(sql`
    select exists (select from devices where serial_number = ${serialNumber} and blocked_at is not null) as is_blocked`);
  return row.isBlocked;
}

/** Makes the row of a device seen for the first time; null when the UDID is known already. */
export async function insertDevice(tx: Tx, device: DeviceAuthentication, at: Date): Promise<DeviceId | null> {
  const row = await tx.maybe<{ id: DeviceId }>(sql`
    insert into devices (udid, serial_number, platform, push_certificate_id, created_at, updated_at)
    values (${device.udid}, ${device.serialNumber}, ${device.platform ?? "macOS"}, ${device.pushCertificateId},
            ${at}, ${at})
    on conflict (udid) do nothing
    returning id`);
  return row?.id ?? null;
}

/** Writes a patch, and documents beside it. */
export function updateDevice(tx: Tx, { id, patch, documents = {}, at }: DeviceUpdate): Promise<Device> {
  const assignments = patchAssignments(patch, at);
  if (documents.deviceInformation !== undefined) {
    assignments.push(sql`device_information = ${documents.deviceInformation}::jsonb`);
  }
  if (documents.securityInfo !== undefined) {
    assignments.push(sql`security_info = ${documents.securityInfo}::jsonb`);
  }
  return tx.one(sql`
    update devices d set ${joinSql(assignments, sql`, `)} where d.id = ${id} returning ${deviceColumns}`);
}

function patchAssignments(patch: DevicePatch, at: Date): Sql[] {
  const assignments: Sql[] = [sql`updated_at = ${at}`];
  for (const [member, column] of Object.entries(patchColumns)) {
    const value = patch[member as keyof DevicePatch];
    if (value !== undefined) assignments.push(sql`${identifier(column)} = ${value}`);
  }
  return assignments;
}

/** Writes a patch when the push token is still the one it was planned for; tells whether it was. */
export async function updateDeviceIfTokenIs(tx: Tx, update: TokenGuardedUpdate): Promise<boolean> {
  const assignments = patchAssignments(update.patch, update.at);
  if (update.unlockTokenSealed !== null) {
    assignments.push(sql`unlock_token_sealed = ${update.unlockTokenSealed}`);
  }
  const count = await tx.run(sql`
    update devices set ${joinSql(assignments, sql`, `)}
     where id = ${update.id} and checkout_at is null and session_id = ${update.sessionId}
       and token is not distinct from ${update.token} and push_magic is not distinct from ${update.pushMagic}`);
  return count === 1;
}

/** A patch, and the state it was planned for. */
export type TokenGuardedUpdate = {
  readonly id: DeviceId;
  readonly patch: DevicePatch;
  /** Null leaves the stored one alone. */
  readonly unlockTokenSealed: Buffer | null;
  readonly sessionId: number;
  readonly token: Buffer | null;
  readonly pushMagic: string | null;
  readonly at: Date;
};

export type DeviceUpdate = {
  readonly id: DeviceId;
  readonly patch: DevicePatch;
  readonly documents?: ReportedDocuments;
  readonly at: Date;
};

/**
 * Removes what ends with an enrollment: live commands, pending pushes, user channels, activity, and the named secrets.
 * One statement, so that no later step can be forgotten; the history of commands stays.
 */
export async function deleteEnrollmentState(
  tx: Tx,
  id: DeviceId,
  secrets: { readonly bootstrapToken: boolean },
): Promise<void> {
  await tx.run(sql`
    with gone_commands as (delete from commands where device_id = ${id}),
         gone_pushes as (delete from push_requests where device_id = ${id}),
         gone_activity as (delete from device_activity where device_id = ${id}),
         gone_artifacts as (delete from target_artifacts where device_id = ${id}),
         gone_plans as (delete from target_plans where device_id = ${id}),
         gone_reports as (delete from status_reports where device_id = ${id}),
         gone_items as (delete from status_items where device_id = ${id})
    update devices
       set unlock_token_sealed = null, device_lock_pin_sealed = null, location_sealed = null,
           bootstrap_token_sealed = case when ${secrets.bootstrapToken} then null else bootstrap_token_sealed end
     where id = ${id}`);
  await tx.run(sql`delete from device_users where device_id = ${id}`);
}

export function findDeviceUser(
  reader: Reader,
  deviceId: DeviceId,
  userId: string,
): Promise<DeviceUser | null> {
  return reader.maybe(sql`
    select ${userColumns} from device_users u where u.device_id = ${deviceId} and u.user_id = ${userId}`);
}

/** Removes a user channel; its commands and pushes go with the row. */
export async function deleteDeviceUser(tx: Tx, deviceId: DeviceId, userId: string): Promise<void> {
  await tx.run(sql`delete from device_users where device_id = ${deviceId} and user_id = ${userId}`);
}

/** Notes that declarative management is active on a user channel. */
export async function markUserDeclarative(tx: Tx, id: number, at: Date): Promise<void> {
  await tx.run(
    sql`update device_users set declarative_management = true, updated_at = ${at} where id = ${id}`,
  );
}

/** The user of an id whatever its device; for messages that name a user who may belong elsewhere. */
export function findUser(reader: Reader, id: number): Promise<DeviceUser | null> {
  return reader.maybe(sql`select ${userColumns} from device_users u where u.id = ${id}`);
}

/** The user channels of several devices, in the order of their ids. */
export function listDeviceUsers(reader: Reader, deviceIds: readonly number[]): Promise<DeviceUser[]> {
  return reader.many(sql`
    select ${userColumns} from device_users u where u.device_id = any(${deviceIds}) order by u.device_id, u.id`);
}

/** Makes or updates a user channel of a device. A new token is not rejected yet. */
export function upsertDeviceUserRow(
  tx: Tx,
  deviceId: DeviceId,
  { update, at }: { readonly update: DeviceUserUpdate; readonly at: Date },
): Promise<DeviceUser & { readonly isNew: boolean }> {
  return tx.one(sql`
    insert into device_users as u (device_id, user_id, enrollment_id, long_name, short_name, token,
                                   created_at, updated_at)
    values (${deviceId}, ${update.userId}, ${update.enrollmentId}, ${update.longName}, ${update.shortName},
            ${update.token}, ${at}, ${at})
    on conflict (device_id, user_id) do update
      set enrollment_id = excluded.enrollment_id, long_name = excluded.long_name, short_name = excluded.short_name,
          token = excluded.token, updated_at = excluded.updated_at,
          token_rejected_at = case when u.token = excluded.token then u.token_rejected_at end,
          token_rejected_reason = case when u.token = excluded.token then u.token_rejected_reason end
    returning ${userColumns}, u.xmax = 0 as is_new`);
}

export async function countDeviceUsers(reader: Reader, deviceId: DeviceId): Promise<number> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from device_users where device_id = ${deviceId}`,
  );
  return count;
}

/** A device as lists show it. */
export type ListedDevice = Device & {
  readonly lastIp: string | null;
  readonly lastSeenAt: Date | null;
  readonly lastNotifiedAt: Date | null;
  /** Only when exactly one auto-setup administrator is reported (http-api 2.23). */
  readonly adminGuid: string | null;
  readonly adminShortname: string | null;
};

/** A device with the documents it reported. */
export type DetailedDevice = ListedDevice & {
  readonly deviceInformation: unknown;
  readonly securityInfo: unknown;
};

// Nested cases: only an array has a length, and `and` does not promise an order.
const soleAdmin = sql`
  case jsonb_typeof(d.device_information -> 'AutoSetupAdminAccounts') when 'array' then
    case jsonb_array_length(d.device_information -> 'AutoSetupAdminAccounts') when 1 then
      d.device_information -> 'AutoSetupAdminAccounts' -> 0 end end`;

const listedColumns = sql`
  ${deviceColumns}, a.last_ip, a.last_seen_at, a.last_notified_at,
  (${soleAdmin}) ->> 'GUID' as admin_guid, (${soleAdmin}) ->> 'shortName' as admin_shortname`;

const source = sql`devices d left join device_activity a on a.device_id = d.id`;

/** Some devices as lists show them, in the order of the ids. */
export function listListedDevices(reader: Reader, ids: readonly number[]): Promise<ListedDevice[]> {
  return reader.many(sql`
    select ${listedColumns} from ${source} where d.id = any(${ids}::integer[])
     order by array_position(${ids}::integer[], d.id)`);
}

export function findListedDevice(reader: Reader, id: number): Promise<ListedDevice | null> {
  return reader.maybe(sql`select ${listedColumns} from ${source} where d.id = ${id}`);
}

export function findDetailedDevice(reader: Reader, id: number): Promise<DetailedDevice | null> {
  return reader.maybe(sql`
    select ${listedColumns}, d.device_information, d.security_info from ${source} where d.id = ${id}`);
}

/** What blueprints are called. */
export function listBlueprintNames(
  reader: Reader,
  ids: readonly number[],
): Promise<{ readonly id: number; readonly name: string }[]> {
  return reader.many(sql`select id, name from blueprints where id = any(${ids}::integer[]) order by id`);
}

/** Those of the tag ids that no tag has. */
export async function listUnknownTags(reader: Reader, ids: readonly number[]): Promise<number[]> {
  const known = await reader.many<{ id: number }>(sql`select id from tags where id = any(${ids})`);
  const knownIds = new Set(known.map(({ id }) => id));
  return ids.filter((id) => !knownIds.has(id));
}
