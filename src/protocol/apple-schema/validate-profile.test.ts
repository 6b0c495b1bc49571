import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PlistWritableDictionary, Real } from "../plist/value.ts";
import { deviceUrls } from "../profile/device-urls.ts";
import { scepPayload } from "../profile/identity-payload.ts";
import { mdmPayload } from "../profile/mdm-payload.ts";
import { describeProblem, schemaFindingsMax } from "./finding.ts";
import type { SchemaAudience } from "./judge-support.ts";
import { profileFamily } from "./schema-tables.ts";
import { judgedPayloadsMax, validateProfile } from "./validate-profile.ts";

const macs: SchemaAudience = { channel: "Device", platforms: [{ platform: "macOS", osVersionMin: "" }] };
const ids = { PayloadIdentifier: "com.example.a", PayloadUUID: "A", PayloadVersion: 1 };
const profile = (...content: PlistWritableDictionary[]): PlistWritableDictionary => ({
  ...ids,
  PayloadType: "Configuration",
  PayloadContent: content.map((payload) => ({ ...ids, ...payload })),
});

/** Findings as `severity code: sentence`. */
function judge(document: PlistWritableDictionary, audience: SchemaAudience = macs): string[] {
  return validateProfile(document, audience).map(
    (found) => `${found.severity} ${found.code}: ${describeProblem(found)}`,
  );
}

/** As long as the longest names that are compared, and near none of Apple's. */
const longName = (number: number): string => String(number).padStart(64, "x");

describe("the time that a hostile profile takes does not grow with its misspelt words", () => {
  test.each([
    [
      "values that are none of a list",
      {
        PayloadType: "com.apple.systempreferences",
        DisabledSystemSettings: Array.from({ length: 5000 }, (_, index) => longName(index)),
      },
    ],
    ["types of payloads", ...Array.from({ length: 200 }, (_, index) => ({ PayloadType: longName(index) }))],
  ] as [string, ...PlistWritableDictionary[]][])("%s", (_, ...payloads) => {
    // The quickest of a few tries: a pause is the machine's.
    const durations = Array.from({ length: 5 }, () => {
      const startedAt = performance.now();
      expect(judge(profile(...payloads))).toHaveLength(schemaFindingsMax);
      return performance.now() - startedAt;
    });
    expect(Math.min(...durations)).toBeLessThan(1000);
  });
});

describe("a profile", () => {
  test("as Apple describes it has no findings", () => {
    const wifi = {
      PayloadType: "com.apple.wifi.managed",
      SSID_STR: "Orchard",
      EncryptionType: "WPA2",
      Password: "$REALM_USER.CUSTOM_ATTR_1",
      PayloadDisplayName: "Wi-Fi",
    };
    const root = { PayloadType: "com.apple.security.root", PayloadContent: Buffer.from("DER") };
    expect(judge(profile(wifi, root))).toEqual([]);
  });

  test("that we make ourselves has no findings", () => {
    const prefix = "com.example.mdm";
    const identityUuid = "5B0C0000-0000-4000-8000-000000000001";
    const identity = scepPayload({
      uuid: identityUuid,
      prefix,
      subject: { kind: "ota", sessionSecret: "s3cret", serialNumber: "C02", metaBusinessUnitId: 4 },
      scep: { url: "https://mdm.example.com/scep/", name: "CA", challenge: "c", keySize: 2048, keyUsage: 0 },
    });
    const mdm = mdmPayload({
      uuid: "MDM",
      prefix,
      identityUuid,
      topic: "com.apple.mgmt.External.e0bd1eac",
      urls: deviceUrls("https://mdm.example.com"),
      isMessageSigned: true,
      managedAppleId: null,
    });
    expect(judge(profile(identity, mdm))).toEqual([]);
  });

  test("with a payload of an unknown type is only warned of", () => {
    expect(judge(profile({ PayloadType: "com.example.browser", Homepage: [1] }))).toEqual([
      "warn type_unknown: PayloadContent[0].PayloadType is unknown to Apple's schema (18.3).",
    ]);
    const [finding] = judge(profile({ PayloadType: "com.apple.wifi.manage" }));
    expect(finding).toContain('closest is "com.apple.wifi.managed"');
  });

  test("is refused for values of another nature, with their path", () => {
    const relays = { PayloadType: "com.apple.relay.managed", Relays: [{ HTTP3RelayURL: ["https://a"] }] };
    expect(judge(profile({ PayloadType: "com.apple.wifi.managed", SSID_STR: [] }, relays))).toContain(
      "refuse type_mismatch: PayloadContent[1].Relays[0].HTTP3RelayURL must be of type string, not array.",
    );
    expect(judge({ ...profile(), PayloadDisplayName: 7 })).toEqual([
      "refuse type_mismatch: PayloadDisplayName must be of type string, not integer.",
    ]);
    expect(judge({ ...profile(), PayloadContent: ["yolo"] })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^refuse type_mismatch: PayloadContent\[0\] must be/)]),
    );
  });

  test("is only warned of for what is missing, unknown, or not among Apple's values", () => {
    const wifi = { PayloadType: "com.apple.wifi.managed", EncryptionType: "WPA9", SSID_STRG: "Orchard" };
    const { PayloadVersion: _, ...unversioned } = profile(wifi);
    expect(judge(unversioned)).toEqual([
      "warn key_missing: PayloadVersion is required.",
      expect.stringMatching(/^warn value_not_listed: PayloadContent\[0\]\.EncryptionType must be one of/),
      expect.stringMatching(/^warn key_unknown: PayloadContent\[0\]\.SSID_STRG is unknown .*"SSID_STR"/),
    ]);
  });

  test("may say 1 for true and true for 1, as Macs read preferences", () => {
    const dock = { PayloadType: "com.apple.dock", autohide: 1, tilesize: new Real(48), largesize: true };
    expect(judge(profile(dock)).filter((each) => each.startsWith("refuse"))).toEqual([]);
  });

  test("may ask for consent in any language", () => {
    expect(judge({ ...profile(), ConsentText: { default: "Please.", de: "Bitte." } })).toEqual([]);
  });

  test("whose payload a platform does not take is warned of", () => {
    const audience = {
      channel: "User" as const,
      platforms: [{ platform: "tvOS" as const, osVersionMin: "" }],
    };
    expect(judge(profile({ PayloadType: "com.apple.dock" }), audience)).toEqual([
      "warn platform_unsupported: PayloadContent[0].PayloadType is not available on tvOS.",
    ]);
  });

  test("of a type with several uses takes the keys of all of them", () => {
    const mcx = { PayloadType: "com.apple.MCX", DisableGuestAccount: true, timeServer: "time.apple.com" };
    expect(judge(profile(mcx))).toEqual([]);
  });

  test("with keys inside themselves is judged as deep as Apple's schema goes", () => {
    const page = [{ Type: "Application", BundleID: "com.apple.mobilesafari" }];
    const folder = { Type: "Folder", DisplayName: "F", Pages: [page] };
    const layout = { PayloadType: "com.apple.homescreenlayout", Dock: [folder], Pages: [[folder]] };
    const phones = { ...macs, platforms: [{ platform: "iOS" as const, osVersionMin: "" }] };
    expect(judge(profile(layout), phones)).toEqual([]);
  });

  test("that is hostile ends soon, and never throws", () => {
    const payload = { ...ids, PayloadType: "com.apple.dock", autohide: "yes" };
    const content = Array.from({ length: judgedPayloadsMax * 50 }, () => payload);
    expect(judge({ ...profile(), PayloadContent: content })).toHaveLength(schemaFindingsMax);
    const value = fc.object({ maxDepth: 4, values: [fc.string(), fc.integer(), fc.boolean(), fc.date()] });
    fc.assert(
      fc.property(fc.constantFrom(...profileFamily.names()), value, (PayloadType, members) => {
        // What fast-check makes of these values is a property list.
        const hostile = { ...(members as PlistWritableDictionary), PayloadType };
        validateProfile(hostile, macs);
        validateProfile(profile(hostile), macs);
      }),
    );
  });
});
