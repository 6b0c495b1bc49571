/** Counts of push requests, and how long push certificates last, for metrics. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

/** Counts the requests that are due and those that wait for their time or for an attempt under way. */
export function countPushRequests(
  reader: Reader,
  at: Date,
): Promise<{ readonly due: number; readonly waiting: number }> {
  return reader.one(sql`
    select count(*) filter (where is_due)::integer as due, count(*) filter (where not is_due)::integer as waiting
      from (select not_before <= ${at} and (claimed_until is null or claimed_until <= ${at}) as is_due
              from push_requests) r`);
}

/** Lists when push certificates end: a lost one costs every device its enrollment. */
export function listPushCertificateEnds(
  reader: Reader,
): Promise<{ readonly name: string; readonly notAfter: Date }[]> {
  return reader.many(sql`
    select name, not_after from push_certificates where not_after is not null order by name`);
}
