/** Rows of `target_artifacts`; the device row is locked by whoever writes them. */
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { DeviceId } from "#mdm/devices/device.ts";
import type { Reader, Tx } from "#platform/db/database.ts";
import { isSame, type Sql, sql } from "#platform/db/sql.ts";
import type { TargetKey } from "./target.ts";
import type { TargetArtifact, TargetArtifactState, TargetArtifactSubject } from "./target-artifact.ts";
import type { ManifestRow } from "./target-facts.ts";

const subjectColumns = sql`a.id as artifact_id, a.name as artifact_name, a.type as artifact_type,
                           v.id as version_id, v.version`;

const targetArtifactColumns = sql`
  ${subjectColumns}, t.status, t.extra_info, t.installed_at, t.os_version_at_install_time,
  t.unique_install_identifier, t.install_count, t.retry_count, t.max_retry_count, t.retry_at, t.created_at, t.updated_at`;

const targetArtifacts = sql`
  target_artifacts t
  join artifact_versions v on v.id = t.artifact_version_id
  join artifacts a on a.id = v.artifact_id`;

/** The rows `t` of a target. */
function ofTarget({ deviceId, deviceUserId }: TargetKey): Sql {
  return sql`t.device_id = ${deviceId} and ${isSame(sql`t.device_user_id`, deviceUserId)}`;
}

/** What a target was given, by artifact and version. */
export async function listTargetArtifacts(reader: Reader, key: TargetKey): Promise<TargetArtifact[]> {
  return reader.many<TargetArtifact>(sql`
    select ${targetArtifactColumns} from ${targetArtifacts}
     where ${ofTarget(key)}
     order by a.name, a.id, v.version desc`);
}

/**
 * What of all that a target was given tells its manifest from those of others: what failed or was tried again, with the other
 * versions of the same artifacts, and what declarations wait for. A target in order has none of the first.
 */
export async function listManifestRows(
  reader: Reader,
  key: TargetKey,
  awaitedVersionIds: readonly ArtifactVersionId[],
): Promise<ManifestRow[]> {
  return reader.many<ManifestRow>(sql`
    with told (artifact_id) as (
      select v.artifact_id from target_artifacts t join artifact_versions v on v.id = t.artifact_version_id
       where ${ofTarget(key)} and (t.retry_count > 0 or t.status = 'Failed')
    ), looked_at (version_id) as (
      select v.id from told join artifact_versions v on v.artifact_id = told.artifact_id
      union
      select unnest(${awaitedVersionIds}::uuid[])
    )
    select v.artifact_id, v.id as version_id, t.status, t.extra_info, t.retry_count, t.retry_at
      from looked_at l join target_artifacts t on t.artifact_version_id = l.version_id and ${ofTarget(key)}
      join artifact_versions v on v.id = l.version_id`);
}

/** What all channels of devices were given. */
export async function listArtifactsOfDevices(
  reader: Reader,
  deviceIds: readonly DeviceId[],
): Promise<(TargetKey & TargetArtifact)[]> {
  return reader.many<TargetKey & TargetArtifact>(sql`
    select t.device_id, t.device_user_id, ${targetArtifactColumns} from ${targetArtifacts}
     where t.device_id = any(${deviceIds}::integer[])
     order by t.device_id, t.device_user_id nulls first, a.name, a.id, v.version desc`);
}

/**
 * What versions are; those that are gone are left out, and the others cannot go before this transaction ends.
 */
export async function listVersionSubjects(
  tx: Tx,
  versionIds: readonly ArtifactVersionId[],
): Promise<TargetArtifactSubject[]> {
  return tx.many<TargetArtifactSubject>(sql`
    select ${subjectColumns}
      from artifact_versions v join artifacts a on a.id = v.artifact_id
     where v.id = any(${versionIds}::uuid[]) for key share of v`);
}

type Written = Pick<TargetArtifactSubject, "versionId"> & TargetArtifactState;

const columns = sql`status, extra_info, installed_at, os_version_at_install_time, unique_install_identifier,
                    install_count, retry_count, max_retry_count, retry_at`;

const recordType = sql`version_id uuid, status text, extra_info jsonb, installed_at timestamptz,
                       os_version_at_install_time text, unique_install_identifier text, install_count integer,
                       retry_count integer, max_retry_count integer, retry_at timestamptz`;

/** Writes new rows with one statement. */
export async function insertTargetArtifacts(
  tx: Tx,
  { deviceId, deviceUserId }: TargetKey,
  { json, at }: { readonly json: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    insert into target_artifacts (device_id, device_user_id, artifact_version_id, ${columns},
                                  created_at, updated_at)
    select ${deviceId}::integer, ${deviceUserId}::integer, version_id, ${columns},
           ${at}::timestamptz, ${at}::timestamptz
      from jsonb_to_recordset(${json}::jsonb) as r(${recordType})`);
}

/** Replaces the state of rows with one statement. */
export async function updateTargetArtifacts(
  tx: Tx,
  key: TargetKey,
  { json, at }: { readonly json: string; readonly at: Date },
): Promise<void> {
  await tx.run(sql`
    update target_artifacts t
       set status = r.status, extra_info = r.extra_info, installed_at = r.installed_at,
           os_version_at_install_time = r.os_version_at_install_time,
           unique_install_identifier = r.unique_install_identifier, install_count = r.install_count,
           retry_count = r.retry_count, max_retry_count = r.max_retry_count, retry_at = r.retry_at,
           updated_at = ${at}
      from jsonb_to_recordset(${json}::jsonb) as r(${recordType})
     where ${ofTarget(key)} and t.artifact_version_id = r.version_id`);
}

/** Takes rows away with one statement. */
export async function deleteTargetArtifacts(
  tx: Tx,
  key: TargetKey,
  versionIds: readonly ArtifactVersionId[],
): Promise<void> {
  await tx.run(sql`
    delete from target_artifacts t
     where ${ofTarget(key)} and t.artifact_version_id = any(${versionIds}::uuid[])`);
}

/** The rows of a write, as `jsonb_to_recordset` reads them. */
export function targetArtifactRecord(row: Written): Readonly<Record<string, unknown>> {
  return {
    version_id: row.versionId,
    status: row.status,
    extra_info: row.extraInfo,
    installed_at: row.installedAt,
    os_version_at_install_time: row.osVersionAtInstallTime,
    unique_install_identifier: row.uniqueInstallIdentifier,
    install_count: row.installCount,
    retry_count: row.retryCount,
    max_retry_count: row.maxRetryCount,
    retry_at: row.retryAt,
  };
}
