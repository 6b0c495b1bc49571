/** Rows of `commands` (the live queue) and `command_history` (what was answered). */
import type { Reader, Tx } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import {
  type CommandName,
  type CommandRecord,
  type CommandStatus,
  type CommandUuid,
  commandsLiveMax,
  deliveriesMax,
  type ListedCommand,
  setAsideSeconds,
} from "./command.ts";

/** Whose queue: ids only, so that any holder of a target can ask. */
export type QueueKey = { readonly deviceId: number; readonly deviceUserId: number | null };

const columns = sql`
  c.id, c.uuid, c.device_id, c.device_user_id, c.name, c.request_type, c.arguments, c.secrets_sealed, c.state,
  c.priority, c.not_before, c.sent_at, c.delivery_count, c.result_time, c.created_at, c.updated_at`;

const ofQueue = ({ deviceId, deviceUserId }: QueueKey): Sql =>
  sql`c.device_id = ${deviceId} and c.device_user_id is not distinct from ${deviceUserId}`;

export type NewCommand = QueueKey & {
  readonly uuid: CommandUuid;
  readonly name: CommandName;
  readonly requestType: string;
  /** JSON text of the arguments that are not secret. */
  readonly arguments: string;
  readonly secretsSealed: Buffer | null;
  readonly priority: number;
  readonly notBefore: Date | null;
  /** Set for a command that leaves with the present answer. */
  readonly sentAt: Date | null;
  readonly at: Date;
};

/** Puts a command into the queue of its target; null when that queue is full. */
export function insertCommand(tx: Tx, command: NewCommand): Promise<CommandRecord | null> {
  const { sentAt } = command;
  return tx.maybe(sql`
    insert into commands as c (uuid, device_id, device_user_id, name, request_type, arguments, secrets_sealed, state,
                               priority, not_before, sent_at, delivery_count, created_at, updated_at)
    select ${command.uuid}::uuid, ${command.deviceId}::integer, ${command.deviceUserId}::integer, ${command.name},
           ${command.requestType}, ${command.arguments}::jsonb, ${command.secretsSealed}::bytea,
           ${sentAt === null ? "queued" : "sent"}, ${command.priority}::smallint,
           ${command.notBefore}::timestamptz, ${sentAt}::timestamptz, ${sentAt === null ? 0 : 1}::integer,
           ${command.at}::timestamptz, ${command.at}::timestamptz
     where (select count(*) from commands c where ${ofQueue(command)}) < ${commandsLiveMax}
    returning ${columns}`);
}

/** Which live commands a connect may take besides new ones. */
export type DueStates = { readonly includesNotNow: boolean; readonly includesSent: boolean };

const dueCondition = (states: DueStates, at: Date): Sql => sql`
  (c.not_before is null or c.not_before <= ${at}) and (c.state = 'queued'
    or (${states.includesNotNow} and c.state = 'not_now')
    or (${states.includesSent} and c.state = 'sent' and (c.delivery_count < ${deliveriesMax}
        or c.sent_at <= ${at}::timestamptz - make_interval(secs => ${setAsideSeconds}))))`;

/** A command that may be handed out, with what {@link unmarkSent} restores. */
export type DueCommand = Pick<CommandRecord, "id" | "name" | "state" | "sentAt">;

/** Due commands of a queue in the order of their delivery: priority first, then age. */
export function listDueCommands(
  reader: Reader,
  queue: QueueKey,
  due: { readonly states: DueStates; readonly at: Date },
): Promise<DueCommand[]> {
  return reader.many(sql`
    select c.id, c.name, c.state, c.sent_at from commands c where ${ofQueue(queue)} and ${dueCondition(due.states, due.at)}
     order by c.priority desc, c.created_at, c.id limit ${commandsLiveMax}`);
}

/** Notes that a command was handed to its device. */
export function markSent(tx: Tx, id: string, at: Date): Promise<CommandRecord> {
  return tx.one(sql`
    update commands c set state = 'sent', sent_at = ${at}, delivery_count = c.delivery_count + 1, updated_at = ${at}
     where c.id = ${id} returning ${columns}`);
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

/** Notes that the device postponed a command; it keeps its place and its UUID, and was answered so far. */
export async function markNotNow(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.run(sql`
    update commands set state = 'not_now', delivery_count = 0, sent_at = coalesce(sent_at, ${at}),
                        result_time = ${at}, updated_at = ${at}
     where id = ${id}`);
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
    insert into command_history (uuid, device_id, device_user_id, name, request_type, artifact_version,
                                 artifact_operation, not_before, sent_at, delivery_count, status, result, result_time,
                                 error_chain, created_at, updated_at)
    select uuid, device_id, device_user_id, name, request_type, artifact_version, artifact_operation, not_before,
           sent_at, delivery_count, ${result.status}, ${result.result}::bytea, ${result.at}::timestamptz,
           ${result.errorChain}::jsonb, created_at, ${result.at}::timestamptz
      from finished`);
}

/** Whose an answered command was; null when the UUID was never answered. */
export function findFinishedCommand(reader: Reader, uuid: string): Promise<QueueKey | null> {
  return reader.maybe(sql`select device_id, device_user_id from command_history where uuid = ${uuid}`);
}

export async function deleteCommand(tx: Tx, id: string): Promise<void> {
  await tx.run(sql`delete from commands where id = ${id}`);
}

/** Empties the queues of a device, its user channels' included. */
export async function deleteLiveCommands(tx: Tx, deviceId: number): Promise<void> {
  await tx.run(sql`delete from commands where device_id = ${deviceId}`);
}

/** The names that wait in a queue or were answered since a time: what need not be asked for again now. */
export async function listRecentNames(reader: Reader, queue: QueueKey, since: Date): Promise<string[]> {
  const rows = await reader.many<{ name: string }>(sql`
    select c.name from commands c where ${ofQueue(queue)}
    union
    select c.name from command_history c where ${ofQueue(queue)} and c.result_time >= ${since}`);
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
