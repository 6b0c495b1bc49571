/** The operators' door to blueprints (http-api 2.4). */
import { Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { crudEndpoints, nameFilter, numberKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { choice, foreignId, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import {
  type Blueprint,
  type BlueprintInput,
  enforcementsMax,
  inventoryIntervalSecondsDefault,
  inventoryIntervalSecondsMax,
  inventoryIntervalSecondsMin,
} from "./blueprint.ts";
import * as operations from "./blueprint-operations.ts";
import { nameCharactersMax } from "./blueprint-refusal.ts";
import { listBlueprints } from "./blueprint-store.ts";

const share = choice([0, 1, 2], { default: 0, description: "0: no, 1: what is managed, 2: all" });
const reference = Type.Optional(nullable(foreignId()));

/** What a write takes. */
export const BlueprintBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: nameCharactersMax }),
  inventory_interval: Type.Optional(
    Type.Integer({
      minimum: inventoryIntervalSecondsMin,
      maximum: inventoryIntervalSecondsMax,
      default: inventoryIntervalSecondsDefault,
      description: "Seconds",
    }),
  ),
  collect_apps: Type.Optional(share),
  collect_certificates: Type.Optional(share),
  collect_profiles: Type.Optional(share),
  legacy_profiles_via_ddm: Type.Optional(Type.Boolean({ default: true })),
  default_location: reference,
  filevault_config: reference,
  recovery_password_config: reference,
  software_update_enforcements: Type.Optional(
    Type.Array(foreignId(), { maxItems: enforcementsMax, default: [] }),
  ),
});

/** A blueprint as it is answered. */
export const BlueprintView = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  inventory_interval: Type.Integer(),
  collect_apps: share,
  collect_certificates: share,
  collect_profiles: share,
  legacy_profiles_via_ddm: Type.Boolean(),
  default_location: nullable(foreignId()),
  filevault_config: nullable(foreignId()),
  recovery_password_config: nullable(foreignId()),
  software_update_enforcements: Type.Array(foreignId()),
  created_at: timestamp(),
  updated_at: timestamp(),
});

export function viewBlueprint(_deps: unknown, blueprint: Blueprint): Record<string, unknown> {
  return {
    id: blueprint.id,
    name: blueprint.name,
    inventory_interval: blueprint.inventoryInterval,
    collect_apps: blueprint.collectApps,
    collect_certificates: blueprint.collectCertificates,
    collect_profiles: blueprint.collectProfiles,
    legacy_profiles_via_ddm: blueprint.legacyProfilesViaDdm,
    default_location: null,
    filevault_config: blueprint.filevaultConfig?.pk ?? null,
    recovery_password_config: blueprint.recoveryPasswordConfig?.pk ?? null,
    software_update_enforcements: blueprint.enforcements.map(({ pk }) => pk),
    created_at: wireTime(blueprint.createdAt),
    updated_at: wireTime(blueprint.updatedAt),
  };
}

/** List, create, read, update, delete. */
export const blueprintEndpoints: readonly Endpoint<DesiredStateDeps>[] = crudEndpoints<
  DesiredStateDeps,
  Blueprint,
  BlueprintInput,
  number
>({
  names: {
    path: "/api/mdm/blueprints/",
    views: { list: "blueprints", one: "blueprint" },
    permission: "mdm.blueprint",
    operations: { list: "Blueprints", one: "Blueprint" },
    words: { list: "blueprints", one: "a blueprint" },
  },
  key: numberKey,
  body: BlueprintBody,
  answer: BlueprintView,
  filters: nameFilter,
  list: listBlueprints,
  find: operations.findBlueprint,
  create: (op, _deps, input) => operations.createBlueprint(op, input),
  update: operations.updateBlueprint,
  remove: operations.deleteBlueprint,
  view: viewBlueprint,
});
