/** What is known of a delivered version beyond its artifact: how devices name what it put on them. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";

export type DeliveredVersion = {
  readonly artifactId: ArtifactId;
  /** Of a profile. */
  readonly displayName: string | null;
  /** Of a provisioning profile. */
  readonly provisioningUuid: string | null;
  /** Of an enterprise app: the applications in its package, as it was read. */
  readonly bundles: unknown;
};

/** One version; null when it is gone. */
export function findDeliveredVersion(reader: Reader, versionId: string): Promise<DeliveredVersion | null> {
  return reader.maybe(sql`
    select v.artifact_id, p.payload_display_name as display_name, q.uuid as provisioning_uuid, e.bundles
      from artifact_versions v
      left join profiles p on p.artifact_version_id = v.id
      left join provisioning_profiles q on q.artifact_version_id = v.id
      left join enterprise_apps e on e.artifact_version_id = v.id
     where v.id = ${versionId}`);
}
