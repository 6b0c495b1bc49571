/**
 * Makes the generated tables of `src/protocol/apple-schema` from Apple's schema, which lives beside the
 * repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { MessageSchema } from "#protocol/apple-schema/schema.ts";
import { members, optional, type Recursion, readKeys, readSupportedOs, text } from "./apple-schema-keys.ts";
import { mergeSchemas } from "./apple-schema-merge.ts";
import { profileReleases, readReleases, type Releases, statusReleases } from "./apple-schema-releases.ts";
import { sharedFolder } from "./shared-folder.ts";

/** Messages by name: `RequestType` of a command, `MessageType` of a check-in, type of a declaration… */
export type MessageTable = Readonly<Record<string, MessageSchema>>;
/** The parts of the schema that become tables. */
export const schemaParts = ["commands", "checkin", "declarations", "profiles", "status"] as const;
export type SchemaPart = (typeof schemaParts)[number];
export type SchemaTable = { readonly messages: MessageTable; readonly release: string };
export type SchemaTables = { readonly [Part in SchemaPart]: SchemaTable };

type Source = {
  readonly folders: readonly string[];
  /** The attribute of `payload` that names what a file is about. */
  readonly name: string;
  readonly recursion: Recursion;
  readonly releases: (readme: string) => Releases;
};

const declarations = "declarative/declarations";
const sources: { readonly [Part in SchemaPart]: Source } = {
  commands: {
    folders: ["mdm/commands"],
    name: "requesttype",
    recursion: "refuse",
    releases: (readme) => readReleases(readme, "mdm/commands/"),
  },
  checkin: {
    folders: ["mdm/checkin"],
    name: "requesttype",
    recursion: "refuse",
    releases: (readme) => readReleases(readme, "mdm/checkin/"),
  },
  declarations: {
    // The common keys, and what is inside credentials, are no declarations.
    folders: ["activations", "assets", "configurations", "management"].map(
      (each) => `${declarations}/${each}`,
    ),
    name: "declarationtype",
    recursion: "cut",
    releases: () => ({ base: "2026 (1548d42)", of: () => "2026 (1548d42)" }),
  },
  profiles: {
    folders: ["mdm/profiles"],
    name: "payloadtype",
    recursion: "cut",
    releases: profileReleases,
  },
  status: {
    folders: ["declarative/status"],
    name: "statusitemtype",
    recursion: "cut",
    releases: statusReleases,
  },
};

/** The folder of Apple's schema, or null where the repository stands alone. */
export function appleSchemaFolder(): string | null {
  const folder = join(sharedFolder, "apple-schema");
  return existsSync(folder) ? folder : null;
}

/**
 * Reads one part. What the generator does not know is an error: a new release of Apple's may bring a rule that
 * has to be understood before it is dropped.
 */
export function readAppleSchema(folder: string, part: SchemaPart): SchemaTable {
  const source = sources[part];
  const releases = source.releases(readFileSync(join(folder, "README.md"), "utf8"));
  const files = source.folders.flatMap((each) => listFiles(join(folder, each)));
  const messages = files.flatMap((file) => readFile(file, source, releases));
  const sorted = messages.sort(([a], [b]) => (a < b ? -1 : 1));
  return { messages: mergeSchemas(sorted), release: releases.base };
}

function listFiles(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return names.sort().map((name) => join(folder, name));
}

function readFile(path: string, source: Source, releases: Releases): [string, MessageSchema][] {
  const file = basename(path, ".yaml");
  try {
    const document: unknown = parse(readFileSync(path, "utf8"));
    return readMessage(document, source, (on) => releases.of(file, on));
  } catch (error) {
    throw new Error(`Cannot read ${file}.yaml`, { cause: error });
  }
}

const prose = ["title", "description", "notes", "examples", "related-status-items", "reasons"];
const names = ["requesttype", "declarationtype", "payloadtype", "statusitemtype"];

function readMessage(
  document: unknown,
  { name, recursion }: Source,
  releaseOf: (on: MessageSchema["on"]) => string,
): [string, MessageSchema][] {
  const { payload, payloadkeys, responsekeys } = members(document, [
    "payload",
    "payloadkeys",
    "responsekeys",
    ...prose,
  ]);
  const found = members(payload, [...names, "supportedOS", "content", "apply"]);
  // What all status items say of a reason is no status item.
  if (found[name] === undefined && name === "statusitemtype") return [];
  const support = found["supportedOS"];
  // A payload for a network of China says nothing of platforms.
  const on = support === undefined ? {} : readSupportedOs(support, { isWhole: true });
  const schema: MessageSchema = {
    release: releaseOf(on),
    on,
    ...optional(found, "apply", (value) => ({ apply: text(value) })),
    keys: payloadkeys === undefined ? [] : readKeys(payloadkeys, recursion),
    ...(responsekeys === undefined ? {} : { answer: readKeys(responsekeys, recursion) }),
  };
  return [[text(found[name]), schema]];
}
