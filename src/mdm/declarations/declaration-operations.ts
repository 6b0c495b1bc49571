/** What operators do to declarations (http-api 2.13). */
import { createHash } from "node:crypto";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import { refuseCycle } from "#mdm/artifacts/artifact-cycle-operations.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "#mdm/artifacts/artifact-version.ts";
import {
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "#mdm/artifacts/version-payload-operations.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { declarationReferencePaths } from "#protocol/apple-schema/declaration-references.ts";
import { isUuid } from "#protocol/ddm/identifiers.ts";
import {
  type DeclarationRefs,
  type DeclarationSource,
  readDeclarationSource,
  refuseDeclaration,
} from "./declaration.ts";
import { judgeSchema } from "./declaration-findings.ts";
import {
  type KnownTargets,
  type WrittenReferences,
  linkReferences,
  ownReference,
  readReferences,
} from "./declaration-links.ts";
import * as store from "./declaration-store.ts";

/** A declaration to be written: its version, and the source as it was sent. */
export type DeclarationWrite = { readonly input: ArtifactVersionInput; readonly source: unknown };

const kind = "declaration";

/** Makes a version with a declaration. */
export async function createDeclaration(
  op: Operation,
  deps: DesiredStateDeps,
  write: DeclarationWrite,
): Promise<ArtifactVersion> {
  await store.lockDeclarations(op.tx);
  return createVersionWithPayload(op, deps, payloadWrite(op, write));
}

/** Changes a declaration in place; its references are read anew. */
export async function updateDeclaration(
  op: Operation,
  deps: DesiredStateDeps,
  { id, ...write }: DeclarationWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  await store.lockDeclarations(op.tx);
  return updateVersionWithPayload(op, deps, { ...payloadWrite(op, write), id });
}

/** Deletes a declaration with its version, unless a target has it. */
export async function deleteDeclaration(op: Operation, deps: DesiredStateDeps, id: string): Promise<void> {
  await store.lockDeclarations(op.tx);
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload });
}

/** The declarations of some versions; those without one are missing from the answer. */
export async function listDeclarationSources(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<Map<ArtifactVersionId, DeclarationSource>> {
  const rows = await store.listSources(reader, ids);
  return new Map(rows.map(({ versionId, source }) => [versionId, source]));
}

/** What is wrong with a source by itself is told with the other fields; its clashes when the version is there. */
function payloadWrite(op: Operation, { input, source: sent }: DeclarationWrite): PayloadWrite {
  const source = readDeclarationSource(sent, (type) => declarationReferencePaths(type) !== null);
  const isRefused = "code" in source;
  return {
    kind,
    input,
    fieldRefusals: isRefused ? [source] : [],
    auditPayload,
    writePayload: async (version) => {
      invariant(!isRefused, "a source that cannot be read is refused with the fields");
      return writeDeclaration(op, { version, source });
    },
  };
}

/** Of the payload its digest: not everybody who reads events may see what is in it. */
async function auditPayload(
  op: Operation,
  id: ArtifactVersionId,
): Promise<Readonly<Record<string, unknown>> | null> {
  const source = (await listDeclarationSources(op.tx, [id])).get(id);
  if (source === undefined) return null;
  return {
    type: source.Type,
    identifier: source.Identifier,
    server_token: source.ServerToken,
    payload: createHash("sha1").update(JSON.stringify(source.Payload)).digest("hex"),
  };
}

type VersionedSource = { readonly version: ArtifactVersion; readonly source: DeclarationSource };

async function writeDeclaration(
  op: Operation,
  { version, source }: VersionedSource,
): Promise<readonly string[]> {
  const refs = await judgeDeclaration(op, { version, source });
  const { refusals, warnings } = judgeSchema(source, version);
  throwIfRefused(...refusals);
  await store.writeDeclarationRow(op.tx, { versionId: version.id, source });
  await store.replaceRefs(op.tx, version.id, refs);
  // Also through what the artifacts require: one that comes back to its start could never be installed.
  await refuseCycle(op, { artifactId: version.artifact.id, field: "source" });
  const { id } = version;
  if (warnings.length > 0)
    op.log.warn({ declaration: id, warnings }, "A declaration differs from Apple's schema");
  return warnings;
}

/** Links the references of a declaration, and refuses one that clashes with what is stored. */
async function judgeDeclaration(
  op: Operation,
  { version, source }: VersionedSource,
): Promise<DeclarationRefs> {
  const paths = declarationReferencePaths(source.Type);
  invariant(paths !== null, "a source of an unknown type is refused when it is read");
  const written = readReferences(source.Payload, paths);
  const refs = linkReferences(written, await findTargets(op, written), version.artifact);
  if ("code" in refs) throw new OperationRefused(refs);
  const own = { artifactId: version.artifact.id, versionId: version.id };
  const others = await store.listPossibleClashes(op.tx, source, own);
  throwIfRefused(refuseDeclaration(source, version.artifact, others));
  return refs;
}

async function findTargets(op: Operation, written: WrittenReferences): Promise<KnownTargets> {
  const uuidsOf = (texts: readonly { readonly text: string }[]): string[] =>
    texts.map(({ text }) => ownReference(text) ?? "").filter(isUuid);
  const identifiers = written.artifacts.map(({ text }) => text).filter((text) => ownReference(text) === null);
  const artifacts = await store.listLinkableArtifacts(op.tx, uuidsOf(written.artifacts));
  const identified = await store.listIdentifiedArtifacts(op.tx, identifiers);
  return {
    artifacts: new Map(artifacts.map((artifact) => [artifact.id, artifact])),
    identifiers: new Map(
      identified.map(({ identifier, declarationType, ...artifact }) => [
        identifier,
        { type: declarationType, artifact },
      ]),
    ),
    packageIds: new Set(await store.lockPackageIds(op.tx, uuidsOf(written.packages))),
  };
}
