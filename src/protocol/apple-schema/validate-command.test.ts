import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlistDictionary } from "../plist/read.ts";
import { type PlistWritable, type PlistWritableDictionary, Real } from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { findClosest } from "./find-closest.ts";
import { describeProblem, schemaFindingsMax } from "./finding.ts";
import { checkinSchemas } from "./generated/checkin.ts";
import { commandSchemas } from "./generated/commands.ts";
import type { SchemaTarget } from "./judge-support.ts";
import { judgeValue } from "./judge-value.ts";
import type { SchemaKey, SchemaPlatform, Support } from "./schema.ts";
import { validateCommand } from "./validate-command.ts";

const aTarget = (facts: Partial<SchemaTarget> = {}): SchemaTarget => ({
  platform: "macOS",
  osVersion: "26.1",
  osVersionExtra: "",
  channel: "Device",
  supervised: true,
  userEnrollment: false,
  depEnrollment: true,
  accessRights: 8191,
  ...facts,
});
const aPhone = (facts: Partial<SchemaTarget> = {}) => aTarget({ platform: "iOS", ...facts });
const nothingKnown = { osVersion: "", supervised: null, userEnrollment: null, depEnrollment: null };

/** Findings as `code: sentence`. */
function judge(command: PlistWritableDictionary, target: SchemaTarget = aTarget()): string[] {
  return validateCommand(command, target).problems.map((found) => `${found.code}: ${describeProblem(found)}`);
}

const device = (value: object) => ({ RequestType: "Settings", Settings: [value as PlistWritableDictionary] });
const deviceName = device({ Item: "DeviceName", DeviceName: "Ada's" });

describe("targets", () => {
  type Row = [
    rule: string,
    command: PlistWritableDictionary,
    wrong: SchemaTarget,
    problem: string,
    fit: SchemaTarget,
  ];
  const rows: Row[] = [
    [
      "platform",
      { RequestType: "EnableLostMode", Message: "Lost" },
      aTarget(),
      "platform_unsupported: Command is not available on macOS.",
      aPhone(),
    ],
    [
      "platform, of a key",
      { RequestType: "EraseDevice", ObliterationBehavior: "Always" },
      aTarget({ platform: "tvOS" }),
      "platform_unsupported: Command.ObliterationBehavior is not available on tvOS.",
      aTarget(),
    ],
    [
      "channel",
      { RequestType: "DeviceLock", PIN: "271828" },
      aTarget({ channel: "User" }),
      "channel_unsupported: Command is not available on the user channel.",
      aTarget(),
    ],
    [
      "channel, the device's",
      { RequestType: "NSExtensionMappings" },
      aTarget(),
      "channel_unsupported: Command is not available on the device channel.",
      aTarget({ channel: "User" }),
    ],
    [
      "channel, of a key",
      deviceName,
      aTarget({ channel: "User" }),
      "channel_unsupported: Command.Settings[0] is not available on the user channel.",
      aTarget(),
    ],
    [
      "channel, of an Apple TV",
      { RequestType: "ProfileList" },
      aTarget({ platform: "tvOS", channel: "User" }),
      "channel_unsupported: Command is not available on the user channel.",
      aTarget({ platform: "iPadOS", channel: "User" }),
    ],
    [
      "Shared iPad",
      { RequestType: "LogOutUser" },
      aPhone({ osVersion: "18.0" }),
      "shared_ipad_required: Command is only for Shared iPads.",
      aPhone({ platform: "iPadOS", osVersion: "18.0" }),
    ],
    [
      "Shared iPad, whose users alone are configured",
      { RequestType: "UserConfigured" },
      aTarget({ platform: "iPadOS" }),
      "channel_unsupported: Command is not available on the device channel.",
      aTarget({ platform: "iPadOS", channel: "User" }),
    ],
    [
      "supervision",
      { RequestType: "ShutDownDevice" },
      aPhone({ supervised: false }),
      "supervision_required: Command is only for supervised devices.",
      aTarget({ supervised: false }),
    ],
    [
      "supervision, of a key",
      deviceName,
      aPhone({ supervised: false }),
      "supervision_required: Command.Settings[0] is only for supervised devices.",
      aPhone(),
    ],
    [
      "Automated Device Enrollment",
      { RequestType: "AccountConfiguration" },
      aTarget({ depEnrollment: false }),
      "automated_enrollment_required: Command is only for devices of Automated Device Enrollment.",
      aTarget(),
    ],
    [
      "User Enrollment",
      { RequestType: "EraseDevice" },
      aPhone({ userEnrollment: true }),
      "user_enrollment_forbidden: Command is not available with User Enrollment.",
      aPhone(),
    ],
    [
      "User Enrollment, of a key",
      { RequestType: "InstallApplication", iTunesStoreID: 1, ChangeManagementState: "Managed" },
      aPhone({ userEnrollment: true }),
      "user_enrollment_forbidden: Command.ChangeManagementState is not available with User Enrollment.",
      aPhone(),
    ],
    [
      "access right",
      { RequestType: "RemoveApplication", Identifier: "com.example.app" },
      aTarget({ accessRights: 8191 - 4096 }),
      "access_right_missing: Command needs the access right AllowAppInstallation.",
      aTarget({ accessRights: 4096 }),
    ],
    [
      "access right, of a key",
      device({ Item: "PersonalHotspot", Enabled: true }),
      aPhone({ accessRights: 8191 - 32 }),
      "access_right_missing: Command.Settings[0] needs the access right AllowQueryNetworkInformation.",
      aPhone(),
    ],
    [
      "OS version, too old",
      { RequestType: "SetRecoveryLock", NewPassword: "secret" },
      aTarget({ osVersion: "11.4" }),
      "os_too_old: Command needs macOS 11.5; the target has 11.4.",
      aTarget({ osVersion: "11.5" }),
    ],
    [
      "OS version, too old for a key",
      { RequestType: "RestartDevice", NotifyUser: true },
      aTarget({ osVersion: "11.3.1" }),
      "os_too_old: Command.NotifyUser needs macOS 11.4; the target has 11.3.1.",
      aTarget({ osVersion: "11.4", osVersionExtra: "(a)" }),
    ],
    [
      "OS version, too new",
      { RequestType: "InstallMedia", MediaType: "Book", iTunesStoreID: 1 },
      aTarget({ osVersion: "11.0", channel: "User" }),
      "os_too_new: Command was removed in macOS 11.0; the target has 11.0.",
      aTarget({ osVersion: "10.15.7", channel: "User" }),
    ],
    [
      "OS version, too new for a query",
      { RequestType: "DeviceInformation", Queries: ["UDID", "ICCID"] },
      aPhone(),
      "os_too_new: Command.Queries[1] (ICCID) was removed in iOS 26.0; the target has 26.1.",
      aPhone({ osVersion: "18.7" }),
    ],
  ];

  test.each(rows)("%s: %o", (_, command, wrong, problem, fit) => {
    expect(judge(command, wrong)).toEqual([problem]);
    expect(judge(command, fit)).toEqual([]);
  });

  test("what is unknown of a target is never held against it", () => {
    for (const { command, target } of [
      { command: { RequestType: "ShutDownDevice" }, target: aPhone(nothingKnown) },
      { command: { RequestType: "AccountConfiguration" }, target: aTarget(nothingKnown) },
      { command: { RequestType: "EraseDevice" }, target: aPhone(nothingKnown) },
      { command: { RequestType: "SetRecoveryLock", NewPassword: "x" }, target: aTarget({ osVersion: "x" }) },
    ]) {
      expect(judge(command, target)).toEqual([]);
    }
  });

  test("user enrollments are not asked for access rights, which they do not have", () => {
    const target = aPhone({ userEnrollment: true, accessRights: 0 });
    expect(judge({ RequestType: "ProfileList" }, target)).toEqual([]);
  });

  test("what is deprecated is taken with a warning", () => {
    const verdict = validateCommand({ RequestType: "ScheduleOSUpdateScan" }, aTarget());
    expect(verdict.problems).toEqual([]);
    expect(verdict.warnings.map(describeProblem)).toEqual(["Command is deprecated since macOS 26.0."]);
    expect(
      validateCommand({ RequestType: "ScheduleOSUpdateScan" }, aTarget({ osVersion: "15.0" })).warnings,
    ).toEqual([]);
    const key = { KeyType: "personal", FileVaultUnlock: { PrivateKeyExport: Buffer.from("x") } };
    const rotation = validateCommand({ RequestType: "RotateFileVaultKey", ...key }, aTarget());
    expect(rotation.problems).toEqual([]);
    expect(rotation.warnings.map(({ keyPath }) => keyPath)).toEqual([
      "Command.FileVaultUnlock.PrivateKeyExport",
    ]);
  });
});

describe("keys and values", () => {
  const phone = aPhone();
  const update = (members: object) => ({
    RequestType: "ScheduleOSUpdate",
    Updates: [{ InstallAction: "Default", ...members }],
  });

  test.each<[PlistWritableDictionary, SchemaTarget, string[]]>([
    [{}, phone, ["key_missing: Command.RequestType is required."]],
    [{ RequestType: 7 }, phone, ["type_mismatch: Command.RequestType must be of type string."]],
    [
      { RequestType: "DeviceLok" },
      phone,
      [
        'request_type_unknown: Command.RequestType "DeviceLok" is unknown to Apple\'s schema (27.0 seed); ' +
          'closest is "DeviceLock".',
      ],
    ],
    [
      { RequestType: "constructor" },
      phone,
      ['request_type_unknown: Command.RequestType "constructor" is unknown to Apple\'s schema (27.0 seed).'],
    ],
    [
      { RequestType: "DeviceLock", Mesage: "x" },
      phone,
      ['key_unknown: Command.Mesage is unknown to Apple\'s schema (27.0 seed); closest is "Message".'],
    ],
    [
      { RequestType: "ShutDownDevice", "\u0000 [weird]": 1 },
      phone,
      ['key_unknown: Command["\\u0000 [weird]"] is unknown to Apple\'s schema (27.0 seed).'],
    ],
    [{ RequestType: "ClearPasscode" }, phone, ["key_missing: Command.UnlockToken is required."]],
    [
      { RequestType: "ClearPasscode", UnlockToken: "text" },
      phone,
      ["type_mismatch: Command.UnlockToken must be of type data, not string."],
    ],
    [
      { RequestType: "ProfileList", ManagedOnly: 1 },
      phone,
      ["type_mismatch: Command.ManagedOnly must be of type boolean, not integer."],
    ],
    [
      { RequestType: "RequestMirroring", ScanTime: new Real(30) },
      phone,
      ["type_mismatch: Command.ScanTime must be of type integer, not real."],
    ],
    [
      { RequestType: "RequestMirroring", ScanTime: new Date(0) },
      phone,
      ["type_mismatch: Command.ScanTime must be of type integer, not date."],
    ],
    [{ RequestType: "RequestMirroring", ScanTime: 30n }, phone, []],
    [
      { RequestType: "Settings", Settings: { Item: "DeviceName" } },
      phone,
      ["type_mismatch: Command.Settings must be of type array, not dictionary."],
    ],
    [
      device(["DeviceName"]),
      phone,
      ["type_mismatch: Command.Settings[0] must be of type dictionary, not array."],
    ],
    [device({ DeviceName: "x" }), phone, ["key_missing: Command.Settings[0].Item is required."]],
    [
      device({ Item: "Bluetoth", Enabled: true }),
      phone,
      ['value_not_listed: Command.Settings[0].Item has no value "Bluetoth"; closest is "Bluetooth".'],
    ],
    [
      device({ Item: "TimeZone", TimeZone: 1 }),
      phone,
      ["type_mismatch: Command.Settings[0].TimeZone must be of type string, not integer."],
    ],
    [
      device({ Item: "Wallpaper", Image: Buffer.from("png"), Where: 4 }),
      phone,
      ["value_not_listed: Command.Settings[0].Where must be one of 1, 2, 3, not 4."],
    ],
    [
      update({ InstallAction: "Now" }),
      phone,
      [
        "value_not_listed: Command.Updates[0].InstallAction must be one of " +
          '"Default", "DownloadOnly", "InstallASAP", "NotifyOnly", "InstallLater", "InstallForceRestart", not "Now".',
      ],
    ],
    [
      { RequestType: "DeviceInformation", Queries: ["udid"] },
      phone,
      ['value_not_listed: Command.Queries[0] has no value "udid"; closest is "UDID".'],
    ],
    [
      { RequestType: "InstallApplication", iTunesStoreID: "1", Attributes: { Removable: true, X: 1 } },
      phone,
      [
        "type_mismatch: Command.iTunesStoreID must be of type integer, not string.",
        "key_unknown: Command.Attributes.X is unknown to Apple's schema (27.0 seed).",
      ],
    ],
    [
      { RequestType: "InstallApplication", Configuration: { anything: [{ at: "all" }], other: 1 } },
      phone,
      [],
    ],
    [{ RequestType: "InstallApplication", Configuration: undefined, ManifestURL: "https://x" }, phone, []],
  ])("%o", (command, target, problems) => {
    expect(judge(command, target)).toEqual(problems);
  });

  test("bounds are included, and numbers of any form are held against them", () => {
    const status = commandSchemas["ContentCachingInformation"]?.answer?.[0]?.keys ?? [];
    const pressure = status.flatMap(({ keys = [] }) => keys).find(({ range }) => range !== undefined);
    const key = pressure ?? status.find(({ range }) => range !== undefined);
    if (key === undefined) throw new Error("No key of the schema has bounds");
    const codes = [0, 1, new Real(0.5), -0.01, 1.01, new Real(2), 2n, Number.NaN].map(
      (value) => judgeValue(key, value, { keyPath: "Answer", isHinted: true })?.code ?? "fits",
    );
    const outside = "value_out_of_range";
    expect(codes).toEqual(["fits", "fits", "fits", outside, outside, outside, outside, outside]);
  });

  test("a format is held against the whole text", () => {
    const key: SchemaKey = { key: "PIN", type: "string", format: "[0-9]{6}|none" };
    const codes = ["271828", "none", "0271828", "271828\n"].map(
      (value) => judgeValue(key, value, { keyPath: "PIN", isHinted: true })?.code,
    );
    expect(codes).toEqual([undefined, undefined, "value_malformed", "value_malformed"]);
  });

  test("a hostile command costs little and is refused with the first problems only", () => {
    const keys = Array.from({ length: 200_000 }, (_, index) => [`Unknown${index}`, index] as const);
    expect(judge({ RequestType: "DeviceLock", ...Object.fromEntries(keys) }, phone)).toHaveLength(
      schemaFindingsMax,
    );
    const items = Array.from({ length: 200_000 }, (_, index) => `Nonsense${index}`);
    expect(judge({ RequestType: "DeviceInformation", Queries: items }, phone)).toHaveLength(
      schemaFindingsMax,
    );
  });

  test.each([
    ["pin", "PIN"],
    ["Mesage", "Message"],
    ["PhoneNumbr", "PhoneNumber"],
    ["Colour", null],
    ["", null],
    ["x".repeat(100_000), null],
  ])("the closest name to %j is %j", (name, closest) => {
    expect(findClosest(name, ["Message", "PhoneNumber", "PIN"])).toBe(closest);
  });
});

describe("the tables", () => {
  test("hold every command, and every check-in message", () => {
    expect(Object.keys(commandSchemas)).toHaveLength(68);
    expect(Object.keys(checkinSchemas)).toEqual([
      "Authenticate",
      "CheckOut",
      "DeclarativeManagement",
      "GetBootstrapToken",
      "GetToken",
      "ReturnToService",
      "SetBootstrapToken",
      "TokenUpdate",
      "UserAuthenticate",
    ]);
  });

  test("require keys of every managed platform alike, so presence asks for no target", () => {
    const conditional = ({ key, required, on = {}, keys = [] }: SchemaKey): string[] => [
      ...(required && Object.keys(on).some((platform) => ["iOS", "macOS", "tvOS"].includes(platform))
        ? [key]
        : []),
      ...keys.flatMap(conditional),
    ];
    expect(Object.values(commandSchemas).flatMap(({ keys }) => keys.flatMap(conditional))).toEqual([]);
  });

  test("record the release of every file", () => {
    const releases = Object.values(commandSchemas).map(({ release }) => release);
    expect(new Set(releases)).toEqual(new Set(["27.0 seed", "26.0"]));
    expect(commandSchemas["ContentCachingInformation"]?.release).toBe("26.0");
  });
});

/** A target that takes a command, read from the table without the rules under test. */
type Fit = { readonly schemaPlatform: SchemaPlatform; readonly target: SchemaTarget };

function fitsOf(requestType: string): Fit[] {
  const platforms = [
    ["iOS", "iPadOS"],
    ["macOS", "macOS"],
    ["tvOS", "tvOS"],
  ] as const;
  return platforms.flatMap(([schemaPlatform, platform]) => {
    const support: Support | null | undefined = commandSchemas[requestType]?.on[schemaPlatform];
    if (!support) return [];
    const takesDevice = support.devicechannel !== false && support.sharedipad?.devicechannel !== false;
    const osVersion = support.removed === undefined ? "27.9" : (support.introduced ?? "");
    const target = aTarget({ platform, osVersion, channel: takesDevice ? "Device" : "User" });
    return [{ schemaPlatform, target }];
  });
}

/** Keys that every fit target takes without conditions. */
function isPlain(key: SchemaKey, { schemaPlatform, target }: Fit): boolean {
  const own = key.on?.[schemaPlatform];
  if (own === undefined) return true;
  if (own === null || own.removed !== undefined || own.userenrollment === "required") return false;
  const isDevice = target.channel === "Device";
  const channels = isDevice ? [own.devicechannel] : [own.userchannel, own.sharedipad?.userchannel];
  return !channels.includes(false) && own.sharedipad?.mode === undefined;
}

const anyName = fc.stringMatching(/^[A-Za-z]{3,12}$/);

function someValue(key: SchemaKey, fit: Fit): fc.Arbitrary<PlistWritable> {
  if (key.values !== undefined) return fc.constantFrom(...key.values);
  switch (key.type) {
    case "string": {
      const listed = (key.keys ?? []).filter((each) => isPlain(each, fit)).map((each) => each.key);
      return key.keys === undefined ? fc.string() : fc.constantFrom(...listed);
    }
    case "integer":
      return fc.oneof(fc.integer(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n }));
    case "real":
      return fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    case "boolean":
      return fc.boolean();
    case "date":
      return fc.date({ noInvalidDate: true });
    case "data":
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));
    case "array": {
      const items = (key.keys ?? []).filter((each) => isPlain(each, fit)).map((each) => someValue(each, fit));
      return items.length === 0
        ? fc.constant([])
        : fc.array(fc.oneof(...items), { minLength: 1, maxLength: 3 });
    }
    case "dictionary":
      return someDictionary(key.keys ?? [], fit);
    case "any":
      return fc.oneof(fc.string(), fc.integer(), fc.boolean());
  }
}

function someDictionary(keys: readonly SchemaKey[], fit: Fit): fc.Arbitrary<PlistWritableDictionary> {
  const wildcard = keys.find(({ key }) => key.startsWith("ANY"));
  const plain = keys.filter((key) => key !== wildcard && isPlain(key, fit));
  const named = fc.record(Object.fromEntries(plain.map((key) => [key.key, someValue(key, fit)])), {
    requiredKeys: plain.filter(({ required }) => required).map(({ key }) => key),
  });
  if (wildcard === undefined) return named;
  const free = fc.dictionary(anyName, someValue(wildcard, fit), { maxKeys: 3 });
  return fc.tuple(free, named).map(([some, members]) => ({ ...some, ...members }));
}

const orders = Object.keys(commandSchemas).flatMap((requestType) =>
  fitsOf(requestType).map((fit) => ({ requestType, fit, keys: commandSchemas[requestType]?.keys ?? [] })),
);

const someOrder = fc
  .constantFrom(...orders)
  .chain(({ requestType, fit, keys }) =>
    fc
      .tuple(someDictionary(keys, fit), fc.nat())
      .map(([members, pick]) => ({ command: { RequestType: requestType, ...members }, fit, keys, pick })),
  );

describe("any command made from the schema", () => {
  test("covers every command of the platforms that are managed", () => {
    expect(new Set(orders.map(({ requestType }) => requestType)).size).toBe(68);
  });

  test("is taken by a target that fits, as a value and through the bytes of a property list", () => {
    fc.assert(
      fc.property(someOrder, ({ command, fit }) => {
        expect(judge(command, fit.target)).toEqual([]);
        const read = readPlistDictionary(writePlist(withoutControls(command)));
        expect(judge(read, fit.target)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  test("is refused, with the key named, once a key is unknown, missing or of another type", () => {
    fc.assert(
      fc.property(someOrder, ({ command, fit, keys, pick }) => {
        const target = fit.target;
        expect(judge({ ...command, Nonsense0: 1 }, target)[0]).toMatch(/^key_unknown: Command\.Nonsense0 /);
        const present = keys.filter(({ key }) => Object.hasOwn(command, key));
        const key = present[pick % Math.max(1, present.length)];
        if (key === undefined) return;
        const wrong = key.type === "date" ? true : new Date(0);
        expect(judge({ ...command, [key.key]: wrong }, target)).toEqual([
          expect.stringMatching(new RegExp(`^type_mismatch: Command\\.${key.key} `)),
        ]);
        if (!key.required) return;
        expect(judge({ ...command, [key.key]: undefined }, target)).toEqual([
          `key_missing: Command.${key.key} is required.`,
        ]);
      }),
      { numRuns: 600 },
    );
  });
});

/** Texts an XML property list can carry. */
function withoutControls(value: PlistWritable): PlistWritableDictionary {
  const clean = (part: PlistWritable | undefined): PlistWritable | undefined => {
    if (typeof part === "string") return part.replace(/[^\x20-\x7e]/g, "?");
    if (Array.isArray(part)) return part.map((each: PlistWritable) => clean(each) ?? "");
    if (typeof part !== "object" || part instanceof Date || part instanceof Uint8Array) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, each]) => [name, clean(each as PlistWritable)]),
    );
  };
  return clean(value) as PlistWritableDictionary;
}
