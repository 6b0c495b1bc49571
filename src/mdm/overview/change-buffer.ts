/**
 * Tells listeners what changed. While anybody listens, one statement a second looks at the new events, whatever the
 * number of listeners and whichever process wrote them.
 */
import { Readable } from "node:stream";
import { secondsAfter } from "#platform/clock.ts";
import type { OperationSource } from "#platform/operation.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { type ChangeTopic, changesOf, type Contact, contactsOf, streamEvent } from "./change.ts";
import { findLastSequence, listChangeRecords } from "./change-store.ts";

/** How often new events are looked for; a topic is told of at most as often. */
export const pollSeconds = 1;
/** How often a listener hears that the connection lives: proxies close what is silent for a minute. */
export const heartbeatSeconds = 15;
/** How long one connection lasts; the browser opens the next, and its session is looked at again. */
export const streamSecondsMax = 900;
/** Connections of one account, and of all: tabs of a browser, and people at work. */
export const streamsOfAccountMax = 10;
export const streamsMax = 500;

/** Events this old are not looked at any more; a transaction takes less from its event to its commit. */
const windowSeconds = 30;
/** A transaction that commits after a later one is seen for so many looks more. */
const looksBack = 5;
/** More events in one look are told of in the next. */
const recordsMax = 2_000;
/** What may wait for a listener that does not read; beyond it the connection ends. */
const waitingBytesMax = 64 * 1024;

export type ChangeStream = {
  /** Opens a stream of `text/event-stream` for an account; null when it has too many. */
  readonly open: (listener: ListenerFacts) => Readable | null;
  /** Looks for new events now instead of at the next second. For tests. */
  readonly poll: () => Promise<void>;
  readonly listenerCount: () => number;
  /** Ends every stream. */
  readonly close: () => Promise<void>;
};

/** Who listens, and to what. */
export type ListenerFacts = {
  readonly accountId: string;
  readonly topics: readonly ChangeTopic[];
  /** The serial number of a device whose every contact is told; null for none. */
  readonly watched: string | null;
};

type Listener = Omit<ListenerFacts, "topics"> & {
  readonly topics: ReadonlySet<ChangeTopic>;
  readonly stream: Readable;
};

/** Makes the stream; it must be closed before the server that serves it. */
export function createChangeStream(source: OperationSource): ChangeStream {
  const stream = new Changes(source);
  return {
    open: (listener) => stream.open(listener),
    poll: () => stream.poll(),
    listenerCount: () => stream.listenerCount,
    close: () => stream.close(),
  };
}

function contactEvent({ serialNumber, at }: Contact): string {
  return streamEvent("contact", { serial_number: serialNumber, at: wireTime(at) });
}

class Changes {
  readonly #source: OperationSource;
  readonly #listeners = new Set<Listener>();
  /** Who came before the first look. */
  readonly #ungreeted = new Set<Listener>();
  /** Last sequences of the latest looks, the oldest first; null before the first look. */
  #places: string[] | null = null;
  /** Sequences told of already, as far back as is looked. */
  #told = new Set<string>();
  #pollTimer: NodeJS.Timeout | null = null;
  #polling: Promise<void> | null = null;

  constructor(source: OperationSource) {
    this.#source = source;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  open(asked: ListenerFacts): Readable | null {
    const own = [...this.#listeners].filter(({ accountId }) => accountId === asked.accountId);
    if (own.length >= streamsOfAccountMax || this.#listeners.size >= streamsMax) return null;
    const stream = new Readable({ read: () => undefined });
    const listener = { ...asked, topics: new Set(asked.topics), stream };
    this.#listeners.add(listener);
    const heartbeat = setInterval(() => send(listener, ": alive\n\n"), heartbeatSeconds * 1000);
    const end = setTimeout(() => stream.push(null), streamSecondsMax * 1000);
    heartbeat.unref();
    end.unref();
    stream.once("close", () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      this.#listeners.delete(listener);
      this.#ungreeted.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    });
    this.#ungreeted.add(listener);
    this.#greet();
    this.#pollTimer ??= this.#startPolling();
    return stream;
  }

  /** Once it is known from where on changes are told: what is read after this is read again when it changes. */
  #greet(): void {
    if (this.#places === null) return;
    for (const listener of this.#ungreeted) {
      const topics = [...listener.topics];
      send(listener, `retry: 3000\n${streamEvent("hello", { topics })}`);
    }
    this.#ungreeted.clear();
  }

  #startPolling(): NodeJS.Timeout {
    void this.poll();
    const timer = setInterval(() => void this.poll(), pollSeconds * 1000);
    timer.unref();
    return timer;
  }

  #rest(): void {
    if (this.#pollTimer !== null) clearInterval(this.#pollTimer);
    this.#pollTimer = null;
    this.#places = null;
    this.#told.clear();
  }

  /** One look at a time. */
  poll(): Promise<void> {
    this.#polling ??= this.#look()
      .then(() => this.#greet())
      .catch((error: unknown) => {
        // The next look finds what this one did not.
        this.#source.log.warn({ err: error }, "Changes cannot be looked for");
      })
      .finally(() => {
        this.#polling = null;
      });
    return this.#polling;
  }

  async #look(): Promise<void> {
    const { database, clock } = this.#source;
    const since = secondsAfter(clock.now(), -windowSeconds);
    if (this.#places === null) {
      this.#places = [await findLastSequence(database, since)];
      return;
    }
    const [after = "0"] = this.#places;
    const watched = [...this.#listeners].flatMap((listener) => listener.watched ?? []);
    const limit = recordsMax + this.#told.size;
    const records = await listChangeRecords(database, { since, after, limit, watched });
    const fresh = records.filter(({ sequence }) => !this.#told.has(sequence));
    for (const { sequence } of fresh) this.#told.add(sequence);
    this.#remember(records.at(-1)?.sequence ?? this.#places.at(-1) ?? after);
    const messages = changesOf(fresh).map((change) => ({
      topic: change.topic,
      text: streamEvent("change", change),
    }));
    const contacts = contactsOf(fresh);
    for (const listener of this.#listeners) {
      const own = messages.filter(({ topic }) => listener.topics.has(topic)).map(({ text }) => text);
      const seen = contacts.filter(({ serialNumber }) => serialNumber === listener.watched);
      const told = [...own, ...seen.map(contactEvent)];
      if (told.length > 0) send(listener, told.join(""));
    }
  }

  #remember(last: string): void {
    const places = [...(this.#places ?? []), last].slice(-looksBack);
    this.#places = places;
    const first = BigInt(places[0] ?? "0");
    for (const sequence of this.#told) if (BigInt(sequence) <= first) this.#told.delete(sequence);
  }

  async close(): Promise<void> {
    for (const { stream } of this.#listeners) stream.push(null);
    this.#listeners.clear();
    this.#ungreeted.clear();
    this.#rest();
    await this.#polling;
  }
}

function send({ stream }: Listener, text: string): void {
  if (stream.readableLength > waitingBytesMax) stream.destroy();
  else stream.push(text);
}
