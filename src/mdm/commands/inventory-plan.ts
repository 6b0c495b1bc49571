/**
 * What a device has not reported yet since it enrolled (protocol specification 5.2, steps 2 and 12, in their order). The three lists are asked for
 * once per enrollment too: without a blueprint the reference leaves them out, and a device whose inventory nobody
 * chose to collect would show nothing (our decision). Repeating by interval belongs to blueprints.
 */
import type { Device } from "#mdm/devices/device.ts";
import type { CommandName } from "./command.ts";

const inventory: readonly (readonly [CommandName, (device: Device) => Date | null])[] = [
  ["DeviceInformation", (device) => device.deviceInformationUpdatedAt],
  ["SecurityInfo", (device) => device.securityInfoUpdatedAt],
  ["InstalledApplicationList", (device) => device.applicationsUpdatedAt],
  ["CertificateList", (device) => device.certificatesUpdatedAt],
  ["ProfileList", (device) => device.profilesUpdatedAt],
];

/** The kinds that were never reported in this enrollment, in the order they are asked for. */
export function missingInventory(device: Device): CommandName[] {
  return inventory.filter(([, reportedAt]) => reportedAt(device) === null).map(([name]) => name);
}
