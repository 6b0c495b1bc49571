/** What the dashboard counts; every statement is about the whole fleet at once. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import {
  type BlueprintProgress,
  type Change,
  changesMax,
  type DeviceTotals,
  type Expiry,
  expiryHorizon,
  type QueueFacts,
  rowsMax,
  type ScheduleFact,
  type VersionCount,
} from "./dashboard.ts";

const isEnrolled = sql`d.blocked_at is null and d.checkout_at is null and d.token is not null`;
const failedStatuses = sql`('Failed', 'RemovalFailed')`;

/** Devices by state; the silent and the failing ones are enrolled too. */
export function countDeviceTotals(reader: Reader, silentSince: Date): Promise<DeviceTotals> {
  return reader.one(sql`
    with ailing as (
      select device_id from target_artifacts where status in ${failedStatuses}
      union select device_id from commands where parked_at is not null)
    select (count(*) filter (where ${isEnrolled}))::integer as enrolled,
           (count(*) filter (where d.blocked_at is null and d.checkout_at is null and d.token is null))::integer
             as pending,
           (count(*) filter (where ${isEnrolled} and coalesce(a.last_seen_at, d.created_at) < ${silentSince}))::integer
             as silent,
           (count(*) filter (where ${isEnrolled} and (d.token_rejected_at is not null or f.device_id is not null)))::integer
             as failing,
           (count(*) filter (where d.blocked_at is not null))::integer as blocked,
           (count(*) filter (where d.checkout_at is not null and d.blocked_at is null))::integer as checked_out
      from devices d
      left join device_activity a on a.device_id = d.id
      left join ailing f on f.device_id = d.id`);
}

/** Enrolled devices by platform and version, the most frequent ones first. */
export function countVersions(reader: Reader): Promise<VersionCount[]> {
  return reader.many(sql`
    select d.platform, d.os_version, count(*)::integer as count from devices d where ${isEnrolled}
     group by 1, 2 order by 3 desc, 1, 2 limit ${rowsMax}`);
}

/**
 * How far the targets of every blueprint have come. A target is a device or a user channel of it. One that has
 * accepted something and not confirmed it is still on the way, although nothing is left to be sent.
 */
export function countProgress(reader: Reader, at: Date): Promise<BlueprintProgress[]> {
  return reader.many(sql`
    with targets as (
      select d.blueprint_id, d.id as device_id, null::integer as device_user_id, p.plan_key, p.blueprint_id as planned_id,
             p.revision, p.due_at
        from devices d left join target_plans p on p.device_id = d.id and p.device_user_id is null
       where d.blueprint_id is not null and d.checkout_at is null
      union all
      select d.blueprint_id, d.id, u.id, p.plan_key, p.blueprint_id, p.revision, p.due_at
        from device_users u
        join devices d on d.id = u.device_id
        left join target_plans p on p.device_id = u.device_id and p.device_user_id = u.id
       where d.blueprint_id is not null and d.checkout_at is null
    ), unfinished as (
      select device_id, coalesce(device_user_id, 0) as device_user_id, bool_or(status in ${failedStatuses}) as is_failed
        from target_artifacts where status in ${failedStatuses} or status = 'AwaitingConfirmation' group by 1, 2
    ), judged as (
      select t.blueprint_id, coalesce(f.is_failed, false) as is_failed,
             f.device_id is null and t.plan_key is not null and t.planned_id = b.id and t.revision = b.revision
               and (t.due_at is null or t.due_at > ${at}) as is_settled
        from targets t
        join blueprints b on b.id = t.blueprint_id
        left join unfinished f on f.device_id = t.device_id and f.device_user_id = coalesce(t.device_user_id, 0)
    ), counted as (
      select blueprint_id, count(*) as targets, count(*) filter (where is_failed) as failed,
             count(*) filter (where is_settled and not is_failed) as converged
        from judged group by 1)
    select b.id, b.name, coalesce(c.targets, 0)::integer as targets, coalesce(c.converged, 0)::integer as converged,
           coalesce(c.failed, 0)::integer as failed,
           coalesce(c.targets - c.converged - c.failed, 0)::integer as pending
      from blueprints b left join counted c on c.blueprint_id = b.id
     order by coalesce(c.targets, 0) desc, b.name, b.id limit ${rowsMax}`);
}

/** What ends soon of what the database knows. */
export function listExpiries(reader: Reader, at: Date): Promise<Expiry[]> {
  const horizon = expiryHorizon(at);
  return reader.many(sql`
    select 'push_certificate' as kind, id::text, name, not_after as expires_at
      from push_certificates where not_after < ${horizon}
    union all
    select 'certificate_authority', null, name, not_after from certificate_authorities where not_after < ${horizon}
    union all
    select 'api_token', t.id::text, t.name, t.expiry from api_tokens t
      join accounts a on a.id = t.account_id and a.is_active
     where t.expiry < ${horizon} and t.expiry > ${at}
    union all
    select 'ota_enrollment', o.id::text, o.name, s.expires_at
      from ota_enrollments o join enrollment_secrets s on s.id = o.enrollment_secret_id
     where s.expires_at < ${horizon} and s.expires_at > ${at} and s.revoked_at is null
     order by 4, 1, 2 limit ${rowsMax}`);
}

/** What waits for devices and for Apple. */
export function countQueue(reader: Reader): Promise<QueueFacts> {
  return reader.one(sql`
    select (count(*) filter (where state = 'queued'))::integer as queued,
           (count(*) filter (where state = 'sent' and parked_at is null))::integer as sent,
           (count(*) filter (where state = 'not_now' and parked_at is null))::integer as not_now,
           (count(*) filter (where parked_at is not null))::integer as parked,
           min(created_at) as oldest_at,
           (select count(*) from push_requests)::integer as pushes,
           ((select count(*) from devices where token_rejected_at is not null)
             + (select count(*) from device_users where token_rejected_at is not null))::integer as rejected_tokens
      from commands`);
}

/** Jobs by the clock. */
export function listScheduleFacts(reader: Reader): Promise<ScheduleFact[]> {
  return reader.many(
    sql`select name, last_finished_at, last_outcome, next_run_at from schedules order by name`,
  );
}

/** The last changes that somebody made, whoever did it but devices. */
export function listChanges(reader: Reader): Promise<Change[]> {
  return reader.many(sql`
    select id, at, actor_kind, actor_id, request -> 'user' ->> 'username' as actor_name,
           payload ->> 'action' as action, payload -> 'object' ->> 'model' as model,
           payload -> 'object' ->> 'pk' as pk, serial_number,
           coalesce(payload #>> '{object,new_value,name}', payload #>> '{object,prev_value,name}',
                    payload #>> '{object,new_value,username}', payload #>> '{object,prev_value,username}') as name
      from events where type = 'zentral_audit' order by at desc, sequence desc limit ${changesMax}`);
}
