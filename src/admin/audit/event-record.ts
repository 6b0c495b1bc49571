/**
 * Event records: what happened, as operators read it back, newest first.
 * The log grows while it is read, so pages continue from an event (keyset), never from a count of rows: nothing is
 * seen twice, and the last page costs what the first one does.
 */
import type { Refusal } from "#platform/errors.ts";
import { secondsAfter } from "#platform/clock.ts";

/**
 * An event may be written a moment after it happened: with its transaction, or from the buffer. Who follows the log
 * is shown what is older than this, so that nothing slips in behind the place reached.
 */
export const settleSeconds = 5;

export const actorKinds = ["user", "service_account", "device", "job", "operator"] as const;
export type ActorKind = (typeof actorKinds)[number];

/** One stored event. */
export type EventRecord = {
  readonly id: string;
  /** bigint, as a string: tells events of one moment apart. */
  readonly sequence: string;
  readonly index: number;
  readonly type: string;
  readonly at: Date;
  readonly tags: readonly string[];
  readonly serialNumber: string | null;
  readonly objects: Readonly<Record<string, readonly string[]>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly requestId: string;
  readonly request: Readonly<Record<string, unknown>> | null;
};

/** A place in the log: that of an event, or one between two. */
export type EventPlace = { readonly at: Date; readonly sequence: string };

export type EventFilter = {
  readonly type?: string;
  readonly serialNumber?: string;
  readonly tag?: string;
  readonly requestId?: string;
  readonly actor?: { readonly kind: ActorKind; readonly id: string | null };
  readonly object?: { readonly kind: string; readonly key: string };
  /** From this moment on. */
  readonly since?: Date;
  /** Before this moment. */
  readonly until?: Date;
};

/** Which way a page continues: towards older events, or, when followed, towards newer ones. */
export type EventDirection = { readonly before: EventPlace | null } | { readonly after: EventPlace };

/** Writes a place as clients hand it back: milliseconds since 1970 and the sequence. */
export function encodePlace({ at, sequence }: EventPlace): string {
  return `${at.getTime()}-${sequence}`;
}

/** Reads a place; null when it was not made by {@link encodePlace}. */
export function decodePlace(text: string): EventPlace | null {
  // So many digits fit into the types of the database.
  const match = /^(\d{1,14})-(\d{1,18})$/.exec(text);
  return match === null ? null : { at: new Date(Number(match[1])), sequence: match[2] ?? "" };
}

/** Reads `user`, or `user:3`. */
export function decodeActor(text: string): EventFilter["actor"] | null {
  const [word = "", ...rest] = text.split(":");
  const kind = actorKinds.find((known) => known === word);
  if (kind === undefined) return null;
  return { kind, id: rest.length === 0 ? null : rest.join(":") };
}

/** Reads `mdm_ota_enrollment:4`. */
export function decodeObject(text: string): EventFilter["object"] | null {
  const match = /^([a-z0-9_]{1,64}):(.{1,255})$/.exec(text);
  return match === null ? null : { kind: match[1] ?? "", key: match[2] ?? "" };
}

/** The refusal of a filter that cannot be read. */
export function badFilter(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "event_filter_malformed", field, detail };
}

/** The last place of which it is certain that nothing comes before it any more. */
export function settledPlace(at: Date): EventPlace {
  return { at: secondsAfter(at, -settleSeconds), sequence: "0" };
}

/** The earlier of two places. */
export function earlierPlace(one: EventPlace, other: EventPlace): EventPlace {
  const difference = one.at.getTime() - other.at.getTime();
  if (difference !== 0) return difference < 0 ? one : other;
  return BigInt(one.sequence) <= BigInt(other.sequence) ? one : other;
}

/** Namespaces that are not the type itself (protocol specification section 10). */
const namespaces: Readonly<Record<string, string>> = {
  device_lock_pin_set: "mdm_device_lock_pin",
  device_lock_pin_cleared: "mdm_device_lock_pin",
};

/** The namespace of an event's type. */
export function namespaceOf(type: string): string {
  return namespaces[type] ?? type;
}
