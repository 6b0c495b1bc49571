import { describe, expect, test } from "vitest";
import { secondsAfter } from "#platform/clock.ts";
import { aDevice } from "../../../test/tools/devices.ts";
import {
  baseInventoryOf,
  type InventoryCollection,
  inventoryCollectionDefault,
  missingInventory,
} from "./inventory-plan.ts";

const at = new Date("2026-11-21T12:00:00Z");
const reported = {
  deviceInformationUpdatedAt: at,
  securityInfoUpdatedAt: at,
  applicationsUpdatedAt: at,
  certificatesUpdatedAt: at,
  profilesUpdatedAt: at,
};
const collection = (given: Partial<InventoryCollection> = {}): InventoryCollection => ({
  inventoryIntervalSeconds: 14_400,
  collectApps: 0,
  collectCertificates: 0,
  collectProfiles: 0,
  ...given,
});
const names = (...given: Parameters<typeof missingInventory>) =>
  missingInventory(...given).map(({ name }) => name);

describe("what is asked for", () => {
  test("without a blueprint it is everything, whole, in its order", () => {
    expect(missingInventory(aDevice(), inventoryCollectionDefault, at)).toEqual(
      ["DeviceInformation", "SecurityInfo", "InstalledApplicationList", "CertificateList", "ProfileList"].map(
        (name) => ({ name, arguments: {} }),
      ),
    );
  });

  test("a blueprint that collects nothing still wants to know the device", () => {
    expect(names(aDevice(), collection(), at)).toEqual(["DeviceInformation", "SecurityInfo"]);
  });

  test.each([
    [{ collectApps: 1 }, "InstalledApplicationList", { managed_only: true }],
    [{ collectApps: 2 }, "InstalledApplicationList", {}],
    [{ collectCertificates: 1 }, "CertificateList", { managed_only: true }],
    [{ collectProfiles: 2 }, "ProfileList", {}],
  ] as const)("%j asks for %s with %j", (given, name, args) => {
    expect(missingInventory(aDevice(), collection(given), at).slice(2)).toEqual([{ name, arguments: args }]);
  });

  test("before everything else it is what the device is, whatever is collected of it", () => {
    const base = baseInventoryOf(inventoryCollectionDefault);
    expect(names(aDevice(), base, at)).toEqual(["DeviceInformation", "SecurityInfo"]);
    expect(names(aDevice(reported), base, secondsAfter(at, 86_401))).toEqual([
      "DeviceInformation",
      "SecurityInfo",
    ]);
  });

  test("what was reported is due when it is older than the interval of the blueprint", () => {
    const whole = { collectApps: 2, collectCertificates: 2, collectProfiles: 2 } as const;
    expect(names(aDevice(reported), collection(whole), secondsAfter(at, 14_400))).toEqual([]);
    expect(names(aDevice(reported), collection(whole), secondsAfter(at, 14_401))).toHaveLength(5);
    expect(names(aDevice(reported), inventoryCollectionDefault, secondsAfter(at, 14_401))).toEqual([]);
  });
});
