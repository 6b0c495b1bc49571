/** What a simulated device has become: everything a test may want to look at after the story is told. */
import type { PlistDictionary, PlistWritable } from "#protocol/plist/value.ts";
import type { Identity } from "../crypto/certificate-writer.ts";
import type { ConfigurationProfile, MdmSettings } from "./configuration-profile.ts";
import { newDeclarativeState } from "./declarative-state.ts";
import type { DeclarativeState } from "./declarative-state.ts";
import type { DeviceFacts } from "./device-facts.ts";
import { uuidOf } from "./device-facts.ts";
import { newManagedState } from "./managed-state.ts";
import type { ManagedState, Supervision } from "./managed-state.ts";

export type Channel = "device" | "user";

export type InstalledProfile = {
  readonly profile: ConfigurationProfile;
  /** Installed by the server, so it leaves with it. */
  readonly isManaged: boolean;
};

export type InstalledApplication = {
  readonly identifier: string;
  readonly name: string;
  readonly shortVersion: string;
  readonly version: string;
  readonly bundleBytes: number;
  readonly isManaged: boolean;
  /** Of one that a command brought; absent for what is simply there. */
  readonly installation?: Installation;
};

/** How far an installation is. */
export type Installation = {
  /** It is there when the list of applications was asked for so often. */
  pollsLeft: number;
  /** Why it will never be there. */
  readonly problem: string | null;
};

/** A command the device was given, and what it answered. */
export type SeenCommand = {
  readonly uuid: string;
  readonly requestType: string;
  readonly command: PlistDictionary;
  readonly channel: Channel;
  readonly status: string;
};

/** The membership of one server. */
export type Enrollment = {
  readonly settings: MdmSettings;
  readonly profileIdentifier: string;
  readonly identity: Identity;
};

export type Lock = {
  readonly pin: string | null;
  readonly message: string | null;
  readonly phoneNumber: string | null;
};

/** One target of pushes: the device, or its user. */
export type PushTarget = { readonly token: Buffer; readonly magic: string };

export type DeviceState = {
  enrollment: Enrollment | null;
  /** Why the device is no longer enrolled, when it once was. */
  leftBecause: "told_to_unenroll" | "checked_out" | "erased" | null;
  readonly profiles: Map<string, InstalledProfile>;
  readonly applications: InstalledApplication[];
  /** Certificates that profiles brought along; identities are in the enrollment. */
  readonly certificates: Buffer[];
  readonly commands: SeenCommand[];
  lock: Lock | null;
  isErased: boolean;
  /** The server took its own profile away: the device checks out once it has reported so. */
  isLeaving: boolean;
  eraseArguments: PlistDictionary | null;
  restartCount: number;
  push: PushTarget | null;
  userPush: PushTarget | null;
  pushesReceived: number;
  /** Null until the server took it. */
  bootstrapToken: Buffer | null;
  unlockToken: Buffer | null;
  /** What management changed beyond the above. */
  readonly managed: ManagedState;
  /** What is declared, by channel. */
  readonly declarative: Readonly<Record<Channel, DeclarativeState>>;
  /** What went wrong while nobody was waiting: in answers to pushes. */
  readonly problems: Error[];
};

/** The state of a device out of the box. */
export function newDeviceState(facts: DeviceFacts, supervision: Supervision = "none"): DeviceState {
  return {
    enrollment: null,
    leftBecause: null,
    profiles: new Map(),
    applications: [...preinstalled(facts)],
    certificates: [],
    commands: [],
    lock: null,
    isErased: false,
    isLeaving: false,
    eraseArguments: null,
    restartCount: 0,
    push: null,
    userPush: null,
    pushesReceived: 0,
    bootstrapToken: null,
    unlockToken: null,
    managed: newManagedState(facts, supervision),
    declarative: { device: newDeclarativeState(), user: newDeclarativeState() },
    problems: [],
  };
}

/** A new push target: Apple gives out 32-byte tokens, the device chooses the magic. */
export function makePushTarget(facts: DeviceFacts, label: string): PushTarget {
  return { token: facts.bytes(`${label}/token`, 32), magic: uuidOf(facts.bytes(`${label}/magic`, 16)) };
}

type App = readonly [identifier: string, name: string, version: string, megabytes: number];

const macApps: readonly App[] = [
  ["com.apple.Safari", "Safari", "26.1", 21],
  ["com.apple.mail", "Mail", "16.0", 23],
  ["com.apple.iCal", "Calendar", "16.0", 18],
  ["com.apple.Terminal", "Terminal", "2.15", 10],
  ["com.apple.systempreferences", "System Settings", "15.0", 6],
  ["com.apple.dt.Xcode", "Xcode", "26.1.1", 4210],
  ["org.mozilla.firefox", "Firefox", "145.0", 402],
  ["us.zoom.xos", "zoom.us", "6.6.6", 301],
  ["com.microsoft.VSCode", "Visual Studio Code", "1.106.0", 620],
];

const mobileApps: readonly App[] = [
  ["com.apple.Pages", "Pages", "14.4", 512],
  ["com.tinyspeck.chatlyio", "Slack", "25.11.20", 214],
  ["org.whispersystems.signal", "Signal", "7.82", 190],
  ["us.zoom.videomeetings", "Zoom Workplace", "6.6.6", 255],
];

/** Every device has some of the applications, by its number, so that fleets differ. */
function preinstalled(facts: DeviceFacts): InstalledApplication[] {
  if (facts.model === "AppleTV") return [];
  const apps = facts.model === "Mac" ? macApps : mobileApps;
  return apps
    .filter((_, index) => (facts.number + index) % 4 !== 3)
    .map(([identifier, name, shortVersion, megabytes]) => ({
      identifier,
      name,
      shortVersion,
      version: `${shortVersion}.1`,
      bundleBytes: megabytes * 1_048_576,
      isManaged: false,
    }));
}

/** What a device says to one command. */
export type CommandAnswer =
  | { readonly status: "Acknowledged"; readonly fields: Readonly<Record<string, PlistWritable | undefined>> }
  | { readonly status: "NotNow" | "CommandFormatError" }
  | { readonly status: "Error"; readonly errorChain: readonly CommandError[] };

export type CommandError = { readonly code: number; readonly domain: string; readonly text: string };

/** The device is busy or locked, and will ask again later. */
export const notNow: CommandAnswer = { status: "NotNow" };
/** The device cannot make sense of the command's members. */
export const commandFormatError: CommandAnswer = { status: "CommandFormatError" };

/** The device did it; `fields` is what it reports. */
export function acknowledged(
  fields: Readonly<Record<string, PlistWritable | undefined>> = {},
): CommandAnswer {
  return { status: "Acknowledged", fields };
}

/** The device tried and failed. */
export function commandError(code: number, domain: string, text: string): CommandAnswer {
  return { status: "Error", errorChain: [{ code, domain, text }] };
}
