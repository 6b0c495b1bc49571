import { expect, test } from "vitest";
import { bulkCommandNames, bulkRequest, confirmedName } from "./bulk-commands.ts";
import type { BulkTarget } from "./bulk-target.ts";

const now = new Date("2026-11-22T12:00:00Z");
const words = { message: " Bring me back ", phone: "" };
const matching: BulkTarget = {
  kind: "matching",
  search: { platform: ["macOS"], contact: "-7", page: 3, ordering: "name" },
  count: 1_234,
  isMinimum: false,
};

test("all that match are told by the filter, and a lock reaches no more than were confirmed", () => {
  expect(bulkRequest({ name: "DeviceLock", words, target: matching }, now)).toEqual({
    name: "DeviceLock",
    matching: { platform: ["macOS"], last_seen_before: "2026-11-15T12:00:00.000Z" },
    arguments: { Message: "Bring me back" },
    generate_secrets: true,
    devices_max: 1_234,
  });
});

test("a question needs no confirmation, and no words", () => {
  const request = bulkRequest({ name: "ProfileList", words, target: { kind: "rows", rows: [] } }, now);
  expect(request).toEqual({ name: "ProfileList", devices: [] });
});

test("what people notice is confirmed, and questions are not", () => {
  expect(bulkCommandNames.filter((name) => confirmedName(name) === null)).toEqual([
    "DeviceInformation",
    "SecurityInfo",
    "InstalledApplicationList",
    "ProfileList",
    "CertificateList",
    "DisableLostMode",
  ]);
});
