import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aDeviceUser, aTarget, dictionary } from "../../../test/tools/devices.ts";
import { aCa, rsaKey } from "../../../test/tools/identities.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signData } from "#protocol/cms/sign.ts";
import type { Device } from "#mdm/devices/device.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { emptyDictionary, type PlistValue } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { type CommandArguments, type CommandName, commandNames } from "./command.ts";
import { readArguments } from "./command-arguments-api.ts";
import { commandKinds, describeArguments } from "./command-kinds.ts";
import { isInScope } from "./command-scope.ts";
import { deviceInformationQueries } from "./device-information.ts";

const platforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const;
const profile = writePlist({
  PayloadIdentifier: "com.example.wifi",
  PayloadUUID: "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11",
  PayloadType: "Configuration",
  PayloadVersion: 1,
  PayloadDisplayName: "Wi-Fi",
  PayloadScope: "System",
  PayloadContent: [],
});

describe("scopes", () => {
  // One row a kind: the platforms in scope, for device and user channel, without and with user enrollment (spec 4.3).
  // A kind without a row is for every target here: Apple's schema alone says more (command-schema.test.ts).
  const rows: Partial<Record<CommandName, [device: string, deviceUe: string, user: string, userUe: string]>> =
    {
      AccountConfiguration: ["iOS iPadOS macOS tvOS", "iOS iPadOS tvOS", "", ""],
      CertificateList: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "", ""],
      InstallEnterpriseApplication: ["macOS", "macOS", "", ""],
      DeviceConfigured: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS tvOS", "", ""],
      DeviceInformation: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "iPadOS macOS", "iPadOS macOS"],
      DeviceLock: ["iOS iPadOS macOS tvOS", "iOS iPadOS", "", ""],
      EraseDevice: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS tvOS", "", ""],
      InstallProfile: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "iPadOS macOS", "iPadOS macOS"],
      InstallProvisioningProfile: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS tvOS", "", ""],
      ManagedApplicationList: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "macOS", "macOS"],
      InstalledApplicationList: ["iOS iPadOS macOS tvOS", "iOS iPadOS", "macOS", ""],
      ProfileList: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "iPadOS macOS", "iPadOS macOS"],
      Reenroll: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS tvOS", "", ""],
      RemoveProfile: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "iPadOS macOS", "iPadOS macOS"],
      RemoveProvisioningProfile: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS tvOS", "", ""],
      RestartDevice: ["iOS iPadOS macOS tvOS", "", "", ""],
      SecurityInfo: ["iOS iPadOS macOS tvOS", "iOS iPadOS macOS", "", ""],
    };

  for (const name of commandNames) {
    test(`${name} is for the targets of the specification's table`, () => {
      const inScope = (user: boolean, userEnrollment: boolean) =>
        platforms
          .filter((platform) => {
            const target = aTarget({ platform, userEnrollment });
            return isInScope(name, user ? { ...target, user: aDeviceUser() } : target);
          })
          .join(" ");
      const found = [inScope(false, false), inScope(false, true), inScope(true, false), inScope(true, true)];
      expect(found).toEqual(rows[name] ?? Array<string>(4).fill("iOS iPadOS macOS tvOS"));
    });
  }

  test("RestartDevice wants supervision everywhere but on a Mac", () => {
    const restartable = platforms.filter((platform) =>
      isInScope("RestartDevice", aTarget({ platform, supervised: null })),
    );
    expect(restartable).toEqual(["macOS"]);
  });

  test("an unknown user enrollment flag counts as none", () => {
    expect(isInScope("DeviceLock", aTarget({ userEnrollment: null }))).toBe(true);
  });
});

describe("arguments and payloads", () => {
  type Row = [name: CommandName, device: Partial<Device>, body: object, outcome: object];
  const missing = ["This field is required."];
  const rows: Row[] = [
    ["DeviceLock", {}, { PIN: "271828", Message: "Call IT" }, { PIN: "271828", Message: "Call IT" }],
    ["DeviceLock", {}, { Message: "Call IT" }, { errors: { PIN: missing } }],
    [
      "DeviceLock",
      {},
      { PIN: "0271828" },
      { errors: { PIN: ["This value does not match the required pattern."] } },
    ],
    [
      "DeviceLock",
      {},
      { PIN: "27182" },
      { errors: { PIN: ["This value does not match the required pattern."] } },
    ],
    ["DeviceLock", {}, { PIN: "271828\n" }, { PIN: "271828" }],
    ["DeviceLock", {}, { PIN: 271828 }, { PIN: "271828" }],
    ["DeviceLock", {}, { PIN: "" }, { errors: { PIN: ["This field may not be blank."] } }],
    ["DeviceLock", { platform: "iOS" }, { PIN: "271828", PhoneNumber: "+4930" }, { PhoneNumber: "+4930" }],
    [
      "DeviceLock",
      { platform: "iPadOS" },
      { Message: "x".repeat(256), PhoneNumber: "1".repeat(16) },
      {
        errors: {
          Message: ["Ensure this field has no more than 255 characters."],
          PhoneNumber: ["Ensure this field has no more than 15 characters."],
        },
      },
    ],
    ["EraseDevice", {}, { PIN: "ignored" }, {}],
    ["EraseDevice", { platform: "tvOS" }, {}, {}],
    ["EraseDevice", { appleSilicon: null, activationLockManageable: true }, {}, {}],
    ["EraseDevice", { appleSilicon: false }, {}, { errors: { PIN: missing } }],
    ["EraseDevice", { appleSilicon: false }, { PIN: "a1B2c3" }, { PIN: "a1B2c3" }],
    [
      "EraseDevice",
      { appleSilicon: null },
      { PIN: "0123456" },
      { errors: { PIN: ["This value does not match the required pattern."] } },
    ],
    [
      "EraseDevice",
      { platform: "iOS" },
      {},
      { errors: { DisallowProximitySetup: missing, PreserveDataPlan: missing } },
    ],
    [
      "EraseDevice",
      { platform: "iPadOS" },
      { DisallowProximitySetup: "on", PreserveDataPlan: 0 },
      { DisallowProximitySetup: true, PreserveDataPlan: false },
    ],
    ["RestartDevice", {}, { NotifyUser: true }, { NotifyUser: true }],
    ["RestartDevice", { osVersion: "11.2" }, { NotifyUser: true }, {}],
    ["RestartDevice", { platform: "iOS" }, { NotifyUser: true }, {}],
    ["RemoveProfile", {}, { Identifier: "com.example.wifi" }, { Identifier: "com.example.wifi" }],
    ["RemoveProfile", {}, {}, { errors: { Identifier: missing } }],
    ["SecurityInfo", {}, { anything: 1 }, {}],
  ];

  test.each(rows)("%s of %o with %o", (name, device, body, outcome) => {
    const target = aTarget(device);
    if ("errors" in outcome) {
      expect(errorsOf(() => readArguments(name, target, { body }))).toEqual(outcome.errors);
      return;
    }
    const args = readArguments(name, target, { body });
    expect(args).toEqual(outcome);
    expect(withoutUndefined(commandKinds[name].command(target, args))).toEqual({
      RequestType: name,
      ...outcome,
    });
  });

  test("fields are called as the body calls them", () => {
    const names = { pin: "PIN" };
    expect(errorsOf(() => readArguments("DeviceLock", aTarget(), { body: { pin: "1" }, names }))).toEqual({
      pin: ["This value does not match the required pattern."],
    });
  });

  test("DeviceInformation asks 66 different questions", () => {
    expect(new Set(deviceInformationQueries).size).toBe(66);
    expect(commandKinds.DeviceInformation.command(aTarget(), {})).toEqual({
      RequestType: "DeviceInformation",
      Queries: deviceInformationQueries,
    });
  });

  test("lists are whole unless only managed items are asked for", () => {
    const command = (name: CommandName, args: CommandArguments) =>
      commandKinds[name].command(aTarget(), args);
    expect(command("ProfileList", {})).toEqual({ RequestType: "ProfileList", ManagedOnly: false });
    expect(command("CertificateList", { managed_only: true })).toMatchObject({ ManagedOnly: true });
    expect(command("InstalledApplicationList", { managed_only: true })).toMatchObject({
      ManagedAppsOnly: true,
    });
  });

  test("InstallProfile sends the bytes it was given", () => {
    const args = { Payload: profile.toString("base64") };
    expect(commandKinds.InstallProfile.refuse?.(args)).toEqual([]);
    expect(commandKinds.InstallProfile.command(aTarget(), args)).toEqual({
      RequestType: "InstallProfile",
      Payload: profile,
    });
  });

  test("InstallProfile takes a signed profile, sends it signed, and refuses one that was changed", () => {
    const key = rsaKey("profile signer");
    const { certificate } = aCa(key);
    const signed = signData({
      content: profile,
      certificate,
      privateKey: key.privateKey,
      signedAttributes: true,
    });
    const args = { Payload: signed.toString("base64") };
    expect(commandKinds.InstallProfile.refuse?.(args)).toEqual([]);
    expect(commandKinds.InstallProfile.command(aTarget(), args)).toMatchObject({ Payload: signed });
    const changed = Buffer.from(
      signed.toString("latin1").replace("com.example.wifi", "com.example.WIFI"),
      "latin1",
    );
    expect(commandKinds.InstallProfile.refuse?.({ Payload: changed.toString("base64") })).toMatchObject([
      { code: "profile_malformed", detail: "Invalid property list" },
    ]);
  });

  test.each([
    ["bytes that are no plist", Buffer.from("hello"), "Invalid property list"],
    ["a profile without identifier", writePlist({ PayloadUUID: "1" }), "PayloadIdentifier"],
    ["a plist that is no dictionary", writePlist(["PayloadIdentifier"]), "Invalid property list"],
  ])("InstallProfile refuses %s", (_, bytes, detail) => {
    const refusals = commandKinds.InstallProfile.refuse?.({ Payload: bytes.toString("base64") });
    expect(refusals).toMatchObject([{ code: "profile_malformed", field: "Payload" }]);
    expect(refusals?.[0]?.detail).toContain(detail);
  });

  test.each([
    ["<dict><key>RequestType</key><string>ProfileList</string></dict>", null],
    [writePlist({ RequestType: "ProfileList" }).toString(), null],
    ["nonsense", "Invalid property list"],
    ["<dict><key>RequestType</key>", "Invalid property list"],
    ["<plist><array/></plist>", "Not a dictionary"],
    ["<plist><dict/></plist>", "Missing or empty RequestType"],
    ["<dict><key>RequestType</key><string></string></dict>", "Missing or empty RequestType"],
    ["<dict><key>RequestType</key><integer>1</integer></dict>", "Missing or empty RequestType"],
  ])("CustomCommand %s: %s", (command, detail) => {
    const refusals = commandKinds.CustomCommand.refuse?.({ command }) ?? [];
    expect(refusals.map((refusal) => refusal.detail)).toEqual(detail === null ? [] : [detail]);
    if (detail === null) {
      expect({ ...commandKinds.CustomCommand.command(aTarget(), { command }) }).toEqual({
        RequestType: "ProfileList",
      });
      expect(commandKinds.CustomCommand.requestTypeOf?.({ command })).toBe("ProfileList");
    }
  });
});

test("no arguments, whatever they hold, make a kind throw before its schema has read them", () => {
  // Of a bulk command, each device reads them later.
  const accounts = { AutoSetupAdminAccounts: [null, 7, { password: "secret" }] };
  expect(commandKinds.AccountConfiguration.refuse?.(accounts)).toMatchObject([{ code: "account_malformed" }]);
  fc.assert(
    fc.property(fc.constantFrom(...commandNames), fc.jsonValue(), (name, hostile) => {
      const { publicArguments, secretArguments, refuse } = commandKinds[name];
      const keys = [...publicArguments, ...secretArguments];
      const args = Object.fromEntries(keys.map((key) => [key, hostile]));
      expect(Array.isArray(refuse?.(args) ?? [])).toBe(true);
      describeArguments(name, args);
    }),
    { numRuns: 1_000 },
  );
});

describe("what audit events say", () => {
  const sentinel = "sentinel-271828";

  test.each(commandNames)("%s has no argument both public and secret", (name) => {
    const { publicArguments, secretArguments } = commandKinds[name];
    expect(publicArguments.filter((argument) => secretArguments.includes(argument))).toEqual([]);
  });

  test.each(commandNames)("%s never shows a secret or an undeclared argument", (name) => {
    const { publicArguments, secretArguments } = commandKinds[name];
    const args = Object.fromEntries([...secretArguments, "undeclared"].map((key) => [key, sentinel]));
    const shown = JSON.stringify(
      describeArguments(name, { ...args, [publicArguments[0] ?? "other"]: "seen" }),
    );
    expect(shown).not.toContain(sentinel);
  });

  test("public arguments are verbatim, secret ones redacted, others omitted", () => {
    const args = { Message: "Call IT", PIN: sentinel, Colour: "red" };
    const expected = { Message: "Call IT", PIN: "<redacted>", Colour: "<omitted>" };
    expect(describeArguments("DeviceLock", args)).toEqual(expected);
  });

  test("a custom command shows its type and the names of its other keys", () => {
    const command = writePlist({ RequestType: "Settings", Settings: [sentinel], A: sentinel }).toString();
    expect(describeArguments("CustomCommand", { command })).toEqual({
      RequestType: "Settings",
      keys: ["A", "Settings"],
    });
    expect(describeArguments("CustomCommand", { command: "broken" })).toBe("<omitted>");
  });

  test("a profile shows its identifier alone", () => {
    expect(describeArguments("InstallProfile", { Payload: profile.toString("base64") })).toEqual({
      Payload: "<redacted>",
      PayloadIdentifier: "com.example.wifi",
    });
  });
});

describe("answers", () => {
  const effects = (name: CommandName, answer: object, args: CommandArguments = {}) =>
    commandKinds[name]
      .acknowledged(aTarget(), args, dictionary(answer as Record<string, PlistValue>))
      .map(({ kind }) => kind);

  test("a lock with a PIN keeps it, one without does not", () => {
    expect(effects("DeviceLock", { MessageResult: "Success" }, { PIN: "271828" })).toEqual([
      "recordLock",
      "storeDeviceLockPin",
    ]);
    expect(effects("DeviceLock", {})).toEqual(["recordLock"]);
  });

  test("an installed profile is recorded and the list asked for again", () => {
    const args = { Payload: profile.toString("base64") };
    expect(effects("InstallProfile", {}, args)).toEqual(["recordInstalledProfile", "queueCommand"]);
    expect(effects("RemoveProfile", {}, { Identifier: "com.example.wifi" })).toEqual([
      "removeProfile",
      "queueCommand",
    ]);
  });

  test.each([
    ["DeviceInformation", { QueryResponses: {} }],
    ["DeviceInformation", { QueryResponses: "no" }],
    ["SecurityInfo", {}],
    ["ProfileList", { ProfileList: 1 }],
    ["CertificateList", {}],
    ["InstalledApplicationList", {}],
  ] as const)("%s without a usable answer changes nothing", (name, answer) => {
    expect(effects(name, answer)).toEqual(["logUnusable"]);
  });

  test("what a user channel reports does not land on the device", () => {
    const target = { ...aTarget(), user: aDeviceUser() };
    const answer = dictionary({ ProfileList: [], QueryResponses: dictionary({ DeviceName: "x" }) });
    expect(commandKinds.ProfileList.acknowledged(target, {}, answer)).toEqual([]);
    expect(commandKinds.DeviceInformation.acknowledged(target, {}, answer)).toEqual([]);
  });

  test("no answer, whatever it holds, makes a kind throw", () => {
    const keys = [
      "QueryResponses",
      "SecurityInfo",
      "ProfileList",
      "CertificateList",
      "InstalledApplicationList",
      "ActivationLockBypassCode",
      "GlobalRestrictions",
      "InvitationResult",
      "Latitude",
      "ManagedApplicationList",
      "MirroringResult",
      "ProvisioningProfileList",
      "Settings",
      "Timestamp",
      "Users",
    ];
    const leaf = fc.oneof<fc.Arbitrary<PlistValue>[]>(
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.boolean(),
      fc.date(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    const names = [
      "AutoSetupAdminAccounts",
      "Data",
      "Identifier",
      "PayloadContent",
      "OSVersion",
      "Name",
      "ErrorChain",
      "Status",
      "UserName",
      "UUID",
      "ExpiryDate",
    ];
    const { value } = fc.letrec<{ value: PlistValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("value"), { maxLength: 4 }),
        fc
          .dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie("value"), { maxKeys: 4 })
          .map((members) => Object.assign(emptyDictionary(), members)),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...commandNames), fc.constantFrom(...keys), value, (name, key, hostile) => {
        const answer = dictionary({ [key]: hostile, Longitude: 1, Status: "Acknowledged" });
        expect(Array.isArray(commandKinds[name].acknowledged(aTarget(), {}, answer))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describeWithFixtures("captured answers", (folder) => {
  test.each([
    ["DeviceInformation", "10.11.x", "storeDeviceInformation"],
    ["DeviceInformation", "iOS-11.3.1", "storeDeviceInformation"],
    ["SecurityInfo", "10.11.x", "storeSecurityInfo"],
    ["SecurityInfo", "iOS-11.3.1", "storeSecurityInfo"],
    ["ProfileList", "10.11.x", "storeProfiles"],
    ["ProfileList", "iOS-11.3.1", "storeProfiles"],
    ["InstalledApplicationList", "10.11.x", "storeApplications"],
    ["InstalledApplicationList", "iOS-12.1", "storeApplications"],
    ["CertificateList", "10.11.x", "storeCertificates"],
    ["DeviceLock", "iOS-11.3.1", "recordLock"],
  ] as const)("%s of %s lands", (name, system, effect) => {
    const bytes = readFileSync(join(folder, "responses", `commandment-${name}-${system}.xml`));
    const effects = commandKinds[name].acknowledged(aTarget(), {}, readPlistDictionary(bytes));
    expect(effects.map(({ kind }) => kind)).toEqual([effect]);
  });
});

function errorsOf(run: () => unknown): Record<string, string[]> {
  try {
    run();
  } catch (error) {
    const { refusals } = error as { refusals: { field: string; detail: string }[] };
    const byField = Map.groupBy(refusals, ({ field }) => field);
    return Object.fromEntries([...byField].map(([field, of]) => [field, of.map(({ detail }) => detail)]));
  }
  throw new Error("Nothing was refused");
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
