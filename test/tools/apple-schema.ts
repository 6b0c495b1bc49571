/**
 * Makes the generated tables of `src/protocol/apple-schema` from Apple's schema, which lives beside the
 * repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import {
  accessRightBits,
  type AccessRightName,
  type MessageSchema,
  type SchemaKey,
  type SchemaMode,
  type SchemaPlatform,
  type SchemaScalar,
  type SchemaType,
  type Support,
  type SupportedOs,
} from "#protocol/apple-schema/schema.ts";
import { sharedFolder } from "./shared-folder.ts";

/** Messages by name: `RequestType` of a command, `MessageType` of a check-in. */
export type MessageTable = Readonly<Record<string, MessageSchema>>;
export type SchemaTables = {
  readonly commands: MessageTable;
  readonly commandRelease: string;
  readonly checkin: MessageTable;
  readonly checkinRelease: string;
};

/** Apple's nest below ten; files that refer to themselves through YAML anchors would never end. */
const depthMax = 16;
const platforms: readonly string[] = ["iOS", "macOS", "tvOS", "visionOS", "watchOS"];
const types = ["string", "integer", "real", "boolean", "date", "data", "array", "dictionary", "any"];
const modes = ["allowed", "required", "forbidden", "ignored"];
const presences = ["required", "optional"];

type Yaml = Readonly<Record<string, unknown>>;

/** The folder of Apple's schema, or null where the repository stands alone. */
export function appleSchemaFolder(): string | null {
  const folder = join(sharedFolder, "apple-schema");
  return existsSync(folder) ? folder : null;
}

/**
 * Reads commands and check-in messages. What the generator does not know is an error: a new release of
 * Apple's may bring a rule that has to be understood before it is dropped.
 */
export function readAppleSchema(folder: string): SchemaTables {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const commandReleases = readReleases(readme, "mdm/commands/");
  const checkinReleases = readReleases(readme, "mdm/checkin/");
  return {
    commands: readMessages(join(folder, "mdm", "commands"), commandReleases),
    commandRelease: commandReleases.base,
    checkin: readMessages(join(folder, "mdm", "checkin"), checkinReleases),
    checkinRelease: checkinReleases.base,
  };
}

type Releases = { readonly base: string; readonly exceptions: ReadonlyMap<string, string> };

/**
 * A row such as "| `mdm/checkin/` | 27.0 seed (`a`, `b`: 26.0). New: … |": a release, and files of another
 * one.
 */
function readReleases(readme: string, part: string): Releases {
  const row = readme.split("\n").find((line) => line.startsWith(`| \`${part}\` |`)) ?? "";
  const [, base, listed] = /\| (\d+\.\d+(?: seed)?)[^(|]*\(((?:`[^`]+`(?:, )?)+: [\d.]+)\)/.exec(row) ?? [];
  if (base === undefined || listed === undefined) throw new Error(`No release is recorded for ${part}`);
  const [files = "", release = ""] = listed.split(": ");
  const names = [...files.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  return { base, exceptions: new Map(names.map((name) => [name, release])) };
}

function readMessages(folder: string, releases: Releases): MessageTable {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort();
  const messages = files.map((file): [string, MessageSchema] => {
    const release = releases.exceptions.get(file.replace(/\.yaml$/, "")) ?? releases.base;
    try {
      return readMessage(parse(readFileSync(join(folder, file), "utf8")), release);
    } catch (error) {
      throw new Error(`Cannot read ${file}`, { cause: error });
    }
  });
  return Object.fromEntries(messages.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readMessage(document: unknown, release: string): [string, MessageSchema] {
  const prose = ["title", "description", "notes", "examples"];
  const { payload, payloadkeys, responsekeys } = members(document, [
    "payload",
    "payloadkeys",
    "responsekeys",
    ...prose,
  ]);
  const { requesttype, supportedOS } = members(payload, ["requesttype", "supportedOS", "content"]);
  const on = readSupportedOs(supportedOS, { isWhole: true });
  const keys = payloadkeys === undefined ? [] : readKeys(payloadkeys, 0);
  const answer = responsekeys === undefined ? {} : { answer: readKeys(responsekeys, 0) };
  return [text(requesttype), { release, on, keys, ...answer }];
}

function readKeys(list: unknown, depth: number): SchemaKey[] {
  if (depth > depthMax) throw new Error("The keys nest too deep, or refer to themselves");
  if (!Array.isArray(list) || list.length === 0) throw new Error("Keys are not a list");
  return list.map((item) => readKey(item, depth));
}

const proseOfKeys = ["title", "content", "subkeytype"];
const factsOfKeys = ["key", "type", "presence", "supportedOS", "default", "rangelist", "range", "format"];

function readKey(item: unknown, depth: number): SchemaKey {
  const found = members(item, [...factsOfKeys, "combinetype", "subkeys", ...proseOfKeys]);
  const presence = found["presence"] === undefined ? "optional" : word(found["presence"], presences);
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
    ...optional(found, "subkeys", (value) => ({ keys: readKeys(value, depth + 1) })),
  };
}

function readRange(value: unknown): { readonly min?: number; readonly max?: number } {
  const found = members(value, ["min", "max"]);
  return {
    ...optional(found, "min", (bound) => ({ min: number(bound) })),
    ...optional(found, "max", (bound) => ({ max: number(bound) })),
  };
}

function readSupportedOs(value: unknown, { isWhole }: { readonly isWhole: boolean }): SupportedOs {
  const found = Object.entries(members(value, platforms));
  if (isWhole && found.length !== platforms.length) throw new Error("A platform is missing");
  const entries = found.map(([platform, support]): [SchemaPlatform, Support | null] => [
    // `members` refused all other names.
    platform as SchemaPlatform,
    readSupport(support, isWhole),
  ]);
  return Object.fromEntries(entries);
}

const flags = ["devicechannel", "userchannel", "supervised", "requiresdep"];
const versions = ["introduced", "deprecated", "removed"];

function readSupport(value: unknown, isWhole: boolean): Support | null {
  const found = members(value, [...versions, ...flags, "accessrights", "sharedipad", "userenrollment"]);
  if (found["introduced"] === "n/a") return null;
  if (isWhole && found["introduced"] === undefined) throw new Error("A message has no first version");
  const support = Object.entries(found).flatMap(([name, fact]): [string, unknown][] => {
    if (versions.includes(name)) return [[name, version(fact)]];
    if (name === "accessrights") return isNoRight(fact) ? [] : [[name, right(fact)]];
    if (name === "userenrollment") return [[name, word(members(fact, ["mode", "behavior"])["mode"], modes)]];
    if (name === "sharedipad") return [[name, readSharedIpad(fact)]];
    // What a whole message says of itself is not asked for unless it says so.
    return isWhole && fact === false && !name.endsWith("channel") ? [] : [[name, flag(fact)]];
  });
  return Object.fromEntries(support);
}

function readSharedIpad(value: unknown): Support["sharedipad"] {
  const found = members(value, ["mode", "devicechannel", "userchannel"]);
  return {
    ...optional(found, "mode", (mode) => ({ mode: word(mode, modes) as SchemaMode })),
    ...optional(found, "devicechannel", (channel) => ({ devicechannel: flag(channel) })),
    ...optional(found, "userchannel", (channel) => ({ userchannel: flag(channel) })),
  };
}

const isNoRight = (value: unknown): boolean => value === "None" || value === "n/a";

function right(value: unknown): AccessRightName {
  return word(value, Object.keys(accessRightBits)) as AccessRightName;
}

function members(value: unknown, allowed: readonly string[]): Yaml {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("Not a dictionary");
  const unknown = Object.keys(value).filter((name) => !allowed.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown attributes: ${unknown.join(", ")}`);
  return value as Yaml;
}

function optional<Part>(found: Yaml, name: string, read: (value: unknown) => Part): Part | object {
  return found[name] === undefined ? {} : read(found[name]);
}

function text(value: unknown): string {
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

function word(value: unknown, words: readonly string[]): string {
  if (!words.includes(text(value))) throw new Error(`Unknown word: ${text(value)}`);
  return text(value);
}

/** Writes a table as TypeScript: one key a line, so that a difference between releases reads well. */
export function writeTable(
  table: MessageTable,
  { name, release }: { readonly name: string; readonly release: string },
): string {
  const messages = Object.entries(table).map(
    ([message, schema]) => `  ${JSON.stringify(message)}: {${writeMembers(schema, "    ")}\n  },`,
  );
  return [
    "// Generated by `npm run apple-schema` from Apple's device-management schema (MIT). Do not edit.",
    'import type { MessageSchema } from "../schema.ts";',
    "",
    "/** Apple's release that this table follows; files that differ say so. */",
    `export const ${name}Release = ${JSON.stringify(release)};`,
    "",
    `export const ${name}Schemas: Readonly<Record<string, MessageSchema>> = {`,
    ...messages,
    "};",
    "",
  ].join("\n");
}

function writeMembers(message: MessageSchema, indent: string): string {
  const lines = Object.entries(message).map(([name, value]) => {
    if (name === "keys" || name === "answer") return `${name}: ${writeKeys(value as SchemaKey[], indent)}`;
    return `${name}: ${writeValue(value)}`;
  });
  return lines.map((line) => `\n${indent}${line},`).join("");
}

function writeKeys(keys: readonly SchemaKey[], indent: string): string {
  if (keys.length === 0) return "[]";
  const lines = keys.map((key) => {
    const { keys: inner, ...facts } = key;
    const flat = writeValue(facts);
    if (inner === undefined) return `\n${indent}  ${flat},`;
    return `\n${indent}  ${flat.slice(0, -2)}, keys: ${writeKeys(inner, `${indent}  `)} },`;
  });
  return `[${lines.join("")}\n${indent}]`;
}

function writeValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, part]) => `${name}: ${writeValue(part)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}
