/** InstallProfile: puts a configuration profile on a target. Lands in `device_profiles`, with the command's UUID. */
import { Type } from "typebox";
import {
  type ConfigurationProfile,
  ProfileError,
  parseConfigurationProfile,
} from "#protocol/profile/configuration-profile.ts";
import { readVerifiedContent } from "#protocol/cms/read-verified-content.ts";
import { textAt } from "#protocol/mdm/text.ts";
import { PlistError } from "#protocol/plist/value.ts";
import type { Refusal } from "#platform/errors.ts";
import {
  type CommandArguments,
  type CommandKind,
  commandPriorities,
  onDeviceChannel,
  supersedeKeyCharactersMax,
  textArgument,
} from "./command.ts";

/** Most characters of a profile as base64: 5 MiB of profile, far above what devices take in one command. */
export const profileCharactersMax = 7 * 1024 * 1024;

const installArguments = Type.Object({
  Payload: Type.String({
    minLength: 1,
    maxLength: profileCharactersMax,
    description: "The configuration profile, base64",
  }),
});

export const installProfile: CommandKind = {
  name: "InstallProfile",
  priority: commandPriorities.operator,
  reschedulesNotNow: true,
  storesResult: false,
  publicArguments: ["PayloadIdentifier"],
  // Profiles hold passwords and keys.
  secretArguments: ["Payload"],
  argumentsFor: () => installArguments,
  refuse: (args) => {
    const profile = readProfile(args);
    return "code" in profile ? [profile] : [];
  },
  supersedeKey: (args) => {
    const profile = readProfile(args);
    return "code" in profile
      ? null
      : `InstallProfile ${profile.payloadIdentifier}`.slice(0, supersedeKeyCharactersMax);
  },
  command: (_, args) => ({ RequestType: "InstallProfile", Payload: payloadBytes(args) }),
  acknowledged: (target, args) =>
    onDeviceChannel(target, () => {
      const profile = readProfile(args);
      if ("code" in profile) return [{ kind: "logUnusable", reason: profile.code }];
      const installed = {
        identifier: profile.payloadIdentifier,
        uuid: profile.payloadUuid,
        displayName: profile.payloadDisplayName ?? "",
        organization: textAt(profile.content, "PayloadOrganization") ?? "",
      };
      return [
        { kind: "recordInstalledProfile", profile: installed },
        { kind: "queueCommand", name: "ProfileList", arguments: {} },
      ];
    }),
  // Of a plan's command nothing is known before it is handed out.
  show: (args) => (args["Payload"] === undefined ? {} : describeProfile(args)),
  describe: describeProfile,
};

function describeProfile(args: CommandArguments): CommandArguments {
  const profile = readProfile(args);
  const identifier = "code" in profile ? "<omitted>" : profile.payloadIdentifier;
  return { Payload: "<redacted>", PayloadIdentifier: identifier };
}

function payloadBytes(args: CommandArguments): Buffer {
  return Buffer.from(textArgument(args, "Payload") ?? "", "base64");
}

function readProfile(args: CommandArguments): ConfigurationProfile | Refusal {
  try {
    // The device is sent the whole message and decides whom it trusts.
    return parseConfigurationProfile(payloadBytes(args), readVerifiedContent);
  } catch (error) {
    if (!(error instanceof PlistError) && !(error instanceof ProfileError)) throw error;
    const detail = error instanceof PlistError ? "Invalid property list" : error.message;
    return { kind: "invalid", code: "profile_malformed", field: "Payload", detail };
  }
}
