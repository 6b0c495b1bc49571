/** Counts of enrollment sessions, for metrics. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { EnrollmentSession } from "./enrollment-session.ts";

export type SessionCount = Pick<EnrollmentSession, "kind" | "status"> & { readonly count: number };

/** Counts sessions by kind and status. */
export function countSessions(reader: Reader): Promise<SessionCount[]> {
  return reader.many(sql`
    select kind, status, count(*)::integer as count from enrollment_sessions
     group by kind, status order by kind, status`);
}
