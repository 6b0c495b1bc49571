/** Timestamps of the API: naive UTC ISO 8601 with microseconds, no `Z` and no offset (http-api 1.12). */

/**
 * Writes a timestamp as clients expect it: `2026-03-01T10:00:00.123000`; the fraction disappears when it is
 * zero.
 *
 * @param time A UTC instant, or null for an absent one.
 */
export function wireTime<Time extends Date | null>(time: Time): WireTime<Time> {
  // TypeScript does not narrow a type parameter by what was asked of its value.
  return (time === null ? null : naiveIso(time)) as WireTime<Time>;
}

type WireTime<Time extends Date | null> = Time extends null ? null : string;

function naiveIso(time: Date): string {
  const [seconds = "", fraction = ""] = time.toISOString().slice(0, -1).split(".");
  return fraction === "000" ? seconds : `${seconds}.${fraction}000`;
}

const wirePattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?(.*)$/;
const zonePattern = /^(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/i;

/**
 * Reads a timestamp of a request. An offset or `Z` is converted; without either it is UTC (http-api 1.12).
 *
 * @returns The instant to the millisecond, or null when the text is not a timestamp.
 */
export function parseWireTime(text: string): Date | null {
  const match = wirePattern.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const offsetMinutes = zoneOffsetMinutes(match[8] ?? "");
  if (
    offsetMinutes === null ||
    year === 0 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > daysOfMonth(year, month)
  )
    return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  time.setUTCHours(hour, minute - offsetMinutes, second, milliseconds);
  return time;
}

function daysOfMonth(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function zoneOffsetMinutes(zone: string): number | null {
  if (zone === "") return 0;
  const match = zonePattern.exec(zone);
  if (match === null) return null;
  const hours = Number(match[2] ?? 0);
  const minutes = Number(match[3] ?? 0);
  if (hours > 23 || minutes > 59) return null;
  return (match[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}
