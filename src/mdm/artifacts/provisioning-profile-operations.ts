/** What is done with provisioning profiles (http-api 2.10). */
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { ArtifactVersionId } from "./artifact.ts";
import type { ArtifactVersion, ArtifactVersionInput } from "./artifact-version.ts";
import { invalidBase64 } from "./base64-source.ts";
import { readUploadedProvisioningProfile, sourceDigest } from "./provisioning-profile.ts";
import {
  type ProvisioningProfileRow,
  listProvisioningProfileRows,
  writeProvisioningProfileRow,
} from "./provisioning-profile-store.ts";
import {
  type AuditPayload,
  type PayloadWrite,
  createVersionWithPayload,
  deleteVersionWithPayload,
  updateVersionWithPayload,
} from "./version-payload-operations.ts";

/** A provisioning profile to be written; null for what was no base64. */
export type ProvisioningProfileWrite = {
  readonly input: ArtifactVersionInput;
  readonly source: Buffer | null;
};

const kind = "provisioning profile";

/** Makes a version with a provisioning profile. */
export async function createProvisioningProfile(
  op: Operation,
  deps: DesiredStateDeps,
  write: ProvisioningProfileWrite,
): Promise<ArtifactVersion> {
  return createVersionWithPayload(op, deps, payloadWrite(op, write));
}

/** Changes a version and its provisioning profile in place. */
export async function updateProvisioningProfile(
  op: Operation,
  deps: DesiredStateDeps,
  { id, ...write }: ProvisioningProfileWrite & { readonly id: string },
): Promise<ArtifactVersion> {
  return updateVersionWithPayload(op, deps, { id, ...payloadWrite(op, write) });
}

/** Deletes a version with its provisioning profile. */
export async function deleteProvisioningProfile(
  op: Operation,
  deps: DesiredStateDeps,
  id: string,
): Promise<void> {
  await deleteVersionWithPayload(op, deps, { kind, id, auditPayload });
}

/** Reads the provisioning profiles of versions; versions without one are missing from the answer. */
export async function listProvisioningProfiles(
  reader: Reader,
  ids: readonly ArtifactVersionId[],
): Promise<ProvisioningProfileRow[]> {
  return listProvisioningProfileRows(reader, ids);
}

function payloadWrite(op: Operation, { input, source }: ProvisioningProfileWrite): PayloadWrite {
  return {
    kind,
    input,
    fieldRefusals: [source === null ? invalidBase64("source") : null],
    auditPayload,
    writePayload: async ({ id }) => {
      invariant(source !== null, "what is no base64 is refused with the fields");
      const uploaded = readUploadedProvisioningProfile(source);
      if ("code" in uploaded) throw new OperationRefused(uploaded);
      await writeProvisioningProfileRow(op.tx, { id, ...uploaded });
    },
  };
}

const auditPayload: AuditPayload = async (op, id) => {
  const [profile] = await listProvisioningProfileRows(op.tx, [id]);
  if (profile === undefined) return null;
  return { source: sourceDigest(profile.source), name: profile.name, uuid: profile.uuid };
};
