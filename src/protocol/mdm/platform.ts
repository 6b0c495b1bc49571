// Which platform and which hardware a device is, told from the names it reports (protocol.md 0.2).
import { parseOsVersion } from "./os-version.ts";

/** The platforms that are managed. */
export type Platform = "iOS" | "iPadOS" | "macOS" | "tvOS";

/** The chip that keeps a Mac's keys; null for Macs without one, and for virtual machines. */
export type MacSecureElement = "T1" | "T2" | "Silicon";

const iPadOsMajorMin = 13;
const t1Models = new Set(["MacBookPro13,2", "MacBookPro13,3", "MacBookPro14,2", "MacBookPro14,3"]);
const t2Models = new Set([
  "iMac20,1",
  "iMacPro1,1",
  "MacPro7,1",
  "Macmini8,1",
  "MacBookAir8,1",
  "MacBookAir8,2",
  "MacBookAir9,1",
  "MacBookPro15,1",
  "MacBookPro15,2",
  "MacBookPro15,3",
  "MacBookPro15,4",
  "MacBookPro16,1",
  "MacBookPro16,2",
  "MacBookPro16,3",
  "MacBookPro16,4",
]);
const firstSiliconGeneration = new Map([
  ["Mac", 0],
  ["MacBookPro", 17],
  ["MacBookAir", 10],
  ["iMac", 21],
  ["Macmini", 9],
]);

/**
 * Infers the platform from what Authenticate and DeviceInformation report.
 *
 * @returns Null without an OS version, and without a product name or model to tell from. Names that match
 *   nothing are Macs.
 */
export function inferPlatform(facts: {
  readonly productName: string | null;
  readonly model: string | null;
  readonly osVersion: string | null;
}): Platform | null {
  const name = (facts.productName ?? facts.model)?.toUpperCase();
  if (facts.osVersion === null || name === undefined) return null;
  if (name.includes("IPOD") || name.includes("IPHONE")) return "iOS";
  if (name.includes("IPAD")) return isIpadOs(facts.osVersion) ? "iPadOS" : "iOS";
  return name.includes("TV") ? "tvOS" : "macOS";
}

/** Infers the platform from `PRODUCT` of machine info, or null when it tells none. */
export function inferPlatformFromProduct(product: string): Platform | null {
  const name = product.toUpperCase();
  if (name.includes("MAC")) return "macOS";
  if (name.includes("IPHONE")) return "iOS";
  if (name.includes("IPAD")) return "iPadOS";
  return name.includes("TV") ? "tvOS" : null;
}

/**
 * Tells the secure element of a Mac from its model identifier, such as `Mac14,2`. Virtual machines have none.
 */
export function macSecureElement(model: string): MacSecureElement | null {
  if (t1Models.has(model)) return "T1";
  if (t2Models.has(model)) return "T2";
  const [, family = "", generation = ""] = /^([A-Za-z]{1,20})(\d{1,4}),\d{1,4}$/.exec(model) ?? [];
  const firstGeneration = firstSiliconGeneration.get(family);
  return firstGeneration !== undefined && Number(generation) >= firstGeneration ? "Silicon" : null;
}

function isIpadOs(osVersion: string): boolean {
  return (parseOsVersion(osVersion).numbers[0] ?? 0) >= iPadOsMajorMin;
}
