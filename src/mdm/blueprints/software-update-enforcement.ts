// Which version of the operating system devices must have, and from when: a fixed one, or the latest below a ceiling.
// Operators change it; blueprints refer to it, and reconcile makes the declaration of the devices in its scope.
// It never has both modes, and one that a blueprint refers to is never deleted.
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import { parseOsVersion } from "#protocol/mdm/os-version.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import { refuseField, resourceRefusals, unknownPk } from "./blueprint-refusal.ts";

export type SoftwareUpdateEnforcementId = Id<"SoftwareUpdateEnforcement">;

export type SoftwareUpdateEnforcementFields = {
  readonly name: string;
  readonly detailsUrl: string;
  readonly platforms: readonly Platform[];
  readonly tagIds: readonly number[];
  /** One-time mode; empty in latest mode. */
  readonly osVersion: string;
  readonly buildVersion: string;
  /** `2026-03-01T09:30:00`: the wall clock of the device; null in latest mode. */
  readonly localDatetime: string | null;
  /** Latest mode: the first version that is too high; empty in one-time mode. */
  readonly maxOsVersion: string;
  readonly delayDays: number | null;
  /** `09:30:00`. */
  readonly localTime: string | null;
};

export type SoftwareUpdateEnforcement = SoftwareUpdateEnforcementFields & {
  readonly id: SoftwareUpdateEnforcementId;
  readonly tagNames: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What operators send, by its names on the wire (http-api 2.7). */
export type SoftwareUpdateEnforcementInput = {
  readonly name: string;
  readonly details_url?: string;
  readonly platforms: readonly Platform[];
  readonly tags?: readonly number[];
  readonly os_version?: string;
  readonly build_version?: string;
  /** UTC as the door reads it; the wall clock of the device is meant. */
  readonly local_datetime?: string | null;
  readonly max_os_version?: string;
  readonly delay_days?: number | null;
  readonly local_time?: string | null;
};

export const detailsUrlCharactersMax = 200;
export const versionCharactersMax = 32;
export const delayDaysMax = 120;
export const delayDaysDefault = 14;
export const localTimeDefault = "09:30:00";
export const enforcementTagsMax = 1000;
/** The four there are, and what clients repeat. */
export const platformsMax = 16;

export const softwareUpdateEnforcementRefusals = resourceRefusals({
  model: "SoftwareUpdateEnforcement",
  verbose: "software update enforcement",
  label: "software update enforcement",
});

const isOneTime = ({ os_version: version }: SoftwareUpdateEnforcementInput): boolean =>
  version !== undefined && version !== "";
const isLatest = ({ max_os_version: version }: SoftwareUpdateEnforcementInput): boolean =>
  version !== undefined && version !== "";

/**
 * Puts together what a request says and what it leaves out; `current` is null for a creation. What belongs to the mode
 * that was not chosen is emptied.
 */
export function planSoftwareUpdateEnforcement(
  input: SoftwareUpdateEnforcementInput,
  current: SoftwareUpdateEnforcementFields | null,
): SoftwareUpdateEnforcementFields {
  const common = {
    name: input.name,
    detailsUrl: input.details_url ?? current?.detailsUrl ?? "",
    platforms: [...new Set(input.platforms)],
    tagIds: [...new Set(input.tags ?? current?.tagIds ?? [])].sort((a, b) => a - b),
  };
  if (isOneTime(input)) {
    return {
      ...common,
      osVersion: input.os_version ?? "",
      buildVersion: input.build_version ?? current?.buildVersion ?? "",
      localDatetime: readLocalDatetime(input.local_datetime ?? null),
      maxOsVersion: "",
      delayDays: null,
      localTime: null,
    };
  }
  return {
    ...common,
    osVersion: "",
    buildVersion: "",
    localDatetime: null,
    maxOsVersion: input.max_os_version ?? "",
    delayDays: input.delay_days ?? current?.delayDays ?? delayDaysDefault,
    localTime: input.local_time ?? current?.localTime ?? localTimeDefault,
  };
}

/** `2026-03-01T09:30:00.500Z` as the wall clock shows it: `2026-03-01T09:30:00.500000`. */
function readLocalDatetime(text: string | null): string | null {
  const [, seconds = "", fraction = ""] = /^(.{19})(?:\.(\d{3}))?Z$/.exec(text ?? "") ?? [];
  if (seconds === "") return null;
  return fraction === "" || fraction === "000" ? seconds : `${seconds}.${fraction}000`;
}

/** Refuses tags that do not exist. */
export function refuseUnknownTag(tagIds: readonly number[], known: readonly number[]): Refusal | null {
  const unknown = tagIds.find((id) => !known.includes(id));
  return unknown === undefined ? null : unknownPk("tags", unknown);
}

/** Refuses what is no mode, or two, and what does not go with the one chosen (http-api 2.7). */
export function listSoftwareUpdateEnforcementRefusals(
  input: SoftwareUpdateEnforcementInput,
): (Refusal | null)[] {
  if (isOneTime(input) && isLatest(input)) {
    return [refuse("non_field_errors", "os_version and max_os_version cannot be both set")];
  }
  if (isOneTime(input)) return refuseOneTime(input);
  if (isLatest(input)) return refuseLatest(input);
  return [refuse("non_field_errors", "os_version or max_os_version are required")];
}

function refuseOneTime(input: SoftwareUpdateEnforcementInput): (Refusal | null)[] {
  const isSet = { delay_days: Boolean(input.delay_days), local_time: Boolean(input.local_time) };
  return [
    refuseVersion("os_version", input.os_version ?? ""),
    input.local_datetime ? null : refuse("local_datetime", "This field is required if os_version is used"),
    input.local_datetime ? refuseYear(input.local_datetime) : null,
    ...listSet(isSet, "os_version"),
  ];
}

function refuseLatest(input: SoftwareUpdateEnforcementInput): (Refusal | null)[] {
  const isSet = {
    build_version: Boolean(input.build_version),
    local_datetime: Boolean(input.local_datetime),
  };
  const isNull = { delay_days: input.delay_days === null, local_time: input.local_time === null };
  const nulls = Object.entries(isNull).filter(([, isWrong]) => isWrong);
  return [
    refuseVersion("max_os_version", input.max_os_version ?? ""),
    ...nulls.map(([field]) => refuse(field, "This field cannot be null if max_os_version is used")),
    ...listSet(isSet, "max_os_version"),
  ];
}

function listSet(isSet: Readonly<Record<string, boolean>>, version: string): Refusal[] {
  const wrong = Object.entries(isSet).filter(([, isWrong]) => isWrong);
  return wrong.map(([field]) => refuse(field, `This field cannot be set if ${version} is used`));
}

/** Numbers between dots, and not all of them zero. */
function refuseVersion(field: string, version: string): Refusal | null {
  const { numbers, supplement } = parseOsVersion(version);
  const isVersion = supplement === "" && numbers.some((number) => number > 0);
  return isVersion ? null : refuse(field, "Not a valid OS version");
}

/** A time zone that was sent along may lead out of the calendar. */
function refuseYear(datetime: string): Refusal | null {
  return /^(?!0000)\d{4}-/.test(datetime) ? null : refuse("local_datetime", "Outside of the calendar");
}

function refuse(field: string, detail: string): Refusal {
  return refuseField(field, "software_update_enforcement_invalid", detail);
}
