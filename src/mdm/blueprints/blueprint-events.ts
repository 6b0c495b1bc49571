/** Audit events of blueprints and of what they refer to; the static recovery password is never in them. */
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import type { CollectedShare } from "#mdm/commands/inventory-plan.ts";
import { type AuditFacts, auditEvent } from "#platform/events/audit-event.ts";
import type { DomainEvent } from "#platform/events/event.ts";
import type { Blueprint } from "./blueprint.ts";
import type { BlueprintArtifact } from "./blueprint-artifact.ts";
import type { FilevaultConfig } from "./filevault-config.ts";
import type { RecoveryPasswordConfig } from "./recovery-password-config.ts";
import type { SoftwareUpdateEnforcement } from "./software-update-enforcement.ts";

type Row = { readonly id: number; readonly createdAt: Date; readonly updatedAt: Date };
type Fields = Readonly<Record<string, unknown>>;

/** What happened: `previous` is absent for a creation, `next` for a deletion. */
export type Change<Changed> = { readonly previous?: Changed; readonly next?: Changed };

type ChangedEvent<Changed> = (action: AuditFacts["action"], change: Change<Changed>) => DomainEvent;

function changed<Changed extends Row>(
  names: Pick<AuditFacts, "model" | "objectKey">,
  fields: (row: Changed) => Fields,
  linkedOf?: (rows: readonly Changed[]) => NonNullable<AuditFacts["linked"]>,
): ChangedEvent<Changed> {
  const value = (row: Changed): Fields => ({
    pk: row.id,
    ...fields(row),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  });
  return (action, { previous, next }) =>
    auditEvent({
      ...names,
      action,
      pk: (next ?? previous)?.id ?? "",
      ...(previous === undefined ? {} : { prevValue: value(previous) }),
      ...(next === undefined ? {} : { newValue: value(next) }),
      ...(linkedOf && { linked: linkedOf([previous, next].filter((row) => row !== undefined)) }),
      app: "mdm",
    });
}

const shareNames: { readonly [Share in CollectedShare]: string } = { 0: "NO", 1: "MANAGED_ONLY", 2: "ALL" };

export const blueprintChanged: ChangedEvent<Blueprint> = changed(
  { model: "mdm.blueprint", objectKey: "mdm_blueprint" },
  (blueprint) => ({
    name: blueprint.name,
    inventory_interval: blueprint.inventoryInterval,
    collect_apps: shareNames[blueprint.collectApps],
    collect_certificates: shareNames[blueprint.collectCertificates],
    collect_profiles: shareNames[blueprint.collectProfiles],
    legacy_profiles_via_ddm: blueprint.legacyProfilesViaDdm,
    filevault_config: blueprint.filevaultConfig,
    recovery_password_config: blueprint.recoveryPasswordConfig,
    software_update_enforcements: blueprint.enforcements,
  }),
);

export const filevaultConfigChanged: ChangedEvent<FilevaultConfig> = changed(
  { model: "mdm.filevaultconfig", objectKey: "mdm_filevault_config" },
  (config) => ({
    name: config.name,
    escrow_location_display_name: config.escrowLocationDisplayName,
    at_login_only: config.atLoginOnly,
    bypass_attempts: config.bypassAttempts,
    show_recovery_key: config.showRecoveryKey,
    destroy_key_on_standby: config.destroyKeyOnStandby,
    prk_rotation_interval_days: config.prkRotationIntervalDays,
    prk_reveal_rotation_delay: config.prkRevealRotationDelay,
  }),
);

export const recoveryPasswordConfigChanged: ChangedEvent<RecoveryPasswordConfig> = changed(
  { model: "mdm.recoverypasswordconfig", objectKey: "mdm_recovery_password_config" },
  (config) => ({
    name: config.name,
    dynamic_password: config.dynamicPassword,
    rotation_interval_days: config.rotationIntervalDays,
    reveal_rotation_delay: config.revealRotationDelay,
    rotate_firmware_password: config.rotateFirmwarePassword,
  }),
);

export const softwareUpdateEnforcementChanged: ChangedEvent<SoftwareUpdateEnforcement> = changed(
  { model: "mdm.softwareupdateenforcement", objectKey: "mdm_software_update_enforcement" },
  (enforcement) => ({
    name: enforcement.name,
    details_url: enforcement.detailsUrl,
    platforms: enforcement.platforms,
    tags: enforcement.tagIds.map((pk, index) => ({ pk, name: enforcement.tagNames[index] ?? "" })),
    os_version: enforcement.osVersion,
    build_version: enforcement.buildVersion,
    local_datetime: enforcement.localDatetime,
    max_os_version: enforcement.maxOsVersion,
    delay_days: enforcement.delayDays,
    local_time: enforcement.localTime,
  }),
);

/** Shows on the timelines of the blueprint and of the artifact too. `auditScope` names the tags. */
export function blueprintArtifactChanged(
  action: AuditFacts["action"],
  change: Change<BlueprintArtifact>,
  auditScope: (scope: ItemScope) => Fields,
): DomainEvent {
  const event = changed<BlueprintArtifact>(
    { model: "mdm.blueprintartifact", objectKey: "mdm_blueprint_artifact" },
    ({ blueprint, artifact, scope }) => ({
      blueprint,
      artifact: { pk: artifact.id, name: artifact.name },
      ...auditScope(scope),
    }),
    (links) => ({
      mdm_blueprint: [...new Set(links.map(({ blueprint }) => String(blueprint.pk)))],
      mdm_artifact: [...new Set(links.map(({ artifact }) => artifact.id))],
    }),
  );
  return event(action, change);
}
