/** Events are rows written with the transaction that made them true. */
import { randomUUID } from "node:crypto";
import { type Tx } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Actor } from "../operation.ts";
import type { DomainEvent } from "./event.ts";
import { boundPayload } from "./event-payload.ts";

/** Writes the events of one operation with one statement; their order is kept by `index`. */
export async function insertEvents(
  tx: Tx,
  events: readonly DomainEvent[],
  { actor, at }: { readonly actor: Actor; readonly at: Date },
): Promise<void> {
  await insertEventRows(
    tx,
    events.map((event, index) => eventRow(event, { actor, at, index })),
  );
}

/** Longest serial number of an event; refused requests claim any, and what is longer cannot be indexed. */
const serialNumberCharactersMax = 255;

/** Longest user agent and path; both may be as long as a request's headers. */
const requestTextCharactersMax = 1_024;

/** One row of the table `events`, ready to be written. */
export type EventRow = Readonly<Record<string, unknown>>;

/** Makes the row of an event; `index` is its place among the events of its operation. */
export function eventRow(
  event: DomainEvent,
  { actor, at, index }: { readonly actor: Actor; readonly at: Date; readonly index: number },
): EventRow {
  return {
    id: randomUUID(),
    index,
    type: event.type,
    at: at.toISOString(),
    tags: event.tags,
    serial_number: event.serialNumber?.slice(0, serialNumberCharactersMax) ?? null,
    objects: event.objects ?? {},
    payload: boundPayload(event.payload),
    actor_kind: actor.kind,
    actor_id: actor.id?.slice(0, serialNumberCharactersMax) ?? null,
    request_id: actor.requestId,
    request: requestMetadata(actor),
  };
}

/** Zentral's `request` metadata: who asked, from where, for what. */
function requestMetadata(actor: Actor): Readonly<Record<string, unknown>> | null {
  if (actor.request === null) return null;
  const { ip, method, view } = actor.request;
  const path = actor.request.path.slice(0, requestTextCharactersMax);
  const base = { ip, user_agent: actor.request.userAgent?.slice(0, requestTextCharactersMax) ?? null };
  return actor.account === null ? base : { ...base, method, path, view, user: actor.account };
}

/**
 * Writes rows made by {@link eventRow}, as many as there are, with one statement. A row that is there already is left as
 * it is: when a connection breaks at the commit, nobody knows whether it was done, and the buffer writes once more.
 */
export async function insertEventRows(tx: Tx, rows: readonly EventRow[]): Promise<void> {
  await tx.run(sql`
    insert into events (id, index, type, at, tags, serial_number, objects, payload,
                        actor_kind, actor_id, request_id, request)
    select e.id, e.index, e.type, e.at, coalesce(e.tags, '{}'), e.serial_number, e.objects, e.payload,
           e.actor_kind, e.actor_id, e.request_id, e.request
      from jsonb_populate_recordset(null::events, ${encodeRows(rows)}::jsonb) e
    on conflict (id) do nothing`);
}

/**
 * NUL and unpaired surrogates, as `JSON.stringify` escapes them: PostgreSQL stores neither, and devices and strangers
 * send both. An even number of backslashes before one belongs to the text.
 */
const unstorableEscape = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

function encodeRows(rows: readonly EventRow[]): string {
  const json = JSON.stringify(rows);
  // Looking through a long report for what is hardly ever there takes longer than writing it.
  return json.includes("\\u") ? json.replace(unstorableEscape, "$1\ufffd") : json;
}
