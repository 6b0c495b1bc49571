/**
 * Lists of devices: which states operators look for, what narrows a list, and its lines as CSV (console-ops 7.1).
 * A device is silent when it was not seen for a week; states overlap where one is part of another.
 */
import { secondsAfter } from "#platform/clock.ts";
import type { Ordering } from "#platform/page.ts";
import { compareOsVersions, parseOsVersion } from "#protocol/mdm/os-version.ts";

/** `silent` and `failing` are enrolled devices too. */
export const deviceStates = ["enrolled", "pending", "silent", "failing", "blocked", "checked_out"] as const;
export type DeviceState = (typeof deviceStates)[number];

/** What a device is, of the states that exclude each other. */
export const ownStates = ["enrolled", "pending", "blocked", "checked_out"] as const;
export type OwnState = (typeof ownStates)[number];

/** Longest time without a word from a device that still counts as normal. */
export const silentSeconds = 7 * 86_400;

/** The last moment before which a device was silent. */
export function silentSince(at: Date): Date {
  return secondsAfter(at, -silentSeconds);
}

/** The orders a caller may ask for: those of http-api 1.11, and ours. */
export const deviceOrderings = [
  "created_at",
  "last_seen_at",
  "updated_at",
  "name",
  "serial_number",
  "model",
  "platform",
  "os_version",
  "blueprint",
] as const;
export type DeviceOrdering = Ordering<(typeof deviceOrderings)[number]>;

/** What narrows a list; everything that is named must hold. */
export type DeviceFilter = {
  readonly serialNumber?: string;
  readonly udid?: string;
  /** Exact, on any user channel. */
  readonly shortName?: string;
  /** Exact, on the newest realm user; no realm exists yet, so nothing has one. */
  readonly email?: string;
  /** Devices with any of these. */
  readonly tags?: readonly number[];
  /** Devices with none of these. */
  readonly excludedTags?: readonly number[];
  /** Part of a serial number, name, UDID, or of the name of a user. */
  readonly search?: string;
  /** In any of these. */
  readonly states?: readonly DeviceState[];
  readonly platforms?: readonly string[];
  /** Exactly these; from {@link versionsWithin} when bounds are given. */
  readonly osVersions?: readonly string[];
  readonly blueprints?: readonly number[];
  readonly hasBlueprint?: boolean;
  /** That they came in through, with the session they are enrolled by now. */
  readonly otaEnrollments?: readonly number[];
  readonly lastSeenBefore?: Date;
  readonly lastSeenAfter?: Date;
  readonly hasFailedArtifacts?: boolean;
  readonly isAwaitingConfiguration?: boolean;
  readonly isSupervised?: boolean;
  readonly artifact?: string;
  /** Of {@link artifact}. */
  readonly artifactStatus?: string;
  /** Those that enrolled later are left out. */
  readonly createdUntil?: Date;
};

/** A filter that was kept as JSON, where times are texts. */
export function reviveDeviceFilter(kept: DeviceFilter): DeviceFilter {
  const { lastSeenBefore, lastSeenAfter, ...rest } = kept;
  return {
    ...rest,
    ...(lastSeenBefore === undefined ? {} : { lastSeenBefore: new Date(lastSeenBefore) }),
    ...(lastSeenAfter === undefined ? {} : { lastSeenAfter: new Date(lastSeenAfter) }),
  };
}

/** The versions from a minimum on and below a maximum; what is no version is below every one. */
export function versionsWithin(
  versions: readonly string[],
  { minimum, maximum }: { readonly minimum?: string | undefined; readonly maximum?: string | undefined },
): string[] {
  return versions.filter((text) => {
    const version = parseOsVersion(text);
    if (minimum !== undefined && compareOsVersions(version, parseOsVersion(minimum)) < 0) return false;
    return maximum === undefined || compareOsVersions(version, parseOsVersion(maximum)) < 0;
  });
}

/** Versions from the oldest to the newest. */
export function sortVersions(versions: readonly string[]): string[] {
  return versions.toSorted((a, b) => compareOsVersions(parseOsVersion(a), parseOsVersion(b)));
}

/** One line of a list. */
export type DeviceLine = {
  readonly id: number;
  readonly udid: string;
  readonly serialNumber: string;
  readonly name: string | null;
  readonly model: string | null;
  readonly platform: string;
  readonly osVersion: string;
  readonly osVersionExtra: string;
  readonly buildVersion: string;
  readonly buildVersionExtra: string;
  readonly state: OwnState;
  readonly supervised: boolean | null;
  readonly awaitingConfiguration: boolean | null;
  readonly blueprintId: number | null;
  readonly blueprintName: string | null;
  /** The user channel seen last. */
  readonly userShortName: string | null;
  readonly userLongName: string | null;
  readonly tags: readonly { readonly id: number; readonly name: string; readonly color: string }[];
  readonly lastSeenAt: Date | null;
  readonly createdAt: Date;
  readonly isPushRejected: boolean;
  readonly failedArtifacts: number;
  /** Commands handed out again and again, and never answered. */
  readonly parkedCommands: number;
};

/** How many things about a device want attention. */
export function countProblems(line: DeviceLine): number {
  return line.failedArtifacts + line.parkedCommands + (line.isPushRejected ? 1 : 0);
}

/** Whether an enrolled device was not heard of for {@link silentSeconds}. */
export function isSilent(line: Pick<DeviceLine, "state" | "lastSeenAt" | "createdAt">, at: Date): boolean {
  return line.state === "enrolled" && (line.lastSeenAt ?? line.createdAt) < silentSince(at);
}

/** One record of RFC 4180, with its line end. */
export function csvRecord(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Text that a spreadsheet would take for a formula gets an apostrophe: devices choose their own names. */
function csvCell(cell: string | number | boolean | null): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
