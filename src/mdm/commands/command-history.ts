/**
 * The months of the command history: one partition for each, by when a command ended. Pure: which partitions there must
 * be, and which are past their time. All in UTC.
 */

/** One month: `endAt` is the first instant of the next one. */
export type HistoryMonth = { readonly partition: string; readonly startAt: Date; readonly endAt: Date };

/** Partitions are made for the present month and so many after it: a quarter without the job is no harm. */
export const monthsAhead = 3;

const namePattern = /^command_history_(\d{4})_(\d{2})$/;

function monthOf(year: number, monthIndex: number): HistoryMonth {
  const startAt = new Date(Date.UTC(year, monthIndex, 1));
  const endAt = new Date(Date.UTC(year, monthIndex + 1, 1));
  return {
    partition: `command_history_${startAt.toISOString().slice(0, 7).replace("-", "_")}`,
    startAt,
    endAt,
  };
}

/** The present month and the {@link monthsAhead} after it, in order. */
export function planMonths(at: Date): readonly HistoryMonth[] {
  return Array.from({ length: monthsAhead + 1 }, (_, ahead) =>
    monthOf(at.getUTCFullYear(), at.getUTCMonth() + ahead),
  );
}

/** The month of a partition that {@link planMonths} named; null for any other table. */
export function readMonth(partition: string): HistoryMonth | null {
  const match = namePattern.exec(partition);
  return match === null ? null : monthOf(Number(match[1]), Number(match[2]) - 1);
}

/** The partitions of which every row ended at `keepSince` or before. */
export function planDrops(partitions: readonly string[], keepSince: Date): readonly string[] {
  return partitions.filter((name) => {
    const month = readMonth(name);
    return month !== null && month.endAt <= keepSince;
  });
}
