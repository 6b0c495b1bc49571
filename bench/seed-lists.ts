/** Makes a seeded fleet one that people look at: names, users, systems, tags, blueprints, and a few devices in trouble. */
import type pg from "pg";

/** What the rows belong to, made through the API before. */
export type Labels = {
  readonly blueprintIds: readonly number[];
  readonly tagIds: readonly number[];
  /** Of one version of an artifact, which failed on some devices. */
  readonly artifactVersionId: string;
};

const givenNames =
  "{Ada,Bruno,Chiara,Deniz,Emeka,Freya,Goran,Hana,Ines,Jonas,Kaya,Liang,Mira,Noor,Otto,Priya}";
const familyNames =
  "{Abara,Berg,Costa,Demir,Eriksen,Fischer,Garcia,Haddad,Ito,Jansen,Khan,Lind,Moreau,Novak}";
const models = "{MacBook Pro,MacBook Air,iPhone,iPad,Mac mini}";
const platforms = "{macOS,macOS,iOS,iPadOS,macOS}";
const versions = "{26.1,26.1,26.0.1,26.0,15.7.2,15.6}";

/** About as much as a device says of itself: rows as narrow as a seeded fleet's would be read too fast. */
const informationSql = `
  jsonb_build_object('UDID', udid, 'SerialNumber', serial_number, 'Battery', (id % 100) / 100.0) || (
    select jsonb_object_agg('Answer' || k, md5(id || ' ' || k)) from generate_series(1, 24) k where id > 0)`;

const namesSql = `
  update devices set
     name = ($1::text[])[1 + id % 16] || ' ' || ($2::text[])[1 + id % 14] || '''s ' || ($3::text[])[1 + id % 5] || ' ' || id,
     model = ($3::text[])[1 + id % 5], platform = ($4::text[])[1 + id % 5], os_version = ($5::text[])[1 + id / 7 % 6],
     device_information = ${informationSql}, created_at = created_at + id % 100000 * interval '1 minute',
     token_rejected_at = case when id % 500 = 0 then created_at end,
     blueprint_id = ($6::integer[])[1 + id % cardinality($6::integer[])]`;
const usersSql = `
  insert into device_users (device_id, user_id, long_name, short_name, last_seen_at, created_at, updated_at)
   select id, 'user ' || udid, ($1::text[])[1 + id % 16] || ' ' || ($2::text[])[1 + id % 14],
          lower(($1::text[])[1 + id % 16]) || id, created_at, created_at, created_at
     from devices where platform = 'macOS'`;
/** Every 50th was not seen for a month; one in 200 has a failed artifact, one in 500 a rejected push token. */
const sightingsSql = `
  update device_activity set last_seen_at = last_seen_at
     - case when device_id % 50 = 0 then interval '30 days' else device_id % 5000 * interval '1 minute' end`;

/** Gives every device of the fleet names, a tag, a blueprint, and some of them trouble. */
export async function seedLists(client: pg.Client, labels: Labels): Promise<void> {
  const { blueprintIds, tagIds, artifactVersionId } = labels;
  await client.query("set synchronous_commit = off");
  const words = [givenNames, familyNames, models, platforms, versions, blueprintIds];
  await client.query(namesSql, words);
  await client.query(usersSql, words.slice(0, 2));
  await client.query(sightingsSql);
  await client.query(
    `insert into machine_tags (serial_number, tag_id)
     select serial_number, ($1::integer[])[1 + id / 3 % $2] from devices on conflict do nothing`,
    [tagIds, tagIds.length],
  );
  await client.query(
    `insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                   install_count, retry_count, max_retry_count, created_at, updated_at)
     select id, $1, case when id % 200 = 0 then 'Failed' else 'Installed' end, '{}', '', 1, 0, 2, created_at, created_at
       from devices`,
    [artifactVersionId],
  );
  await client.query("vacuum analyze");
  await client.query("checkpoint");
}
