/** The device list's address: what is searched and filtered, in which order, which page. */
import { type ListSearch, listSearch } from "../api/list-search.ts";

export const deviceStates = ["enrolled", "pending", "silent", "failing", "blocked", "checked_out"] as const;
export const platforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const;

/** How long ago a device was heard of: within some days, or, with a minus, not for some days. */
export const contactSpans = ["1", "7", "30", "-7", "-30", "-90"] as const;

type State = (typeof deviceStates)[number];
type Platform = (typeof platforms)[number];
type ContactSpan = (typeof contactSpans)[number];

export type DevicesSearch = ListSearch & {
  readonly search?: string;
  readonly state?: readonly State[];
  readonly platform?: readonly Platform[];
  readonly contact?: ContactSpan;
  readonly blueprint?: readonly number[];
  readonly tags?: readonly number[];
  /** Came in through any of these. */
  readonly enrollment?: readonly number[];
  /** From this version on. */
  readonly os_min?: string;
  /** Below this version. */
  readonly os_max?: string;
  readonly failed?: true;
  readonly awaiting?: true;
};

/** The parameters that narrow the list, apart from the search. */
export const filterNames = [
  "state",
  "platform",
  "contact",
  "blueprint",
  "tags",
  "enrollment",
  "os_min",
  "os_max",
  "failed",
  "awaiting",
] as const satisfies readonly (keyof DevicesSearch)[];

const searchLengthMax = 100;
const osVersion = /^\d{1,3}(\.\d{1,3}){0,3}$/;

/** Reads the parameters of the address; what is malformed is left out. */
export function devicesSearch(search: Record<string, unknown>): DevicesSearch {
  const word = search["search"];
  const found: { readonly [Name in keyof DevicesSearch]?: DevicesSearch[Name] | undefined } = {
    ...listSearch(search),
    // A serial number of digits alone is a number to those who read addresses.
    search: isWord(word) ? String(word).slice(0, searchLengthMax) : undefined,
    state: known(search["state"], deviceStates),
    platform: known(search["platform"], platforms),
    contact: contactSpans.find((span) => span === String(search["contact"])),
    blueprint: ids(search["blueprint"]),
    tags: ids(search["tags"]),
    enrollment: ids(search["enrollment"]),
    os_min: version(search["os_min"]),
    os_max: version(search["os_max"]),
    failed: search["failed"] === true ? true : undefined,
    awaiting: search["awaiting"] === true ? true : undefined,
  };
  // Members that are undefined are not parameters.
  return Object.fromEntries(
    Object.entries(found).filter(([, value]) => value !== undefined),
  ) as DevicesSearch;
}

function isWord(value: unknown): value is string | number {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function known<Value extends string>(value: unknown, values: readonly Value[]): readonly Value[] | undefined {
  const chosen = values.filter((one) => listOf(value).includes(one));
  return chosen.length === 0 ? undefined : chosen;
}

function ids(value: unknown): readonly number[] | undefined {
  const chosen = listOf(value).filter(
    (one) => typeof one === "number" && Number.isSafeInteger(one) && one > 0,
  );
  return chosen.length === 0 ? undefined : (chosen as readonly number[]);
}

function version(value: unknown): string | undefined {
  const text = isWord(value) ? String(value) : "";
  return osVersion.test(text) ? text : undefined;
}

const dayMilliseconds = 86_400_000;

/** The filters as the API takes them. */
export function deviceFilters(search: DevicesSearch, now: Date) {
  const { search: word, state, platform, contact, blueprint, tags, enrollment } = search;
  const { os_min: least, os_max: below, failed, awaiting } = search;
  const days = contact === undefined ? 0 : Number(contact);
  const border = new Date(now.getTime() - Math.abs(days) * dayMilliseconds).toISOString();
  return {
    ...(word === undefined ? {} : { search: word }),
    ...(state === undefined ? {} : { state: [...state] }),
    ...(platform === undefined ? {} : { platform: [...platform] }),
    ...(blueprint === undefined ? {} : { blueprint: [...blueprint] }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    ...(enrollment === undefined ? {} : { ota_enrollment: [...enrollment] }),
    ...(least === undefined ? {} : { os_version_min: least }),
    ...(below === undefined ? {} : { os_version_max: below }),
    ...(failed === undefined ? {} : { has_failed_artifacts: true }),
    ...(awaiting === undefined ? {} : { awaiting: true }),
    ...(days > 0 ? { last_seen_after: border } : {}),
    ...(days < 0 ? { last_seen_before: border } : {}),
  };
}
