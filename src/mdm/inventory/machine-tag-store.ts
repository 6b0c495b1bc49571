/** Rows of `machine_tags`: which tags a machine, told by its serial number, has. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

/** Adds tags; answers the names of those the machine did not have, in order. */
export async function insertMachineTags(
  tx: Tx,
  serialNumber: string,
  tagIds: readonly number[],
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  return tx.many(sql`
    with added as (
      insert into machine_tags (serial_number, tag_id)
      select ${serialNumber}, id from tags where id = any(${tagIds}) order by id
      on conflict do nothing returning tag_id
    )
    select t.id, t.name from tags t join added a on a.tag_id = t.id order by t.id`);
}
