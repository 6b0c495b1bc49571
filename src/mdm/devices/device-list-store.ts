/** Which devices a list holds, in which order, and their lines. */
import type { Reader } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { PageOf, PageRange } from "./device.ts";
import {
  type DeviceFilter,
  type DeviceLine,
  type DeviceOrdering,
  type DeviceState,
  silentSince,
  sortVersions,
} from "./device-list.ts";

/** What is listed, at which time: silence depends on it. */
export type DeviceListQuestion = {
  readonly filter: DeviceFilter;
  readonly orderings: readonly DeviceOrdering[];
  /** Null for all of them. */
  readonly page: PageRange | null;
  readonly at: Date;
};

const isEnrolled = sql`d.blocked_at is null and d.checkout_at is null and d.token is not null`;
const failedDevices = sql`select f.device_id from target_artifacts f where f.status in ('Failed', 'RemovalFailed')`;
const parkedDevices = sql`select c.device_id from commands c where c.parked_at is not null`;

/** The ids of one page, and how many there are in all; every order ends with the id, so pages neither repeat nor skip. */
export async function listDeviceIds(reader: Reader, question: DeviceListQuestion): Promise<PageOf<number>> {
  const { count } = await reader.one<{ count: number }>(countQuery(question));
  if (count === 0) return { count, rows: [] };
  const isByVersion = question.orderings.some(({ column }) => column === "os_version");
  const versions = isByVersion ? sortVersions(await listOsVersions(reader)) : [];
  const rows = await reader.many<{ id: number }>(idsQuery(question, versions));
  return { count, rows: rows.map(({ id }) => id) };
}

/** The statement that counts; apart, so that its plan can be looked at. */
export function countQuery({ filter, at }: Pick<DeviceListQuestion, "filter" | "at">): Sql {
  return sql`select count(*)::integer as count from ${sourceOf(filter, [])} where ${whereOf(filter, at)}`;
}

/** The statement of one page; apart, so that its plan can be looked at. */
export function idsQuery(
  { filter, orderings, page, at }: DeviceListQuestion,
  versions: readonly string[],
): Sql {
  const piece = page === null ? sql`` : sql`limit ${page.limit} offset ${page.offset}`;
  return sql`
    select d.id from ${sourceOf(filter, orderings)} where ${whereOf(filter, at)}
     order by ${orderOf(orderings, versions)} ${piece}`;
}

/** The versions that devices have, by skipping through their index: a few of very many rows. */
export async function listOsVersions(reader: Reader): Promise<string[]> {
  const rows = await reader.many<{ version: string }>(sql`
    with recursive v(version) as (
      (select os_version from devices order by os_version limit 1)
      union all
      select (select d.os_version from devices d where d.os_version > v.version order by d.os_version limit 1)
        from v where v.version is not null)
    select version from v where version is not null`);
  return rows.map(({ version }) => version);
}

/** Lines of some devices, in the order of the ids; what is gone meanwhile is left out. */
export function listDeviceLines(reader: Reader, ids: readonly number[]): Promise<DeviceLine[]> {
  return reader.many(sql`
    select d.id, d.udid, d.serial_number, d.name, d.model, d.platform, d.os_version, d.os_version_extra,
           d.build_version, d.build_version_extra, d.supervised, d.awaiting_configuration, d.created_at,
           case when d.blocked_at is not null then 'blocked' when d.checkout_at is not null then 'checked_out'
                when d.token is null then 'pending' else 'enrolled' end as state,
           d.token_rejected_at is not null as is_push_rejected, d.blueprint_id, b.name as blueprint_name,
           u.short_name as user_short_name, u.long_name as user_long_name, a.last_seen_at,
           coalesce(t.tags, '[]') as tags,
           (select count(*) from target_artifacts f
             where f.device_id = d.id and f.status in ('Failed', 'RemovalFailed'))::integer as failed_artifacts,
           (select count(*) from commands c
             where c.device_id = d.id and c.parked_at is not null)::integer as parked_commands
      from unnest(${ids}::integer[]) with ordinality as w(id, place)
      join devices d on d.id = w.id
      left join device_activity a on a.device_id = d.id
      left join blueprints b on b.id = d.blueprint_id
      left join lateral (
        select u.short_name, u.long_name from device_users u where u.device_id = d.id
         order by u.last_seen_at desc nulls last, u.id desc limit 1) u on true
      left join lateral (
        select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'color', t.color) order by t.name) as tags
          from machine_tags m join tags t on t.id = m.tag_id where m.serial_number = d.serial_number) t on true
     order by w.place`);
}

/** Only the tables that a statement asks for: one that counts rows should not look each of them up. */
function sourceOf(filter: DeviceFilter, orderings: readonly DeviceOrdering[]): Sql {
  const isAbout = (column: string): boolean => orderings.some((ordering) => ordering.column === column);
  const { states = [], lastSeenAfter, lastSeenBefore } = filter;
  const needsActivity =
    states.includes("silent") ||
    lastSeenAfter !== undefined ||
    lastSeenBefore !== undefined ||
    isAbout("last_seen_at");
  const activity = needsActivity ? sql`left join device_activity a on a.device_id = d.id` : sql``;
  const blueprint = isAbout("blueprint") ? sql`left join blueprints b on b.id = d.blueprint_id` : sql``;
  return sql`devices d ${activity} ${blueprint}`;
}

function whereOf(filter: DeviceFilter, at: Date): Sql {
  const conditions = [...referenceConditions(filter), ...ownConditions(filter)];
  const { states } = filter;
  if (states !== undefined) {
    const anyOf = states.map((state) => stateCondition(state, at));
    conditions.push(sql`(${joinSql(anyOf, sql` or `)})`);
  }
  return conditions.length === 0 ? sql`true` : joinSql(conditions, sql` and `);
}

/** The condition of a value, when it was given. */
function when<Value>(value: Value | undefined, condition: (value: Value) => Sql): Sql[] {
  return value === undefined ? [] : [condition(value)];
}

/** The filters of http-api 2.23. */
function referenceConditions(filter: DeviceFilter): Sql[] {
  return [
    ...when(filter.serialNumber, (value) => sql`d.serial_number = ${value}`),
    ...when(filter.udid, (value) => sql`d.udid = ${value}`),
    ...when(
      filter.shortName,
      (value) => sql`exists (
        select from device_users u where u.device_id = d.id and u.short_name = ${value})`,
    ),
    ...when(filter.email, () => sql`false`),
    ...when(filter.tags, hasTag),
    ...when(filter.excludedTags, (ids) => sql`not ${hasTag(ids)}`),
  ];
}

function ownConditions(filter: DeviceFilter): Sql[] {
  const { artifactStatus = null } = filter;
  return [
    ...when(filter.search, (text) => sql`d.id in (${foundDevices(text)})`),
    ...when(filter.platforms, (values) => sql`d.platform = any(${values}::text[])`),
    ...when(filter.osVersions, (values) => sql`d.os_version = any(${values}::text[])`),
    ...when(filter.blueprints, (ids) => sql`d.blueprint_id = any(${ids}::integer[])`),
    ...when(filter.hasBlueprint, (has) => sql`(d.blueprint_id is not null) = ${has}`),
    ...when(filter.lastSeenBefore, (at) => sql`(a.last_seen_at is null or a.last_seen_at < ${at})`),
    ...when(filter.lastSeenAfter, (at) => sql`a.last_seen_at >= ${at}`),
    ...when(filter.hasFailedArtifacts, (has) => sql`(d.id in (${failedDevices})) = ${has}`),
    ...when(filter.isAwaitingConfiguration, (is) => sql`coalesce(d.awaiting_configuration, false) = ${is}`),
    ...when(filter.isSupervised, (is) => sql`coalesce(d.supervised, false) = ${is}`),
    ...when(
      filter.artifact,
      (id) => sql`d.id in (
        select t.device_id from target_artifacts t join artifact_versions v on v.id = t.artifact_version_id
         where v.artifact_id = ${id} and (${artifactStatus}::text is null or t.status = ${artifactStatus}))`,
    ),
  ];
}

function stateCondition(state: DeviceState, at: Date): Sql {
  switch (state) {
    case "enrolled":
      return sql`(${isEnrolled})`;
    case "pending":
      return sql`(d.blocked_at is null and d.checkout_at is null and d.token is null)`;
    case "silent":
      return sql`(${isEnrolled} and coalesce(a.last_seen_at, d.created_at) < ${silentSince(at)})`;
    case "failing":
      return sql`(${isEnrolled} and (
        d.token_rejected_at is not null or d.id in (${failedDevices}) or d.id in (${parkedDevices})))`;
    case "blocked":
      return sql`d.blocked_at is not null`;
    case "checked_out":
      return sql`(d.checkout_at is not null and d.blocked_at is null)`;
  }
}

/** Both halves are found by their indexes; an `or` of the two would read every device. */
function foundDevices(text: string): Sql {
  const pattern = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`
    select f.id from devices f where f.serial_number ilike ${pattern} or f.name ilike ${pattern}
        or f.udid ilike ${pattern} or f.enrollment_id ilike ${pattern}
    union
    select u.device_id from device_users u where u.short_name ilike ${pattern} or u.long_name ilike ${pattern}`;
}

function hasTag(ids: readonly number[]): Sql {
  return sql`exists (
    select from machine_tags t where t.serial_number = d.serial_number and t.tag_id = any(${ids}))`;
}

function columnOf(column: DeviceOrdering["column"], versions: readonly string[]): Sql {
  switch (column) {
    case "created_at":
      return sql`d.created_at`;
    case "updated_at":
      return sql`d.updated_at`;
    case "last_seen_at":
      return sql`a.last_seen_at`;
    case "name":
      return sql`lower(d.name)`;
    case "serial_number":
      return sql`d.serial_number`;
    case "model":
      return sql`d.model`;
    case "platform":
      return sql`d.platform`;
    case "os_version":
      return sql`array_position(${versions}::text[], d.os_version)`;
    case "blueprint":
      return sql`lower(b.name)`;
  }
}

function orderOf(orderings: readonly DeviceOrdering[], versions: readonly string[]): Sql {
  const asked = orderings.map(({ column, isDescending }) =>
    isDescending
      ? sql`${columnOf(column, versions)} desc nulls last`
      : sql`${columnOf(column, versions)} asc nulls first`,
  );
  const order = asked.length === 0 ? [sql`d.created_at desc`] : asked;
  return joinSql([...order, sql`d.id desc`], sql`, `);
}
