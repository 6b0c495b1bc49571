/** Answers about applications the server manages, and the profiles they need to run. */
import { bytesAt, dateAt, nonEmptyStringAt, stringAt, stringsAt } from "#protocol/plist/access.ts";
import { CmsError } from "#protocol/cms/cms-error.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { type PlistDictionary, PlistError } from "#protocol/plist/value.ts";
import type { CommandContext } from "./command-answers.ts";
import { acknowledged, commandError, commandFormatError } from "./device-state.ts";
import type { CommandAnswer } from "./device-state.ts";

type Handler = (context: CommandContext) => CommandAnswer;

export const provisioningAnswers: Readonly<Record<string, Handler>> = {
  ManagedApplicationList: ({ state, command }) => {
    const identifiers = stringsAt(command, "Identifiers");
    const managed = state.applications.filter(
      (app) => app.isManaged && (identifiers === null || identifiers.includes(app.identifier)),
    );
    const entries = managed.map(
      (app) => [app.identifier, managedEntry(state.managed.validatedCount)] as const,
    );
    return acknowledged({ ManagedApplicationList: Object.fromEntries(entries) });
  },
  ValidateApplications: ({ state }) => {
    state.managed.validatedCount += 1;
    return acknowledged();
  },
  ProvisioningProfileList: ({ state }) => {
    const profiles = [...state.managed.provisioningProfiles].map(([uuid, { name, expiresAt }]) => ({
      UUID: uuid,
      Name: name,
      ExpiryDate: expiresAt,
    }));
    return acknowledged({ ProvisioningProfileList: profiles });
  },
  InstallProvisioningProfile: ({ state, command }) => {
    const bytes = bytesAt(command, "ProvisioningProfile");
    const profile = bytes === null ? null : openProvisioningProfile(bytes);
    const uuid = profile === null ? null : nonEmptyStringAt(profile, "UUID");
    if (profile === null || uuid === null) return commandFormatError;
    const expiresAt = dateAt(profile, "ExpirationDate") ?? new Date("2030-01-01T00:00:00Z");
    state.managed.provisioningProfiles.set(uuid, { name: stringAt(profile, "Name") ?? "", expiresAt });
    return acknowledged();
  },
  RemoveProvisioningProfile: ({ state, command }) => {
    const uuid = nonEmptyStringAt(command, "UUID") ?? "";
    const isGone = state.managed.provisioningProfiles.delete(uuid);
    return isGone ? acknowledged() : commandError(12_046, "MCMDMErrorDomain", "There is no such profile.");
  },
};

function managedEntry(validatedCount: number) {
  return {
    Status: "Managed",
    ManagementFlags: 1,
    HasConfiguration: false,
    HasFeedback: false,
    IsValidated: validatedCount > 0,
    ExternalVersionIdentifier: 861_234_567,
  };
}

function openProvisioningProfile(bytes: Buffer): PlistDictionary | null {
  try {
    const { content } = decodeSignedData(bytes);
    return content === null ? null : readPlistDictionary(content);
  } catch (error) {
    // A device refuses what it cannot read; anything else is a fault of the simulator.
    if (error instanceof CmsError || error instanceof PlistError) return null;
    throw error;
  }
}
