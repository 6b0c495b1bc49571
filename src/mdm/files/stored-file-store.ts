/** Rows of stored files. */
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { StoredFile } from "./stored-file.ts";

const columns = sql`sha256, size::float8 as size, filename`;

export async function findStoredFile(reader: Reader, sha256: string): Promise<StoredFile | null> {
  return reader.maybe(sql`select ${columns} from stored_files where sha256 = ${sha256}`);
}

/** Inserts the row, or notes that the file was brought again; a name replaces the one before, no name does not. */
export async function upsertStoredFile(tx: Tx, file: StoredFile & { readonly at: Date }): Promise<void> {
  await tx.run(sql`
    insert into stored_files (sha256, size, filename, brought_at)
    values (${file.sha256}, ${file.size}, ${file.filename}, ${file.at})
    on conflict (sha256) do update
       set brought_at = excluded.brought_at,
           filename = case when excluded.filename = '' then stored_files.filename else excluded.filename end`);
}

/** Whatever refers to files is named here, so that one statement knows; the foreign keys say the same. */
const isUnused = sql`
  not exists (select from data_assets where file_sha256 = stored_files.sha256)
  and not exists (select from enterprise_apps where package_sha256 = stored_files.sha256)
  and not exists (select from packages where packages.sha256 = stored_files.sha256)`;

/** Files that nobody refers to and nobody brought since. */
export async function listUnusedFiles(
  reader: Reader,
  { before, limit }: { readonly before: Date; readonly limit: number },
): Promise<{ readonly sha256: string }[]> {
  return reader.many(sql`
    select sha256 from stored_files where brought_at < ${before} and ${isUnused}
     order by brought_at, sha256 limit ${limit}`);
}

/** Deletes the row if that still holds; answers whether it did. */
export async function deleteUnusedFile(tx: Tx, sha256: string, before: Date): Promise<boolean> {
  const deleted = await tx.run(sql`
    delete from stored_files where sha256 = ${sha256} and brought_at < ${before} and ${isUnused}`);
  return deleted === 1;
}
