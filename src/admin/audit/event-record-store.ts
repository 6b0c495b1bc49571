/** Reads and purges the table `events`; it is written by the platform alone. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { EventDirection, EventFilter, EventPlace, EventRecord } from "./event-record.ts";

/** What is asked for: as many events as fit, in the direction, of those that match. */
export type EventQuestion = {
  readonly filter: EventFilter;
  readonly direction: EventDirection;
  readonly limit: number;
};

/** Lists events next to a place, newest first in either direction. */
export async function listEvents(reader: Reader, question: EventQuestion): Promise<EventRecord[]> {
  const rows = await reader.many<EventRecord>(eventsQuery(question));
  return "after" in question.direction ? rows.toReversed() : rows;
}

/** The statement of {@link listEvents}; apart, so that its plan can be looked at. */
export function eventsQuery({ filter, direction, limit }: EventQuestion): Sql {
  const wanted = [...filterConditions(filter), ...placeConditions(direction)];
  const where = wanted.length === 0 ? sql`` : sql`where ${joinSql(wanted, sql` and `)}`;
  const order = "after" in direction ? sql`at, sequence` : sql`at desc, sequence desc`;
  return sql`
    select id, sequence, index, type, at, tags, serial_number, objects, payload, actor_kind, actor_id, request_id,
           request
      from events ${where} order by ${order} limit ${limit}`;
}

function placeConditions(direction: EventDirection): Sql[] {
  if ("after" in direction) return [sql`(at, sequence) > ${placeOf(direction.after)}`];
  return direction.before === null ? [] : [sql`(at, sequence) < ${placeOf(direction.before)}`];
}

function placeOf({ at, sequence }: EventPlace): Sql {
  return sql`(${at}::timestamptz, ${sequence}::bigint)`;
}

function filterConditions(filter: EventFilter): Sql[] {
  const { type, serialNumber, tag, requestId, actor, object, since, until } = filter;
  return [
    ...(type === undefined ? [] : [sql`type = ${type}`]),
    ...(serialNumber === undefined ? [] : [sql`serial_number = ${serialNumber}`]),
    ...(tag === undefined ? [] : [sql`tags @> array[${tag}]::text[]`]),
    ...(requestId === undefined ? [] : [sql`request_id = ${requestId}`]),
    ...(actor === undefined ? [] : actorConditions(actor)),
    ...(object === undefined
      ? []
      : [sql`objects @> ${JSON.stringify({ [object.kind]: [object.key] })}::jsonb`]),
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
  ];
}

/** A device is the actor of events about itself, so its serial number finds them. */
function actorConditions({ kind, id }: NonNullable<EventFilter["actor"]>): Sql[] {
  const isDevice = kind === "device";
  return [
    sql`actor_kind = ${kind}`,
    ...(isDevice ? [] : [sql`actor_kind <> 'device'`]),
    ...(id === null ? [] : [sql`actor_id = ${id}`]),
    ...(id === null || !isDevice ? [] : [sql`serial_number = ${id}`]),
  ];
}

/** Deletes the oldest events that happened before a moment, at most so many; answers how many. */
export function deleteEventsBefore(tx: Tx, before: Date, rowsMax: number): Promise<number> {
  return tx.run(sql`
    delete from events where id = any(array(
      select id from events where at < ${before} order by at, sequence limit ${rowsMax}))`);
}
