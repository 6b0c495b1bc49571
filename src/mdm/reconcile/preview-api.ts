/** The operators' door to previews, and to how far the devices of a blueprint have come. */
import { type Static, Type } from "typebox";
import { itemScopeFields, readItemScope } from "#mdm/artifacts/item-scope-fields.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { OperationRefused } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignUuid, nullable } from "#platform/http/wire-fields.ts";
import { countArtifactStatuses, countPlannedTargets } from "./blueprint-status-store.ts";
import { previewDevicesMax, previewSampleMax, proposedItemsMax } from "./preview.ts";
import { blueprintUnknown, type Preview, previewChange } from "./preview-operations.ts";

const Item = Type.Object({ artifact: foreignUuid(), ...itemScopeFields({ shardModuloMin: 1 }) });
const items = Type.Optional(Type.Array(Item, { maxItems: proposedItemsMax, default: [] }));

const PreviewBody = Type.Object({
  blueprint_artifacts: items,
  removed: Type.Optional(Type.Array(foreignUuid(), { maxItems: proposedItemsMax, default: [] })),
  artifact_versions: items,
});

const ArtifactKey = Type.Object({ pk: Type.String({ format: "uuid" }), name: Type.String() });
const ArtifactKeys = Type.Array(ArtifactKey);
const counts = { installs: Type.Integer(), updates: Type.Integer(), removals: Type.Integer() };

const PreviewView = Type.Object({
  is_complete: Type.Boolean({ description: "Whether all devices of the blueprint were looked at" }),
  devices: Type.Object({ total: Type.Integer(), examined: Type.Integer(), affected: Type.Integer() }),
  ...counts,
  artifacts: Type.Array(Type.Object({ artifact: ArtifactKey, ...counts })),
  sample: Type.Array(
    Type.Object({
      enrolled_device: Type.Integer(),
      serial_number: Type.String(),
      enrolled_user: nullable(Type.Integer()),
      installs: ArtifactKeys,
      updates: ArtifactKeys,
      removals: ArtifactKeys,
    }),
  ),
});

const StatusView = Type.Object({
  revision: Type.String(),
  targets: Type.Object({
    total: Type.Integer(),
    settled: Type.Integer({ description: "Have nothing left to do, as far as is known" }),
    pending: Type.Integer({ description: "Have not caught up with the blueprint, or are on the way" }),
  }),
  artifacts: Type.Array(
    Type.Object({
      artifact: ArtifactKey,
      version: Type.Integer(),
      status: Type.String(),
      count: Type.Integer(),
    }),
  ),
});

const previewEndpoint = writeEndpoint<unknown, typeof PreviewBody, typeof PreviewBody>({
  method: "POST",
  path: "/api/mdm/blueprints/:id/preview/",
  operationId: "previewBlueprint",
  view: "preview_blueprint",
  access: ["mdm.view_blueprint", "mdm.view_enrolleddevice"],
  summary: "What a change of a blueprint would do; nothing is changed",
  description:
    "blueprint_artifacts are links as they would be, removed are artifacts whose link would go, artifact_versions " +
    "are artifacts with the scope of a further version. Counts are of what comes into and goes out of scope. At most " +
    `${previewDevicesMax} devices are looked at, and ${previewSampleMax} are named.`,
  body: PreviewBody,
  response: { status: 200, schema: PreviewView },
  handle: async (_, op, { params, body }) => {
    const change = {
      links: (body.blueprint_artifacts ?? []).map(readItem),
      unlinked: (body.removed ?? []).map((id) => asUuid<"Artifact">(id)),
      versions: (body.artifact_versions ?? []).map(readItem),
    };
    return viewPreview(await previewChange(op.tx, params.id, change));
  },
});

function readItem(item: Static<typeof Item>) {
  return { artifactId: asUuid<"Artifact">(item.artifact), scope: readItemScope(item) };
}

function viewPreview(preview: Preview): Static<typeof PreviewView> {
  const { artifacts, sample, nameOf } = preview;
  const sum = (kind: keyof typeof counts): number =>
    artifacts.reduce((total, artifact) => total + artifact[kind], 0);
  const keys = (ids: readonly ArtifactId[]) => ids.map((pk) => ({ pk, name: nameOf(pk) }));
  return {
    is_complete: preview.examinedCount >= preview.deviceCount,
    devices: {
      total: preview.deviceCount,
      examined: preview.examinedCount,
      affected: preview.affectedCount,
    },
    installs: sum("installs"),
    updates: sum("updates"),
    removals: sum("removals"),
    artifacts: artifacts.map(({ artifactId, name, installs, updates, removals }) => ({
      artifact: { pk: artifactId, name },
      installs,
      updates,
      removals,
    })),
    sample: sample.map(({ target, difference }) => ({
      enrolled_device: target.deviceId,
      serial_number: target.serialNumber,
      enrolled_user: target.deviceUserId,
      installs: keys(difference.installs),
      updates: keys(difference.updates),
      removals: keys(difference.removals),
    })),
  };
}

const statusEndpoint = readEndpoint<unknown>({
  method: "GET",
  path: "/api/mdm/blueprints/:id/status/",
  operationId: "findBlueprintStatus",
  view: "blueprint_status",
  access: ["mdm.view_blueprint", "mdm.view_enrolleddevice"],
  summary: "How far the devices of a blueprint have come",
  response: { status: 200, schema: StatusView },
  handle: async (_, op, { params }): Promise<Static<typeof StatusView>> => {
    const planned = await countPlannedTargets(op.tx, params.id, op.at);
    if (planned === null) throw new OperationRefused(blueprintUnknown);
    const { revision, total, settled } = planned;
    const statuses = await countArtifactStatuses(op.tx, params.id);
    return {
      revision,
      targets: { total, settled, pending: total - settled },
      artifacts: statuses.map(({ artifactId, name, version, status, count }) => ({
        artifact: { pk: artifactId, name },
        version,
        status,
        count,
      })),
    };
  },
});

/** Preview and status of a blueprint. */
export const previewEndpoints: readonly Endpoint<unknown>[] = [previewEndpoint, statusEndpoint];
