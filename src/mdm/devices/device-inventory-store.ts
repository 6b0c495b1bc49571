/**
 * Rows of `device_applications`, `device_profiles` and `device_certificates`. A reported list is compared in the
 * database and only what differs is written: a daily report of an unchanged Mac touches no row.
 */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { DeviceId, PageOf, PageRange } from "./device.ts";

/** The rows of a list as JSON text: what `storableJson` made of them. */
type RowsJson = string;

export async function replaceApplications(tx: Tx, deviceId: DeviceId, rows: RowsJson): Promise<void> {
  await tx.run(sql`
    with reported as (
      select * from jsonb_to_recordset(${rows}::jsonb)
        as r(identifier text, name text, short_version text, version text, bundle_size bigint, attributes jsonb)
    ), gone as (
      delete from device_applications a where a.device_id = ${deviceId} and not exists (
        select from reported r where r.identifier = a.identifier and r.short_version = a.short_version
                                 and r.version = a.version and r.name = a.name)
    )
    insert into device_applications as a
           (device_id, identifier, name, short_version, version, bundle_size, attributes)
    select ${deviceId}, identifier, name, short_version, version, bundle_size, coalesce(attributes, 'null')
      from reported
    on conflict (device_id, identifier, short_version, version, name) do update
       set bundle_size = excluded.bundle_size, attributes = excluded.attributes
     where (a.bundle_size, a.attributes) is distinct from (excluded.bundle_size, excluded.attributes)`);
}

/** Replaces the reported profiles; who installed one is kept. */
export async function replaceProfiles(tx: Tx, deviceId: DeviceId, rows: RowsJson): Promise<void> {
  await tx.run(sql`
    with reported as (
      select * from jsonb_to_recordset(${rows}::jsonb)
        as r(identifier text, uuid text, display_name text, organization text, is_managed boolean,
             is_encrypted boolean, removal_disallowed boolean, payloads jsonb)
    ), gone as (
      delete from device_profiles p where p.device_id = ${deviceId}
         and not exists (select from reported r where r.identifier = p.identifier)
    )
    insert into device_profiles as p (device_id, identifier, uuid, display_name, organization, is_managed,
                                      is_encrypted, removal_disallowed, payloads)
    select ${deviceId}, identifier, uuid, display_name, organization, is_managed, is_encrypted, removal_disallowed,
           coalesce(payloads, 'null')
      from reported
    on conflict (device_id, identifier) do update
       set uuid = excluded.uuid, display_name = excluded.display_name, organization = excluded.organization,
           is_managed = excluded.is_managed, is_encrypted = excluded.is_encrypted,
           removal_disallowed = excluded.removal_disallowed, payloads = excluded.payloads
     where (p.uuid, p.display_name, p.organization, p.is_managed, p.is_encrypted, p.removal_disallowed, p.payloads)
           is distinct from (excluded.uuid, excluded.display_name, excluded.organization, excluded.is_managed,
                             excluded.is_encrypted, excluded.removal_disallowed, excluded.payloads)`);
}

export async function replaceCertificates(tx: Tx, deviceId: DeviceId, rows: RowsJson): Promise<void> {
  await tx.run(sql`
    with reported as (
      select decode(fingerprint, 'hex') as fingerprint, common_name, is_identity, subject, issuer, serial_number,
             not_before, not_after, decode(data, 'hex') as data
        from jsonb_to_recordset(${rows}::jsonb)
          as r(fingerprint text, common_name text, is_identity boolean, subject text, issuer text,
               serial_number text, not_before timestamptz, not_after timestamptz, data text)
    ), gone as (
      delete from device_certificates c where c.device_id = ${deviceId}
         and not exists (select from reported r where r.fingerprint = c.fingerprint)
    )
    insert into device_certificates as c (device_id, fingerprint, common_name, is_identity, subject, issuer,
                                          serial_number, not_before, not_after, data)
    select ${deviceId}, fingerprint, common_name, is_identity, subject, issuer, serial_number, not_before,
           not_after, data
      from reported
    on conflict (device_id, fingerprint) do update
       set common_name = excluded.common_name, is_identity = excluded.is_identity
     where (c.common_name, c.is_identity) is distinct from (excluded.common_name, excluded.is_identity)`);
}

/** A profile that the device acknowledged to have installed, before its next list says so. */
export async function upsertInstalledProfile(
  tx: Tx,
  deviceId: DeviceId,
  profile: {
    readonly identifier: string;
    readonly uuid: string;
    readonly displayName: string;
    readonly organization: string;
    readonly installedBy: string;
    readonly installedAt: Date;
  },
): Promise<void> {
  await tx.run(sql`
    insert into device_profiles (device_id, identifier, uuid, display_name, organization, is_managed, payloads,
                                 installed_by, installed_at)
    values (${deviceId}, ${profile.identifier}, ${profile.uuid}, ${profile.displayName}, ${profile.organization},
            true, 'null', ${profile.installedBy}, ${profile.installedAt})
    on conflict (device_id, identifier) do update
       set uuid = excluded.uuid, display_name = excluded.display_name, organization = excluded.organization,
           is_managed = true, installed_by = excluded.installed_by, installed_at = excluded.installed_at`);
}

export async function deleteProfile(tx: Tx, deviceId: DeviceId, identifier: string): Promise<void> {
  await tx.run(sql`delete from device_profiles where device_id = ${deviceId} and identifier = ${identifier}`);
}

export type ApplicationListed = {
  readonly id: string;
  readonly identifier: string;
  readonly name: string;
  readonly shortVersion: string;
  readonly version: string;
  readonly bundleSize: string | null;
  readonly attributes: unknown;
};

export async function listApplications(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<ApplicationListed>> {
  const { count } = await reader.one<{ count: number }>(sql`
    select count(*)::integer as count from device_applications where device_id = ${deviceId}`);
  const rows = await reader.many<ApplicationListed>(sql`
    select id, identifier, name, short_version, version, bundle_size, attributes
      from device_applications where device_id = ${deviceId}
     order by name, identifier, id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

export type ProfileListed = {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly organization: string;
  readonly isManaged: boolean | null;
  readonly isEncrypted: boolean | null;
  readonly removalDisallowed: boolean | null;
  readonly payloads: unknown;
  readonly installedBy: string | null;
  readonly installedAt: Date | null;
};

export async function listProfiles(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<ProfileListed>> {
  const { count } = await reader.one<{ count: number }>(sql`
    select count(*)::integer as count from device_profiles where device_id = ${deviceId}`);
  const rows = await reader.many<ProfileListed>(sql`
    select identifier, uuid, display_name, organization, is_managed, is_encrypted, removal_disallowed, payloads,
           installed_by, installed_at
      from device_profiles where device_id = ${deviceId}
     order by identifier, id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

export type CertificateListed = {
  readonly fingerprint: Buffer;
  readonly commonName: string;
  readonly isIdentity: boolean;
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
};

export async function listCertificates(
  reader: Reader,
  deviceId: number,
  page: PageRange,
): Promise<PageOf<CertificateListed>> {
  const { count } = await reader.one<{ count: number }>(sql`
    select count(*)::integer as count from device_certificates where device_id = ${deviceId}`);
  const rows = await reader.many<CertificateListed>(sql`
    select fingerprint, common_name, is_identity, subject, issuer, serial_number, not_before, not_after
      from device_certificates where device_id = ${deviceId}
     order by common_name, fingerprint limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}
