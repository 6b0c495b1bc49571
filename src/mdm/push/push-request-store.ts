/** Rows of push requests, and what their results change on targets. */
import type { Tx } from "#platform/db/database.ts";
import { type Sql, sql } from "#platform/db/sql.ts";
import {
  heartbeatDevicesMax,
  jitterSeconds,
  type PokeFacts,
  type PushPriority,
  type PushRequestOptions,
  type PushTarget,
  sweepRepeatSeconds,
  sweepTargetsMax,
  type WakePacing,
} from "./push-request.ts";
import { secondsAfter } from "#platform/clock.ts";

/** A claimed request with all that is needed to send it. */
export type ClaimedPush = PokeFacts & {
  /** bigint, as a string. */
  readonly id: string;
  /** Tells whether another request was merged in while this one was under way. */
  readonly requestCount: number;
  readonly attemptCount: number;
  readonly priority: PushPriority;
  readonly expirationSeconds: number;
  readonly deviceId: number;
  readonly udid: string;
  readonly serialNumber: string;
  readonly deviceUserId: number | null;
  /** The user's identifier on the wire; null on the device channel. */
  readonly userId: string | null;
  readonly pushCertificateId: number;
  /** Changes when the certificate is renewed. */
  readonly certificateUpdatedAt: Date;
};

/** The one order in which a transaction touches several of these rows: that of its devices, then users, devices last. */
const byTarget = (userId: Sql): Sql => sql`d.udid collate "C", ${userId} nulls last`;

/** Merges what is inserted into the request of the same target: the more urgent, the longer, the earlier of both. */
const intoOneOfTarget: Sql = sql`
    on conflict on constraint push_requests_one_per_target do update
      set priority = greatest(p.priority, excluded.priority),
          expiration_seconds = greatest(p.expiration_seconds, excluded.expiration_seconds),
          not_before = least(p.not_before, excluded.not_before),
          requested_at = excluded.requested_at,
          request_count = p.request_count + 1`;

/** Where in the spread a device falls, decided by a hash of its id: a repetition wakes nobody earlier. */
function spreadFrom(notBefore: Date, { id, seconds }: { readonly id: Sql; readonly seconds: number }): Sql {
  return sql`${notBefore}::timestamptz
             + make_interval(secs => abs(hashint4(${id})::bigint) % (${seconds}::integer + 1))`;
}

/** Inserts a request or merges it into the one of the same target. */
export async function upsertPushRequest(
  tx: Tx,
  { deviceId, userId }: PushTarget,
  { priority, expirationSeconds, notBefore, at }: PushRequestOptions,
): Promise<void> {
  await tx.run(sql`
    insert into push_requests as p
           (device_id, device_user_id, priority, expiration_seconds, not_before, requested_at)
    values (${deviceId}, ${userId}, ${priority}, ${expirationSeconds}, ${notBefore}, ${at})
    ${intoOneOfTarget}`);
}

/** The same for many devices, which the caller has locked; those that are gone are left out. */
export async function upsertPushRequests(
  tx: Tx,
  deviceIds: readonly number[],
  {
    priority,
    expirationSeconds,
    notBefore,
    at,
    spreadSeconds,
  }: PushRequestOptions & { readonly spreadSeconds: number },
): Promise<void> {
  await tx.run(sql`
    insert into push_requests as p
           (device_id, device_user_id, priority, expiration_seconds, not_before, requested_at)
    select d.id, null, ${priority}::smallint, ${expirationSeconds}::integer,
           ${spreadFrom(notBefore, { id: sql`d.id`, seconds: spreadSeconds })},
           ${at}::timestamptz
      from devices d where d.id = any(${deviceIds}::integer[]) order by ${byTarget(sql`null::integer`)}
    ${intoOneOfTarget}`);
}

/** {@link upsertPushRequests} for channels of any kind; all channels of a device fall together. */
export async function upsertTargetPushRequests(
  tx: Tx,
  targets: readonly PushTarget[],
  options: PushRequestOptions & { readonly spreadSeconds: number },
): Promise<void> {
  const { priority, expirationSeconds, notBefore, at, spreadSeconds } = options;
  await tx.run(sql`
    insert into push_requests as p
           (device_id, device_user_id, priority, expiration_seconds, not_before, requested_at)
    select t.device_id, t.user_id, ${priority}::smallint, ${expirationSeconds}::integer,
           ${spreadFrom(notBefore, { id: sql`t.device_id`, seconds: spreadSeconds })},
           ${at}::timestamptz
      from unnest(${targets.map(({ deviceId }) => deviceId)}::integer[],
                  ${targets.map(({ userId }) => userId)}::integer[]) as t(device_id, user_id)
      join devices d on d.id = t.device_id
     order by ${byTarget(sql`t.user_id`)}
    ${intoOneOfTarget}`);
}

/**
 * Claims due requests, urgent ones first; those of other claimers are skipped.
 *
 * @param claim.busyCertificateIds Push certificates that have enough under way: one that stalls must not take the
 *   places of the others.
 */
export async function claimPushRequests(
  tx: Tx,
  claim: {
    readonly at: Date;
    readonly limit: number;
    readonly busyCertificateIds: readonly number[];
    readonly claimSeconds: number;
  },
): Promise<ClaimedPush[]> {
  const { at, limit, busyCertificateIds, claimSeconds } = claim;
  return tx.many<ClaimedPush>(sql`
    with due as materialized (
      select p.id, p.device_id, p.device_user_id
        from push_requests p join devices d on d.id = p.device_id
       where p.not_before <= ${at} and (p.claimed_until is null or p.claimed_until <= ${at})
         and d.push_certificate_id <> all(${busyCertificateIds}::integer[])
       order by p.priority desc, p.not_before, p.id
       limit ${limit} for update of p skip locked)
    update push_requests p set claimed_until = ${secondsAfter(at, claimSeconds)}
      from due
      join devices d on d.id = due.device_id
      join push_certificates c on c.id = d.push_certificate_id
      left join device_users u on u.id = due.device_user_id
     where p.id = due.id
    returning p.id, p.request_count, p.attempt_count, p.priority, p.expiration_seconds, p.device_id, d.udid,
              d.serial_number, p.device_user_id, u.user_id, d.checkout_at, d.push_magic,
              case when p.device_user_id is null then d.token else u.token end as token,
              case when p.device_user_id is null then d.token_rejected_at else u.token_rejected_at end
                as token_rejected_at,
              c.topic, c.not_before, c.not_after, c.id as push_certificate_id,
              c.updated_at as certificate_updated_at`);
}

/** A request that is done with, unless another was merged in meanwhile: then it is due again at once. */
export type FinishedPush = Pick<ClaimedPush, "id" | "requestCount">;

/** Locks requests that are to be written, in the order of all writers. */
export async function lockPushRequests(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(sql`
    select from push_requests p join devices d on d.id = p.device_id
     where p.id = any(${ids}::bigint[]) order by ${byTarget(sql`p.device_user_id`)} for update of p`);
}

/** Deletes finished requests, which are locked. */
export async function deleteFinishedPushes(tx: Tx, finished: readonly FinishedPush[]): Promise<void> {
  if (finished.length === 0) return;
  const rows = JSON.stringify(finished.map(({ id, requestCount }) => ({ id, request_count: requestCount })));
  await tx.run(sql`
    with done as (
      select p.id, p.request_count = x.request_count as is_last
        from jsonb_to_recordset(${rows}::jsonb) as x(id bigint, request_count integer)
        join push_requests p on p.id = x.id
    ), released as (
      update push_requests p set claimed_until = null, attempt_count = 0
        from done where p.id = done.id and not done.is_last
    )
    delete from push_requests p using done where p.id = done.id and done.is_last`);
}

/** A request that failed. Until `heldUntil` nothing makes it due; `notBefore` gives way to a newer request. */
export type PostponedPush = FinishedPush & {
  readonly heldUntil: Date | null;
  readonly notBefore: Date | null;
};

/** Postpones failed requests, which are locked, and counts the failure. */
export async function postponePushes(tx: Tx, postponed: readonly PostponedPush[]): Promise<void> {
  if (postponed.length === 0) return;
  const rows = JSON.stringify(
    postponed.map(({ id, requestCount, heldUntil, notBefore }) => ({
      id,
      request_count: requestCount,
      held_until: heldUntil,
      not_before: notBefore,
    })),
  );
  await tx.run(sql`
    with failed as (
      select p.id, x.held_until,
             case when p.request_count = x.request_count then coalesce(x.not_before, p.not_before)
                  else p.not_before end as not_before
        from jsonb_to_recordset(${rows}::jsonb)
          as x(id bigint, request_count integer, held_until timestamptz, not_before timestamptz)
        join push_requests p on p.id = x.id
    )
    update push_requests p
       set claimed_until = failed.held_until, not_before = failed.not_before, attempt_count = p.attempt_count + 1
      from failed where p.id = failed.id`);
}

/** Notes when targets were notified; in the order of the ids, like every writer of these rows. */
export async function updateLastNotified(tx: Tx, targets: readonly PushTarget[], at: Date): Promise<void> {
  const userIds = targets.flatMap(({ userId }) => (userId === null ? [] : [userId]));
  const deviceIds = targets.flatMap(({ deviceId, userId }) => (userId === null ? [deviceId] : []));
  if (userIds.length > 0) {
    await tx.run(sql`
      with known as (select id from device_users where id = any(${userIds}::integer[]) order by id for no key update)
      update device_users u set last_notified_at = ${at} from known where u.id = known.id`);
  }
  if (deviceIds.length === 0) return;
  await tx.run(sql`
    insert into device_activity (device_id, last_notified_at)
    select id, ${at}::timestamptz from devices where id = any(${deviceIds}::integer[]) order by id
    on conflict (device_id) do update set last_notified_at = excluded.last_notified_at`);
}

/** A token that Apple refused. */
export type RejectedToken = PushTarget & { readonly token: Buffer; readonly reason: string };

/** Notes a refused token on its target, unless the device has reported another one meanwhile. */
export async function updateRejectedToken(tx: Tx, rejected: RejectedToken, at: Date): Promise<void> {
  const { deviceId, userId, token, reason } = rejected;
  await (userId === null
    ? tx.run(sql`
        update devices set token_rejected_at = ${at}, token_rejected_reason = ${reason}
         where id = ${deviceId} and token = ${token}`)
    : tx.run(sql`
        update device_users set token_rejected_at = ${at}, token_rejected_reason = ${reason}
         where id = ${userId} and token = ${token}`));
}

/**
 * Asks for a push of each target whose due command has waited too long: a push that was never asked for, or got lost.
 *
 * A target that was notified since the command became due is left alone for a day, or, when it connected meanwhile
 * and left the command behind, for {@link sweepRepeatSeconds}. A command that was handed out counts when its device was
 * seen since without a word about it; one that is parked or taken back does not.
 *
 * @returns How many requests were added.
 */
export async function insertOverduePushRequests(tx: Tx, pacing: WakePacing, at: Date): Promise<number> {
  const { commandWaitingSecondsMax, connectRetrySeconds } = pacing;
  return tx.run(sql`
    insert into push_requests (device_id, device_user_id, priority, expiration_seconds, not_before, requested_at)
    select c.device_id, c.device_user_id, 5, ${connectRetrySeconds}, ${at}, ${at}
      from (select device_id, device_user_id, min(coalesce(not_before, created_at)) filter (where state = 'queued') as due_at,
                   min(sent_at) as sent_at
              from commands
             where state in ('queued', 'sent') and (retry_at is null or retry_at <= ${at}) and cancelled_at is null
               and (expires_at is null or expires_at > ${at})
               and coalesce(sent_at, not_before, created_at) <= ${secondsAfter(at, -commandWaitingSecondsMax)}
             group by device_id, device_user_id) c
      join devices d on d.id = c.device_id
      join push_certificates p on p.id = d.push_certificate_id
      left join device_activity a on a.device_id = c.device_id
      left join device_users u on u.id = c.device_user_id
     cross join lateral (
       select case when u.id is null then d.token else u.token end as token,
              case when u.id is null then d.token_rejected_at else u.token_rejected_at end as token_rejected_at,
              case when u.id is null then a.last_seen_at else u.last_seen_at end as seen_at,
              case when u.id is null then a.last_notified_at else u.last_notified_at end as notified_at) t
     where d.checkout_at is null and d.push_magic is not null
       and t.token is not null and t.token_rejected_at is null
       and p.not_before <= ${at} and p.not_after > ${at}
       and (t.seen_at is null or t.seen_at <= ${secondsAfter(at, -commandWaitingSecondsMax)})
       and (c.due_at is not null or t.seen_at > c.sent_at)
       and (t.notified_at is null or t.notified_at < coalesce(c.due_at, c.sent_at)
            or t.notified_at <= ${secondsAfter(at, -connectRetrySeconds)}
            or (t.seen_at > t.notified_at and t.notified_at <= ${secondsAfter(at, -sweepRepeatSeconds)}))
       and not exists (select from push_requests r
                        where r.device_id = c.device_id and r.device_user_id is not distinct from c.device_user_id)
     order by ${byTarget(sql`c.device_user_id`)}
     limit ${sweepTargetsMax}
    on conflict do nothing`);
}

/**
 * Asks for pushes of channels that were silent for a heartbeat and their own part of the jitter; the longest silent first.
 * One that was notified since it was seen is left alone for a day, or, when it is a device that was never seen, for half a
 * minute. A user channel answers while its user is logged in.
 *
 * @returns How many requests were added, of devices and of users.
 */
export async function insertHeartbeats(
  tx: Tx,
  pacing: WakePacing,
  at: Date,
): Promise<{ readonly count: number; readonly userCount: number }> {
  return tx.one(sql`
    with silent as (
      (${silentDevices(pacing, at)}) union all (${silentUsers(pacing, at)})
    ), added as (
      insert into push_requests (device_id, device_user_id, priority, expiration_seconds, not_before, requested_at)
      select s.device_id, s.user_id, 5, ${pacing.connectRetrySeconds}::integer, ${at}::timestamptz, ${at}::timestamptz
        from silent s join devices d on d.id = s.device_id
       order by ${byTarget(sql`s.user_id`)}
      on conflict do nothing
      returning device_user_id
    )
    select count(*) filter (where device_user_id is null)::integer as count,
           count(device_user_id)::integer as user_count
      from added`);
}

function silentDevices(pacing: WakePacing, at: Date): Sql {
  const { connectPeriodSeconds, connectRetrySeconds, enrollRetrySeconds } = pacing;
  const notifiedBefore = secondsAfter(at, -connectRetrySeconds);
  return sql`
    select d.id as device_id, null::integer as user_id
      from devices d
      join push_certificates p on p.id = d.push_certificate_id
      left join device_activity a on a.device_id = d.id
     where d.checkout_at is null and d.push_magic is not null
       and d.token is not null and d.token_rejected_at is null
       and p.not_before <= ${at} and p.not_after > ${at}
       and (a.last_seen_at is null
            or a.last_seen_at <= ${secondsAfter(at, -connectPeriodSeconds)}::timestamptz
                 - make_interval(secs => abs(hashint4(d.id)::bigint) % ${jitterSeconds(pacing)}::integer))
       and (a.last_notified_at is null or a.last_seen_at > a.last_notified_at
            or (a.last_seen_at is null and a.last_notified_at <= ${secondsAfter(at, -enrollRetrySeconds)})
            or a.last_notified_at <= ${notifiedBefore})
       and not exists (select from push_requests r where r.device_id = d.id and r.device_user_id is null)
     order by a.last_seen_at nulls first, d.id
     limit ${heartbeatDevicesMax}`;
}

function silentUsers(pacing: WakePacing, at: Date): Sql {
  const { connectPeriodSeconds, connectRetrySeconds } = pacing;
  return sql`
    select u.device_id, u.id as user_id
      from device_users u
      join devices d on d.id = u.device_id
      join push_certificates p on p.id = d.push_certificate_id
     where d.checkout_at is null and d.push_magic is not null
       and u.token is not null and u.token_rejected_at is null
       and p.not_before <= ${at} and p.not_after > ${at}
       and coalesce(u.last_seen_at, u.created_at) <= ${secondsAfter(at, -connectPeriodSeconds)}::timestamptz
             - make_interval(secs => abs(hashint4(u.id)::bigint) % ${jitterSeconds(pacing)}::integer)
       and (u.last_notified_at is null or u.last_seen_at > u.last_notified_at
            or u.last_notified_at <= ${secondsAfter(at, -connectRetrySeconds)})
       and not exists (select from push_requests r where r.device_id = d.id and r.device_user_id = u.id)
     order by u.last_seen_at nulls first, u.id
     limit ${heartbeatDevicesMax}`;
}

/** The certificate and the sealed key that a client of APNs is made with. */
export type PushClientMaterial = { readonly certificate: string; readonly privateKeySealed: Buffer };

export async function findPushClientMaterial(
  tx: Pick<Tx, "maybe">,
  pushCertificateId: number,
): Promise<PushClientMaterial | null> {
  return tx.maybe<PushClientMaterial>(sql`
    select certificate, private_key_sealed from push_certificates
     where id = ${pushCertificateId} and certificate is not null`);
}
