import { describe, expect, test } from "vitest";
import { isFound, isTakenBy, keyFacts, keyTitle, platformsTaking, type SchemaKey } from "./schema-key.ts";

const key = (more: Partial<SchemaKey>): SchemaKey => ({
  key: "Name",
  type: "string",
  required: false,
  default: null,
  values: null,
  min: null,
  max: null,
  format: null,
  asset_types: [],
  platforms: null,
  keys: [],
  ...more,
});
const on = (platform: "iOS" | "macOS" | "visionOS", introduced: string | null = null) => ({
  platform,
  introduced,
  deprecated: null,
  removed: null,
  supervised: false,
});

describe("names of keys for people", () => {
  test.each([
    ["MaximumFailedAttempts", "Maximum failed attempts"],
    ["allowAirDrop", "Allow air drop"],
    ["SSID_STR", "SSID STR"],
    ["HIDDEN_NETWORK", "HIDDEN NETWORK"],
    ["InstallOSUpdates", "Install OS updates"],
    ["com.apple.autologout.AutoLogOutDelay", "Com apple autologout auto log out delay"],
  ])("%s is %s", (name, title) => expect(keyTitle(name)).toBe(title));
});

test("iPads take what is for iOS, and an artifact is for no headset", () => {
  expect(platformsTaking([on("iOS"), on("visionOS")])).toEqual(["iOS", "iPadOS"]);
});

test("a key without platforms of its own is for whatever its type is for", () => {
  expect(isTakenBy(key({}), ["macOS"])).toBe(true);
  expect(isTakenBy(key({ platforms: [on("iOS")] }), ["macOS"])).toBe(false);
  expect(isTakenBy(key({ platforms: [on("iOS")] }), ["iPadOS"])).toBe(true);
});

test("facts are bounds, default and systems", () => {
  expect(
    keyFacts(key({ type: "integer", min: 0, max: 16, default: 0, platforms: [on("macOS", "13.0")] })),
  ).toBe("0 to 16 · default: 0 · macOS 13.0");
  expect(keyFacts(key({}))).toBe("");
  const everywhere = [
    on("iOS", "7.0"),
    on("macOS", "10.7"),
    { ...on("iOS", "9.0"), platform: "tvOS" as const },
  ];
  expect(keyFacts(key({ platforms: everywhere }))).toBe("");
});

test("a search finds names of Apple's, names for people, and keys within", () => {
  const outer = key({ key: "Deferrals", keys: [key({ key: "MajorPeriodInDays" })] });
  expect(isFound(outer, "major period", {})).toBe(true);
  expect(isFound(outer, "wi-fi", { Deferrals: "Wi-Fi" })).toBe(true);
  expect(isFound(outer, "other", {})).toBe(false);
});
