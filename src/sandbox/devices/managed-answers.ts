/** Answers about power, locks, lost mode, screens and settings. */
import { dictionariesAt, dictionaryAt, stringAt } from "#protocol/plist/access.ts";
import { type PlistDictionary, type PlistWritable, Real } from "#protocol/plist/value.ts";
import type { CommandContext } from "./command-answers.ts";
import { acknowledged, commandError, commandFormatError } from "./device-state.ts";
import type { CommandAnswer } from "./device-state.ts";

type Handler = (context: CommandContext) => CommandAnswer;

const notInLostMode = (): CommandAnswer =>
  commandError(12_067, "MCMDMErrorDomain", "The device is not in Managed Lost Mode.");

export const managedAnswers: Readonly<Record<string, Handler>> = {
  ShutDownDevice: ({ state }) => {
    state.managed.isShutDown = true;
    return acknowledged();
  },
  ClearPasscode: ({ state, command }) => {
    const token = command["UnlockToken"];
    if (!Buffer.isBuffer(token)) return commandFormatError;
    if (state.unlockToken?.equals(token) !== true) {
      return commandError(5013, "MCPasscodeErrorDomain", "The unlock token is not valid.");
    }
    state.managed.hasPasscode = false;
    return acknowledged();
  },
  EnableLostMode: ({ state, command }) => {
    if (stringAt(command, "Message") === null && stringAt(command, "PhoneNumber") === null) {
      return commandFormatError;
    }
    state.managed.lostMode = command;
    return acknowledged();
  },
  DisableLostMode: ({ state }) => {
    if (state.managed.lostMode === null) return notInLostMode();
    state.managed.lostMode = null;
    return acknowledged();
  },
  PlayLostModeSound: ({ state }) => {
    if (state.managed.lostMode === null) return notInLostMode();
    state.managed.soundsPlayed += 1;
    return acknowledged();
  },
  DeviceLocation: ({ state, facts }) =>
    state.managed.lostMode === null ? notInLostMode() : locate(facts.number),
  ActivationLockBypassCode: ({ state }) => {
    const code = state.managed.activationLockBypassCode;
    return code === null
      ? commandError(12_065, "MCMDMErrorDomain", "There is no bypass code.")
      : acknowledged({ ActivationLockBypassCode: code });
  },
  ClearActivationLockBypassCode: ({ state }) => {
    state.managed.activationLockBypassCode = null;
    return acknowledged();
  },
  EnableRemoteDesktop: ({ state }) => setRemoteDesktop(state.managed, true),
  DisableRemoteDesktop: ({ state }) => setRemoteDesktop(state.managed, false),
  RequestMirroring: ({ state, command }) => {
    const destination = stringAt(command, "DestinationName") ?? stringAt(command, "DestinationDeviceID");
    if (destination === null) return commandFormatError;
    state.managed.mirroringTo = destination;
    return acknowledged({ MirroringResult: "Success" });
  },
  StopMirroring: ({ state }) => {
    state.managed.mirroringTo = null;
    return acknowledged();
  },
  RefreshCellularPlans: ({ facts, state, command }) => {
    if (facts.model === "AppleTV") return commandFormatError;
    state.managed.cellularServerUrl = stringAt(command, "eSIMServerURL");
    return acknowledged();
  },
  Restrictions: ({ command }) => {
    const restrictions = {
      restrictedBool: { allowCamera: { value: true } },
      restrictedValue: { maxInactivity: { value: 5 } },
    };
    const byProfile = command["ProfileRestrictions"] === true ? { "com.example.passcode": restrictions } : {};
    return acknowledged({ GlobalRestrictions: restrictions, ProfileRestrictions: byProfile });
  },
  Settings: ({ facts, state, command }) => {
    const items = dictionariesAt(command, "Settings");
    if (items === null) return commandFormatError;
    return acknowledged({ Settings: items.map((item) => apply(state.managed.settings, item, facts.model)) });
  },
};

/** Somewhere in Berlin; the number makes another place. */
function locate(number: number): CommandAnswer {
  return acknowledged({
    Latitude: new Real(52.5 + number / 1000),
    Longitude: new Real(13.4),
    HorizontalAccuracy: new Real(12.5),
    VerticalAccuracy: new Real(4),
    Altitude: new Real(36),
    Speed: new Real(-1),
    Course: new Real(-1),
    Timestamp: "2026-03-01T09:58:30Z",
  });
}

function setRemoteDesktop(managed: CommandContext["state"]["managed"], isEnabled: boolean): CommandAnswer {
  managed.isRemoteDesktopEnabled = isEnabled;
  return acknowledged();
}

/** What became of one setting; a configuration of an application that brings none is an error. */
function apply(
  settings: Map<string, PlistDictionary>,
  item: PlistDictionary,
  model: string,
): { [key: string]: PlistWritable } {
  const name = stringAt(item, "Item") ?? "";
  const identifier = stringAt(item, "Identifier");
  const named = identifier === null ? {} : { Identifier: identifier };
  if (name === "ApplicationConfiguration" && dictionaryAt(item, "Configuration") === null) {
    const error = {
      ErrorCode: 12_029,
      ErrorDomain: "MCMDMErrorDomain",
      USEnglishDescription: `No ${model} app`,
    };
    return { ...named, Status: "Error", ErrorChain: [error] };
  }
  settings.set(name, item);
  return { ...named, Status: "Acknowledged" };
}
