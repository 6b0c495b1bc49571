/** Every file of the repository that is made from Apple's schema. */
import { readAppleSchema, type SchemaPart } from "./apple-schema.ts";
import { writeCommandsPage, writeDeclarationsPage, writePayloadsPage } from "./apple-schema-pages.ts";
import { writeJsonTable, writeTable } from "./apple-schema-text.ts";

export type GeneratedFile = { readonly path: string; readonly text: string };

/** Paths from the root of the repository, and what stands in the files. */
export function writeAppleSchemaFiles(folder: string): readonly GeneratedFile[] {
  const read = (part: SchemaPart) => readAppleSchema(folder, part);
  const [commands, checkin, declarations] = [read("commands"), read("checkin"), read("declarations")];
  const [profiles, status] = [read("profiles"), read("status")];
  const source = (name: string, text: string): GeneratedFile => ({
    path: `src/protocol/apple-schema/generated/${name}.ts`,
    text,
  });
  return [
    source("commands", writeTable(commands, "command")),
    source("checkin", writeTable(checkin, "checkin")),
    source("declarations", writeJsonTable(declarations, "declaration")),
    source("profiles", writeJsonTable(profiles, "profile")),
    source("status-items", writeJsonTable(status, "statusItem")),
    { path: "docs/apple-commands.md", text: writeCommandsPage(commands) },
    { path: "docs/apple-declarations.md", text: writeDeclarationsPage(declarations, status) },
    { path: "docs/apple-payloads.md", text: writePayloadsPage(profiles) },
  ];
}
