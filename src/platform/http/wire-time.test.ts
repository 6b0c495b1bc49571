import fc from "fast-check";
import { expect, test } from "vitest";
import { parseWireTime, wireTime } from "./wire-time.ts";

test.each([
  ["2026-03-01T10:00:00.123Z", "2026-03-01T10:00:00.123000"],
  ["2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00"],
])("the instant %s is written %s", (iso, wire) => {
  expect(wireTime(new Date(iso))).toBe(wire);
});

test("an absent time is null", () => {
  expect(wireTime(null)).toBeNull();
});

test.each([
  ["2026-03-01T10:00:00", "2026-03-01T10:00:00.000Z"],
  ["2026-03-01 10:00", "2026-03-01T10:00:00.000Z"],
  ["2026-03-01T10:00:00.123456", "2026-03-01T10:00:00.123Z"],
  ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"],
  ["2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"],
  ["2026-02-28T23:30:00-0130", "2026-03-01T01:00:00.000Z"],
  ["2024-02-29T00:00:00.5Z", "2024-02-29T00:00:00.500Z"],
])("the text %s is read as %s", (text, iso) => {
  expect(parseWireTime(text)?.toISOString()).toBe(iso);
});

test.each([
  "",
  "yesterday",
  "2026-03-01",
  "2026-02-29T00:00:00",
  "2026-13-01T00:00:00",
  "2026-01-01T24:00:00",
  "2026-01-01T00:00:00+25:00",
  "0000-01-01T00:00:00",
])("the text %j is not a timestamp", (text) => {
  expect(parseWireTime(text)).toBeNull();
});

test("every instant survives writing and reading", () => {
  const times = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
  fc.assert(fc.property(times, (time) => parseWireTime(wireTime(time))?.getTime() === time.getTime()));
});
