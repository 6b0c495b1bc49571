/** Processor time of a PostgreSQL that runs on this machine, as Linux tells it; null anywhere else. */
import { readFileSync } from "node:fs";
import type pg from "pg";

/** Linux counts in hundredths of a second, whatever the kernel's own clock (`getconf CLK_TCK`). */
const ticksPerSecond = 100;

/** Seconds by process. */
export type PostgresCpu = ReadonlyMap<number, number>;

/** Reads the present state of all its processes. */
export async function readPostgresCpu(client: pg.Client): Promise<PostgresCpu> {
  const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity");
  return new Map(
    rows.flatMap(({ pid }) => {
      const seconds = cpuSecondsOf(pid);
      return seconds === null ? [] : [[pid, seconds] as const];
    }),
  );
}

function cpuSecondsOf(pid: number): number | null {
  try {
    const match = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    // The same number may be another program's when the server is on another machine.
    if (match?.[1]?.startsWith("postgres") !== true) return null;
    const fields = match[2]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    // No such process here, or no /proc.
    return null;
  }
}

/** What was spent between two states; a process that began in between counts whole. */
export function spentSeconds(before: PostgresCpu, after: PostgresCpu): number | null {
  if (after.size === 0) return null;
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}
