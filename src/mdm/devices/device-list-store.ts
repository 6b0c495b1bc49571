/** Which devices a list holds, in which order, and their lines. */
import type { Reader } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { Page as CountedPage } from "#platform/page.ts";
import type { PageRange } from "./device.ts";
import {
  type DeviceFilter,
  type DeviceLine,
  type DeviceOrdering,
  type DeviceState,
  silentSince,
  sortVersions,
} from "./device-list.ts";

/** From here on, what a search found is not counted any more: counting would cost more than the page. */
export const foundCountMax = 10_000;

/** What a search found: the ids when they are few, and else the text again, for each row to be compared with. */
export type Found = { readonly ids: readonly number[] } | { readonly text: string };

/** What is listed, at which time: silence depends on it. */
export type DeviceListQuestion = {
  readonly filter: DeviceFilter;
  /** What the search of the filter found; null without one. */
  readonly found: Found | null;
  readonly orderings: readonly DeviceOrdering[];
  /** Null for all of them. */
  readonly page: PageRange | null;
  readonly at: Date;
};

const isEnrolled = sql`d.blocked_at is null and d.checkout_at is null and d.has_token`;
const failedDevices = sql`select f.device_id from target_artifacts f where f.status in ('Failed', 'RemovalFailed')`;
const parkedDevices = sql`select c.device_id from commands c where c.parked_at is not null`;

/**
 * The ids of one page, and how many there are in all; every order ends with the id, so pages neither repeat nor skip.
 * The count is exact, but for a search that finds more than {@link foundCountMax} devices: then it stops there.
 */
export async function listDeviceIds(
  reader: Reader,
  asked: Omit<DeviceListQuestion, "found">,
): Promise<CountedPage<number>> {
  const { search } = asked.filter;
  const found = search === undefined ? null : await findDevices(reader, search);
  const question = { ...asked, found };
  const counted = isCountedWithPage(question) ? await readIds(reader, question) : [];
  const count = counted[0]?.count ?? (await countFound(reader, question));
  if (count === 0) return { count, rows: [] };
  const rows = counted.length > 0 ? counted : await readIds(reader, question);
  const ids = rows.map(({ id }) => id);
  return count > foundCountMax && isBroad(found)
    ? { count: foundCountMax, isCountMinimum: true, rows: ids }
    : { count, rows: ids };
}

type FoundId = { readonly id: number; readonly count?: number };

async function readIds(reader: Reader, question: DeviceListQuestion): Promise<FoundId[]> {
  const isByVersion = question.orderings.some(({ column }) => column === "os_version");
  const versions = isByVersion ? sortVersions(await listOsVersions(reader)) : [];
  return reader.many(idsQuery(question, versions));
}

/** One more than {@link foundCountMax} stands for all that are not counted. */
async function countFound(reader: Reader, question: DeviceListQuestion): Promise<number> {
  const isSearchAlone = Object.keys(question.filter).length === 1;
  if (isBroad(question.found) && isSearchAlone) return foundCountMax + 1;
  const { count } = await reader.one<{ count: number }>(countQuery(question));
  return count;
}

/** The ids of all that a filter matches at a time, in ascending order. */
export async function listMatchingIds(
  reader: Reader,
  { filter, at }: Pick<DeviceListQuestion, "filter" | "at">,
): Promise<number[]> {
  const found = filter.search === undefined ? null : await findDevices(reader, filter.search);
  const rows = await reader.many<{ id: number }>(sql`
    select d.id from ${sourceOf(filter, [])} where ${whereOf({ filter, found, at, orderings: [] })} order by d.id`);
  return rows.map(({ id }) => id);
}

export async function listSerialNumbers(reader: Reader, ids: readonly number[]): Promise<string[]> {
  const rows = await reader.many<{ serialNumber: string }>(
    sql`select serial_number from devices where id = any(${ids}::integer[]) order by id`,
  );
  return rows.map(({ serialNumber }) => serialNumber);
}

/** Looks a text up by the indexes, and gives up where it is found everywhere. */
async function findDevices(reader: Reader, text: string): Promise<Found> {
  const rows = await reader.many<{ id: number }>(foundQuery(text));
  return rows.length > foundCountMax ? { text } : { ids: rows.map(({ id }) => id) };
}

function isBroad(found: Found | null): found is { readonly text: string } {
  return found !== null && "text" in found;
}

/** The statement that counts; apart, so that its plan can be looked at. */
export function countQuery(question: Pick<DeviceListQuestion, "filter" | "found" | "at">): Sql {
  const matching = sql`from ${sourceOf(question.filter, [])} where ${whereOf({ ...question, orderings: [] })}`;
  return isBroad(question.found)
    ? sql`select count(*)::integer as count from (select ${matching} limit ${foundCountMax + 1}) c`
    : sql`select count(*)::integer as count ${matching}`;
}

/** The statement of one page; apart, so that its plan can be looked at. */
export function idsQuery(question: DeviceListQuestion, versions: readonly string[]): Sql {
  const { filter, orderings, page } = question;
  const piece = page === null ? sql`` : sql`limit ${page.limit} offset ${page.offset}`;
  const count = isCountedWithPage(question) ? sql`, (count(*) over ())::integer as count` : sql``;
  return sql`
    select d.id ${count} from ${sourceOf(filter, orderings)} where ${whereOf(question)}
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

/**
 * An order that no index has reads all that match, so that statement counts them too. Not without a filter or for a broad
 * search: those are counted for less, by an index or as far as {@link foundCountMax}.
 */
const isCountedWithPage = ({ filter, found, orderings }: DeviceListQuestion): boolean =>
  isSorted(orderings) && !isBroad(found) && Object.keys(filter).length > 0;

const isSorted = (orderings: readonly DeviceOrdering[]): boolean =>
  orderings.some(({ column }) => !indexedColumns.includes(column));

const narrowsByActivity = ({ states = [], lastSeenAfter, lastSeenBefore }: DeviceFilter): boolean =>
  states.includes("silent") || lastSeenAfter !== undefined || lastSeenBefore !== undefined;

/** Only the tables that a statement asks for: one that counts rows should not look each of them up. */
function sourceOf(filter: DeviceFilter, orderings: readonly DeviceOrdering[]): Sql {
  const isAbout = (column: string): boolean => orderings.some((ordering) => ordering.column === column);
  const needsActivity = narrowsByActivity(filter) || isAbout("last_seen_at");
  const activity = needsActivity ? sql`left join device_activity a on a.device_id = d.id` : sql``;
  const blueprint = isAbout("blueprint") ? sql`left join blueprints b on b.id = d.blueprint_id` : sql``;
  return sql`devices d ${activity} ${blueprint}`;
}

function whereOf({ filter, found, orderings, at }: Omit<DeviceListQuestion, "page">): Sql {
  const conditions = [...referenceConditions(filter), ...ownConditions(filter)];
  if (found !== null)
    conditions.push(foundCondition(found, isSorted(orderings) || narrowsByActivity(filter)));
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
    ...when(filter.platforms, (values) => sql`d.platform = any(${values}::text[])`),
    ...when(filter.osVersions, (values) => sql`d.os_version = any(${values}::text[])`),
    ...when(filter.blueprints, (ids) => sql`d.blueprint_id = any(${ids}::integer[])`),
    ...when(filter.hasBlueprint, (has) => sql`(d.blueprint_id is not null) = ${has}`),
    // By the device as well as by its session: sessions have an index by enrollment, devices none by session.
    ...when(
      filter.otaEnrollments,
      (ids) => sql`(d.id, d.session_id) in (
        select s.device_id, s.id from enrollment_sessions s where s.ota_enrollment_id = any(${ids}::integer[]))`,
    ),
    ...when(filter.lastSeenBefore, (at) => sql`(a.last_seen_at is null or a.last_seen_at < ${at})`),
    ...when(filter.lastSeenAfter, (at) => sql`a.last_seen_at >= ${at}`),
    ...when(filter.hasFailedArtifacts, (has) => sql`(d.id in (${failedDevices})) = ${has}`),
    ...when(filter.isAwaitingConfiguration, (is) => sql`coalesce(d.awaiting_configuration, false) = ${is}`),
    ...when(filter.createdUntil, (at) => sql`d.created_at <= ${at}`),
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
      return sql`(d.blocked_at is null and d.checkout_at is null and not d.has_token)`;
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

/** What indexes of trigrams can look up; shorter texts are compared with every name, in an index that holds them. */
const trigram = /[\p{L}\p{N}]{3}/u;

/** The statement that looks a text up: both halves by their indexes, and no further than one too many. */
export function foundQuery(text: string): Sql {
  const most = foundCountMax + 1;
  const [ofDevice, ofUser] = trigram.test(text)
    ? [deviceMatches(patternOf(text)), userMatches(patternOf(text))]
    : [nameMatches("d", text), nameMatches("u", text)];
  return sql`
    (select d.id from devices d where ${ofDevice} limit ${most})
    union
    (select u.device_id from device_users u where ${ofUser} limit ${most})`;
}

/**
 * A text that is found everywhere: the rows of a page are soon together, whichever they are, so users are looked up row
 * by row (an offset keeps PostgreSQL from reading all of them first); unless every device is looked at anyway.
 */
function foundCondition(found: Found, isOfEach: boolean): Sql {
  if ("ids" in found) return sql`d.id = any(${found.ids}::integer[])`;
  return sql`(${nameMatches("d", found.text)} or exists (
    select from device_users u where u.device_id = d.id and ${nameMatches("u", found.text)}
    ${isOfEach ? sql`` : sql`offset 0`}))`;
}

/** Compares with all names of a device or of a user at once, which are kept in lower case for it. */
function nameMatches(whose: "d" | "u", text: string): Sql {
  // One letter at a time: a capital sigma would depend on those before it.
  const pattern = patternOf(Array.from(text, (letter) => letter.toLowerCase()).join(""));
  return whose === "d" ? sql`d.search_text like ${pattern}` : sql`u.search_text like ${pattern}`;
}

function patternOf(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

function deviceMatches(pattern: string): Sql {
  return sql`d.name ilike ${pattern} or d.serial_number ilike ${pattern}
          or d.udid ilike ${pattern} or d.enrollment_id ilike ${pattern}`;
}

function userMatches(pattern: string): Sql {
  return sql`u.short_name ilike ${pattern} or u.long_name ilike ${pattern}`;
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
      return sql`d.sorted_name`;
    case "serial_number":
      return sql`d.serial_number`;
    case "model":
      return sql`left(d.model, 100)`;
    case "platform":
      return sql`d.platform`;
    case "os_version":
      return sql`array_position(${versions}::text[], d.os_version)`;
    case "blueprint":
      return sql`lower(b.name)`;
  }
}

/** Never null: said of them, the place of nulls would only keep their indexes from being used. */
const wholeColumns: readonly DeviceOrdering["column"][] = ["created_at", "updated_at", "serial_number"];

/** Pages are read in the order of an index. */
const indexedColumns: readonly DeviceOrdering["column"][] = ["created_at", "serial_number", "name", "model"];

function orderOf(orderings: readonly DeviceOrdering[], versions: readonly string[]): Sql {
  const asked = orderings.map(({ column, isDescending }) => {
    const key = columnOf(column, versions);
    if (wholeColumns.includes(column)) return isDescending ? sql`${key} desc` : key;
    return isDescending ? sql`${key} desc nulls last` : sql`${key} asc nulls first`;
  });
  const order = asked.length === 0 ? [sql`d.created_at desc`] : asked;
  // In the direction of the rest, which an index then has all of, forwards or backwards.
  const isAscending = orderings.at(-1)?.isDescending === false;
  return joinSql([...order, isAscending ? sql`d.id` : sql`d.id desc`], sql`, `);
}
