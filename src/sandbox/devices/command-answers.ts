/** What a simulated device does with each command: one entry per request type, and Apple's error for all others. */
import { bytesAt, nonEmptyStringAt, stringAt } from "#protocol/plist/access.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import { listCertificatePayloads, openProfile, readMdmSettings } from "./configuration-profile.ts";
import type { ConfigurationProfile, MdmSettings } from "./configuration-profile.ts";
import { accountAnswers } from "./account-answers.ts";
import { DeviceError } from "./device-error.ts";
import type { DeviceFacts } from "./device-facts.ts";
import { answerDeviceInformation, answerSecurityInfo } from "./device-information.ts";
import { acknowledged, commandError, commandFormatError } from "./device-state.ts";
import type { Channel, CommandAnswer, DeviceState } from "./device-state.ts";
import { installEnterpriseApplication } from "./enterprise-apps.ts";
import { managedAnswers } from "./managed-answers.ts";
import type { Transport } from "./transport.ts";
import { provisioningAnswers } from "./provisioned-items.ts";
import {
  answerCertificateList,
  answerInstalledApplicationList,
  answerProfileList,
} from "./installed-items.ts";

/** What a command may touch. */
export type CommandContext = {
  readonly facts: DeviceFacts;
  readonly state: DeviceState;
  readonly command: PlistDictionary;
  readonly channel: Channel;
  /** For what a command refers to. */
  readonly transport: Transport;
  /** Takes a profile with an MDM payload: a new identity of the same enrollment. */
  readonly reenroll: (profile: ConfigurationProfile, settings: MdmSettings) => Promise<void>;
};

type Handler = (context: CommandContext) => CommandAnswer | Promise<CommandAnswer>;

const handlers: Readonly<Record<string, Handler>> = {
  DeviceInformation: ({ facts, state, command }) => answerDeviceInformation(facts, state, command),
  SecurityInfo: ({ facts, state }) => answerSecurityInfo(facts, state),
  InstalledApplicationList: ({ state, command }) => answerInstalledApplicationList(state, command),
  ProfileList: ({ state, command }) => answerProfileList(state, command),
  CertificateList: ({ state }) => answerCertificateList(state),
  InstallProfile: installProfile,
  RemoveProfile: removeProfile,
  DeviceLock: lockDevice,
  EraseDevice: eraseDevice,
  DeclarativeManagement: ({ state, channel }) => {
    // The device answers at once, and synchronises afterwards.
    state.declarative[channel].isSyncDue = true;
    return acknowledged();
  },
  InstallEnterpriseApplication: installEnterpriseApplication,
  RestartDevice: restartDevice,
  ...managedAnswers,
  ...accountAnswers,
  ...provisioningAnswers,
};

/** To a device that is not supervised these request types do not exist. */
const forSupervised = new Set([
  "ActivationLockBypassCode",
  "ClearActivationLockBypassCode",
  "DeviceLocation",
  "DisableLostMode",
  "EnableLostMode",
  "PlayLostModeSound",
]);

/** Carries out one command. */
export function answerCommand(requestType: string, context: CommandContext): Promise<CommandAnswer> {
  const handler = Object.hasOwn(handlers, requestType) ? handlers[requestType] : undefined;
  const isHidden = forSupervised.has(requestType) && !context.state.managed.isSupervised;
  if (handler === undefined || isHidden) {
    const text = `“${requestType}” is not a valid request type.`;
    return Promise.resolve(commandError(12_021, "MCMDMErrorDomain", text));
  }
  return Promise.resolve(handler(context));
}

async function installProfile({ state, command, reenroll }: CommandContext): Promise<CommandAnswer> {
  const bytes = bytesAt(command, "Payload");
  if (bytes === null) return commandFormatError;
  try {
    const profile = openProfile(bytes);
    const mdm = readMdmSettings(profile);
    if (mdm !== null) await reenroll(profile, mdm);
    state.profiles.set(profile.identifier, { profile, isManaged: true });
    state.certificates.push(...listCertificatePayloads(profile));
    return acknowledged();
  } catch (error) {
    // A device reports what it cannot install; anything else is a fault of the simulator.
    if (!(error instanceof DeviceError)) throw error;
    return commandError(4001, "MCInstallationErrorDomain", `Profile Installation Failed: ${error.message}`);
  }
}

function removeProfile({ state, command }: CommandContext): CommandAnswer {
  const identifier = nonEmptyStringAt(command, "Identifier");
  if (identifier === null) return commandFormatError;
  const installed = state.profiles.get(identifier);
  if (installed === undefined) {
    return commandError(12_012, "MCMDMErrorDomain", `The profile “${identifier}” is not installed.`);
  }
  if (!installed.isManaged) {
    return commandError(12_013, "MCMDMErrorDomain", `The profile “${identifier}” is not managed by MDM.`);
  }
  // Its own profile goes once the server was told that it will.
  if (identifier === state.enrollment?.profileIdentifier) state.isLeaving = true;
  else state.profiles.delete(identifier);
  return acknowledged();
}

function lockDevice({ facts, state, command }: CommandContext): CommandAnswer {
  const pin = stringAt(command, "PIN");
  // A Mac starts into a lock screen that only the PIN opens, so it insists on one.
  if (facts.model === "Mac" && !/^\d{6}$/.test(pin ?? "")) return commandFormatError;
  const message = stringAt(command, "Message");
  const phoneNumber = stringAt(command, "PhoneNumber");
  state.lock = { pin: facts.model === "Mac" ? pin : null, message, phoneNumber };
  if (facts.model === "Mac" || facts.model === "AppleTV") return acknowledged();
  return acknowledged({ MessageResult: message === null ? "NoMessage" : "Success" });
}

function eraseDevice({ state, command }: CommandContext): CommandAnswer {
  state.isErased = true;
  state.eraseArguments = command;
  return acknowledged();
}

function restartDevice({ facts, state }: CommandContext): CommandAnswer {
  if (facts.model !== "Mac" && !state.managed.isSupervised) {
    // To a device that is not supervised the request type does not exist.
    return commandError(12_021, "MCMDMErrorDomain", "“RestartDevice” is not a valid request type.");
  }
  state.restartCount += 1;
  return acknowledged();
}
