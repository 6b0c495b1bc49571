/** Times for people: relative to now, and exact in their own zone. The API's times are UTC without saying so. */
import { texts } from "../texts/en.ts";

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** What lies no further ahead has happened: the clocks of a server and of a browser differ a little. */
const clockSkewSeconds = 5;

/** Reads a time of the API (`2026-03-01T10:00:00.123`, UTC). Null for what is none. */
export function parseWireTime(text: string): Date | null {
  const time = new Date(/[zZ]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** `3 hours ago`, `in 2 days`, `just now`, `in a moment`. */
export function relativeTime(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const formatter = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return formatter.format(Math.trunc(seconds / length), unit);
  }
  return seconds > clockSkewSeconds ? texts.common.soon : texts.common.justNow;
}

/** In the reader's zone, to the second, with the zone's name. */
export function exactTime(time: Date, zone?: string): string {
  const format: Intl.DateTimeFormatOptions = {
    dateStyle: "medium",
    timeStyle: "long",
    ...(zone === undefined ? {} : { timeZone: zone }),
  };
  return new Intl.DateTimeFormat("en", format).format(time);
}

/** The day so many days after, in the reader's zone, as fields of dates have it: `2026-05-30`. */
export function dayAfter(time: Date, days: number): string {
  const day = new Date(time.getFullYear(), time.getMonth(), time.getDate() + days);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The last second of a day in the reader's zone; null for what is no day. */
export function endOfDay(day: string): Date | null {
  const end = new Date(`${day}T23:59:59`);
  return day === "" || Number.isNaN(end.getTime()) ? null : end;
}

/** A length of time in words, to two units at most: `1 day 4 hours`. */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [unit, length] of [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  }
  return parts.slice(0, 2).join(" ") || "0 seconds";
}

/** A sentence of the API with its times, which are UTC, in the reader's zone. */
export function withLocalTimes(sentence: string, zone?: string): string {
  return sentence.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, (text) => {
    const time = parseWireTime(text);
    return time === null ? text : exactTime(time, zone);
  });
}
