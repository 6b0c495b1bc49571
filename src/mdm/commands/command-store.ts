/** Rows of `commands` (the live queue) and `command_history` (what was answered). */
import type { Reader, Tx } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import { secondsAfter } from "#platform/clock.ts";
import {
  type ArtifactOperation,
  type CommandName,
  type CommandRecord,
  type CommandStatus,
  type CommandUuid,
  commandsLiveMax,
  type ListedCommand,
} from "./command.ts";

/** Whose queue: ids only, so that any holder of a target can ask. */
export type QueueKey = { readonly deviceId: number; readonly deviceUserId: number | null };

const columns = sql`
  c.id, c.uuid, c.device_id, c.device_user_id, c.name, c.request_type, c.arguments,
  case when c.secrets_sealed is null then c.bulk_command_id end as bulk_command_id,
  case when c.secrets_sealed is not null or c.bulk_command_id is null then c.secrets_sealed
       else (select b.secrets_sealed from bulk_commands b where b.id = c.bulk_command_id) end as secrets_sealed, c.state,
  c.artifact_version, c.artifact_operation, c.priority, c.not_before, c.expires_at, c.supersede_key, c.sent_at, c.delivery_count, c.not_now_count, c.retry_at,
  c.parked_at, c.cancelled_at, c.result_time, c.created_at, c.updated_at`;

const ofQueue = ({ deviceId, deviceUserId }: QueueKey): Sql =>
  sql`c.device_id = ${deviceId} and c.device_user_id is not distinct from ${deviceUserId}`;

export type NewCommand = QueueKey & {
  readonly uuid: CommandUuid;
  readonly name: CommandName;
  readonly requestType: string;
  /** JSON text of the arguments that are not secret. */
  readonly arguments: string;
  /** JSON text of what may be shown of them; null when it is too long to be kept. */
  readonly shownArguments: string | null;
  readonly secretsSealed: Buffer | null;
  readonly artifactVersion: string | null;
  readonly artifactOperation: ArtifactOperation | null;
  readonly priority: number;
  readonly notBefore: Date | null;
  readonly expiresAt: Date | null;
  readonly supersedeKey: string | null;
  /** Set for a command that leaves with the present answer. */
  readonly sentAt: Date | null;
  readonly at: Date;
};

/** Puts a command into the queue of its target; null when that queue is full. */
export function insertCommand(tx: Tx, command: NewCommand): Promise<CommandRecord | null> {
  const { sentAt } = command;
  return tx.maybe(sql`
    insert into commands as c (uuid, device_id, device_user_id, name, request_type, arguments, secrets_sealed,
                               shown_arguments, artifact_version, artifact_operation, state, priority, not_before, expires_at, supersede_key, sent_at, delivery_count, created_at,
                               updated_at)
    select ${command.uuid}::uuid, ${command.deviceId}::integer, ${command.deviceUserId}::integer, ${command.name},
           ${command.requestType}, ${command.arguments}::jsonb, ${command.secretsSealed}::bytea,
           ${command.shownArguments}::jsonb, ${command.artifactVersion}::uuid, ${command.artifactOperation}::text,
           ${sentAt === null ? "queued" : "sent"}, ${command.priority}::smallint,
           ${command.notBefore}::timestamptz, ${command.expiresAt}::timestamptz, ${command.supersedeKey},
           ${sentAt}::timestamptz, ${sentAt === null ? 0 : 1}::integer,
           ${command.at}::timestamptz, ${command.at}::timestamptz
     where (select count(*) from commands c where ${ofQueue(command)}) < ${commandsLiveMax}
    returning ${columns}`);
}

/** Which live commands a connect may take besides new ones. */
export type DueStates = {
  readonly includesNotNow: boolean;
  readonly includesSent: boolean;
  /** Includes what left before this command, which the device has answered just now. */
  readonly sentBefore: string | null;
};

/** The answer was stored in the transaction before; the period keeps the look-up out of older partitions. */
const answeredSeconds = 3_600;

/** Postgres looks for the answered command only when something else is in state `sent`. */
function sentCondition({ includesSent, sentBefore }: DueStates, queue: QueueKey, at: Date): Sql {
  if (includesSent || sentBefore === null) return sql`${includesSent}`;
  return sql`c.sent_at < (
    select c.sent_at from command_history c
     where ${ofQueue(queue)} and c.uuid = ${sentBefore}::uuid
       and c.updated_at >= ${secondsAfter(at, -answeredSeconds)})`;
}

const dueCondition = (states: DueStates, queue: QueueKey, at: Date): Sql => sql`
  (c.not_before is null or c.not_before <= ${at}) and (c.retry_at is null or c.retry_at <= ${at})
  and (c.expires_at is null or c.expires_at > ${at}) and c.cancelled_at is null
  and (c.state = 'queued' or (${states.includesNotNow} and c.state = 'not_now')
       or (c.state = 'sent' and ${sentCondition(states, queue, at)}))`;

/** A command that may be handed out, with what {@link unmarkSent} restores. */
export type DueCommand = Pick<
  CommandRecord,
  "id" | "uuid" | "name" | "state" | "sentAt" | "deliveryCount" | "retryAt"
>;

/** Due commands of a queue in the order of their delivery: priority first, then age. */
export function listDueCommands(
  reader: Reader,
  queue: QueueKey,
  due: { readonly states: DueStates; readonly at: Date },
): Promise<DueCommand[]> {
  return reader.many(sql`
    select c.id, c.uuid, c.name, c.state, c.sent_at, c.delivery_count, c.retry_at
      from commands c where ${ofQueue(queue)} and ${dueCondition(due.states, queue, due.at)}
     order by c.priority desc, c.created_at, c.id limit ${commandsLiveMax}`);
}

/** Notes that a command was handed to its device; null when it ended or was taken back since it was listed. */
export function markSent(tx: Tx, id: string, at: Date): Promise<CommandRecord | null> {
  return tx.maybe(sql`
    update commands c set state = 'sent', sent_at = ${at}, delivery_count = c.delivery_count + 1, retry_at = null,
                          updated_at = ${at}
     where c.id = ${id} and c.cancelled_at is null returning ${columns}`);
}

/** Takes back a note of {@link markSent} when the command could not be handed out after all. */
export async function unmarkSent(tx: Tx, { id, state, sentAt }: DueCommand): Promise<void> {
  await tx.run(sql`
    update commands set state = ${state}, sent_at = ${sentAt}, delivery_count = delivery_count - 1 where id = ${id}`);
}

/** The live command of a UUID, locked; null when there is none. */
export function lockCommand(tx: Tx, uuid: string): Promise<CommandRecord | null> {
  return tx.maybe(sql`select ${columns} from commands c where c.uuid = ${uuid} for update`);
}

/** The latest live command of a name in a queue; null when there is none. */
export function findLiveCommand(
  reader: Reader,
  queue: QueueKey,
  name: CommandName,
): Promise<CommandRecord | null> {
  return reader.maybe(sql`
    select ${columns} from commands c where ${ofQueue(queue)} and c.name = ${name}
     order by c.created_at desc, c.id desc limit 1`);
}

/** Puts a command that was made for the present answer into the queue: it cannot be handed out yet. */
export async function keepQueued(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`
    update commands set state = 'queued', sent_at = null, delivery_count = 0 where id = ${id}`);
}

/** What was planned for a target and is not answered yet. */
export type PlannedCommand = {
  readonly id: string;
  readonly uuid: CommandUuid;
  readonly name: CommandName;
  readonly state: CommandRecord["state"];
  readonly artifactVersion: string | null;
  readonly artifactOperation: ArtifactOperation | null;
};

/** The live commands of a queue that a plan made: for artifacts, and to synchronise declarations. */
export function listPlannedCommands(reader: Reader, queue: QueueKey): Promise<PlannedCommand[]> {
  return reader.many(sql`
    select c.id, c.uuid, c.name, c.state, c.artifact_version, c.artifact_operation from commands c
     where ${ofQueue(queue)} and (c.artifact_version is not null or c.name = 'DeclarativeManagement')
       and c.cancelled_at is null
     order by c.created_at, c.id limit ${commandsLiveMax}`);
}

/** Notes that the device postponed a command; it keeps its place and its UUID, and was answered so far. */
export async function markNotNow(
  tx: Tx,
  id: string,
  { at, retryAt }: { at: Date; retryAt: Date },
): Promise<void> {
  await tx.run(sql`
    update commands set state = 'not_now', delivery_count = 0, not_now_count = not_now_count + 1,
                        sent_at = coalesce(sent_at, ${at}), retry_at = ${retryAt}, parked_at = null,
                        result_time = ${at}, updated_at = ${at}
     where id = ${id}`);
}

/** Parks commands until a time; when they were parked first is kept. */
export async function parkCommands(
  tx: Tx,
  ids: readonly string[],
  { at, retryAt }: { at: Date; retryAt: Date },
): Promise<void> {
  await tx.run(sql`
    update commands set parked_at = coalesce(parked_at, ${at}), retry_at = ${retryAt}, updated_at = ${at}
     where id = any(${ids}::bigint[])`);
}

/** Makes a parked or postponed command due at once, as if it had never been handed out in vain. */
export function releaseCommand(tx: Tx, id: string, at: Date): Promise<CommandRecord> {
  return tx.one(sql`
    update commands c set parked_at = null, retry_at = null, delivery_count = 0, not_now_count = 0, updated_at = ${at}
     where id = ${id} returning ${columns}`);
}

/** Makes the commands due at once that a target put off with NotNow. */
export async function releasePostponedCommands(tx: Tx, queue: QueueKey, at: Date): Promise<void> {
  await tx.run(sql`
    update commands c set retry_at = null, not_now_count = 0, updated_at = ${at}
     where ${ofQueue(queue)} and c.state = 'not_now' and c.retry_at > ${at}`);
}

/** Notes that a command the device may hold was taken back. */
export function markCancelled(tx: Tx, id: string, at: Date): Promise<CommandRecord> {
  return tx.one(sql`
    update commands c set cancelled_at = ${at}, updated_at = ${at} where id = ${id} returning ${columns}`);
}

export type CommandResult = {
  readonly status: CommandStatus;
  readonly result: Buffer | null;
  /** JSON text. */
  readonly errorChain: string | null;
  readonly at: Date;
};

/** Moves an answered command from the queue to the history. */
export async function moveToHistory(tx: Tx, id: string, result: CommandResult): Promise<void> {
  await tx.run(sql`
    with finished as (delete from commands where id = ${id} returning *)
    insert into command_history (${historyColumns}, outcome, status, result, result_time, error_chain, updated_at)
    select ${historyColumns}, 'answered', ${result.status}, ${result.result}::bytea, ${result.at}::timestamptz,
           ${result.errorChain}::jsonb, ${result.at}::timestamptz
      from finished`);
}

/** What both tables hold of a command. */
const historyColumns = sql`
  uuid, device_id, device_user_id, name, request_type, artifact_version, artifact_operation, not_before, sent_at,
  delivery_count, created_at, shown_arguments`;

/** Moves commands that match a condition to the history without an answer. @returns How many. */
async function moveUnanswered(
  tx: Tx,
  { condition, outcome, at }: { condition: Sql; outcome: Sql; at: Date },
): Promise<number> {
  return tx.run(sql`
    with finished as (delete from commands c where ${condition} returning *)
    insert into command_history (${historyColumns}, outcome, updated_at)
    select ${historyColumns}, ${outcome}, ${at}::timestamptz from finished`);
}

/** Ends the commands of a queue that a newer one with their key replaces: those that the device does not hold. */
export function supersedeCommands(
  tx: Tx,
  queue: QueueKey,
  { supersedeKey, at }: { readonly supersedeKey: string; readonly at: Date },
): Promise<number> {
  const condition = sql`${ofQueue(queue)} and c.supersede_key = ${supersedeKey} and c.state in ('queued', 'not_now')`;
  return moveUnanswered(tx, { condition, outcome: sql`'superseded'`, at });
}

/** {@link supersedeCommands} for the device channels of many devices. */
export function supersedeCommandsOf(
  tx: Tx,
  deviceIds: readonly number[],
  { supersedeKey, at }: { readonly supersedeKey: string; readonly at: Date },
): Promise<number> {
  const condition = sql`
    c.device_id = any(${deviceIds}::integer[]) and c.device_user_id is null
    and c.supersede_key = ${supersedeKey} and c.state in ('queued', 'not_now')`;
  return moveUnanswered(tx, { condition, outcome: sql`'superseded'`, at });
}

/** Takes back one command that the device does not hold. */
export async function cancelCommand(tx: Tx, id: string, at: Date): Promise<void> {
  await moveUnanswered(tx, { condition: sql`c.id = ${id}`, outcome: sql`'cancelled'`, at });
}

/** Ends the queues of a device, its user channels' included. */
export async function cancelLiveCommands(tx: Tx, deviceId: number, at: Date): Promise<void> {
  await moveUnanswered(tx, { condition: sql`c.device_id = ${deviceId}`, outcome: sql`'cancelled'`, at });
}

/**
 * Ends commands whose time is over: at once what the device does not hold, and what it may hold when no
 * answer has come until `graceEnd`.
 */
export function endOverdueCommands(
  tx: Tx,
  { at, graceEnd, limit }: { readonly at: Date; readonly graceEnd: Date; readonly limit: number },
): Promise<number> {
  const condition = sql`c.id in (
    select o.id from commands o
     where (o.expires_at <= ${at} and (o.state <> 'sent' or o.expires_at <= ${graceEnd}))
        or o.cancelled_at <= ${graceEnd}
     order by o.device_id, o.id limit ${limit} for update skip locked)`;
  const outcome = sql`case when cancelled_at is null then 'expired' else 'cancelled' end`;
  return moveUnanswered(tx, { condition, outcome, at });
}

/**
 * Whose a command was that ended in a period; null when none did. The period keeps the look-up out of older partitions.
 */
export function findFinishedCommand(
  reader: Reader,
  uuid: string,
  { since, until }: { readonly since: Date; readonly until: Date },
): Promise<(QueueKey & Pick<CommandRecord, "name">) | null> {
  return reader.maybe(sql`
    select device_id, device_user_id, name from command_history
     where uuid = ${uuid} and updated_at between ${since} and ${until}`);
}

export async function deleteCommand(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`delete from commands where id = ${id}`);
}

/**
 * The names that wait in a queue or were answered since a time: what need not be asked for again now. Not those for an
 * artifact: a list that confirms one application is none of what the device has.
 */
export async function listRecentNames(reader: Reader, queue: QueueKey, since: Date): Promise<string[]> {
  const rows = await reader.many<{ name: string }>(sql`
    select c.name from commands c where ${ofQueue(queue)} and c.artifact_version is null
    union
    select c.name from command_history c
     where ${ofQueue(queue)} and c.artifact_version is null
       and c.result_time >= ${since} and c.updated_at >= ${since}`);
  return rows.map(({ name }) => name);
}

/** Whether a command of a name waits in a queue and was not handed out yet. */
export async function hasQueuedCommand(reader: Reader, queue: QueueKey, name: CommandName): Promise<boolean> {
  const { isQueued } = await reader.one<{ isQueued: boolean }>(sql`
    select exists (select from commands c where ${ofQueue(queue)} and c.name = ${name}
                                            and c.state = 'queued') as is_queued`);
  return isQueued;
}

/** Live and answered commands as one table. A postponed command shows the device's NotNow until it is answered. */
const everyCommand = sql`(
  select uuid, device_id, device_user_id, name, artifact_version, artifact_operation, not_before, sent_at,
         null::bytea as result, result_time, case when result_time is not null then 'NotNow' end as status,
         null::jsonb as error_chain, created_at, updated_at
    from commands
  union all
  select uuid, device_id, device_user_id, name, artifact_version, artifact_operation, not_before, sent_at, result,
         result_time, status, error_chain, created_at, updated_at
    from command_history)`;

export type CommandFilter = {
  readonly channel: "Device" | "User";
  readonly name?: string;
  readonly deviceId?: number;
  readonly deviceUserId?: number;
};

/** One page of commands, newest first. */
export async function listCommands(
  reader: Reader,
  filter: CommandFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly count: number; readonly rows: readonly ListedCommand[] }> {
  const conditions: Sql[] = [channelCondition(filter.channel)];
  if (filter.name !== undefined) conditions.push(sql`c.name = ${filter.name}`);
  if (filter.deviceId !== undefined) conditions.push(sql`c.device_id = ${filter.deviceId}`);
  if (filter.deviceUserId !== undefined) conditions.push(sql`c.device_user_id = ${filter.deviceUserId}`);
  const where = joinSql(conditions, sql` and `);
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from ${everyCommand} c where ${where}`,
  );
  const rows = await reader.many<ListedCommand>(sql`
    select c.* from ${everyCommand} c where ${where}
     order by c.created_at desc, c.uuid desc limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

export function findListedCommand(
  reader: Reader,
  channel: CommandFilter["channel"],
  uuid: string,
): Promise<ListedCommand | null> {
  return reader.maybe(sql`
    select c.* from ${everyCommand} c where c.uuid = ${uuid} and ${channelCondition(channel)}`);
}

function channelCondition(channel: CommandFilter["channel"]): Sql {
  return channel === "Device" ? sql`c.device_user_id is null` : sql`c.device_user_id is not null`;
}
