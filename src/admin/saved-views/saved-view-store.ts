/** Rows of `saved_views`. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { type SavedView, type SavedViewId, type SavedViewInput, savedViewRowsMax } from "./saved-view.ts";

const columns = sql`
  v.id, v.account_id, a.username as account_name, v.page, v.name, v.query, v.columns, v.is_shared, v.created_at,
  v.updated_at`;
const source = sql`saved_views v join accounts a on a.id = v.account_id`;

/** The own views and those that others share, own ones first. */
export function listSavedViews(
  reader: Reader,
  { accountId, page }: { readonly accountId: number; readonly page: string | null },
): Promise<SavedView[]> {
  return reader.many(sql`
    select ${columns} from ${source}
     where (v.account_id = ${accountId} or v.is_shared) and (${page}::text is null or v.page = ${page})
     order by v.account_id <> ${accountId}, lower(v.name), v.id limit ${savedViewRowsMax}`);
}

export function findSavedView(reader: Reader, id: SavedViewId): Promise<SavedView | null> {
  return reader.maybe(sql`select ${columns} from ${source} where v.id = ${id}`);
}

/** Locks the account, so that two requests at once do not pass its limit together; answers how many views it has. */
export async function lockSavedViewCount(tx: Tx, accountId: number): Promise<number> {
  await tx.run(sql`select from accounts where id = ${accountId} for no key update`);
  const { count } = await tx.one<{ count: number }>(
    sql`select count(*)::integer as count from saved_views where account_id = ${accountId}`,
  );
  return count;
}

/** Makes a view; false when the account has one of that name on the page. */
export async function insertSavedView(
  tx: Tx,
  view: SavedViewInput & { readonly id: SavedViewId; readonly accountId: number; readonly at: Date },
): Promise<boolean> {
  const count = await tx.run(sql`
    insert into saved_views (id, account_id, page, name, query, columns, is_shared, created_at, updated_at)
    values (${view.id}, ${view.accountId}, ${view.page}, ${view.name}, ${view.query}, ${view.columns},
            ${view.isShared}, ${view.at}, ${view.at})
    on conflict on constraint saved_views_name_unique do nothing`);
  return count === 1;
}

/** Changes a view; false when the account has another one of that name on the page. */
export async function updateSavedView(
  tx: Tx,
  view: SavedViewInput & { readonly id: SavedViewId; readonly at: Date },
): Promise<boolean> {
  const count = await tx.run(sql`
    update saved_views v set page = ${view.page}, name = ${view.name}, query = ${view.query},
           columns = ${view.columns}, is_shared = ${view.isShared}, updated_at = ${view.at}
     where v.id = ${view.id} and not exists (
       select from saved_views o where o.account_id = v.account_id and o.page = ${view.page}
                                   and o.name = ${view.name} and o.id <> v.id)`);
  return count === 1;
}

export async function deleteSavedViewRow(tx: Tx, id: SavedViewId): Promise<void> {
  await tx.run(sql`delete from saved_views where id = ${id}`);
}
