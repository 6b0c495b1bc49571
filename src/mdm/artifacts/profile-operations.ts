/** What is done with profiles (http-api 2.10). */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type SealContext, type Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import { invalidBase64 } from "./base64-source.ts";
import { judgeProfile } from "./profile-findings.ts";
import { type ProfileFacts, readUploadedProfile } from "./profile.ts";
import { listProfileRows, writeProfileRow } from "./profile-store.ts";
import {
  type AuditPayload,
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "./version-payload-operations.ts";

export type ProfilePayloadDeps = DesiredStateDeps & { readonly sealer: Sealer };

/** A profile to be written; null for what was no base64. */
export type ProfileWrite = { readonly input: ArtifactVersionInput; readonly source: Buffer | null };

const kind = "profile";

/** Makes a version with a profile. */
export async function createProfile(
  op: Operation,
  deps: ProfilePayloadDeps,
  write: ProfileWrite,
): Promise<ArtifactVersion> {
  return createVersionWithPayload(op, deps, payloadWrite(op, deps, write));
}

/** Changes a version and its profile in place. */
export async function updateProfile(
  op: Operation,
  deps: ProfilePayloadDeps,
  { id, ...write }: ProfileWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  return updateVersionWithPayload(op, deps, { id, ...payloadWrite(op, deps, write) });
}

/** Deletes a version with its profile. */
export async function deleteProfile(op: Operation, deps: ProfilePayloadDeps, id: string): Promise<void> {
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload });
}

/** A profile with its source, opened. */
export type OpenedProfile = ProfileFacts & {
  readonly id: ArtifactVersionId;
  readonly source: Secret<Buffer>;
};

/** Opens the profiles of versions; versions without one are missing from the answer. */
export async function listOpenedProfiles(
  reader: Reader,
  { sealer }: Pick<ProfilePayloadDeps, "sealer">,
  ids: readonly ArtifactVersionId[],
): Promise<OpenedProfile[]> {
  const rows = await listProfileRows(reader, ids);
  return rows.map(({ sourceSealed, ...facts }) => ({
    ...facts,
    source: sealer.open(sourceSealed, sealContext(facts.id)),
  }));
}

function payloadWrite(
  op: Operation,
  { sealer }: ProfilePayloadDeps,
  { input, source }: ProfileWrite,
): PayloadWrite {
  return {
    kind,
    input,
    fieldRefusals: [source === null ? invalidBase64("source") : null],
    auditPayload,
    writePayload: async (version) => {
      const { id } = version;
      invariant(source !== null, "what is no base64 is refused with the fields");
      const uploaded = readUploadedProfile(source);
      if ("code" in uploaded) throw new OperationRefused(uploaded);
      const { refusals, warnings } = judgeProfile(uploaded.content, version);
      throwIfRefused(...refusals);
      const sourceSealed = sealer.seal(new Secret(uploaded.source), sealContext(id));
      await writeProfileRow(op.tx, { id, sourceSealed, ...uploaded.facts });
      if (warnings.length > 0)
        op.log.warn({ profile: id, warnings }, "A profile differs from Apple's schema");
      return warnings;
    },
  };
}

function sealContext(row: ArtifactVersionId): SealContext {
  return { table: "profiles", column: "source_sealed", row };
}

/** Of the source its digest, and nothing of what is in it but its names (http-api 1.15). */
const auditPayload: AuditPayload = async (op, id) => {
  const [facts] = await listProfileRows(op.tx, [id]);
  if (facts === undefined) return null;
  return {
    source: facts.sourceSha1,
    filename: facts.filename,
    payload_identifier: facts.payloadIdentifier,
    payload_uuid: facts.payloadUuid,
    payload_display_name: facts.payloadDisplayName,
    payload_description: facts.payloadDescription,
  };
};
