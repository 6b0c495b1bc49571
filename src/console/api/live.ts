/** Pages that follow what happens: one stream of hints for the whole console, and what was read is read again. */
import { useDocumentVisibility } from "@mantine/hooks";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import {
  isOld,
  noteContact,
  noteOld,
  type OldKeys,
  readSerialNumber,
  streamPath,
  useWatchedDevice,
  type WatchedDevice,
} from "./live-device.ts";

/** The page comes first: a browser has few connections to one server. */
const openAfterMilliseconds = 2_000;
/** After a stream was refused. */
const reopenMilliseconds = 5_000;
/** A busy fleet is always changing: nothing is read again more often than this. */
const pauseMilliseconds = 3_000;
/** The server keeps the counts of the dashboard for five seconds: what changed last is in the answer after that. */
const keptMilliseconds = 6_000;
const kept = "dashboard";

/** Keys of queries that a topic is about, beside those that begin with its own name. */
const alsoAbout: Readonly<Record<string, readonly string[]>> = {
  devices: ["dashboard", "setup", "machines"],
  commands: ["dashboard", "bulk commands"],
  artifacts: ["dashboard", "artifact_versions", "packages"],
  blueprints: [
    "dashboard",
    "setup",
    "blueprint_artifacts",
    "filevault_configs",
    "recovery_password_configs",
    "software_update_enforcements",
  ],
  enrollments: ["dashboard", "setup", "ota_enrollments"],
  push_certificates: ["dashboard", "setup", "expiries"],
  issuers: ["dashboard", "scep_issuers", "acme_issuers"],
  tags: ["taxonomies", "machines"],
  business_units: ["meta_business_units"],
  accounts: ["dashboard", "users", "roles", "own"],
  events: ["dashboard", "schedules"],
};

/** What changed; ids are null where everything may have. */
export type Hint = { readonly topic: string; readonly ids: readonly string[] | null };

/** Reads a message of the stream; null for what is none. */
export function readHint(data: string): Hint | null {
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || !("topic" in message)) return null;
    if (typeof message.topic !== "string") return null;
    const ids = "ids" in message && Array.isArray(message.ids) ? message.ids.map(String) : null;
    return { topic: message.topic, ids };
  } catch {
    // A hint that nobody understands is no hint; the next one comes.
    return null;
  }
}

/** The first words of the keys of queries that a topic makes old. */
export function keysOfTopic(topic: string): readonly string[] {
  return [topic, ...(alsoAbout[topic] ?? [])];
}

/** Follows what happens while the page is looked at; hidden pages leave the connection to others. */
export function useLiveUpdates(): void {
  const queryClient = useQueryClient();
  const isVisible = useDocumentVisibility() === "visible";
  const watched = useWatchedDevice();
  useEffect(() => {
    if (!isVisible) return;
    setLiveState("connecting");
    let stop: (() => void) | null = null;
    const timer = setTimeout(() => {
      stop = follow(queryClient, watched);
    }, openAfterMilliseconds);
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  }, [isVisible, queryClient, watched]);
}

function follow(queryClient: QueryClient, watched: WatchedDevice | null): () => void {
  let old: OldKeys = new Map();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let lastLook: ReturnType<typeof setTimeout> | null = null;
  const serialNumberOf = (id: number) => readSerialNumber(queryClient, id);
  const readAgain = (keys: OldKeys): void =>
    void queryClient.invalidateQueries({
      predicate: ({ queryKey }) => isOld(queryKey, keys, serialNumberOf),
    });
  const refresh = (): void => {
    timer = null;
    const keys = old;
    old = new Map();
    readAgain(keys);
    if (!keys.has(kept)) return;
    if (lastLook !== null) clearTimeout(lastLook);
    lastLook = setTimeout(() => readAgain(new Map([[kept, null]])), keptMilliseconds);
  };
  const note = ({ data }: MessageEvent<string>): void => {
    const hint = readHint(data);
    if (hint === null) return;
    noteOld(old, keysOfTopic(hint.topic), hint.topic === "devices" ? hint.ids : null);
    timer ??= setTimeout(refresh, pauseMilliseconds);
  };
  let wasOpen = false;
  const greet = (): void => {
    setLiveState("live");
    // What happened while it was away was told to nobody, nor what happened to the device since its page was read.
    if (wasOpen) void queryClient.invalidateQueries();
    else if (watched !== null) readAgain(new Map([["devices", new Set([watched.serialNumber])]]));
    wasOpen = true;
  };
  const close = keepStream(streamPath(watched), (stream) => {
    stream.addEventListener("change", note);
    stream.addEventListener("hello", greet);
    if (watched === null) return;
    stream.addEventListener("contact", ({ data }: MessageEvent<string>) =>
      noteContact(queryClient, watched, data),
    );
  });
  return () => {
    if (timer !== null) clearTimeout(timer);
    if (lastLook !== null) clearTimeout(lastLook);
    close();
  };
}

/**
 * A stream that is opened again when it ends, as the server ends each now and then, and when it was refused, as by a proxy
 * whose server starts anew: of these two the browser does only the first by itself.
 *
 * @returns Closes it.
 */
function keepStream(path: string, listen: (stream: EventSource) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const open = (): EventSource => {
    const opened = new EventSource(path);
    listen(opened);
    opened.addEventListener("error", () => {
      noteLoss();
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(() => {
        stream = open();
      }, reopenMilliseconds);
    });
    return opened;
  };
  let stream = open();
  return () => {
    if (timer !== null) clearTimeout(timer);
    stream.close();
    noteLoss();
  };
}

/** Paused: it has not come to be in a while. */
export type LiveState = "connecting" | "live" | "paused";

/** So long nobody needs to know that the stream is not there yet. */
const patienceMilliseconds = 15_000;

let liveState: LiveState = "connecting";
let patience: ReturnType<typeof setTimeout> | null = null;
const listeners = new Set<(state: LiveState) => void>();

function setLiveState(state: LiveState): void {
  if (patience !== null) clearTimeout(patience);
  patience = state === "connecting" ? setTimeout(() => setLiveState("paused"), patienceMilliseconds) : null;
  liveState = state;
  for (const tell of listeners) tell(state);
}

/** The stream is gone; that it stays away is told only once. */
function noteLoss(): void {
  if (liveState === "live") setLiveState("connecting");
}

/** Whether the stream is open now. */
export function useLiveState(): LiveState {
  const [state, tell] = useState(liveState);
  useEffect(() => {
    tell(liveState);
    listeners.add(tell);
    return () => void listeners.delete(tell);
  }, []);
  return state;
}
