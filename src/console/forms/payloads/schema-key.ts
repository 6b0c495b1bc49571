/** What the server tells of Apple's schema, as the forms read it. */
import { payloadTexts } from "../../texts/payloads.ts";

const { facts } = payloadTexts;

export type SchemaPlatform = "iOS" | "macOS" | "tvOS" | "visionOS" | "watchOS";
export type Scalar = string | number | boolean;

export type KeySupport = {
  readonly platform: SchemaPlatform;
  readonly introduced: string | null;
  readonly deprecated: string | null;
  readonly removed: string | null;
  readonly supervised: boolean;
};

export type SchemaKey = {
  readonly key: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: Scalar | null;
  readonly values: readonly Scalar[] | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly format: string | null;
  readonly asset_types: readonly string[];
  /** Null: those of what the key is in. */
  readonly platforms: readonly KeySupport[] | null;
  readonly keys: readonly SchemaKey[];
};

export type SchemaEntry = {
  readonly type: string;
  readonly title: string;
  readonly release: string;
  readonly platforms: readonly KeySupport[];
  readonly channels: readonly ("Device" | "User")[];
};

export type SchemaType = SchemaEntry & { readonly keys: readonly SchemaKey[] };

/** What an artifact can be for. */
export const artifactPlatforms = ["iOS", "iPadOS", "macOS", "tvOS"] as const;
export type ArtifactPlatform = (typeof artifactPlatforms)[number];

/** The schema has iPads among iOS. */
const schemaPlatformOf = (platform: ArtifactPlatform): SchemaPlatform =>
  platform === "iPadOS" ? "iOS" : platform;

/** The platforms of an artifact that take a type or key. */
export function platformsTaking(supports: readonly KeySupport[]): ArtifactPlatform[] {
  const taking = new Set(supports.map(({ platform }) => platform));
  return artifactPlatforms.filter((platform) => taking.has(schemaPlatformOf(platform)));
}

/** Whether one of some platforms takes a key. */
export function isTakenBy({ platforms }: SchemaKey, chosen: readonly ArtifactPlatform[]): boolean {
  return platforms === null || platformsTaking(platforms).some((platform) => chosen.includes(platform));
}

/** Whether a key stands for every name. */
export function isWildcard({ key }: SchemaKey): boolean {
  return /^ANY(?: |$)/.test(key);
}

/** `MaximumFailedAttempts` is "Maximum failed attempts"; words that are all capitals stay so. */
export function keyTitle(key: string): string {
  const words = key
    .replace(/[_.-]+/g, " ")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => (/^[A-Z\d]{2,}$/.test(word) ? word : word.toLowerCase()));
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** From which versions on it is worth saying: older systems are hardly managed any more. */
const recentFrom: { readonly [Platform in SchemaPlatform]?: number } = { iOS: 16, macOS: 13, tvOS: 16 };

/** What is known of a key beside its name, in few words: bounds, default, where it works. */
export function keyFacts(key: SchemaKey): string {
  const { min, max, default: preset, type, values } = key;
  const bounds =
    min !== null && max !== null ? [facts.range(min, max)] : min !== null ? [facts.atLeast(min)] : [];
  const isChosen = type === "boolean" || values !== null;
  const presets = preset === null || isChosen ? [] : [facts.preset(String(preset))];
  return [...bounds, ...presets, ...supportFacts(key)].join(" · ");
}

/** Where a key works, unless that is wherever an artifact can be. */
function supportFacts({ platforms }: SchemaKey): string[] {
  if (platforms === null) return [];
  const supports = platforms.filter(({ platform }) => recentFrom[platform] !== undefined);
  const where = supports.map(supportText);
  const isEverywhere =
    supports.length === Object.keys(recentFrom).length && where.every((text) => !/\d/.test(text));
  const supervised = supports.some((support) => support.supervised) ? [facts.supervised] : [];
  return [...(isEverywhere || where.length === 0 ? [] : [where.join(", ")]), ...supervised];
}

function supportText({ platform, introduced, deprecated }: KeySupport): string {
  const isRecent = Number.parseFloat(introduced ?? "0") >= (recentFrom[platform] ?? 0);
  const name = isRecent ? `${platform} ${introduced ?? ""}` : platform;
  return deprecated === null ? name : facts.deprecated(name, deprecated);
}

/** Whether what somebody searches for is in a key, its name for people, or in a key within. */
export function isFound(key: SchemaKey, search: string, titles: Readonly<Record<string, string>>): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return true;
  const own = `${key.key} ${keyTitle(key.key)} ${titles[key.key] ?? ""}`.toLowerCase();
  return own.includes(wanted) || key.keys.some((inner) => isFound(inner, search, titles));
}
