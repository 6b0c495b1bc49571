// A command is queued for a target, delivered, and answered: the live queue holds it until then, the history after.
// Operators, plans and answers queue commands; only an answer of its own target finishes one.
// Arguments that are secret are sealed with the command's UUID and never shown again.
import type { PlistDictionary, PlistWritableDictionary } from "#protocol/plist/value.ts";
import { type TObject, Type } from "typebox";
import type { Refusal } from "#platform/errors.ts";
import type { Secret } from "#platform/secret.ts";
import type { Uuid } from "#platform/ids.ts";
import type { DeviceId, DeviceUserId, Target } from "#mdm/devices/device.ts";
import type { DeviceInformation } from "#protocol/mdm/answers/device-information.ts";
import type { SecurityInfo } from "#protocol/mdm/answers/security-info.ts";
import type { InstalledApplication } from "#protocol/mdm/answers/installed-application-list.ts";
import type { InstalledProfile } from "#protocol/mdm/answers/profile-list.ts";
import type { DeviceLocation } from "#protocol/mdm/answers/device-location.ts";
import type { ManagedApplication } from "#protocol/mdm/answers/managed-application-list.ts";
import type { ProvisioningProfile } from "#protocol/mdm/answers/provisioning-profile-list.ts";
import type { DeviceAccount } from "#protocol/mdm/answers/user-list.ts";
import type { ItemResult, OutcomeName } from "#mdm/devices/device-outcome.ts";
import type { InstalledCertificate } from "#protocol/mdm/answers/certificate-list.ts";

export type CommandUuid = Uuid<"Command">;

/** The kinds of command this server queues; the words are Apple's request types, and `CustomCommand`. */
export const commandNames = [
  "AccountConfiguration",
  "ActivationLockBypassCode",
  "CertificateList",
  "ClearActivationLockBypassCode",
  "ClearPasscode",
  "CustomCommand",
  "DeclarativeManagement",
  "DeleteUser",
  "DeviceConfigured",
  "DeviceInformation",
  "DeviceLocation",
  "DeviceLock",
  "DisableLostMode",
  "DisableRemoteDesktop",
  "EnableLostMode",
  "EnableRemoteDesktop",
  "EraseDevice",
  "InstallEnterpriseApplication",
  "InstallProfile",
  "InstallProvisioningProfile",
  "InstalledApplicationList",
  "InviteToProgram",
  "LogOutUser",
  "ManagedApplicationList",
  "PlayLostModeSound",
  "ProfileList",
  "ProvisioningProfileList",
  "Reenroll",
  "RefreshCellularPlans",
  "RemoveProfile",
  "RemoveProvisioningProfile",
  "RequestMirroring",
  "RestartDevice",
  "Restrictions",
  "SecurityInfo",
  "Settings",
  "ShutDownDevice",
  "StopMirroring",
  "UnlockUserAccount",
  "UserList",
  "ValidateApplications",
] as const;

export type CommandName = (typeof commandNames)[number];

/** What a command does with the artifact version it was planned for. */
export type ArtifactOperation = "INSTALLATION" | "REMOVAL";

/** Live states. `sent` waits for its answer; `not_now` was postponed by the device and keeps its place. */
export type CommandState = "queued" | "sent" | "not_now";

/** How a command of the history ended; the words but the first have no answer of the device. */
export type CommandOutcome = "answered" | "expired" | "superseded" | "cancelled";

/** How commands end. NotNow ends only kinds that do not reschedule it. */
export type CommandStatus = "Acknowledged" | "Error" | "CommandFormatError" | "NotNow";

/** Higher goes first: a lost device is locked before its applications are listed. */
export const commandPriorities = { emergency: 30, operator: 20, inventory: 10 } as const;

/** Most live commands of one target: a device away for a month must not gather more than it can ever take. */
export const commandsLiveMax = 1_000;

/** A command handed out so often without an answer is parked, so that it does not block those behind it. */
export const deliveriesMax = 5;
/** A parked command is handed out once more after this long; its answer is taken at any time. */
export const parkedSeconds = 24 * 3600;

/** First pause of a command after a NotNow; it doubles with each further one. */
export const notNowBackOffSecondsMin = 30;
/** Longest pause after a NotNow: a device is asked again at least as often as it is woken anyway. */
export const notNowBackOffSecondsMax = 4 * 3600;

/** Longest supersede key; of a longer profile identifier its beginning counts. */
export const supersedeKeyCharactersMax = 300;

/** An answer to a command that expired or was taken back after it was handed out is waited for this long. */
export const answerGraceSeconds = 24 * 3600;

/** An answer that does not move a device on (Error, or nothing usable) is not asked for again before this time. */
export const inventoryBackOffSeconds = 4 * 3600;

/** Public and secret arguments together, as a kind reads them: strings, booleans and lists of strings. */
export type CommandArguments = Readonly<Record<string, unknown>>;

/** A row of the live queue. */
export type CommandRecord = {
  readonly id: string;
  readonly uuid: CommandUuid;
  readonly deviceId: DeviceId;
  readonly deviceUserId: DeviceUserId | null;
  readonly name: CommandName;
  readonly requestType: string;
  readonly arguments: CommandArguments;
  readonly secretsSealed: Buffer | null;
  /** What it was planned for; what is delivered of it is made when the command is handed out. */
  readonly artifactVersion: string | null;
  readonly artifactOperation: ArtifactOperation | null;
  /** Whose secrets these are, when it is one of many and has none of its own. */
  readonly bulkCommandId: Uuid<"BulkCommand"> | null;
  readonly state: CommandState;
  readonly priority: number;
  readonly notBefore: Date | null;
  readonly expiresAt: Date | null;
  readonly supersedeKey: string | null;
  readonly sentAt: Date | null;
  readonly deliveryCount: number;
  readonly notNowCount: number;
  /** Not handed out before this time. */
  readonly retryAt: Date | null;
  readonly parkedAt: Date | null;
  readonly cancelledAt: Date | null;
  readonly resultTime: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A command as the API lists it, live or finished. */
export type ListedCommand = {
  readonly uuid: CommandUuid;
  readonly deviceId: DeviceId;
  readonly deviceUserId: DeviceUserId | null;
  readonly name: string;
  readonly artifactVersion: string | null;
  readonly artifactOperation: string | null;
  readonly notBefore: Date | null;
  readonly sentAt: Date | null;
  readonly result: Buffer | null;
  readonly resultTime: Date | null;
  readonly status: CommandStatus | null;
  readonly errorChain: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What became of a command, in one word. */
export const commandProgress = [
  "queued",
  "sent",
  "not_now",
  "parked",
  "answered",
  "expired",
  "superseded",
  "cancelled",
] as const satisfies readonly (CommandState | CommandOutcome | "parked")[];

export type CommandProgress = (typeof commandProgress)[number];

/** A command with what the queue knows of it, live or finished. */
export type QueuedCommand = ListedCommand & {
  readonly state: CommandProgress;
  readonly deliveryCount: number;
  /** The rest is null or zero for finished commands. */
  readonly priority: number | null;
  readonly notNowCount: number;
  readonly expiresAt: Date | null;
  readonly supersedeKey: string | null;
  readonly retryAt: Date | null;
  readonly parkedAt: Date | null;
  readonly cancelledAt: Date | null;
};

/** A command on its way to the device: `encodeCommand` makes the bytes. */
export type DeliverableCommand = {
  readonly uuid: CommandUuid;
  readonly name: CommandName;
  /** The `Command` dictionary, RequestType included. */
  readonly command: PlistWritableDictionary;
};

/** What an answered command asks to be done. Closed: `command-report-operations.ts` carries out each. */
export type Effect =
  | { readonly kind: "storeDeviceInformation"; readonly information: DeviceInformation }
  | { readonly kind: "storeSecurityInfo"; readonly security: SecurityInfo }
  | { readonly kind: "storeApplications"; readonly applications: readonly InstalledApplication[] }
  | { readonly kind: "storeProfiles"; readonly profiles: readonly InstalledProfile[] }
  | { readonly kind: "storeCertificates"; readonly certificates: readonly InstalledCertificate[] }
  | { readonly kind: "recordInstalledProfile"; readonly profile: InstalledByCommand }
  | { readonly kind: "removeProfile"; readonly identifier: string }
  | { readonly kind: "storeDeviceLockPin"; readonly pin: Secret<string> }
  | { readonly kind: "recordLock"; readonly messageResult: string | null }
  | { readonly kind: "recordErase" }
  | { readonly kind: "recordRestart" }
  | { readonly kind: "recordOutcome"; readonly name: OutcomeName; readonly detail: unknown }
  | { readonly kind: "recordConfigured" }
  | { readonly kind: "storeLocation"; readonly location: DeviceLocation }
  | { readonly kind: "storeActivationLockBypassCode"; readonly code: Secret<string> }
  | { readonly kind: "storeSettingResults"; readonly results: readonly ItemResult[] }
  | { readonly kind: "storeAccounts"; readonly accounts: readonly DeviceAccount[] }
  | {
      readonly kind: "storeManagedApplications";
      readonly applications: readonly ManagedApplication[];
      /** Only some were asked for. */
      readonly isPartial: boolean;
    }
  | { readonly kind: "storeProvisioningProfiles"; readonly profiles: readonly ProvisioningProfile[] }
  | { readonly kind: "recordProvisioningProfile"; readonly profile: ProvisioningProfile }
  | { readonly kind: "removeProvisioningProfile"; readonly uuid: string }
  | { readonly kind: "queueCommand"; readonly name: CommandName; readonly arguments: CommandArguments }
  | { readonly kind: "logUnusable"; readonly reason: string };

/** What is known of a profile at the moment the device acknowledged its installation. */
export type InstalledByCommand = {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly organization: string;
};

/** A kind of command: one pure file each (house 2.4). */
export type CommandKind = {
  readonly name: CommandName;
  readonly priority: number;
  /** A NotNow answer keeps the command in the queue under its UUID (protocol specification 4.3, NN). */
  readonly reschedulesNotNow: boolean;
  /** The whole answer is kept with the history (4.3, SR). */
  readonly storesResult: boolean;
  /** Named in audit events verbatim; every argument in neither list is `<omitted>` (4.5). */
  readonly publicArguments: readonly string[];
  /** Sealed, and `<redacted>` in audit events. */
  readonly secretArguments: readonly string[];
  /**
   * What a caller may send for a target, under Apple's names where Apple has one. What does not apply to the target is
   * not in it, and so is ignored (http-api 2.25). One object per shape: validators are kept by it.
   */
  readonly argumentsFor: (target: Target) => TObject;
  /** What is wrong beyond types and lengths; empty when nothing is. */
  readonly refuse?: (args: CommandArguments) => readonly Refusal[];
  /**
   * What each target is given of its own when one order is for many and does not say it: the PIN that unlocks a Mac.
   * Secret arguments alone.
   */
  readonly generateFor?: (target: Target, randomBelow: (limit: number) => number) => CommandArguments;
  /** What of the target itself speaks against it, beyond its scope and Apple's schema. */
  readonly refuseFor?: (target: Target) => readonly Refusal[];
  /** Turns arguments into what is kept of them, before they are: a password into its hash. */
  readonly prepare?: (args: CommandArguments) => Promise<CommandArguments>;
  /** The escrowed unlock token is added to the arguments, as `UnlockToken`, whenever the command is handed out. */
  readonly needsUnlockToken?: true;
  /** The request type where it depends on the arguments. */
  readonly requestTypeOf?: (args: CommandArguments) => string;
  /** The `Command` dictionary. */
  readonly command: (target: Target, args: CommandArguments) => PlistWritableDictionary;
  /** Commands of a target with one key replace each other while the device does not hold them. */
  readonly supersedeKey?: (args: CommandArguments) => string | null;
  /** What an Acknowledged answer changes. Never throws, whatever the answer holds. */
  readonly acknowledged: (
    target: Target,
    args: CommandArguments,
    answer: PlistDictionary,
  ) => readonly Effect[];
  /** Audit arguments of kinds whose arguments are documents of their own. */
  readonly describe?: (args: CommandArguments) => unknown;
  /** What people see of such a document beside its names; without secrets. Else they see what audit events do. */
  readonly show?: (args: CommandArguments) => CommandArguments;
};

/** The codes of this slice's refusals. */
export type CommandRefusalCode =
  | "command_unknown"
  | "command_sent"
  | "command_finished"
  | "result_not_kept"
  | "command_not_waiting"
  | "expiry_past"
  | "selection_empty"
  | "generation_unknown"
  | "bulk_command_unknown"
  | "command_kind_unknown"
  | "commands_too_many"
  | "target_invalid"
  | "target_unsupported"
  | "command_invalid"
  | "argument_malformed"
  | "account_malformed"
  | "argument_missing"
  | "not_awaiting_configuration"
  | "profile_malformed"
  | "unlock_token_missing"
  | "custom_command_malformed"
  | "filter_unknown";

/** The refusal of a UUID that names no command of the list asked. */
export function commandUnknown(model: "DeviceCommand" | "UserCommand"): Refusal {
  return { kind: "not_found", code: "command_unknown", detail: `No ${model} matches the given query.` };
}

/** The refusal to show an answer that did not come, or is of a kind that is not kept. */
export function resultNotKept(): Refusal {
  return { kind: "not_found", code: "result_not_kept", detail: "No answer of this command is kept." };
}

/** The refusal to delete what the device has or had (http-api 2.27). */
export function commandSent(): Refusal {
  const detail = "This command has already been sent to the device and cannot be deleted";
  return { kind: "conflict", code: "command_sent", detail };
}

/** The refusal to take back what has ended. */
export function commandFinished(): Refusal {
  return { kind: "conflict", code: "command_finished", detail: "This command has already ended" };
}

/** The refusal to hand out again what is neither parked nor postponed. */
export function commandNotWaiting(): Refusal {
  return {
    kind: "conflict",
    code: "command_not_waiting",
    detail: "This command is neither parked nor postponed",
  };
}

/** The refusal of a command that would expire before it can be handed out. */
export function expiryPast(): Refusal {
  return {
    kind: "invalid",
    code: "expiry_past",
    field: "expires_at",
    detail: "Must be after now and after not_before.",
  };
}

/** The pause after a NotNow, of which there were some before. */
export function notNowBackOffSeconds(notNowCount: number): number {
  return Math.min(notNowBackOffSecondsMin * 2 ** Math.min(notNowCount, 20), notNowBackOffSecondsMax);
}

/** The refusal of one more command for a target whose queue is full. */
export function commandsTooMany(): Refusal {
  return {
    kind: "too_many",
    code: "commands_too_many",
    detail: `This target has ${commandsLiveMax} commands waiting.`,
  };
}

/** Reads a text argument that the kind's schema has already checked. */
export function textArgument(args: CommandArguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** Reads a boolean argument that the kind's schema has already checked. */
export function flagArgument(args: CommandArguments, name: string): boolean | undefined {
  const value = args[name];
  return typeof value === "boolean" ? value : undefined;
}

/** For kinds that take none. */
export const noArguments: TObject = Type.Object({});

/** For the lists: only what this server manages. */
export const managedOnlyArguments: TObject = Type.Object({ managed_only: Type.Optional(Type.Boolean()) });

/**
 * The effects of an answer of the device channel. A user channel reports the user's view, which must not overwrite the
 * device's: its answer stays in the history alone.
 */
export function onDeviceChannel(target: Target, effects: () => readonly Effect[]): readonly Effect[] {
  return target.user === null ? effects() : [];
}

/** The effect of an answer that lacks what was asked for. */
export function unusable(member: string): readonly Effect[] {
  return [{ kind: "logUnusable", reason: `no usable ${member}` }];
}
