/**
 * What a device has not reported yet since it enrolled, or too long ago (protocol specification 5.2, steps 2 and 12, in their
 * order). Its blueprint says which of the three lists are collected, and how often. Without one all of them are: the
 * reference leaves them out, and a device whose inventory nobody chose to collect would show nothing (our decision).
 */
import { secondsAfter } from "#platform/clock.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import type { Device } from "#mdm/devices/device.ts";
import type { CommandArguments, CommandName } from "./command.ts";
import { commandScopes } from "./command-scope.ts";

/** How much of a list is collected: 0 nothing, 1 what is managed, 2 all (http-api 2.4). */
export type CollectedShare = 0 | 1 | 2;

/** What is collected of a device, and how often. */
export type InventoryCollection = {
  readonly inventoryIntervalSeconds: number;
  readonly collectApps: CollectedShare;
  readonly collectCertificates: CollectedShare;
  readonly collectProfiles: CollectedShare;
};

/** Of a device without a blueprint. The interval is the default of blueprints, too. */
export const inventoryCollectionDefault: InventoryCollection = {
  inventoryIntervalSeconds: 86_400,
  collectApps: 2,
  collectCertificates: 2,
  collectProfiles: 2,
};

/**
 * What of it comes before everything else: what the device is. The lists come last, when the device has what it should
 * have, and so tell of that, too (protocol specification 5.1, steps 2 and 12).
 */
export function baseInventoryOf(collection: InventoryCollection): InventoryCollection {
  return { ...collection, collectApps: 0, collectCertificates: 0, collectProfiles: 0 };
}

/** The platforms whose user-enrolled devices tell their applications; of others they are never due. */
export const userEnrolledAppPlatforms: readonly Platform[] =
  commandScopes.InstalledApplicationList.userEnrollment;

/** One inventory to ask for. */
export type InventoryRequest = { readonly name: CommandName; readonly arguments: CommandArguments };

type Kind = {
  readonly name: CommandName;
  readonly reportedAt: (device: Device) => Date | null;
  /** Absent: always wanted, and whole. */
  readonly share?: (collection: InventoryCollection) => CollectedShare;
};

const kinds: readonly Kind[] = [
  { name: "DeviceInformation", reportedAt: (device) => device.deviceInformationUpdatedAt },
  { name: "SecurityInfo", reportedAt: (device) => device.securityInfoUpdatedAt },
  {
    name: "InstalledApplicationList",
    reportedAt: (device) => device.applicationsUpdatedAt,
    share: ({ collectApps }) => collectApps,
  },
  {
    name: "CertificateList",
    reportedAt: (device) => device.certificatesUpdatedAt,
    share: ({ collectCertificates }) => collectCertificates,
  },
  {
    name: "ProfileList",
    reportedAt: (device) => device.profilesUpdatedAt,
    share: ({ collectProfiles }) => collectProfiles,
  },
];

/** What is collected and was never reported in this enrollment, or too long ago, in the order it is asked for. */
export function missingInventory(
  device: Device,
  collection: InventoryCollection,
  at: Date,
): InventoryRequest[] {
  const dueBefore = secondsAfter(at, -collection.inventoryIntervalSeconds);
  return kinds.flatMap(({ name, reportedAt, share }) => {
    const reported = reportedAt(device);
    const wanted = share?.(collection) ?? 2;
    if (wanted === 0 || (reported !== null && reported >= dueBefore)) return [];
    return [{ name, arguments: wanted === 1 ? { managed_only: true } : {} }];
  });
}
