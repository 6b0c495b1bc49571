/** Rows of realms. */
import type { Reader } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Realm } from "./realm.ts";

const columns = sql`
  uuid, name, backend, config_sealed, enabled_for_login, user_portal, login_session_expiry, username_claim, email_claim,
  first_name_claim, last_name_claim, full_name_claim, custom_attr_1_claim, custom_attr_2_claim, scim_enabled,
  created_at, updated_at`;

export function findRealm(reader: Reader, uuid: string): Promise<Realm | null> {
  return reader.maybe(sql`select ${columns} from realms where uuid = ${uuid}`);
}

/** All realms, or those of a name: it is not unique. */
export function listRealms(reader: Reader, filter: { readonly name?: string }): Promise<Realm[]> {
  // An empty value means no filter (http-api 1.11).
  const named = filter.name ? sql`where name = ${filter.name}` : emptySql;
  return reader.many(sql`select ${columns} from realms ${named} order by name, created_at desc, uuid`);
}
