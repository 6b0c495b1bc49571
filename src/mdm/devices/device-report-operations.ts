/**
 * Lands the answers of commands on the device; the row is locked by the caller. None of these refuses: what cannot be
 * stored is left out with a log entry, because an answer that failed would be sent again for ever.
 */
import type { DeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import type { SecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import type { InstalledApplication } from "#protocol/mdm/answers/installed-application-list.ts";
import type { InstalledCertificate } from "#protocol/mdm/answers/certificate-list.ts";
import type { InstalledProfile } from "#protocol/mdm/answers/profile-list.ts";
import type { Tx } from "#platform/db/database.ts";
import type { Operation } from "#platform/operation.ts";
import { type Device, type DeviceId, type DevicePatch, storableJson, storableText } from "./device.ts";
import {
  applicationRows,
  applicationsMax,
  certificateRows,
  certificatesMax,
  inventoryCharactersMax,
  profileRows,
  profilesMax,
} from "./device-inventory.ts";
import {
  deleteProfile,
  replaceApplications,
  replaceCertificates,
  replaceProfiles,
  upsertInstalledProfile,
} from "./device-inventory-store.ts";
import { deviceInformationPatch, securityInfoPatch } from "./device-report.ts";
import { updateDevice } from "./device-store.ts";

/** Columns `device_information`, name, model, versions, and what else {@link deviceInformationPatch} says. */
export async function storeDeviceInformation(
  op: Operation,
  device: Device,
  information: DeviceInformation,
): Promise<Device> {
  const patch = deviceInformationPatch(information, op.at);
  if (patch.platform !== undefined && patch.platform !== device.platform) {
    op.log.warn(
      { udid: device.udid, from: device.platform, to: patch.platform },
      "A device changed its platform",
    );
  }
  const deviceInformation = storableJson(information.json);
  if (deviceInformation === null) logLeftOut(op, device, "device_information");
  const documents = deviceInformation === null ? {} : { deviceInformation };
  return updateDevice(op.tx, { id: device.id, patch, documents, at: op.at });
}

/** Columns `security_info`, enrollment flags, FileVault, Activation Lock and bootstrap token facts. */
export async function storeSecurityInfo(
  op: Operation,
  device: Device,
  security: SecurityInfo,
): Promise<Device> {
  const securityInfo = storableJson(security.json);
  if (securityInfo === null) logLeftOut(op, device, "security_info");
  const documents = securityInfo === null ? {} : { securityInfo };
  return updateDevice(op.tx, {
    id: device.id,
    patch: securityInfoPatch(security, op.at),
    documents,
    at: op.at,
  });
}

/** Table `device_applications`. */
export function storeApplications(
  op: Operation,
  device: Device,
  applications: readonly InstalledApplication[],
): Promise<Device> {
  const rows = applicationRows(applications);
  return storeList(op, device, {
    rows,
    rowsMax: applicationsMax,
    replace: replaceApplications,
    patch: { applicationsUpdatedAt: op.at },
    name: "applications",
  });
}

/** Table `device_profiles`. */
export function storeProfiles(
  op: Operation,
  device: Device,
  profiles: readonly InstalledProfile[],
): Promise<Device> {
  const rows = profileRows(profiles);
  return storeList(op, device, {
    rows,
    rowsMax: profilesMax,
    replace: replaceProfiles,
    patch: { profilesUpdatedAt: op.at },
    name: "profiles",
  });
}

/** Table `device_certificates`. */
export function storeCertificates(
  op: Operation,
  device: Device,
  certificates: readonly InstalledCertificate[],
): Promise<Device> {
  const rows = certificateRows(certificates);
  return storeList(op, device, {
    rows,
    rowsMax: certificatesMax,
    replace: replaceCertificates,
    patch: { certificatesUpdatedAt: op.at },
    name: "certificates",
  });
}

/** A profile the device acknowledged: one row of `device_profiles`, with the command that installed it. */
export async function recordInstalledProfile(
  op: Operation,
  device: Device,
  installed: {
    readonly identifier: string;
    readonly uuid: string;
    readonly displayName: string;
    readonly organization: string;
    readonly installedBy: string;
  },
): Promise<void> {
  await upsertInstalledProfile(op.tx, device.id, {
    identifier: storableText(installed.identifier, 512),
    uuid: storableText(installed.uuid),
    displayName: storableText(installed.displayName),
    organization: storableText(installed.organization),
    installedBy: installed.installedBy,
    installedAt: op.at,
  });
}

/** A profile the device acknowledged to have removed. */
export function removeInstalledProfile(op: Operation, device: Device, identifier: string): Promise<void> {
  return deleteProfile(op.tx, device.id, storableText(identifier, 512));
}

type ReportedList = {
  readonly rows: readonly unknown[];
  readonly rowsMax: number;
  readonly replace: (tx: Tx, deviceId: DeviceId, rows: string) => Promise<void>;
  readonly patch: DevicePatch;
  readonly name: string;
};

async function storeList(op: Operation, device: Device, list: ReportedList): Promise<Device> {
  if (list.rows.length >= list.rowsMax) {
    op.log.warn({ udid: device.udid, what: list.name, rowsMax: list.rowsMax }, "A reported list was cut");
  }
  const rows = storableJson(list.rows, inventoryCharactersMax);
  if (rows === null) logLeftOut(op, device, list.name);
  else await list.replace(op.tx, device.id, rows);
  return updateDevice(op.tx, { id: device.id, patch: list.patch, at: op.at });
}

function logLeftOut(op: Operation, device: Device, what: string): void {
  op.log.warn({ udid: device.udid, what }, "A report is too large to keep");
}
