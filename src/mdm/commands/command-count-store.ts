/** Counts of commands, for metrics: the live queue and the history together. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type CommandCount = {
  readonly channel: "device" | "user";
  readonly name: string;
  /** What the device said last; null when it has not answered. */
  readonly status: string | null;
  /** The version of an artifact that it installs or removes. */
  readonly artifactVersion: string | null;
  readonly count: number;
};

/** Counts commands by channel, name, status and artifact version. */
export function countCommands(reader: Reader): Promise<CommandCount[]> {
  return reader.many(sql`
    select case when device_user_id is null then 'device' else 'user' end as channel, name, status,
           artifact_version, sum(count)::integer as count
      from (
        select device_user_id, name, case when state = 'not_now' then 'NotNow' end as status, artifact_version,
               count(*) as count
          from commands group by 1, 2, 3, 4
        union all
        select device_user_id, name, status, artifact_version, count(*)
          from command_history group by 1, 2, 3, 4
      ) c group by 1, 2, 3, 4 order by 1, 2, 3, 4`);
}

/** Counts the commands that wait for their device, by state. */
export function countLiveCommands(
  reader: Reader,
): Promise<{ readonly state: string; readonly count: number }[]> {
  return reader.many(
    sql`select state, count(*)::integer as count from commands group by state order by state`,
  );
}
