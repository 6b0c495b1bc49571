/** Blueprints for tests of slices below theirs: rows, and nothing else. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type BlueprintRow = {
  readonly name?: string;
  readonly inventoryInterval?: number;
  readonly collectApps?: 0 | 1 | 2;
  readonly collectCertificates?: 0 | 1 | 2;
  readonly collectProfiles?: 0 | 1 | 2;
};

let names = 0;

/** Inserts a blueprint that collects nothing and asks for nothing, unless told otherwise. @returns Its id. */
export async function insertBlueprint(tx: Tx, at: Date, row: BlueprintRow = {}): Promise<number> {
  const { name = `Blueprint ${names++}`, inventoryInterval = 86_400 } = row;
  const { collectApps = 0, collectCertificates = 0, collectProfiles = 0 } = row;
  const { id } = await tx.one<{ id: number }>(sql`
    insert into blueprints (name, inventory_interval, collect_apps, collect_certificates, collect_profiles,
                            legacy_profiles_via_ddm, created_at, updated_at)
    values (${name}, ${inventoryInterval}, ${collectApps}, ${collectCertificates}, ${collectProfiles}, true, ${at}, ${at})
    returning id`);
  return id;
}
