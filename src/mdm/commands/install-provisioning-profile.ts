/**
 * InstallProvisioningProfile: lets a device run an application. Lands in `device_provisioning_profiles`, with the
 * command's UUID.
 */
import { Type } from "typebox";
import type { ProvisioningProfile } from "#protocol/mdm/answers/provisioning-profile-list.ts";
import { CmsError } from "#protocol/cms/cms-error.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { textAt } from "#protocol/mdm/text.ts";
import { dateAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { PlistError } from "#protocol/plist/value.ts";
import { type CommandArguments, type CommandKind, textArgument } from "./command.ts";
import { operatorCommand } from "./operator-command.ts";

/** Most characters of a provisioning profile as base64; real ones are below 100 kB. */
export const provisioningProfileCharactersMax = 1024 * 1024;

const installArguments = Type.Object({
  ProvisioningProfile: Type.String({
    minLength: 1,
    maxLength: provisioningProfileCharactersMax,
    description: "The .mobileprovision or .provisionprofile file, base64",
  }),
});

export const installProvisioningProfile: CommandKind = {
  ...operatorCommand,
  name: "InstallProvisioningProfile",
  secretArguments: ["ProvisioningProfile"],
  argumentsFor: () => installArguments,
  refuse: (args) => {
    if (readProfile(args) !== null) return [];
    const detail = "Not a provisioning profile";
    return [{ kind: "invalid", code: "profile_malformed", field: "ProvisioningProfile", detail }];
  },
  command: (_, args) => ({
    RequestType: "InstallProvisioningProfile",
    ProvisioningProfile: profileBytes(args),
  }),
  acknowledged: (_, args) => {
    const profile = readProfile(args);
    if (profile === null) return [{ kind: "logUnusable", reason: "profile_malformed" }];
    return [
      { kind: "recordProvisioningProfile", profile },
      { kind: "queueCommand", name: "ProvisioningProfileList", arguments: {} },
    ];
  },
  describe: (args) => ({
    ProvisioningProfile: "<redacted>",
    UUID: readProfile(args)?.uuid ?? "<omitted>",
  }),
};

function profileBytes(args: CommandArguments): Buffer {
  return Buffer.from(textArgument(args, "ProvisioningProfile") ?? "", "base64");
}

/**
 * What is inside the signature. The signature itself is Apple's and the device's affair: it alone knows whom it trusts.
 * Null for anything but a signed property list with a UUID.
 */
function readProfile(args: CommandArguments): ProvisioningProfile | null {
  try {
    const { content } = decodeSignedData(profileBytes(args));
    const profile = content === null ? null : readPlistDictionary(content);
    const uuid = profile === null ? null : textAt(profile, "UUID");
    if (profile === null || uuid === null) return null;
    return { uuid, name: textAt(profile, "Name"), expiresAt: dateAt(profile, "ExpirationDate") };
  } catch (error) {
    if (error instanceof CmsError || error instanceof PlistError) return null;
    throw error;
  }
}
