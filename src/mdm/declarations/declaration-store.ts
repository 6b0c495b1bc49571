/** Rows of declarations and their references; a declaration is the payload of an artifact version. */
import type { ArtifactId, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Reader, Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { DeclarationRefs, DeclarationSource, StoredDeclaration } from "./declaration.ts";
import type { LinkableArtifact } from "./declaration-links.ts";

/**
 * Lets one writer of declarations in at a time, until the end of its transaction: identifiers are unique among
 * artifacts but not among versions, which no constraint can say.
 */
export async function lockDeclarations(tx: Tx): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended('declarations', 0))`);
}

const source = sql`
  d.artifact_version_id as version_id,
  jsonb_build_object('Type', d.type, 'Identifier', d.identifier, 'ServerToken', d.server_token,
                     'Payload', d.payload) as source`;

/** The declarations of some versions. */
export async function listSources(
  reader: Reader,
  versionIds: readonly ArtifactVersionId[],
): Promise<{ readonly versionId: ArtifactVersionId; readonly source: DeclarationSource }[]> {
  return reader.many(
    sql`select ${source} from declarations d where d.artifact_version_id = any(${versionIds})`,
  );
}

/** What a declaration may clash with: those of its artifact, and those with its identifier or token; not itself. */
export async function listPossibleClashes(
  tx: Tx,
  { Identifier, ServerToken }: DeclarationSource,
  own: { readonly artifactId: ArtifactId; readonly versionId: ArtifactVersionId },
): Promise<StoredDeclaration[]> {
  return tx.many<StoredDeclaration>(sql`
    select d.artifact_version_id as version_id, v.artifact_id, v.version, d.type, d.identifier, d.server_token, d.payload
      from declarations d join artifact_versions v on v.id = d.artifact_version_id
     where d.artifact_version_id <> ${own.versionId}
       and (v.artifact_id = ${own.artifactId} or d.identifier = ${Identifier} or d.server_token = ${ServerToken})`);
}

const linkable = sql`
  a.id, a.name, a.type, a.channel, a.platforms,
  array(select distinct o.type from declarations o join artifact_versions w on w.id = o.artifact_version_id
         where w.artifact_id = a.id order by o.type) as declaration_types`;

/** The artifacts of some UUIDs, locked against deletion. */
export async function listLinkableArtifacts(tx: Tx, ids: readonly string[]): Promise<LinkableArtifact[]> {
  return tx.many<LinkableArtifact>(sql`
    select ${linkable} from artifacts a where a.id = any(${ids}::uuid[]) order by a.id for key share of a`);
}

/** The artifacts whose declarations have some identifiers, each with the type of those declarations. */
export async function listIdentifiedArtifacts(
  reader: Reader,
  identifiers: readonly string[],
): Promise<(LinkableArtifact & { readonly identifier: string; readonly declarationType: string })[]> {
  return reader.many(sql`
    select distinct on (d.identifier) d.identifier, d.type as declaration_type, ${linkable}
      from declarations d
      join artifact_versions v on v.id = d.artifact_version_id
      join artifacts a on a.id = v.artifact_id
     where d.identifier = any(${identifiers})
     order by d.identifier, v.version desc`);
}

/** Those of some UUIDs that packages have, locked against deletion. */
export async function lockPackageIds(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.many<{ id: string }>(sql`
    select id from packages where id = any(${ids}::uuid[]) order by id for key share`);
  return rows.map(({ id }) => id);
}

export type DeclarationRow = { readonly versionId: ArtifactVersionId; readonly source: DeclarationSource };

/** Writes the declaration of a version: its first, or over the one it has. */
export async function writeDeclarationRow(tx: Tx, { versionId, source: row }: DeclarationRow): Promise<void> {
  await tx.run(sql`
    insert into declarations (artifact_version_id, type, identifier, server_token, payload)
    values (${versionId}, ${row.Type}, ${row.Identifier}, ${row.ServerToken}, ${JSON.stringify(row.Payload)}::jsonb)
    on conflict (artifact_version_id) do update
       set type = excluded.type, identifier = excluded.identifier, server_token = excluded.server_token,
           payload = excluded.payload`);
}

/** Writes the references of a declaration over those that were there. */
export async function replaceRefs(
  tx: Tx,
  versionId: ArtifactVersionId,
  { artifacts, packages }: DeclarationRefs,
): Promise<void> {
  await tx.run(sql`delete from declaration_refs where declaration_id = ${versionId}`);
  await tx.run(sql`delete from package_refs where declaration_id = ${versionId}`);
  const artifactRows = artifacts.map(({ key, artifactId }) => ({ key, artifact_id: artifactId }));
  await tx.run(sql`
    insert into declaration_refs (declaration_id, key, artifact_id)
    select ${versionId}, ${keyOfRow}, r.artifact_id
      from jsonb_to_recordset(${JSON.stringify(artifactRows)}::jsonb) as r(key jsonb, artifact_id uuid)`);
  const packageRows = packages.map(({ key, packageId }) => ({ key, package_id: packageId }));
  await tx.run(sql`
    insert into package_refs (declaration_id, key, package_id)
    select ${versionId}, ${keyOfRow}, r.package_id
      from jsonb_to_recordset(${JSON.stringify(packageRows)}::jsonb) as r(key jsonb, package_id uuid)`);
}

const keyOfRow = sql`
  array(select step from jsonb_array_elements_text(r.key) with ordinality as s(step, position) order by position)`;
