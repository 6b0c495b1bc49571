import { describe, expect, test } from "vitest";
import { inferPlatform, inferPlatformFromProduct, macSecureElement } from "./platform.ts";

describe("the platform is inferred", () => {
  test.each([
    ["iPhone17,1", null, "26.1", "iOS"],
    ["iPod9,1", null, "15.8", "iOS"],
    ["iPad2,5", null, "9.3.5", "iOS"],
    ["iPad4,1", null, "12.9", "iOS"],
    ["iPad13,4", null, "13.0", "iPadOS"],
    ["AppleTV14,1", null, "17.0", "tvOS"],
    ["Mac14,2", null, "15.0", "macOS"],
    ["VirtualMac2,1", null, "15.0", "macOS"],
    [null, "iMac14,2", "10.12.6", "macOS"],
    [null, "iPad", "26.0", "iPadOS"],
    ["iPhone17,1", null, null, null],
    [null, null, "15.0", null],
  ] as const)(
    "from the product %s, model %s and version %s: %s",
    (productName, model, osVersion, platform) => {
      expect(inferPlatform({ productName, model, osVersion })).toBe(platform);
    },
  );

  test.each([
    ["VirtualMac2,1", "macOS"],
    ["MacBookPro18,3", "macOS"],
    ["iPhone17,1", "iOS"],
    ["iPad13,4", "iPadOS"],
    ["AppleTV14,1", "tvOS"],
    ["iBridge2,1", null],
  ])("from the machine info of %s: %s", (product, platform) => {
    expect(inferPlatformFromProduct(product)).toBe(platform);
  });
});

test.each([
  ["MacBookPro13,2", "T1"],
  ["MacBookPro14,3", "T1"],
  ["MacBookPro13,1", null],
  ["iMac20,1", "T2"],
  ["iMacPro1,1", "T2"],
  ["MacPro7,1", "T2"],
  ["Macmini8,1", "T2"],
  ["MacBookAir9,1", "T2"],
  ["MacBookPro15,1", "T2"],
  ["MacBookPro16,4", "T2"],
  ["MacBookPro17,1", "Silicon"],
  ["MacBookAir10,1", "Silicon"],
  ["iMac21,1", "Silicon"],
  ["iMac19,1", null],
  ["Macmini9,1", "Silicon"],
  ["Mac13,1", "Silicon"],
  ["Mac16,10", "Silicon"],
  ["MacBook10,1", null],
  ["VirtualMac2,1", null],
  ["iPad13,4", null],
  ["", null],
])("the secure element of %s is %s", (model, element) => {
  expect(macSecureElement(model)).toBe(element);
});
