/** Rows of packages. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, sql } from "#platform/db/sql.ts";
import type { Page, PageRequest } from "#platform/page.ts";
import type { Package, PackageId } from "./package.ts";

const columns = sql`
  id, name, description, type, source_uri, sha256, size::float8 as size, filename, product_id, product_version,
  bundles, manifest, signature, created_at, updated_at`;

export async function findPackage(reader: Reader, id: PackageId): Promise<Package | null> {
  return reader.maybe(sql`select ${columns} from packages where id = ${id}`);
}

/** Locks the row. */
export async function findPackageForUpdate(tx: Tx, id: PackageId): Promise<Package | null> {
  return tx.maybe(sql`select ${columns} from packages where id = ${id} for no key update`);
}

/** One page, ordered by name. */
export async function listPackages(
  reader: Reader,
  { name, page }: { readonly name?: string; readonly page: PageRequest },
): Promise<Page<Package>> {
  const named = name === undefined ? emptySql : sql`where name = ${name}`;
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from packages ${named}`,
  );
  const rows = await reader.many<Package>(sql`
    select ${columns} from packages ${named} order by name, id limit ${page.limit} offset ${page.offset}`);
  return { count, rows };
}

/** Null when there is a package of the same bytes. */
export async function insertPackage(tx: Tx, row: Package): Promise<Package | null> {
  return tx.maybe(sql`
    insert into packages (id, name, description, type, source_uri, sha256, size, filename, product_id,
                          product_version, bundles, manifest, signature, created_at, updated_at)
    values (${row.id}, ${row.name}, ${row.description}, ${row.type}, ${row.sourceUri}, ${row.sha256}, ${row.size},
            ${row.filename}, ${row.productId}, ${row.productVersion}, ${JSON.stringify(row.bundles)}::jsonb,
            ${JSON.stringify(row.manifest)}::jsonb, ${row.signature && JSON.stringify(row.signature)}::jsonb, ${row.createdAt}, ${row.updatedAt})
    on conflict (sha256) do nothing
    returning ${columns}`);
}

export async function updatePackageRow(
  tx: Tx,
  row: Pick<Package, "id" | "name" | "description" | "updatedAt">,
): Promise<Package> {
  return tx.one(sql`
    update packages set name = ${row.name}, description = ${row.description}, updated_at = ${row.updatedAt}
     where id = ${row.id} returning ${columns}`);
}

/** Deletes the row unless a declaration refers to it. */
export async function deletePackageRow(tx: Tx, id: PackageId): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from packages where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}
