/** Processes that start at once make what a first start makes, one after the other. */
import type { Tx } from "./database.ts";
import { sql } from "./sql.ts";

/**
 * Makes other processes that come to the same point wait until this transaction ends; devices and people are not held up.
 * To be taken before it is looked whether something is there already: what finds nothing and makes it needs its turn.
 */
export async function takeStartTurn(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended('start', 0))`);
}
