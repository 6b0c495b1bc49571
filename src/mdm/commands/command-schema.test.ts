import { describe, expect, test } from "vitest";
import { aDeviceUser, aTarget } from "../../../test/tools/devices.ts";
import type { Device, Target } from "#mdm/devices/device.ts";
import { findCommandSchema, validateCommand } from "#protocol/apple-schema/validate-command.ts";
import { type PlistWritableDictionary, plistDepthMax } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { type CommandArguments, type CommandName, commandNames } from "./command.ts";
import { commandKinds } from "./command-kinds.ts";
import { judgeOrder, refuseUnsupported } from "./command-schema.ts";
import { isInScope } from "./command-scope.ts";
import { deviceInformationQueries } from "./device-information.ts";

const platforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const;
const payload = Buffer.from("profile").toString("base64");

/** What callers send, of every kind, where the target takes arguments. */
const argumentsOf: Partial<Record<CommandName, CommandArguments>> = {
  ClearPasscode: { UnlockToken: Buffer.from("token") },
  DeleteUser: { UserName: "ada" },
  DeviceLock: { Message: "Call IT" },
  EnableLostMode: { Message: "Call IT" },
  InstallProfile: { Payload: payload },
  InviteToProgram: { InvitationURL: "https://buy.itunes.apple.com/inviteToProgram" },
  ProfileList: { managed_only: true },
  Reenroll: { Payload: payload },
  RemoveProfile: { Identifier: "com.example.wifi" },
  RequestMirroring: { DestinationName: "Hall", ScanTime: 30 },
  Settings: { Settings: [{ Item: "Bluetooth", Enabled: true }] },
};

const custom = (target: Target, command: PlistWritableDictionary) =>
  judgeOrder(target, {
    name: "CustomCommand",
    arguments: { command: writePlist(command).toString("utf8") },
  });

describe("kinds", () => {
  const orders = commandNames
    .filter((name) => name !== "CustomCommand")
    .flatMap((name) =>
      platforms.flatMap((platform) =>
        ["9.3", "13.0", "26.1"].flatMap((osVersion) =>
          [null, aDeviceUser()].map((user) => ({
            name,
            target: { ...aTarget({ platform, osVersion, depEnrollment: null }), user },
          })),
        ),
      ),
    )
    .filter(({ name, target }) => isInScope(name, target) && refuseUnsupported(name, target) === null);

  test.each(commandNames.filter((name) => name !== "CustomCommand"))(
    "%s makes what Apple's schema knows, with what it requires, and of its types",
    (name) => {
      const found = orders.filter((order) => order.name === name);
      expect(found.length).toBeGreaterThan(1);
      for (const { target } of found) {
        const args = argumentsOf[name] ?? {};
        expect(judgeOrder(target, { name, arguments: args })).toEqual({ refusals: [], warnings: [] });
        const { platform, osVersion } = target.device;
        const { problems } = validateCommand(commandKinds[name].command(target, args), {
          platform,
          osVersion,
          osVersionExtra: "",
          channel: target.user === null ? "Device" : "User",
          supervised: true,
          userEnrollment: false,
          depEnrollment: true,
          accessRights: 8191,
        });
        // Questions a target does not know are asked all the same; it leaves them out of its answer.
        const wrong = /^(?:key|type|value)_/;
        expect(problems.filter(({ code }) => wrong.test(code))).toEqual([]);
      }
    },
  );

  test("DeviceInformation asks what Apple's schema lists", () => {
    const [queries] = findCommandSchema("DeviceInformation")?.keys ?? [];
    const listed = queries?.keys?.[0]?.keys?.map(({ key }) => key) ?? [];
    expect(deviceInformationQueries.filter((query) => !listed.includes(query))).toEqual([]);
  });

  test.each<[CommandName, Partial<Device>, string]>([
    [
      "EraseDevice",
      { platform: "iOS", userEnrollment: true },
      "Invalid target. EraseDevice is not available with User Enrollment.",
    ],
    ["DeviceLock", { platform: "tvOS" }, "Invalid target. DeviceLock is not available on tvOS."],
    [
      "RestartDevice",
      { osVersion: "10.12.6" },
      "Invalid target. RestartDevice needs macOS 10.13; the target has 10.12.6.",
    ],
    [
      "Reenroll",
      { platform: "iOS", osVersion: "3.2" },
      "Invalid target. InstallProfile needs iOS 4.0; the target has 3.2.",
    ],
  ])("%s of %o is refused", (name, device, detail) => {
    expect(refuseUnsupported(name, aTarget(device))).toMatchObject({ kind: "invalid", detail });
    expect(
      refuseUnsupported(name, aTarget({ ...device, platform: "macOS", userEnrollment: null, osVersion: "" })),
    ).toBe(null);
  });

  test("an argument that the target does not take yet is refused by its name", () => {
    const target = aTarget({ osVersion: "11.3" });
    const { refusals } = judgeOrder(target, { name: "RestartDevice", arguments: { NotifyUser: true } });
    expect(refusals).toEqual([
      {
        kind: "invalid",
        code: "command_invalid",
        field: "NotifyUser",
        detail: "Command.NotifyUser needs macOS 11.4; the target has 11.3.",
      },
    ]);
  });

  test("an argument that every caller has to send is not refused where it does not apply", () => {
    const target = aTarget({ platform: "iOS", osVersion: "10.3" });
    const args = { DisallowProximitySetup: false, PreserveDataPlan: false };
    expect(judgeOrder(target, { name: "EraseDevice", arguments: args }).refusals).toEqual([]);
    const wrong = { name: "EraseDevice" as const, arguments: { ...args, PIN: "271828" } };
    expect(judgeOrder(target, wrong).refusals).toMatchObject([{ field: "PIN" }]);
  });
});

describe("custom commands", () => {
  test.each<[PlistWritableDictionary, string[]]>([
    [
      { RequestType: "DeviceLock", PIN: "271828", PhoneNumbr: "+49" },
      ['Command.PhoneNumbr is unknown to Apple\'s schema (27.0 seed); closest is "PhoneNumber".'],
    ],
    [
      { RequestType: "Settings", Settings: [{ Item: "HostName" }, { Item: "DeviceName", DeviceName: 1 }] },
      [
        "Command.Settings[0].HostName is required.",
        "Command.Settings[1].DeviceName must be of type string, not integer.",
      ],
    ],
    [{ RequestType: "EnableLostMode", Message: "Lost" }, ["EnableLostMode is not available on macOS."]],
    [
      { RequestType: "Nonsense" },
      ['Command.RequestType "Nonsense" is unknown to Apple\'s schema (27.0 seed).'],
    ],
  ])("%o is refused with the key and the reason", (command, details) => {
    const { refusals } = custom(aTarget(), command);
    expect(refusals.map(({ detail }) => detail)).toEqual(details);
    expect(new Set(refusals.map(({ field }) => field))).toEqual(new Set(["command"]));
  });

  test("a command for the target is taken, a deprecated one with a warning that holds no values", () => {
    expect(custom(aTarget(), { RequestType: "UserList" })).toEqual({ refusals: [], warnings: [] });
    const rotation = {
      RequestType: "RotateFileVaultKey",
      KeyType: "institutional",
      FileVaultUnlock: { PrivateKeyExportPassword: "Sesame" },
    };
    expect(custom(aTarget(), rotation)).toEqual({
      refusals: [],
      warnings: ["Command.FileVaultUnlock.PrivateKeyExportPassword is deprecated since macOS 10.15."],
    });
    expect(custom(aTarget(), { RequestType: "OSUpdateStatus" }).warnings).toEqual([
      "OSUpdateStatus is deprecated since macOS 26.0.",
    ]);
  });

  test("free members as deep as a property list goes are no burden", () => {
    let deep: PlistWritableDictionary = {};
    for (let depth = 0; depth < plistDepthMax - 4; depth += 1) deep = { deep };
    expect(custom(aTarget(), { RequestType: "InstallApplication", Configuration: deep }).refusals).toEqual(
      [],
    );
  });
});
