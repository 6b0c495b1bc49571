/** Which queries a hint makes old where it names devices, and the device whose page is open. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

/** What became old since the last look: first words of keys, each with the serial numbers it is about; null: all. */
export type OldKeys = Map<string, ReadonlySet<string> | null>;

/** Adds a hint to what is old. Only the topic of devices names devices; of all others everything is old. */
export function noteOld(
  old: OldKeys,
  keys: readonly string[],
  serialNumbers: readonly string[] | null,
): void {
  for (const key of keys) {
    const known = old.get(key);
    const isAll = serialNumbers === null || known === null;
    old.set(key, isAll ? null : new Set([...(known ?? []), ...serialNumbers]));
  }
}

/** Topics that decide what a device should have. */
const decisive = ["artifacts", "blueprints", "tags"];

/** Whether a query is to be read again: those of one device only for hints that are about it. */
export function isOld(
  queryKey: QueryKey,
  old: OldKeys,
  serialNumberOf: (deviceId: number) => string | null,
): boolean {
  const [first, second, third] = queryKey;
  const isAbout = (topic: string, serialNumber: string | null): boolean => {
    const serialNumbers = old.get(topic);
    if (serialNumbers === undefined) return false;
    return serialNumbers === null || serialNumber === null || serialNumbers.has(serialNumber);
  };
  if (first === "devices" && typeof second === "number") {
    if (third === "artifacts" && decisive.some((topic) => old.has(topic))) return true;
    return isAbout("devices", serialNumberOf(second));
  }
  if (first === "machines" && typeof second === "string") return isAbout("machines", second);
  const serialNumber = first === "events" ? serialNumberIn(second) : null;
  return serialNumber === null ? old.has(String(first)) : isAbout("devices", serialNumber);
}

/** The device that a filter of events names. */
function serialNumberIn(filter: unknown): string | null {
  if (typeof filter !== "object" || filter === null || !("serial_number" in filter)) return null;
  return typeof filter.serial_number === "string" ? filter.serial_number : null;
}

export type WatchedDevice = { readonly id: number; readonly serialNumber: string };

let watched: WatchedDevice | null = null;
const listeners = new Set<() => void>();

function watch(device: WatchedDevice | null): void {
  watched = device;
  for (const tell of listeners) tell();
}

/** Says that the page of a device is open, as long as it is. */
export function useWatchDevice(id: number, serialNumber: string | undefined): void {
  useEffect(() => {
    if (serialNumber === undefined) return undefined;
    watch({ id, serialNumber });
    return () => watch(null);
  }, [id, serialNumber]);
}

/** The device whose page is open; null for none. */
export function useWatchedDevice(): WatchedDevice | null {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    () => watched,
  );
}

/** The address of the stream; with a device, its every contact is told. */
export function streamPath(device: WatchedDevice | null): string {
  if (device === null) return "/api/stream/";
  return `/api/stream/?${new URLSearchParams({ serial_number: device.serialNumber }).toString()}`;
}

type Seen = { readonly serial_number: string; readonly last_seen_at: string | null };

/** The serial number of a device that was read. */
export function readSerialNumber(queryClient: QueryClient, deviceId: number): string | null {
  return queryClient.getQueryData<Seen>(["devices", deviceId])?.serial_number ?? null;
}

/** Notes a contact in what was read of the watched device: nothing else of it has changed. */
export function noteContact(queryClient: QueryClient, device: WatchedDevice, data: string): void {
  const at = readContact(data);
  if (at === null) return;
  queryClient.setQueryData<Seen>(["devices", device.id], (read) =>
    read !== undefined && isLater(at, read.last_seen_at) ? { ...read, last_seen_at: at } : read,
  );
}

/** Times of the API are ordered as texts. */
function isLater(at: string, known: string | null): boolean {
  return known === null || at > known;
}

/** When a device came; null for a message that does not say so. */
export function readContact(data: string): string | null {
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || !("at" in message)) return null;
    return typeof message.at === "string" ? message.at : null;
  } catch {
    // A message that nobody understands is none; the next one comes.
    return null;
  }
}
