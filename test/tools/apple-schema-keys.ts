/** Reads the keys and the platforms of Apple's YAML. What is not known here is an error. */
import {
  accessRightBits,
  type AccessRightName,
  type SchemaKey,
  type SchemaMode,
  type SchemaPlatform,
  type SchemaScalar,
  type SchemaType,
  type Support,
  type SupportedOs,
} from "#protocol/apple-schema/schema.ts";

/** Apple's nest below ten. */
const depthMax = 16;
const platforms: readonly string[] = ["iOS", "macOS", "tvOS", "visionOS", "watchOS"];
const types = ["string", "integer", "real", "boolean", "date", "data", "array", "dictionary", "any"];
const modes = ["allowed", "required", "forbidden", "ignored"];
const presences = ["required", "optional"];

export type Yaml = Readonly<Record<string, unknown>>;

/** What to do with a key that is inside itself, which a few files say through YAML anchors: stop, or leave its keys open. */
export type Recursion = "refuse" | "cut";

/** Reads `payloadkeys`, `responsekeys` or `subkeys`. */
export function readKeys(list: unknown, recursion: Recursion): SchemaKey[] {
  return readLevel(list, { recursion, above: [] });
}

type Level = { readonly recursion: Recursion; readonly above: readonly unknown[] };

function readLevel(list: unknown, level: Level): SchemaKey[] {
  if (level.above.length > depthMax) throw new Error("The keys nest too deep");
  if (!Array.isArray(list) || list.length === 0) throw new Error("Keys are not a list");
  return list.map((item) => readKey(item, level));
}

const proseOfKeys = ["title", "content", "subkeytype", "subtype", "asset-content-types", "repetition"];
const factsOfKeys = ["key", "type", "presence", "supportedOS", "default", "rangelist", "range", "format"];

function readKey(item: unknown, { recursion, above }: Level): SchemaKey {
  const found = members(item, [...factsOfKeys, "combinetype", "assettypes", "subkeys", ...proseOfKeys]);
  const presence = found["presence"] === undefined ? "optional" : word(found["presence"], presences);
  const isInsideItself = above.includes(item);
  if (isInsideItself && recursion === "refuse") throw new Error("The keys refer to themselves");
  return {
    key: text(found["key"]),
    type: word(text(found["type"]).replace(/^<(.*)>$/, "$1"), types) as SchemaType,
    ...(presence === "required" ? { required: true as const } : {}),
    ...optional(found, "supportedOS", (value) => ({ on: readSupportedOs(value, { isWhole: false }) })),
    ...optional(found, "default", (value) => ({ default: scalar(value) })),
    ...optional(found, "rangelist", (value) => ({ values: (value as unknown[]).map(scalar) })),
    ...optional(found, "range", (value) => ({ range: readRange(value) })),
    ...optional(found, "format", (value) => ({ format: new RegExp(text(value), "u").source })),
    ...optional(found, "combinetype", (value) => ({ combinetype: text(value) })),
    ...optional(found, "assettypes", (value) => ({ assetTypes: (value as unknown[]).map(text) })),
    ...(isInsideItself
      ? {}
      : optional(found, "subkeys", (value) => ({
          keys: readLevel(value, { recursion, above: [...above, item] }),
        }))),
  };
}

function readRange(value: unknown): { readonly min?: number; readonly max?: number } {
  const found = members(value, ["min", "max"]);
  return {
    ...optional(found, "min", (bound) => ({ min: number(bound) })),
    ...optional(found, "max", (bound) => ({ max: number(bound) })),
  };
}

export function readSupportedOs(value: unknown, { isWhole }: { readonly isWhole: boolean }): SupportedOs {
  const found = Object.entries(members(value, platforms));
  if (isWhole && found.length !== platforms.length) throw new Error("A platform is missing");
  const entries = found.map(([platform, support]): [SchemaPlatform, Support | null] => [
    // `members` refused all other names.
    platform as SchemaPlatform,
    readSupport(support, { platform, isWhole }),
  ]);
  return Object.fromEntries(entries);
}

const flags = ["devicechannel", "userchannel", "supervised", "requiresdep"];
const versions = ["introduced", "deprecated", "removed"];
/** Facts of profiles that nothing here asks for: all profiles are installed by MDM, and a Mac's is user-approved. */
const unused = ["multiple", "allowmanualinstall", "userapprovedmdm"];
const allowed = ["allowed-enrollments", "allowed-scopes"];

function readSupport(value: unknown, { platform, isWhole }: SupportPlace): Support | null {
  const others = ["accessrights", "sharedipad", "userenrollment", ...unused, ...allowed];
  const found = members(value, [...versions, ...flags, ...others]);
  if (found["introduced"] === "n/a") return null;
  if (isWhole && found["introduced"] === undefined) throw new Error("A message has no first version");
  const support = Object.entries(found).flatMap(([name, fact]): [string, unknown][] => {
    // "all" is every version that has what is around the key.
    if (versions.includes(name)) return fact === "all" ? [] : [[name, version(fact)]];
    if (unused.includes(name) || allowed.includes(name)) return [];
    if (name === "accessrights") return isNoRight(fact) ? [] : [[name, right(fact)]];
    if (name === "userenrollment") return [[name, word(members(fact, ["mode", "behavior"])["mode"], modes)]];
    if (name === "sharedipad") return [[name, readSharedIpad(fact)]];
    // What a whole message says of itself is not asked for unless it says so.
    return isWhole && fact === false && !name.endsWith("channel") ? [] : [[name, flag(fact)]];
  });
  return { ...Object.fromEntries(support), ...readAllowed(found, platform) };
}

type SupportPlace = { readonly platform: string; readonly isWhole: boolean };

/**
 * Declarations and status items list who they are for, where commands and profiles say whom they exclude. Macs are
 * listed as supervised when they are managed at all.
 */
function readAllowed(found: Yaml, platform: string): Support {
  const enrollments = optional(found, "allowed-enrollments", (value) => {
    const names = words(value, ["supervised", "device", "user", "local"]);
    const isForUser = names.includes("user");
    return {
      ...(platform !== "macOS" && !names.includes("device") && !isForUser ? { supervised: true } : {}),
      ...(isForUser ? {} : { userenrollment: "forbidden" as const }),
    };
  });
  return { ...optional(found, "allowed-scopes", readScopes), ...enrollments };
}

function readScopes(value: unknown): { readonly devicechannel: boolean; readonly userchannel: boolean } {
  const names = words(value, ["system", "user"]);
  return { devicechannel: names.includes("system"), userchannel: names.includes("user") };
}

function readSharedIpad(value: unknown): Support["sharedipad"] {
  const found = members(value, ["mode", "devicechannel", "userchannel", "allowed-scopes"]);
  return {
    ...optional(found, "mode", (mode) => ({ mode: word(mode, modes) as SchemaMode })),
    ...optional(found, "devicechannel", (channel) => ({ devicechannel: flag(channel) })),
    ...optional(found, "userchannel", (channel) => ({ userchannel: flag(channel) })),
    ...optional(found, "allowed-scopes", (scopes) =>
      words(scopes, ["system", "user"]).length === 0 ? { mode: "forbidden" as const } : readScopes(scopes),
    ),
  };
}

const isNoRight = (value: unknown): boolean => value === "None" || value === "n/a";

function right(value: unknown): AccessRightName {
  return word(value, Object.keys(accessRightBits)) as AccessRightName;
}

export function members(value: unknown, allowed: readonly string[]): Yaml {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("Not a dictionary");
  const unknown = Object.keys(value).filter((name) => !allowed.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown attributes: ${unknown.join(", ")}`);
  return value as Yaml;
}

export function optional<Part>(found: Yaml, name: string, read: (value: unknown) => Part): Part | object {
  return found[name] === undefined ? {} : read(found[name]);
}

export function text(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error(`Not a text: ${String(value)}`);
  return value;
}

function version(value: unknown): string {
  if (!/^\d+(\.\d+)*$/.test(text(value))) throw new Error(`Not a version: ${String(value)}`);
  return text(value);
}

function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error(`Not a boolean: ${String(value)}`);
  return value;
}

function number(value: unknown): number {
  if (typeof value !== "number") throw new Error(`Not a number: ${String(value)}`);
  return value;
}

function scalar(value: unknown): SchemaScalar {
  if (!["string", "number", "boolean"].includes(typeof value))
    throw new Error(`Not a scalar: ${String(value)}`);
  return value as SchemaScalar;
}

export function word(value: unknown, words: readonly string[]): string {
  if (!words.includes(text(value))) throw new Error(`Unknown word: ${text(value)}`);
  return text(value);
}

function words(value: unknown, allowedWords: readonly string[]): readonly string[] {
  if (!Array.isArray(value)) throw new Error("Not a list of words");
  return value.map((each) => word(each, allowedWords));
}
