/** The operators' door to the artifacts of blueprints (http-api 2.8). */
import { type Static, Type } from "typebox";
import { itemScopeFields, itemScopeViewFields, viewItemScope } from "#mdm/artifacts/item-scope-fields.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { crudEndpoints, numberKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { foreignId, foreignUuid, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { type BlueprintArtifact, type BlueprintArtifactInput, shardModuloMin } from "./blueprint-artifact.ts";
import * as operations from "./blueprint-artifact-operations.ts";
import { listBlueprintArtifacts } from "./blueprint-artifact-store.ts";

const Body = Type.Object({
  blueprint: foreignId(),
  artifact: foreignUuid(),
  ...itemScopeFields({ shardModuloMin }),
});

const Filters = Type.Object({
  blueprint: Type.Optional(foreignId()),
  artifact: Type.Optional(foreignUuid()),
});

/** A link as it is answered. */
export const BlueprintArtifactView = Type.Object({
  id: Type.Integer(),
  blueprint: Type.Integer(),
  artifact: Type.String({ format: "uuid" }),
  ...itemScopeViewFields,
  created_at: timestamp(),
  updated_at: timestamp(),
});

export function viewBlueprintArtifact(
  _deps: unknown,
  link: BlueprintArtifact,
): Static<typeof BlueprintArtifactView> {
  return {
    id: link.id,
    blueprint: link.blueprint.pk,
    artifact: link.artifact.id,
    ...viewItemScope(link.scope),
    created_at: wireTime(link.createdAt),
    updated_at: wireTime(link.updatedAt),
  };
}

/** List, create, read, update, delete. */
export const blueprintArtifactEndpoints: readonly Endpoint<DesiredStateDeps>[] = crudEndpoints<
  DesiredStateDeps,
  BlueprintArtifact,
  BlueprintArtifactInput,
  number,
  typeof Filters
>({
  names: {
    path: "/api/mdm/blueprint_artifacts/",
    views: { list: "blueprint_artifacts", one: "blueprint_artifact" },
    permission: "mdm.blueprintartifact",
    operations: { list: "BlueprintArtifacts", one: "BlueprintArtifact" },
    words: { list: "artifacts of blueprints", one: "an artifact of a blueprint" },
  },
  key: numberKey,
  body: Body,
  answer: BlueprintArtifactView,
  filters: Filters,
  list: listBlueprintArtifacts,
  find: operations.findBlueprintArtifact,
  create: operations.createBlueprintArtifact,
  update: operations.updateBlueprintArtifact,
  remove: operations.deleteBlueprintArtifact,
  view: viewBlueprintArtifact,
});
