/**
 * What happened lately, without the requests of devices that changed nothing but when they were seen: those only of
 * devices that somebody watches.
 */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ChangeRecord } from "./change.ts";

/** Events after a sequence, of a recent stretch of time that an index finds. */
export function listChangeRecords(
  reader: Reader,
  place: {
    readonly since: Date;
    readonly after: string;
    readonly limit: number;
    /** Serial numbers. */
    readonly watched: readonly string[];
  },
): Promise<ChangeRecord[]> {
  const isNews = sql`(type <> 'mdm_request' or payload ? 'command_uuid'
            or payload ->> 'message_type' in ('Authenticate', 'TokenUpdate', 'CheckOut'))`;
  return reader.many(sql`
    select sequence, serial_number, objects, at, type = 'mdm_request' and payload ? 'command_uuid' as is_report,
           ${isNews} as is_news, type = 'mdm_request' and payload ->> 'status' is distinct from 'failure' as is_contact
      from events
     where at >= ${place.since} and sequence > ${place.after}
       and (${isNews} or serial_number = any(${place.watched}::text[]))
     order by sequence limit ${place.limit}`);
}

/** The last sequence of a recent stretch of time; "0" for none. */
export async function findLastSequence(reader: Reader, since: Date): Promise<string> {
  const { sequence } = await reader.one<{ sequence: string }>(
    sql`select coalesce(max(sequence), 0) as sequence from events where at >= ${since}`,
  );
  return sequence;
}
