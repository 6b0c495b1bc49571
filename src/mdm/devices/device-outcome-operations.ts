/**
 * Lands what commands left behind; the device row is locked by the caller. None of these refuses: what cannot be stored
 * is left out with a log entry, because an answer that failed would be sent again for ever.
 */
import type { ManagedApplication } from "#protocol/mdm/answers/managed-application-list.ts";
import type { ProvisioningProfile } from "#protocol/mdm/answers/provisioning-profile-list.ts";
import type { DeviceAccount } from "#protocol/mdm/answers/user-list.ts";
import type { Operation } from "#platform/operation.ts";
import { type Device, storableJson, storableText, type Target } from "./device.ts";
import { inventoryCharactersMax } from "./device-inventory.ts";
import {
  accountRows,
  type ItemResult,
  managedApplicationRows,
  type OutcomeName,
  provisioningProfileRows,
  settingRows,
} from "./device-outcome.ts";
import {
  deleteProvisioningProfile,
  mergeManagedApplications,
  replaceAccounts,
  replaceProvisioningProfiles,
  type ReportedRows,
  upsertOutcome,
  upsertProvisioningProfile,
  upsertSettings,
} from "./device-outcome-store.ts";

/** Table `device_outcomes`: the last outcome of a kind, on the channel it happened on. */
export async function recordOutcome(
  op: Operation,
  { device, user }: Target,
  outcome: { readonly name: OutcomeName; readonly detail: unknown; readonly commandUuid: string },
): Promise<void> {
  const detail = storableJson(outcome.detail);
  if (detail === null) logLeftOut(op, device, outcome.name);
  await upsertOutcome(op.tx, device.id, {
    deviceUserId: user?.id ?? null,
    name: outcome.name,
    detail: detail ?? "null",
    commandUuid: outcome.commandUuid,
    at: op.at,
  });
}

/** Table `device_settings`. */
export async function storeSettingResults(
  op: Operation,
  device: Device,
  reported: { readonly results: readonly ItemResult[]; readonly commandUuid: string },
): Promise<void> {
  const { commandUuid } = reported;
  const rows = reportedRows(op, device, { rows: settingRows(reported.results), name: "settings" });
  if (rows !== null) await upsertSettings(op.tx, device.id, { ...rows, commandUuid });
}

/** Table `device_accounts`. */
export async function storeAccounts(
  op: Operation,
  device: Device,
  accounts: readonly DeviceAccount[],
): Promise<void> {
  const rows = reportedRows(op, device, { rows: accountRows(accounts), name: "accounts" });
  if (rows !== null) await replaceAccounts(op.tx, device.id, rows);
}

/** Table `device_managed_applications`; a list that was asked for by identifier leaves the others alone. */
export async function storeManagedApplications(
  op: Operation,
  device: Device,
  reported: { readonly applications: readonly ManagedApplication[]; readonly isPartial: boolean },
): Promise<void> {
  const { applications, isPartial } = reported;
  const found = { rows: managedApplicationRows(applications), name: "managed_applications" };
  const rows = reportedRows(op, device, found);
  if (rows !== null) await mergeManagedApplications(op.tx, device.id, { ...rows, isPartial });
}

/** Table `device_provisioning_profiles`. */
export async function storeProvisioningProfiles(
  op: Operation,
  device: Device,
  profiles: readonly ProvisioningProfile[],
): Promise<void> {
  const found = { rows: provisioningProfileRows(profiles), name: "provisioning_profiles" };
  const rows = reportedRows(op, device, found);
  if (rows !== null) await replaceProvisioningProfiles(op.tx, device.id, rows);
}

/** A provisioning profile the device acknowledged, with the command that installed it. */
export async function recordInstalledProvisioningProfile(
  op: Operation,
  device: Device,
  installed: { readonly profile: ProvisioningProfile; readonly commandUuid: string },
): Promise<void> {
  const [row] = provisioningProfileRows([installed.profile]);
  if (row === undefined) return;
  await upsertProvisioningProfile(op.tx, device.id, {
    uuid: row.uuid,
    name: row.name,
    expiresAt: row.expires_at,
    installedBy: installed.commandUuid,
    installedAt: op.at,
  });
}

/** A provisioning profile the device acknowledged to have removed. */
export function removeProvisioningProfile(op: Operation, device: Device, uuid: string): Promise<void> {
  return deleteProvisioningProfile(op.tx, device.id, storableText(uuid, 512));
}

function reportedRows(
  op: Operation,
  device: Device,
  { rows, name }: { readonly rows: readonly unknown[]; readonly name: string },
): ReportedRows | null {
  const json = storableJson(rows, inventoryCharactersMax);
  if (json === null) logLeftOut(op, device, name);
  return json === null ? null : { json, at: op.at };
}

function logLeftOut(op: Operation, device: Device, what: string): void {
  op.log.warn({ udid: device.udid, what }, "A report is too large to keep");
}
