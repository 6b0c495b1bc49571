/** Realms for tests: rows, as an operator of the database makes them. */
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";

export type RealmRow = {
  readonly uuid: string;
  readonly name: string;
  readonly backend?: "ldap" | "openidc" | "saml";
  /** By default nothing that opens. */
  readonly configSealed?: Buffer;
};

/** Inserts a realm. */
export async function insertRealm(tx: Tx, row: RealmRow, at: Date): Promise<void> {
  const { uuid, name, backend = "openidc", configSealed = Buffer.alloc(0) } = row;
  await tx.run(sql`
    insert into realms (uuid, name, backend, config_sealed, enabled_for_login, user_portal, login_session_expiry,
                        username_claim, email_claim, first_name_claim, last_name_claim, full_name_claim,
                        custom_attr_1_claim, custom_attr_2_claim, scim_enabled, created_at, updated_at)
    values (${uuid}, ${name}, ${backend}, ${configSealed}, false, false, null, 'username', 'email', '', '', '', '', '',
            false, ${at}, ${at})`);
}
