/** The schema of a database as SQL text in a fixed order: what `schema.sql` holds and a test compares. */
import type pg from "pg";

type Column = {
  table_name: string;
  name: string;
  type: string;
  not_null: boolean;
  identity: string;
  value: string | null;
};
type Partitioning = { table_name: string; key: string; fallback: string | null };
type Named = { table_name: string; name: string; definition: string };

/**
 * Describes the tables of the schema `public`. PostgreSQL's own functions print the definitions. Of the partitions only the
 * default one is named: the others depend on the date.
 */
export async function describeSchema(client: pg.Pool | pg.Client): Promise<string> {
  const columns = await client.query<Column>(`
    select c.relname as table_name, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
           a.attnotnull as not_null, a.attidentity as identity, pg_get_expr(d.adbin, d.adrelid) as value
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where n.nspname = 'public' and c.relkind in ('r', 'p')
       and not c.relispartition order by c.relname, a.attnum`);
  const constraints = await client.query<Named>(`
    select c.relname as table_name, k.conname as name, pg_get_constraintdef(k.oid) as definition
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and k.contype <> 'n' order by c.relname, k.conname`);
  const indexes = await client.query<Named>(`
    select tablename as table_name, indexname as name, indexdef as definition from pg_indexes
     where schemaname = 'public' and not exists (select from pg_constraint where conname = indexname)
       and not exists (select from pg_inherits where inhrelid = format('%I.%I', schemaname, indexname)::regclass)
     order by tablename, indexname`);
  const partitionings = await client.query<Partitioning>(`
    select c.relname as table_name, pg_get_partkeydef(c.oid) as key, d.relname as fallback
      from pg_partitioned_table p join pg_class c on c.oid = p.partrelid left join pg_class d on d.oid = p.partdefid
     where c.relnamespace = 'public'::regnamespace`);
  const tables = [...new Set(columns.rows.map((row) => row.table_name))];
  const texts = tables.map((table) => {
    const lines = [
      ...columns.rows.filter((row) => row.table_name === table).map(describeColumn),
      ...constraints.rows
        .filter((row) => row.table_name === table)
        .map((row) => `constraint ${row.name} ${row.definition}`),
    ];
    const own = indexes.rows.filter((row) => row.table_name === table).map((row) => `${row.definition};`);
    const partitioning = partitionings.rows.find((row) => row.table_name === table);
    const end = partitioning === undefined ? ");" : `) partition by ${partitioning.key};`;
    const fallback = partitioning?.fallback ?? null;
    if (fallback !== null) own.push(`create table ${fallback} partition of ${table} default;`);
    return [`create table ${table} (`, `${lines.map((line) => `  ${line}`).join(",\n")}`, end, ...own].join(
      "\n",
    );
  });
  return `-- Generated from migrations/ by \`npm run schema\`; compared by migrations/migrations.test.ts.\n\n${texts.join("\n\n")}\n`;
}

function describeColumn(column: Column): string {
  const identity = column.identity === "" ? "" : " generated always as identity";
  const value = column.value === null ? "" : ` default ${column.value}`;
  return `${column.name} ${column.type}${identity}${value}${column.not_null ? " not null" : ""}`;
}
