/** How far the targets of a blueprint have come, counted. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";

export type PlannedCount = { readonly revision: string; readonly total: number; readonly settled: number };

/** Targets, and those whose last plan is of the present revision and left nothing to do; null for no blueprint. */
export function countPlannedTargets(
  reader: Reader,
  blueprintId: number,
  at: Date,
): Promise<PlannedCount | null> {
  return reader.maybe(sql`
    select b.revision::text as revision, coalesce(c.total, 0)::integer as total, coalesce(c.settled, 0)::integer as settled
      from blueprints b
      left join lateral (
        select count(*) as total,
               count(*) filter (where p.plan_key is not null and p.blueprint_id = b.id and p.revision = b.revision
                                  and (p.due_at is null or p.due_at > ${at})) as settled
          from devices d
         cross join lateral (
           select null::integer as id union all select u.id from device_users u where u.device_id = d.id) t
          left join target_plans p on p.device_id = d.id and p.device_user_id is not distinct from t.id
         where d.blueprint_id = b.id and d.checkout_at is null) c on true
     where b.id = ${blueprintId}`);
}

export type BlueprintPlannedCount = PlannedCount & { readonly id: number; readonly failed: number };

/** The same for a page of blueprints by name, in one statement; `failed` are targets with a failed artifact. */
export async function listPlannedCounts(
  reader: Reader,
  at: Date,
  page: PageRequest,
): Promise<Page<BlueprintPlannedCount>> {
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from blueprints`,
  );
  const rows = await reader.many<BlueprintPlannedCount>(sql`
    with page as (
      select id, name, revision from blueprints order by name, id limit ${page.limit} offset ${page.offset}
    ), targets as (
      select d.id as device_id, null::integer as device_user_id, b.id as blueprint_id, b.revision
        from page b join devices d on d.blueprint_id = b.id and d.checkout_at is null
      union all
      select d.id, u.id, b.id, b.revision
        from page b join devices d on d.blueprint_id = b.id and d.checkout_at is null
        join device_users u on u.device_id = d.id
    ), failed as (
      select distinct device_id, coalesce(device_user_id, 0) as device_user_id from target_artifacts
       where status in ('Failed', 'RemovalFailed')
    ), counted as (
      select t.blueprint_id, count(*) as total,
             count(*) filter (where p.plan_key is not null and p.blueprint_id = t.blueprint_id
                                and p.revision = t.revision and (p.due_at is null or p.due_at > ${at})) as settled,
             count(f.device_id) as failed
        from targets t
        left join target_plans p on p.device_id = t.device_id and p.device_user_id is not distinct from t.device_user_id
        left join failed f on f.device_id = t.device_id and f.device_user_id = coalesce(t.device_user_id, 0)
       group by 1)
    select b.id, b.revision::text as revision, coalesce(c.total, 0)::integer as total,
           coalesce(c.settled, 0)::integer as settled, coalesce(c.failed, 0)::integer as failed
      from page b left join counted c on c.blueprint_id = b.id
     order by b.name, b.id`);
  return { count, rows };
}

export type StatusCount = {
  readonly artifactId: string;
  readonly name: string;
  readonly version: number;
  readonly status: string;
  readonly count: number;
};

/** What became of artifacts on the targets of a blueprint, whatever the blueprint says of them now. */
export function countArtifactStatuses(reader: Reader, blueprintId: number): Promise<StatusCount[]> {
  return reader.many(sql`
    select a.id as artifact_id, a.name, v.version, t.status, count(*)::integer as count
      from devices d
      join target_artifacts t on t.device_id = d.id
      join artifact_versions v on v.id = t.artifact_version_id
      join artifacts a on a.id = v.artifact_id
     where d.blueprint_id = ${blueprintId} and d.checkout_at is null
     group by a.id, a.name, v.version, t.status
     order by a.name, a.id, v.version desc, t.status`);
}

/** What tags are called. */
export async function listTagNames(
  reader: Reader,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.many<{ id: number; name: string }>(
    sql`select id, name from tags where id = any(${ids}::integer[])`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** What artifacts are called. */
export async function listArtifactNames(
  reader: Reader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.many<{ id: string; name: string }>(
    sql`select id, name from artifacts where id = any(${ids}::uuid[])`,
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
