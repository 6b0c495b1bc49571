/** The operators' door to previews, and to how far the devices of a blueprint have come. */
import { type Static, Type } from "typebox";
import { itemScopeFields } from "#mdm/artifacts/item-scope-fields.ts";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { changedItemsMax, linkChangeFields } from "#mdm/blueprints/blueprint-change-fields.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignUuid, nullable } from "#platform/http/wire-fields.ts";
import { countArtifactStatuses, countPlannedTargets, listPlannedCounts } from "./blueprint-status-store.ts";
import { previewDevicesMax, previewSampleMax } from "./preview.ts";
import { blueprintUnknown, type Preview, previewChange } from "./preview-operations.ts";
import type { PlanDeps } from "./reconcile-operations.ts";

const Version = Type.Object({ artifact: foreignUuid(), ...itemScopeFields({ shardModuloMin: 1 }) });
const versions = { maxItems: changedItemsMax, default: [] };

const PreviewBody = Type.Object({
  ...linkChangeFields,
  artifact_versions: Type.Optional(Type.Array(Version, versions)),
  legacy_profiles_via_ddm: Type.Optional(Type.Boolean()),
});

const ArtifactKey = Type.Object({
  pk: Type.String({ format: "uuid" }),
  name: nullable(Type.String({ description: "Null for callers without `mdm.view_artifact`" })),
});
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

const targetCounts = {
  total: Type.Integer(),
  settled: Type.Integer({ description: "Have nothing left to do, as far as is known" }),
  pending: Type.Integer({ description: "Have not caught up with the blueprint, or are on the way" }),
};

const StatusView = Type.Object({
  revision: Type.String(),
  targets: Type.Object(targetCounts),
  artifacts: Type.Array(
    Type.Object({
      artifact: ArtifactKey,
      version: Type.Integer(),
      status: Type.String(),
      count: Type.Integer(),
    }),
  ),
});

const previewEndpoint = writeEndpoint<
  Pick<PlanDeps, "identifierPrefix">,
  typeof PreviewBody,
  typeof PreviewBody
>({
  method: "POST",
  path: "/api/mdm/blueprints/:id/preview/",
  operationId: "previewBlueprint",
  view: "preview_blueprint",
  access: ["mdm.view_blueprint", "mdm.view_enrolleddevice"],
  summary: "What a change of a blueprint would do; nothing is changed",
  description:
    "blueprint_artifacts are links as they would be, removed are artifacts whose link would go, artifact_versions " +
    "are artifacts with the scope of a further version, legacy_profiles_via_ddm is the setting as it would be. Counted " +
    "is what devices would be sent that they would not be sent as things are, from what they have. At most " +
    `${previewDevicesMax} devices are looked at, and ${previewSampleMax} are named.`,
  body: PreviewBody,
  response: { status: 200, schema: PreviewView },
  handle: async (deps, op, { params, body, caller }) =>
    viewPreview(await previewChange(op, deps, { blueprintId: params.id, input: body }), maySeeNames(caller)),
});

function maySeeNames(caller: Caller | null): boolean {
  return caller?.hasPermission("mdm.view_artifact") === true;
}

function viewPreview(preview: Preview, maySee: boolean): Static<typeof PreviewView> {
  const { artifacts, sample } = preview;
  const nameOf = (id: ArtifactId): string | null => (maySee ? preview.nameOf(id) : null);
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
    artifacts: artifacts.map(({ artifactId, installs, updates, removals }) => ({
      artifact: { pk: artifactId, name: nameOf(artifactId) },
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
  handle: async (_, op, { params, caller }): Promise<Static<typeof StatusView>> => {
    const planned = await countPlannedTargets(op.tx, params.id, op.at);
    if (planned === null) throw new OperationRefused(blueprintUnknown);
    const { revision, total, settled } = planned;
    const statuses = await countArtifactStatuses(op.tx, params.id);
    const maySee = maySeeNames(caller);
    return {
      revision,
      targets: { total, settled, pending: total - settled },
      artifacts: statuses.map(({ artifactId, name, version, status, count }) => ({
        artifact: { pk: artifactId, name: maySee ? name : null },
        version,
        status,
        count,
      })),
    };
  },
});

const StatusRow = Type.Object({
  id: Type.Integer(),
  revision: Type.String(),
  targets: Type.Object({
    ...targetCounts,
    failed: Type.Integer({ description: "Have an artifact that failed, whether settled or pending" }),
  }),
});

const statusesEndpoint = readEndpoint<unknown>({
  method: "GET",
  path: "/api/mdm/blueprints/status/",
  operationId: "listBlueprintStatuses",
  view: "blueprint_statuses",
  access: ["mdm.view_blueprint", "mdm.view_enrolleddevice"],
  summary: "How far the devices of every blueprint have come",
  description: "In the order of the names of the blueprints.",
  response: { status: 200, schema: StatusRow },
  list: "envelope",
  handle: async (_, op, { page }) => {
    const { count, rows } = await listPlannedCounts(op.tx, op.at, page);
    return {
      count,
      rows: rows.map(
        ({ id, revision, total, settled, failed }): Static<typeof StatusRow> => ({
          id,
          revision,
          targets: { total, settled, pending: total - settled, failed },
        }),
      ),
    };
  },
});

/** Preview and status of a blueprint, and the status of all. */
export const previewEndpoints: readonly Endpoint<Pick<PlanDeps, "identifierPrefix">>[] = [
  previewEndpoint,
  statusEndpoint,
  statusesEndpoint,
];
