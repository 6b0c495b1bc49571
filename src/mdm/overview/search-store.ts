/** Where names are found. Large tables have an index for it; what most names contain is looked up a little way only. */
import type { Reader } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import { hitsOfKindMax, type SearchHit, type SearchKind, type SearchPatterns } from "./search.ts";

/** Where one kind is searched: a table, what is matched, and what a hit shows. */
type Place = {
  readonly source: Sql;
  readonly key: Sql;
  readonly matched: readonly Sql[];
  readonly title: Sql;
  readonly subtitle: Sql;
  readonly deviceId?: Sql;
};

const places: Readonly<Record<SearchKind, Place>> = {
  device: {
    source: sql`devices t`,
    key: sql`t.id`,
    matched: [sql`t.serial_number`, sql`t.name`, sql`t.udid`, sql`t.enrollment_id`],
    title: sql`coalesce(nullif(t.name, ''), t.serial_number)`,
    subtitle: sql`concat_ws(' · ', t.serial_number, nullif(t.model, ''), t.platform || ' ' || t.os_version)`,
    deviceId: sql`t.id`,
  },
  user: {
    source: sql`device_users t`,
    key: sql`t.id`,
    matched: [sql`t.short_name`, sql`t.long_name`],
    title: sql`coalesce(nullif(t.long_name, ''), t.short_name)`,
    subtitle: sql`concat_ws(' · ', t.short_name, (
      select coalesce(nullif(d.name, ''), d.serial_number) from devices d where d.id = t.device_id))`,
    deviceId: sql`t.device_id`,
  },
  blueprint: {
    source: sql`blueprints t`,
    key: sql`t.id`,
    matched: [sql`t.name`],
    title: sql`t.name`,
    subtitle: sql`''`,
  },
  artifact: {
    source: sql`artifacts t`,
    key: sql`t.id`,
    matched: [
      sql`t.name`,
      sql`(select string_agg(distinct p.payload_identifier, ' ') from profiles p
             join artifact_versions v on v.id = p.artifact_version_id where v.artifact_id = t.id)`,
      sql`(select string_agg(distinct e.product_id, ' ') from enterprise_apps e
             join artifact_versions v on v.id = e.artifact_version_id where v.artifact_id = t.id)`,
    ],
    title: sql`t.name`,
    subtitle: sql`t.type`,
  },
  ota_enrollment: {
    source: sql`ota_enrollments t`,
    key: sql`t.id`,
    matched: [sql`t.name`, sql`t.display_name`],
    title: sql`t.name`,
    subtitle: sql`t.display_name`,
  },
  push_certificate: {
    source: sql`push_certificates t`,
    key: sql`t.id`,
    matched: [sql`t.name`, sql`t.topic`],
    title: sql`t.name`,
    subtitle: sql`coalesce(t.topic, '')`,
  },
  tag: {
    source: sql`tags t`,
    key: sql`t.id`,
    matched: [sql`t.name`],
    title: sql`t.name`,
    subtitle: sql`coalesce((select x.name from taxonomies x where x.id = t.taxonomy_id), '')`,
  },
};

/** So many are looked at for those that begin with the text: a text that is found everywhere is nobody's name. */
const matchesMax = 2_000;

/** A few hits of one kind, those that begin with the text first. */
export function searchKind(reader: Reader, kind: SearchKind, patterns: SearchPatterns): Promise<SearchHit[]> {
  return reader.many(searchQuery(kind, patterns));
}

/** The statement of {@link searchKind}; apart, so that its plan can be looked at. */
export function searchQuery(kind: SearchKind, { beginning, anywhere }: SearchPatterns): Sql {
  const { source, key, matched, title, subtitle, deviceId = sql`null::integer` } = places[kind];
  const like = (pattern: string): Sql =>
    joinSql(
      matched.map((column) => sql`${column} ilike ${pattern}`),
      sql` or `,
    );
  return sql`
    with found as materialized (
      select ${key} as id, case when ${like(beginning)} then 0 else 1 end as place, lower(${title}) as sorted_by
        from ${source} where ${like(anywhere)} limit ${matchesMax}
    ), best as materialized (select * from found order by place, sorted_by, id limit ${hitsOfKindMax})
    select ${kind} as kind, ${key}::text as id, ${title} as title, ${subtitle} as subtitle, ${deviceId} as device_id
      from best join ${source} on ${key} = best.id
     order by best.place, best.sorted_by, best.id`;
}
