/** Pages that follow what happens: one stream of hints for the whole console, and what was read is read again. */
import { useDocumentVisibility } from "@mantine/hooks";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

/** The page comes first: a browser has few connections to one server. */
const openAfterMilliseconds = 2_000;
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

/** Reads a message of the stream; null for what is none. */
export function readTopic(data: string): string | null {
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || !("topic" in message)) return null;
    return typeof message.topic === "string" ? message.topic : null;
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
  useEffect(() => {
    if (!isVisible) return;
    setLiveState("connecting");
    let stop: (() => void) | null = null;
    const timer = setTimeout(() => {
      stop = follow(queryClient);
    }, openAfterMilliseconds);
    return () => {
      clearTimeout(timer);
      stop?.();
    };
  }, [isVisible, queryClient]);
}

function follow(queryClient: QueryClient): () => void {
  const stream = new EventSource("/api/stream/");
  const old = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let lastLook: ReturnType<typeof setTimeout> | null = null;
  const readAgain = (first: ReadonlySet<string>): void =>
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => first.has(String(queryKey[0])) });
  const refresh = (): void => {
    timer = null;
    const first = new Set(old);
    old.clear();
    readAgain(first);
    if (!first.has(kept)) return;
    if (lastLook !== null) clearTimeout(lastLook);
    lastLook = setTimeout(() => readAgain(new Set([kept])), keptMilliseconds);
  };
  const note = ({ data }: MessageEvent<string>): void => {
    const topic = readTopic(data);
    if (topic === null) return;
    for (const key of keysOfTopic(topic)) old.add(key);
    timer ??= setTimeout(refresh, pauseMilliseconds);
  };
  stream.addEventListener("change", note);
  stream.addEventListener("hello", () => setLiveState("live"));
  // The browser asks again by itself; the server ends every stream now and then.
  stream.addEventListener("error", noteLoss);
  return () => {
    if (timer !== null) clearTimeout(timer);
    if (lastLook !== null) clearTimeout(lastLook);
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
