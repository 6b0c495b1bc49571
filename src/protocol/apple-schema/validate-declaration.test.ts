import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeProblem, schemaFindingsMax } from "./finding.ts";
import type { SchemaAudience } from "./judge-support.ts";
import { declarationFamily } from "./schema-tables.ts";
import { validateDeclaration } from "./validate-declaration.ts";

const macs: SchemaAudience = { channel: "Device", platforms: [{ platform: "macOS", osVersionMin: "" }] };

/** Findings as `severity code: sentence`. */
function judge(type: string, payload: unknown, audience: SchemaAudience = macs): string[] {
  const full = `com.apple.configuration.${type}`;
  return validateDeclaration({ type: full, payload }, audience).map(
    (found) => `${found.severity} ${found.code}: ${describeProblem(found)}`,
  );
}

describe("a declaration", () => {
  const reference = "5B0C";
  const certificates = [{ Identifier: "Root", AssetReference: reference }];
  const site = { Title: "Orchard", URL: "https://example.com" };
  const folder = (...inside: object[]) => ({ Title: "More", Folder: inside });

  test.each<[string, object]>([
    ["passcode.settings", { RequirePasscode: true, MinimumLength: 8 }],
    [
      "softwareupdate.enforcement.specific",
      { TargetOSVersion: "26.4", TargetLocalDateTime: "2026-03-01T09:30:00" },
    ],
    ["app.settings", { Allowed: { AllowedBinaries: [{ TeamID: "ABCDE12345", SigningState: "All" }] } }],
    [
      "app.managed",
      {
        BundleID: "com.example.app",
        InstallBehavior: { Install: "Required" },
        AppConfig: { DataAssetReference: reference, Certificates: certificates },
        ExtensionConfigs: { "com.example.app.share (ABCDE12345)": { Certificates: certificates } },
      },
    ],
    [
      "safari.bookmarks",
      { ManagedBookmarks: [{ GroupIdentifier: "1", Title: "G", Bookmarks: [folder(site, folder(site))] }] },
    ],
    [
      "services.background-tasks",
      { TaskType: "sweep", LaunchdConfigurations: [{ FileAssetReference: reference, Context: "agent" }] },
    ],
    ["management.status-subscriptions", { StatusItems: [{ Name: "mdm.app" }] }],
  ])("%s as Apple describes it has no findings inside", (type, payload) => {
    // Whom a type is for is told of the type as a whole.
    expect(judge(type, payload).filter((each) => !each.includes(": Type "))).toEqual([]);
  });

  test.each([
    [
      "of a wrong type",
      "passcode.settings",
      { MinimumLength: "8" },
      "refuse type_mismatch: Payload.MinimumLength must be of type integer, not string.",
    ],
    [
      "without a required key",
      "account.mail",
      { IncomingServer: { ServerType: "IMAP" } },
      "refuse key_missing: Payload.IncomingServer.HostName is required.",
    ],
    [
      "out of range",
      "passcode.settings",
      { MinimumLength: 99 },
      "refuse value_out_of_range: Payload.MinimumLength must be between 0 and 16.",
    ],
    [
      "in a list",
      "services.background-tasks",
      { TaskType: "com.example", LaunchdConfigurations: [{ Context: "demon" }] },
      'refuse value_not_listed: Payload.LaunchdConfigurations[0].Context must be one of "daemon", "agent", not "demon"; closest is "daemon".',
    ],
  ])("with a value %s is refused with its path", (_, type, payload, finding) => {
    expect(judge(type, payload)).toContain(finding);
  });

  test("with a key we do not know is warned of: Apple may have added it", () => {
    expect(judge("passcode.settings", { MinimumLenght: 8 })).toEqual([
      'warn key_unknown: Payload.MinimumLenght is unknown to Apple\'s schema (2026 (1548d42)); closest is "MinimumLength".',
    ]);
  });

  test("that some of its platforms, versions or its channel do not take is warned of", () => {
    const audience: SchemaAudience = {
      channel: "User",
      platforms: [
        { platform: "tvOS", osVersionMin: "" },
        { platform: "macOS", osVersionMin: "15.0" },
      ],
    };
    expect(judge("package", { ManifestURL: "https://example.com/" }, audience)).toEqual([
      "warn platform_unsupported: Type is not available on tvOS.",
      "warn os_too_old: Type needs macOS 26.0; it is also for 15.0.",
      "warn channel_unsupported: Type is not available on the user channel.",
    ]);
  });

  test("that one of its platforms ignores a part of is warned of, and the part is judged", () => {
    const audience = {
      ...macs,
      platforms: [...macs.platforms, { platform: "iOS" as const, osVersionMin: "" }],
    };
    expect(judge("app.managed", { ManifestURL: 7 }, audience)).toEqual([
      "refuse type_mismatch: Payload.ManifestURL must be of type string, not integer.",
      "warn platform_unsupported: Payload.ManifestURL is not available on macOS.",
    ]);
  });

  test.each([
    ["a variable", { MinimumLength: "$REALM_USER.CUSTOM_ATTR_1" }],
    ["a variable inside text", { MinimumLength: "1$ENROLLED_DEVICE.SERIAL_NUMBER" }],
    ["a reference of ours", { CustomRegex: "ztl:7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11" }],
  ])("with %s is not judged there", (_, payload) => {
    expect(judge("passcode.settings", payload)).toEqual([]);
  });

  test("with a dollar that is no variable is judged", () => {
    expect(judge("passcode.settings", { MinimumLength: "$HOME" })).toHaveLength(1);
  });

  test("of an unknown type is refused, and the closest named", () => {
    expect(judge("passcode.setting", {})).toEqual([
      'refuse type_unknown: Type is unknown to Apple\'s schema (2026 (1548d42)); closest is "com.apple.configuration.passcode.settings".',
    ]);
    expect(validateDeclaration({ type: "__proto__", payload: {} }, macs)).toHaveLength(1);
  });

  test.each([[null], [[]], ["yolo"]])("with %j for a payload is refused", (payload) => {
    expect(judge("passcode.settings", payload)).toEqual([
      "refuse type_mismatch: Payload must be of type dictionary.",
    ]);
  });

  test("for users of Macs and Shared iPads follows the scopes Apple allows", () => {
    const payload = { HostName: "h", AccountIdentifierKey: "k" };
    const of = (platform: "macOS" | "iOS", channel: "Device" | "User"): number =>
      judge("account.mail", payload, { channel, platforms: [{ platform, osVersionMin: "" }] }).filter(
        (each) => each.includes("channel_unsupported"),
      ).length;
    expect([of("macOS", "User"), of("iOS", "User"), of("iOS", "Device")]).toEqual([0, 0, 0]);
    expect(of("macOS", "Device")).toBe(1);
    const everywhere = { channel: "User" as const, platforms: macs.platforms };
    const activation = { type: "com.apple.activation.simple", payload: { StandardConfigurations: [] } };
    expect(validateDeclaration(activation, everywhere)).toEqual([]);
  });

  test("that is hostile ends soon, and never throws", () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`Minimum${index}`, 1]));
    expect(judge("passcode.settings", many)).toHaveLength(schemaFindingsMax);
    const types = fc.constantFrom(...declarationFamily.names());
    fc.assert(
      fc.property(types, fc.jsonValue(), (type, payload) => {
        for (const { keyPath } of validateDeclaration({ type, payload }, macs)) {
          expect(keyPath).toMatch(/^(?:Payload|Type)/);
        }
      }),
    );
  });
});
