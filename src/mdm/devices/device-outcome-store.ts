/**
 * Rows of `device_outcomes`, `device_settings`, `device_accounts`, `device_managed_applications` and
 * `device_provisioning_profiles`.
 */
import type { Reader, Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import type { DeviceId, DeviceUserId, PageOf, PageRange } from "./device.ts";

/** The rows of a list as JSON text: what `storableJson` made of them, and when they were reported. */
export type ReportedRows = { readonly json: string; readonly at: Date };

export type OutcomeRow = {
  readonly deviceUserId: DeviceUserId | null;
  readonly name: string;
  /** JSON text. */
  readonly detail: string;
  readonly commandUuid: string;
  readonly at: Date;
};

/** Keeps the last outcome of a kind. */
export async function upsertOutcome(tx: Tx, deviceId: DeviceId, outcome: OutcomeRow): Promise<void> {
  await tx.run(sql`
    insert into device_outcomes (device_id, device_user_id, name, detail, command_uuid, at)
    values (${deviceId}, ${outcome.deviceUserId}, ${outcome.name}, ${outcome.detail}::jsonb,
            ${outcome.commandUuid}, ${outcome.at})
    on conflict on constraint device_outcomes_unique do update
       set detail = excluded.detail, command_uuid = excluded.command_uuid, at = excluded.at`);
}

/** Keeps the last result of each item. */
export async function upsertSettings(
  tx: Tx,
  deviceId: DeviceId,
  { json, at, commandUuid }: ReportedRows & { readonly commandUuid: string },
): Promise<void> {
  await tx.run(sql`
    insert into device_settings (device_id, item, identifier, status, error_chain, command_uuid, at)
    select ${deviceId}::integer, item, identifier, status, error_chain, ${commandUuid}::uuid, ${at}::timestamptz
      from jsonb_to_recordset(${json}::jsonb)
        as r(item text, identifier text, status text, error_chain jsonb)
    on conflict on constraint device_settings_unique do update
       set status = excluded.status, error_chain = excluded.error_chain, command_uuid = excluded.command_uuid,
           at = excluded.at`);
}

export async function replaceAccounts(tx: Tx, deviceId: DeviceId, { json, at }: ReportedRows): Promise<void> {
  await tx.run(sql`
    with reported as (
      select * from jsonb_to_recordset(${json}::jsonb)
        as r(user_name text, full_name text, user_guid text, is_logged_in boolean, has_secure_token boolean,
             attributes jsonb)
    ), gone as (
      delete from device_accounts a where a.device_id = ${deviceId}
         and not exists (select from reported r where r.user_name = a.user_name)
    )
    insert into device_accounts (device_id, user_name, full_name, user_guid, is_logged_in, has_secure_token,
                                 attributes, reported_at)
    select ${deviceId}::integer, user_name, full_name, user_guid, is_logged_in, has_secure_token,
           coalesce(attributes, 'null'), ${at}::timestamptz
      from reported
    on conflict on constraint device_accounts_unique do update
       set full_name = excluded.full_name, user_guid = excluded.user_guid, is_logged_in = excluded.is_logged_in,
           has_secure_token = excluded.has_secure_token, attributes = excluded.attributes,
           reported_at = excluded.reported_at`);
}

/** Writes reported applications; those not reported go only when the report was of all of them. */
export async function mergeManagedApplications(
  tx: Tx,
  deviceId: DeviceId,
  { json, at, isPartial }: ReportedRows & { readonly isPartial: boolean },
): Promise<void> {
  await tx.run(sql`
    with reported as (
      select * from jsonb_to_recordset(${json}::jsonb)
        as r(identifier text, status text, management_flags integer, has_configuration boolean,
             has_feedback boolean, is_validated boolean, external_version_identifier bigint)
    ), gone as (
      delete from device_managed_applications a where a.device_id = ${deviceId} and not ${isPartial}
         and not exists (select from reported r where r.identifier = a.identifier)
    )
    insert into device_managed_applications (device_id, identifier, status, management_flags, has_configuration,
                                             has_feedback, is_validated, external_version_identifier, reported_at)
    select ${deviceId}::integer, identifier, status, management_flags, has_configuration, has_feedback,
           is_validated, external_version_identifier, ${at}::timestamptz
      from reported
    on conflict on constraint device_managed_applications_unique do update
       set status = excluded.status, management_flags = excluded.management_flags,
           has_configuration = excluded.has_configuration, has_feedback = excluded.has_feedback,
           is_validated = excluded.is_validated,
           external_version_identifier = excluded.external_version_identifier,
           reported_at = excluded.reported_at`);
}

/** Replaces the reported provisioning profiles; who installed one is kept. */
export async function replaceProvisioningProfiles(
  tx: Tx,
  deviceId: DeviceId,
  { json }: ReportedRows,
): Promise<void> {
  await tx.run(sql`
    with reported as (
      select * from jsonb_to_recordset(${json}::jsonb) as r(uuid text, name text, expires_at timestamptz)
    ), gone as (
      delete from device_provisioning_profiles p where p.device_id = ${deviceId}
         and not exists (select from reported r where r.uuid = p.uuid)
    )
    insert into device_provisioning_profiles (device_id, uuid, name, expires_at)
    select ${deviceId}::integer, uuid, name, expires_at from reported
    on conflict on constraint device_provisioning_profiles_unique do update
       set name = excluded.name, expires_at = excluded.expires_at`);
}

export type InstalledProvisioningProfile = {
  readonly uuid: string;
  readonly name: string;
  readonly expiresAt: string | null;
  readonly installedBy: string;
  readonly installedAt: Date;
};

export async function upsertProvisioningProfile(
  tx: Tx,
  deviceId: DeviceId,
  profile: InstalledProvisioningProfile,
): Promise<void> {
  await tx.run(sql`
    insert into device_provisioning_profiles (device_id, uuid, name, expires_at, installed_by, installed_at)
    values (${deviceId}, ${profile.uuid}, ${profile.name}, ${profile.expiresAt}, ${profile.installedBy},
            ${profile.installedAt})
    on conflict on constraint device_provisioning_profiles_unique do update
       set name = excluded.name, expires_at = excluded.expires_at, installed_by = excluded.installed_by,
           installed_at = excluded.installed_at`);
}

export async function deleteProvisioningProfile(tx: Tx, deviceId: DeviceId, uuid: string): Promise<void> {
  await tx.run(sql`
    delete from device_provisioning_profiles where device_id = ${deviceId} and uuid = ${uuid}`);
}

/** Takes away what ended with an enrollment. */
export async function deleteOutcomes(tx: Tx, deviceId: DeviceId): Promise<void> {
  await tx.run(sql`
    with outcomes as (delete from device_outcomes where device_id = ${deviceId}),
         settings as (delete from device_settings where device_id = ${deviceId}),
         accounts as (delete from device_accounts where device_id = ${deviceId}),
         applications as (delete from device_managed_applications where device_id = ${deviceId})
    delete from device_provisioning_profiles where device_id = ${deviceId}`);
}

export type OutcomeListed = {
  readonly name: string;
  readonly userId: string | null;
  readonly detail: unknown;
  readonly commandUuid: string;
  readonly at: Date;
};

export function listOutcomes(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<OutcomeListed>> {
  const source = sql`device_outcomes o left join device_users u on u.id = o.device_user_id
                      where o.device_id = ${deviceId}`;
  const columns = sql`o.name, u.user_id, o.detail, o.command_uuid, o.at`;
  return listPage(reader, { source, columns, order: sql`o.name, o.id`, page });
}

export type SettingListed = {
  readonly item: string;
  readonly identifier: string;
  readonly status: string;
  readonly errorChain: unknown;
  readonly commandUuid: string;
  readonly at: Date;
};

export function listSettings(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<SettingListed>> {
  const source = sql`device_settings where device_id = ${deviceId}`;
  const columns = sql`item, identifier, status, error_chain, command_uuid, at`;
  return listPage(reader, { source, columns, order: sql`item, identifier`, page });
}

export type AccountListed = {
  readonly userName: string;
  readonly fullName: string;
  readonly userGuid: string;
  readonly isLoggedIn: boolean | null;
  readonly hasSecureToken: boolean | null;
  readonly attributes: unknown;
  readonly reportedAt: Date;
};

export function listAccounts(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<AccountListed>> {
  const source = sql`device_accounts where device_id = ${deviceId}`;
  const columns = sql`user_name, full_name, user_guid, is_logged_in, has_secure_token, attributes, reported_at`;
  return listPage(reader, { source, columns, order: sql`user_name`, page });
}

export type ManagedApplicationListed = {
  readonly identifier: string;
  readonly status: string;
  readonly managementFlags: number | null;
  readonly hasConfiguration: boolean | null;
  readonly hasFeedback: boolean | null;
  readonly isValidated: boolean | null;
  /** bigint arrives as text. */
  readonly externalVersionIdentifier: string | null;
  readonly reportedAt: Date;
};

export function listManagedApplications(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<ManagedApplicationListed>> {
  const source = sql`device_managed_applications where device_id = ${deviceId}`;
  const columns = sql`identifier, status, management_flags, has_configuration, has_feedback, is_validated,
                      external_version_identifier, reported_at`;
  return listPage(reader, { source, columns, order: sql`identifier`, page });
}

export type ProvisioningProfileListed = {
  readonly uuid: string;
  readonly name: string;
  readonly expiresAt: Date | null;
  readonly installedBy: string | null;
  readonly installedAt: Date | null;
};

export function listProvisioningProfiles(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<ProvisioningProfileListed>> {
  const source = sql`device_provisioning_profiles where device_id = ${deviceId}`;
  const columns = sql`uuid, name, expires_at, installed_by, installed_at`;
  return listPage(reader, { source, columns, order: sql`name, uuid`, page });
}

type List = { readonly source: Sql; readonly columns: Sql; readonly order: Sql; readonly page: PageRange };

async function listPage<Row extends object>(reader: Reader, list: List): Promise<PageOf<Row>> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from ${list.source}`,
  );
  const rows = await reader.many<Row>(sql`
    select ${list.columns} from ${list.source}
     order by ${list.order} limit ${list.page.limit} offset ${list.page.offset}`);
  return { count, rows };
}
