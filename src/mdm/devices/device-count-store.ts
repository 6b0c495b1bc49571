/** Counts of devices, for metrics. */
import { secondsAfter } from "#platform/clock.ts";
import type { Reader } from "#platform/db/database.ts";
import { joinSql, sql } from "#platform/db/sql.ts";
import type { Device } from "./device.ts";

/** Days since last seen that devices are counted within; beyond them, all are counted, never-seen ones included. */
export const ageBucketsDays = [1, 7, 14, 30, 45, 90] as const;

export type DeviceCount = Pick<Device, "blueprintId" | "platform" | "supervised"> & {
  readonly isBlocked: boolean;
  /** Cumulative, one for each of {@link ageBucketsDays}. */
  readonly seenWithin: readonly number[];
  readonly count: number;
};

/** Counts devices by blueprint, platform, supervision, block and age. */
export function countDevices(reader: Reader, at: Date): Promise<DeviceCount[]> {
  const buckets = ageBucketsDays.map((days) => {
    const since = secondsAfter(at, -days * 86_400);
    return sql`(count(*) filter (where a.last_seen_at > ${since}))::integer`;
  });
  return reader.many(sql`
    select d.blueprint_id, d.platform, d.supervised, d.blocked_at is not null as is_blocked,
           array[${joinSql(buckets, sql`, `)}] as seen_within, count(*)::integer as count
      from devices d left join device_activity a on a.device_id = d.id
     group by 1, 2, 3, 4 order by 1, 2, 3, 4`);
}
