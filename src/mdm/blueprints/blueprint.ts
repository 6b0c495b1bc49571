// A blueprint says what a group of devices should have, and what is collected of them.
// Operators change it; enrollments and operators give it to devices, and reconcile carries it out.
// It never knows its devices, and one that artifacts are linked to is never deleted.
import { type CollectedShare, inventoryCollectionDefault } from "#mdm/commands/inventory-plan.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import { resourceRefusals, unknownPk } from "./blueprint-refusal.ts";

export type BlueprintId = Id<"Blueprint">;

/** An object that is referred to, as audit events name it. */
export type Named = { readonly pk: number; readonly name: string };

type Settings = {
  readonly name: string;
  /** Seconds. */
  readonly inventoryInterval: number;
  readonly collectApps: CollectedShare;
  readonly collectCertificates: CollectedShare;
  readonly collectProfiles: CollectedShare;
  /** Profiles go to devices as declarations, where declarative management can. */
  readonly legacyProfilesViaDdm: boolean;
};

/** The columns an operator decides. */
export type BlueprintFields = Settings & {
  readonly filevaultConfigId: number | null;
  readonly recoveryPasswordConfigId: number | null;
  /** Sorted. */
  readonly enforcementIds: readonly number[];
};

export type Blueprint = Settings & {
  readonly id: BlueprintId;
  readonly filevaultConfig: Named | null;
  readonly recoveryPasswordConfig: Named | null;
  readonly enforcements: readonly Named[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What operators send, by its names on the wire (http-api 2.4); what is omitted stays. */
export type BlueprintInput = {
  readonly name: string;
  readonly inventory_interval?: number;
  readonly collect_apps?: CollectedShare;
  readonly collect_certificates?: CollectedShare;
  readonly collect_profiles?: CollectedShare;
  readonly legacy_profiles_via_ddm?: boolean;
  readonly default_location?: number | null;
  readonly filevault_config?: number | null;
  readonly recovery_password_config?: number | null;
  readonly software_update_enforcements?: readonly number[];
};

export const inventoryIntervalSecondsMin = 14_400;
export const inventoryIntervalSecondsMax = 604_800;
export const inventoryIntervalSecondsDefault = inventoryCollectionDefault.inventoryIntervalSeconds;
export const enforcementsMax = 1000;

export const blueprintRefusals = resourceRefusals({
  model: "Blueprint",
  verbose: "blueprint",
  label: "blueprint",
});

/** Puts together what a request says and what it leaves out; `current` is null for a creation. */
export function planBlueprint(input: BlueprintInput, current: Blueprint | null): BlueprintFields {
  const enforcementIds =
    input.software_update_enforcements ?? current?.enforcements.map(({ pk }) => pk) ?? [];
  return {
    name: input.name,
    inventoryInterval:
      input.inventory_interval ?? current?.inventoryInterval ?? inventoryIntervalSecondsDefault,
    collectApps: input.collect_apps ?? current?.collectApps ?? 0,
    collectCertificates: input.collect_certificates ?? current?.collectCertificates ?? 0,
    collectProfiles: input.collect_profiles ?? current?.collectProfiles ?? 0,
    legacyProfilesViaDdm: input.legacy_profiles_via_ddm ?? current?.legacyProfilesViaDdm ?? true,
    filevaultConfigId: keep(input.filevault_config, current?.filevaultConfig),
    recoveryPasswordConfigId: keep(input.recovery_password_config, current?.recoveryPasswordConfig),
    enforcementIds: [...new Set(enforcementIds)].sort((a, b) => a - b),
  };
}

/** Null is a value that was sent; undefined was not. */
function keep(sent: number | null | undefined, stored: Named | null | undefined): number | null {
  return sent === undefined ? (stored?.pk ?? null) : sent;
}

/** What the database knows of what a request refers to. */
export type BlueprintReferences = {
  readonly isNameTaken: boolean;
  readonly filevaultConfigId: number | null;
  readonly recoveryPasswordConfigId: number | null;
  readonly enforcementIds: readonly number[];
};

/** Refuses a name in use and every unknown reference, all together. */
export function listBlueprintRefusals(
  input: BlueprintInput,
  fields: BlueprintFields,
  found: BlueprintReferences,
): (Refusal | null)[] {
  const unknownEnforcement = fields.enforcementIds.find((id) => !found.enforcementIds.includes(id));
  return [
    found.isNameTaken ? blueprintRefusals.nameTaken : null,
    // Locations: there are none to refer to.
    refuseUnless("default_location", input.default_location ?? null, null),
    refuseUnless("filevault_config", fields.filevaultConfigId, found.filevaultConfigId),
    refuseUnless("recovery_password_config", fields.recoveryPasswordConfigId, found.recoveryPasswordConfigId),
    unknownEnforcement === undefined ? null : unknownPk("software_update_enforcements", unknownEnforcement),
  ];
}

function refuseUnless(field: string, wanted: number | null, found: number | null): Refusal | null {
  return wanted === found || wanted === null ? null : unknownPk(field, wanted);
}

/** Whether devices should have something else than before. What is collected of them is none of it. */
export function changesDesiredState(previous: Blueprint, next: Blueprint): boolean {
  const desired = (blueprint: Blueprint) => [
    blueprint.name,
    blueprint.legacyProfilesViaDdm,
    blueprint.filevaultConfig?.pk,
    blueprint.recoveryPasswordConfig?.pk,
    blueprint.enforcements.map(({ pk }) => pk),
  ];
  return JSON.stringify(desired(previous)) !== JSON.stringify(desired(next));
}
