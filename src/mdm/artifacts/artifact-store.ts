/** Rows of artifacts. */
import { type Reader, type Tx, constraintViolation } from "#platform/db/database.ts";
import { emptySql, identifier, joinSql, type Sql, sql } from "#platform/db/sql.ts";
import type { Ordering, Page, PageRequest } from "#platform/page.ts";
import type { Artifact, ArtifactFields, ArtifactId } from "./artifact.ts";

const artifacts = sql`
  select a.*, array(select requires_id from artifact_requires r where r.artifact_id = a.id
                     order by requires_id) as requires
    from artifacts a`;

/** What a constraint says no to; the transaction cannot go on after it. */
export type ArtifactConflict = { readonly conflict: "name" };

export async function findArtifact(reader: Reader, id: ArtifactId): Promise<Artifact | null> {
  return reader.maybe<Artifact>(sql`${artifacts} where a.id = ${id}`);
}

/** Locks the row. */
export async function findArtifactForUpdate(tx: Tx, id: ArtifactId): Promise<Artifact | null> {
  return tx.maybe<Artifact>(sql`${artifacts} where a.id = ${id} for no key update of a`);
}

/** The orders a caller may ask for (http-api 1.11). */
export const artifactOrderings = ["created_at", "updated_at", "name", "type"] as const;
export type ArtifactOrdering = Ordering<(typeof artifactOrderings)[number]>;

const newestFirst: readonly ArtifactOrdering[] = [{ column: "created_at", isDescending: true }];

export type ArtifactFilter = {
  readonly name?: string;
  /** Part of the name. */
  readonly search?: string;
  readonly type?: Artifact["type"];
  readonly channel?: Artifact["channel"];
  readonly platform?: Artifact["platforms"][number];
};

/** An empty value means no filter (http-api 1.11). */
function filtered({ name, search, type, channel, platform }: ArtifactFilter): Sql {
  const conditions = [
    ...(name ? [sql`a.name = ${name}`] : []),
    ...(search ? [sql`strpos(lower(a.name), lower(${search})) > 0`] : []),
    ...(type ? [sql`a.type = ${type}`] : []),
    ...(channel ? [sql`a.channel = ${channel}`] : []),
    ...(platform ? [sql`${platform} = any(a.platforms)`] : []),
  ];
  return conditions.length === 0 ? emptySql : sql`where ${joinSql(conditions, sql` and `)}`;
}

/** One page of artifacts; the newest first unless asked otherwise. */
export async function listArtifacts(
  reader: Reader,
  filter: ArtifactFilter,
  list: { readonly orderings: readonly ArtifactOrdering[]; readonly page: PageRequest },
): Promise<Page<Artifact>> {
  const chosen = filtered(filter);
  const asked = list.orderings.length > 0 ? list.orderings : newestFirst;
  const order = asked.map(({ column, isDescending }) =>
    isDescending ? sql`a.${identifier(column)} desc` : sql`a.${identifier(column)} asc`,
  );
  const rows = await reader.many<Artifact>(sql`
    ${artifacts} ${chosen}
     order by ${joinSql([...order, sql`a.id desc`], sql`, `)}
     limit ${list.page.limit} offset ${list.page.offset}`);
  const { count } = await reader.one<{ count: number }>(
    sql`select count(*)::integer as count from artifacts a ${chosen}`,
  );
  return { count, rows };
}

/** Names by id; ids that no artifact has are missing. The rows stay until the transaction ends. */
export async function listArtifactNames(
  tx: Tx,
  ids: readonly ArtifactId[],
): Promise<Pick<Artifact, "id" | "name">[]> {
  return tx.many(
    sql`select id, name from artifacts where id = any(${ids}::uuid[]) order by id for key share`,
  );
}

export type ArtifactWrite = {
  readonly id: ArtifactId;
  readonly fields: ArtifactFields;
  readonly at: Date;
};

export async function insertArtifact(
  tx: Tx,
  { id, fields, at }: ArtifactWrite,
): Promise<"inserted" | ArtifactConflict> {
  const inserted = await tx.maybe<{ id: ArtifactId }>(sql`
    insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                           reinstall_interval, reinstall_on_os_update, created_at, updated_at)
    values (${id}, ${fields.name}, ${fields.type}, ${fields.channel}, ${fields.platforms},
            ${fields.installDuringSetupAssistant}, ${fields.autoUpdate}, ${fields.reinstallInterval},
            ${fields.reinstallOnOsUpdate}, ${at}, ${at})
    on conflict (name) do nothing returning id`);
  if (inserted === null) return { conflict: "name" };
  await replaceRequirements(tx, id, fields.requires);
  return "inserted";
}

export async function updateArtifactRow(
  tx: Tx,
  { id, fields, at }: ArtifactWrite,
): Promise<"updated" | ArtifactConflict> {
  try {
    await tx.run(sql`
      update artifacts
         set name = ${fields.name}, type = ${fields.type}, channel = ${fields.channel},
             platforms = ${fields.platforms},
             install_during_setup_assistant = ${fields.installDuringSetupAssistant},
             auto_update = ${fields.autoUpdate}, reinstall_interval = ${fields.reinstallInterval},
             reinstall_on_os_update = ${fields.reinstallOnOsUpdate}, updated_at = ${at}
       where id = ${id}`);
  } catch (error) {
    if (constraintViolation(error)?.constraint === "artifacts_name_unique") return { conflict: "name" };
    throw error;
  }
  await replaceRequirements(tx, id, fields.requires);
  return "updated";
}

async function replaceRequirements(tx: Tx, id: ArtifactId, requires: readonly ArtifactId[]): Promise<void> {
  await tx.run(sql`delete from artifact_requires where artifact_id = ${id}`);
  await tx.run(sql`
    insert into artifact_requires (artifact_id, requires_id)
    select ${id}::uuid, unnest(${requires}::uuid[])`);
}

/** Whether a command, of the queue or of the history, names a version of the artifact. */
export async function isArtifactCommanded(tx: Tx, id: ArtifactId): Promise<boolean> {
  const { commanded } = await tx.one<{ commanded: boolean }>(sql`
    with v as (select id from artifact_versions where artifact_id = ${id})
    select exists (select from commands c join v on v.id = c.artifact_version)
        or exists (select from command_history c join v on v.id = c.artifact_version) as commanded`);
  return commanded;
}

/** Deletes the row with its versions, unless a blueprint, a declaration or a target holds on to it. */
export async function deleteArtifactRow(tx: Tx, id: ArtifactId): Promise<"deleted" | "in_use"> {
  try {
    await tx.run(sql`delete from artifacts where id = ${id}`);
    return "deleted";
  } catch (error) {
    // 23503: foreign key violation.
    if (constraintViolation(error)?.code === "23503") return "in_use";
    throw error;
  }
}
