/**
 * The event of a target artifact that changed (desired-state specification 2.8; protocol specification 10).
 */
import { channelOf, type Target } from "#mdm/devices/device.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { TargetArtifactState, TargetArtifactSubject } from "./target-artifact.ts";

/** A row as an event tells it; a deleted one with its last values. */
export type ToldTargetArtifact = TargetArtifactSubject &
  TargetArtifactState & { readonly createdAt: Date; readonly updatedAt: Date };

export function targetArtifactUpdated(
  target: Target,
  result: "created" | "updated" | "deleted",
  row: ToldTargetArtifact,
): DomainEvent {
  const { device, user } = target;
  return {
    type: "target_artifact_update",
    tags: ["mdm"],
    serialNumber: device.serialNumber,
    objects: { mdm_artifact: [row.artifactId], mdm_artifact_version: [row.versionId] },
    payload: {
      result,
      channel: channelOf(target),
      target_artifact: describeTargetArtifact(row),
      ...(user === null
        ? {}
        : { enrolled_user: { pk: user.id, user_id: user.userId, short_name: user.shortName } }),
    },
  };
}

function describeTargetArtifact(row: ToldTargetArtifact): Readonly<Record<string, unknown>> {
  const { artifactId: pk, artifactType: type, artifactName: name } = row;
  return {
    artifact_version: { pk: row.versionId, version: row.version, artifact: { pk, type, name } },
    status: row.status,
    extra_info: row.extraInfo,
    installed_at: row.installedAt?.toISOString() ?? null,
    os_version_at_install_time: row.osVersionAtInstallTime,
    unique_install_identifier: row.uniqueInstallIdentifier,
    install_count: row.installCount,
    retry_count: row.retryCount,
    max_retry_count: row.maxRetryCount,
    retry_at: row.retryAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
