/**
 * What a device has not reported yet since it enrolled, or too long ago (protocol specification 5.2, steps 2 and 12, in their
 * order). The three lists are asked for too: without a blueprint the reference leaves them out, and a device
 * whose inventory nobody chose to collect would show nothing (our decision).
 */
import { secondsAfter } from "#platform/clock.ts";
import type { Device } from "#mdm/devices/device.ts";
import type { CommandName } from "./command.ts";

const inventory: readonly (readonly [CommandName, (device: Device) => Date | null])[] = [
  ["DeviceInformation", (device) => device.deviceInformationUpdatedAt],
  ["SecurityInfo", (device) => device.securityInfoUpdatedAt],
  ["InstalledApplicationList", (device) => device.applicationsUpdatedAt],
  ["CertificateList", (device) => device.certificatesUpdatedAt],
  ["ProfileList", (device) => device.profilesUpdatedAt],
];

/** What was reported longer ago is asked for again: the default of the specification, until a blueprint says other. */
export const inventoryIntervalSeconds = 86_400;

/** The kinds that were never reported in this enrollment, or too long ago, in the order they are asked for. */
export function missingInventory(device: Device, at: Date): CommandName[] {
  const dueBefore = secondsAfter(at, -inventoryIntervalSeconds);
  const isDue = (reportedAt: Date | null): boolean => reportedAt === null || reportedAt < dueBefore;
  return inventory.filter(([, reportedAt]) => isDue(reportedAt(device))).map(([name]) => name);
}
