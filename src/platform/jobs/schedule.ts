/** Jobs that run by the clock, as operators see them: last run, outcome, next run. */
import { parseCronItems } from "graphile-worker";

/** One scheduled job. */
export type Schedule = {
  readonly name: string;
  /** Five fields of cron, UTC. */
  readonly pattern: string;
  readonly lastStartedAt: Date | null;
  readonly lastFinishedAt: Date | null;
  readonly lastOutcome: "succeeded" | "failed" | null;
  /** The kind of error, never its words: those may quote data. */
  readonly lastError: string | null;
  readonly nextRunAt: Date | null;
};

/** How far ahead the next run is looked for: any pattern of days comes round within it. */
const minutesAheadMax = 31 * 24 * 60;
const minuteMilliseconds = 60_000;

/**
 * When a pattern matches next.
 *
 * @param pattern Five fields of cron, read as UTC.
 * @returns A whole minute after `at`, or null when none comes within 31 days.
 */
export function findNextRun(pattern: string, at: Date): Date | null {
  const [item] = parseCronItems([{ task: "next", match: pattern }]);
  const first = Math.floor(at.getTime() / minuteMilliseconds) + 1;
  for (let minute = first; minute < first + minutesAheadMax; minute++) {
    const time = new Date(minute * minuteMilliseconds);
    if (item?.match(digestOf(time)) === true) return time;
  }
  return null;
}

function digestOf(time: Date) {
  return {
    min: time.getUTCMinutes(),
    hour: time.getUTCHours(),
    date: time.getUTCDate(),
    month: time.getUTCMonth() + 1,
    dow: time.getUTCDay(),
  };
}

/** The kind of an error: its class, and its code where it has one. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code: unknown = "code" in error ? error.code : undefined;
  return typeof code === "string" && /^\w{1,50}$/.test(code) ? `${error.name} ${code}` : error.name;
}
