import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { isOld, noteContact, noteOld, type OldKeys, readContact, streamPath } from "./live-device.ts";

const serials: Readonly<Record<number, string>> = { 1: "C01", 2: "C02" };
const serialNumberOf = (id: number): string | null => serials[id] ?? null;

function oldAfter(...hints: readonly [keys: string[], serialNumbers: string[] | null][]): OldKeys {
  const old: OldKeys = new Map();
  for (const [keys, serialNumbers] of hints) noteOld(old, keys, serialNumbers);
  return old;
}

test("a device's queries are old when it is named, and those of others are not", () => {
  const old = oldAfter([["devices", "machines"], ["C01"]]);
  expect(isOld(["devices", 1], old, serialNumberOf)).toBe(true);
  expect(isOld(["devices", 1, "commands", {}], old, serialNumberOf)).toBe(true);
  expect(isOld(["events", { serial_number: "C01" }], old, serialNumberOf)).toBe(true);
  expect(isOld(["machines", "C01"], old, serialNumberOf)).toBe(true);
  expect(isOld(["devices", "list", {}], old, serialNumberOf)).toBe(true);
  expect(isOld(["devices", 2], old, serialNumberOf)).toBe(false);
  expect(isOld(["events", { serial_number: "C02" }], old, serialNumberOf)).toBe(false);
  expect(isOld(["machines", "C02"], old, serialNumberOf)).toBe(false);
});

test("many devices are all, and hints add up", () => {
  expect(isOld(["devices", 2], oldAfter([["devices"], null]), serialNumberOf)).toBe(true);
  const both = oldAfter([["devices"], ["C01"]], [["devices"], ["C02"]]);
  expect([1, 2].map((id) => isOld(["devices", id], both, serialNumberOf))).toEqual([true, true]);
  const all = oldAfter([["devices"], null], [["devices"], ["C01"]]);
  expect(isOld(["devices", 2], all, serialNumberOf)).toBe(true);
});

test("what a device should have is old with what decides it", () => {
  const old = oldAfter([["blueprints"], null]);
  expect(isOld(["devices", 1, "artifacts", {}], old, serialNumberOf)).toBe(true);
  expect(isOld(["devices", 1, "commands", {}], old, serialNumberOf)).toBe(false);
  expect(isOld(["blueprints", "list"], old, serialNumberOf)).toBe(true);
});

test("events of the whole fleet are old with any event, events of one device are not", () => {
  const old = oldAfter([["events"], null], [["devices"], ["C02"]]);
  expect(isOld(["events", {}], old, serialNumberOf)).toBe(true);
  expect(isOld(["events", { serial_number: "C01" }], old, serialNumberOf)).toBe(false);
});

test("a contact moves the time of a device forward, never back, and is not read again", () => {
  const queryClient = new QueryClient();
  const key = ["devices", 1];
  queryClient.setQueryData(key, { serial_number: "C01", last_seen_at: "2026-11-22T10:00:00" });
  const device = { id: 1, serialNumber: "C01" };
  const seenAt = () => queryClient.getQueryData<{ last_seen_at: string }>(key)?.last_seen_at;
  noteContact(queryClient, device, '{"serial_number":"C01","at":"2026-11-22T10:00:00.500000"}');
  expect(seenAt()).toBe("2026-11-22T10:00:00.500000");
  noteContact(queryClient, device, '{"serial_number":"C01","at":"2026-11-22T09:00:00"}');
  expect(seenAt()).toBe("2026-11-22T10:00:00.500000");
  noteContact(queryClient, { id: 2, serialNumber: "C02" }, '{"at":"2026-11-22T11:00:00"}');
  expect(queryClient.getQueryData(["devices", 2])).toBeUndefined();
});

test.each(["", "null", "[]", "{}", '{"at":1}'])("%j says of no contact", (data) =>
  expect(readContact(data)).toBeNull(),
);

test("the address of the stream names the device, whatever is in its serial number", () => {
  expect(streamPath(null)).toBe("/api/stream/");
  expect(streamPath({ id: 1, serialNumber: "C 1&x" })).toBe("/api/stream/?serial_number=C+1%26x");
});
