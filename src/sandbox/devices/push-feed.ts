/** Where a device hears of pushes: the fake push service in this process, or its event stream in another. */
import { request } from "node:http";
import type { ClientRequest } from "node:http";

/** What a device needs to know of a push. */
export type PushNotice = { readonly tokenHex: string; readonly topic: string; readonly pushMagic: string };

/** The fake push service is one of these; {@link openPushFeed} makes one of its event stream. */
export type PushFeed = {
  /** Calls the listener for each push to a token; returns the way to stop. */
  readonly onPush: (tokenHex: string, listener: (push: PushNotice) => void) => () => void;
};

const reconnectMilliseconds = 1_000;

/**
 * Listens to the event stream of a fake push service, one connection for each token, and again when one breaks.
 *
 * @param eventsUrl As the service prints it, `http://…/events`.
 */
export function openPushFeed(eventsUrl: URL): PushFeed {
  return { onPush: (tokenHex, listener) => listenToToken(eventsUrl, tokenHex, listener) };
}

function listenToToken(eventsUrl: URL, tokenHex: string, listener: (push: PushNotice) => void): () => void {
  const url = new URL(eventsUrl);
  url.searchParams.set("token", tokenHex);
  let isStopped = false;
  let current: ClientRequest | null = null;
  let timer: NodeJS.Timeout | null = null;
  const again = (): void => {
    if (!isStopped && timer === null) timer = setTimeout(connect, reconnectMilliseconds);
  };
  const connect = (): void => {
    timer = null;
    current = request(url, { agent: false }, (response) => {
      const read = createEventReader(listener);
      response.setEncoding("utf8");
      response.on("data", read);
      response.on("close", again);
    });
    current.on("error", again);
    current.end();
  };
  connect();
  return () => {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
    current?.destroy();
  };
}

/** Reads server-sent events from pieces of text; comments and events of other kinds are left out. */
export function createEventReader(listener: (push: PushNotice) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const push = readPushEvent(event);
      if (push !== null) listener(push);
    }
  };
}

function readPushEvent(event: string): PushNotice | null {
  const lines = event.split("\n");
  const data = lines.find((line) => line.startsWith("data: "));
  if (!lines.includes("event: push") || data === undefined) return null;
  const { token, topic, mdm } = JSON.parse(data.slice("data: ".length)) as Record<string, unknown>;
  return { tokenHex: String(token), topic: String(topic), pushMagic: String(mdm) };
}
