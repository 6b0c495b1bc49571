import { describe, expect, test } from "vitest";
import {
  dayAfter,
  duration,
  endOfDay,
  exactTime,
  parseWireTime,
  relativeTime,
  withLocalTimes,
} from "./time.ts";

const now = new Date("2026-03-01T10:00:00Z");

describe("times", () => {
  test.each([
    ["2026-03-01T10:00:00", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01T10:00:00.123456", "2026-03-01T10:00:00.123Z"],
    ["2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"],
  ])("%s of the API is UTC", (text, expected) => {
    expect(parseWireTime(text)?.toISOString()).toBe(expected);
  });

  test("what is no time is none", () => {
    expect(parseWireTime("yesterday")).toBeNull();
  });

  test.each([
    ["2026-03-01T09:59:30Z", "just now"],
    ["2026-03-01T10:00:02Z", "just now"],
    ["2026-03-01T10:00:30Z", "in a moment"],
    ["2026-03-01T09:57:00Z", "3 minutes ago"],
    ["2026-03-01T07:00:00Z", "3 hours ago"],
    ["2026-02-28T10:00:00Z", "yesterday"],
    ["2026-03-11T10:00:00Z", "next week"],
    ["2027-04-01T10:00:00Z", "next year"],
  ])("%s is %s", (time, expected) => {
    expect(relativeTime(new Date(time), now)).toBe(expected);
  });

  test("the exact time has its zone", () => {
    expect(exactTime(now, "Europe/Berlin")).toBe("Mar 1, 2026, 11:00:00 AM GMT+1");
  });

  test.each([
    [0, "0 seconds"],
    [61, "1 minute 1 second"],
    [86_400, "1 day"],
    [100_000, "1 day 3 hours"],
  ])("%d seconds are %s", (seconds, expected) => {
    expect(duration(seconds)).toBe(expected);
  });
});

test("times within a sentence are shown in the reader's zone", () => {
  const sentence = "Failed, is tried again at 2026-03-01T10:00:00.791Z (1 of 2 retries)";
  expect(withLocalTimes(sentence, "Europe/Berlin")).toMatch(/again at .*11:00:00.* \(1 of 2 retries\)$/);
  expect(withLocalTimes("OS 14.1 is below 15.0")).toBe("OS 14.1 is below 15.0");
});

describe("days of fields", () => {
  test("a day after is one of the reader's calendar, over the ends of months", () => {
    expect(dayAfter(new Date(2026, 0, 31, 23, 59), 1)).toBe("2026-02-01");
    expect(dayAfter(new Date(2026, 10, 22, 0, 1), 90)).toBe("2027-02-20");
  });

  test("a day ends at its last second where the reader is", () => {
    expect(endOfDay("2026-02-01")).toEqual(new Date(2026, 1, 1, 23, 59, 59));
    expect(endOfDay("")).toBeNull();
    expect(endOfDay("soon")).toBeNull();
  });
});
