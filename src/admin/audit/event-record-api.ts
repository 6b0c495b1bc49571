/** The operators' door to events: `GET /api/events/`. */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, type Keyset, readEndpoint } from "#platform/http/endpoint.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { parseWireTime, wireTime } from "#platform/http/wire-time.ts";
import {
  actorKinds,
  badFilter,
  decodeActor,
  decodeObject,
  decodePlace,
  earlierPlace,
  encodePlace,
  type EventDirection,
  type EventFilter,
  type EventPlace,
  type EventRecord,
  namespaceOf,
  settledPlace,
  settleSeconds,
} from "./event-record.ts";
import { listEvents } from "./event-record-store.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));

const Query = Type.Object({
  type: text("Type of the event, `mdm_request`."),
  serial_number: text("Serial number of the machine it is about."),
  tag: text("One of its tags, `mdm`."),
  actor: text(
    `Who caused it: one of ${actorKinds.join(", ")}, or kind and id, \`user:3\`, \`device:C02ABC\`.`,
  ),
  request_id: text("Request it was part of, as the log names it."),
  object: text("An object it links to, kind and key: `mdm_ota_enrollment:4`."),
  since: text("From this time on, UTC."),
  until: text("Before this time, UTC."),
  before: text("Events older than a place; links have it."),
  after: text("Events newer than a place; links have it."),
});

const View = Type.Object({
  metadata: Type.Object({
    id: Type.String({ format: "uuid" }),
    index: Type.Integer({ description: "Place among the events of its request." }),
    type: Type.String(),
    namespace: Type.String(),
    created_at: timestamp(),
    tags: Type.Array(Type.String()),
    machine_serial_number: nullable(Type.String()),
    objects: Type.Record(Type.String(), Type.Array(Type.String())),
    actor: Type.Object({
      kind: Type.String({ description: `One of ${actorKinds.join(", ")}.` }),
      id: nullable(Type.String()),
    }),
    request_id: Type.String(),
    request: nullable(Type.Record(Type.String(), Type.Unknown())),
  }),
  payload: Type.Record(Type.String(), Type.Unknown()),
});

type EventQuery = Static<typeof Query>;

function view(event: EventRecord): Static<typeof View> {
  return {
    metadata: {
      id: event.id,
      index: event.index,
      type: event.type,
      namespace: namespaceOf(event.type),
      created_at: wireTime(event.at),
      tags: [...event.tags],
      machine_serial_number: event.serialNumber,
      objects: mutable(event.objects),
      actor: { kind: event.actorKind, id: event.actorId },
      request_id: event.requestId,
      request: event.request,
    },
    payload: event.payload,
  };
}

/** The schema's type has mutable arrays; nobody changes them. */
function mutable(objects: EventRecord["objects"]): Record<string, string[]> {
  return Object.fromEntries(Object.entries(objects).map(([kind, keys]) => [kind, [...keys]]));
}

function readFilter(query: EventQuery): EventFilter {
  const actor = read(query.actor, decodeActor, "actor", `One of ${actorKinds.join(", ")}, or kind:id.`);
  const object = read(query.object, decodeObject, "object", "Not of the form kind:key.");
  const since = read(query.since, parseWireTime, "since", "Not a valid time.");
  const until = read(query.until, parseWireTime, "until", "Not a valid time.");
  return {
    ...(query.type === undefined ? {} : { type: query.type }),
    ...(query.serial_number === undefined ? {} : { serialNumber: query.serial_number }),
    ...(query.tag === undefined ? {} : { tag: query.tag }),
    ...(query.request_id === undefined ? {} : { requestId: query.request_id }),
    ...(actor === undefined ? {} : { actor }),
    ...(object === undefined ? {} : { object }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function readDirection({ before, after }: EventQuery): EventDirection {
  const bad = "Not a place that a link of this list has.";
  const newer = read(after, decodePlace, "after", bad);
  if (newer !== undefined && before !== undefined) {
    throw new OperationRefused(badFilter("after", "Either before or after, not both."));
  }
  return newer === undefined
    ? { before: read(before, decodePlace, "before", bad) ?? null }
    : { after: newer };
}

function read<T>(
  value: string | undefined,
  decode: (text: string) => T | null,
  ...[field, detail]: readonly [string, string]
): T | undefined {
  if (value === undefined) return undefined;
  const decoded = decode(value);
  if (decoded === null) throw new OperationRefused(badFilter(field, detail));
  return decoded;
}

/** Links of a page: `next` to older events, `previous` to newer ones, which is there always, to be asked again. */
function linkPage(
  found: readonly EventRecord[],
  page: { readonly direction: EventDirection; readonly limit: number; readonly at: Date },
): Keyset<Static<typeof View>> {
  const { direction, limit, at } = page;
  const isFollowing = "after" in direction;
  const rows = isFollowing ? found.slice(-limit) : found.slice(0, limit);
  const [first, last] = [rows[0], rows.at(-1)];
  const hasOlder = isFollowing ? rows.length > 0 : found.length > limit;
  return {
    rows: rows.map(view),
    next: hasOlder && last !== undefined ? ["before", encodePlace(last)] : null,
    previous: ["after", encodePlace(newestPlace(direction, first, at))],
  };
}

function newestPlace(direction: EventDirection, first: EventRecord | undefined, at: Date): EventPlace {
  if (first !== undefined) return earlierPlace(first, settledPlace(at));
  return "after" in direction ? direction.after : (direction.before ?? settledPlace(at));
}

/** The list. */
export const eventEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    path: "/api/events/",
    view: "events",
    method: "GET",
    operationId: "listEvents",
    access: "core.view_event",
    summary: "Event List",
    description:
      "What happened, newest first. Pages continue from an event, so none shows twice while others arrive: `next` " +
      "leads to older events; `previous` leads to newer ones and may be asked again and again to follow the log, " +
      `which it shows ${settleSeconds} seconds late, when nothing can slip in any more.`,
    query: Query,
    response: { status: 200, schema: View },
    list: "keyset",
    handle: async (_, op, { query, page }) => {
      const direction = readDirection(query);
      const asked = readFilter(query);
      const settled = settledPlace(op.at).at;
      const isCut = "after" in direction && (asked.until === undefined || asked.until > settled);
      const filter = isCut ? { ...asked, until: settled } : asked;
      const found = await listEvents(op.tx, { filter, direction, limit: page.limit + 1 });
      return linkPage(found, { direction, limit: page.limit, at: op.at });
    },
  }),
];
