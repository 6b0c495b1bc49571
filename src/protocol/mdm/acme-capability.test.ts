import { expect, test } from "vitest";
import { judgeAcmeCapability } from "./acme-capability.ts";
import type { Platform } from "./platform.ts";

const all = { acme: true, hardwareBound: true, attest: true };
const none = { acme: false, hardwareBound: false, attest: false };

test.each<[Platform, string, string | null, object]>([
  ["macOS", "13.0.1", "Mac14,2", none],
  ["macOS", "13.1", "Mac14,2", all],
  ["macOS", "15.1", "MacBookPro17,1", all],
  ["macOS", "15.1", "MacBookPro16,1", { acme: true, hardwareBound: true, attest: false }],
  ["macOS", "15.1", "MacBookPro14,2", { acme: true, hardwareBound: false, attest: false }],
  ["macOS", "15.1", "VirtualMac2,1", { acme: true, hardwareBound: false, attest: false }],
  ["macOS", "15.1", null, { acme: true, hardwareBound: false, attest: false }],
  ["iOS", "15.8", "iPhone9,1", none],
  ["iOS", "16", "iPhone14,2", all],
  ["iPadOS", "17.1", "iPad13,1", all],
  ["tvOS", "16.0", "AppleTV11,1", all],
  ["iOS", "", "iPhone14,2", none],
  ["iOS", "1", "iPhone14,2", none],
  ["macOS", "nonsense", "Mac14,2", none],
])("%s %s on %s", (platform, osVersion, model, capability) => {
  expect(judgeAcmeCapability({ platform, osVersion, model })).toEqual(capability);
});
