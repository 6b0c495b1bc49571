/** What a version holds, as text that people can read and compare. */
import { base64ToText } from "../format/bytes.ts";
import { plistLines } from "../format/plist-lines.ts";
import { readBinaryPlist } from "../format/binary-plist.ts";
import { type Scope, scopeOf } from "../scopes/scope.ts";

/** A version of any kind: the members that all have, and those of its kind. */
export type VersionRow = Scope & {
  readonly id: string;
  readonly artifact: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
} & Readonly<Record<string, unknown>>;

const common = new Set([
  ...Object.keys(scopeOf([])),
  "id",
  "artifact",
  "version",
  "created_at",
  "updated_at",
]);

/** The text of a version: a property list, a declaration as JSON, everything else by its members. */
export function versionText(version: VersionRow): string {
  const { source } = version;
  if (typeof source === "string") return sourceText(source);
  const own = Object.entries(version).filter(([name]) => !common.has(name));
  const content =
    typeof source === "object" && source !== null ? withoutTokens(source) : Object.fromEntries(own);
  return JSON.stringify(content, null, 2);
}

/** The server makes the token of a declaration anew for each version: it says nothing of what changed. */
function withoutTokens(source: object): object {
  const { ServerToken: _token, ...rest } = source as Readonly<Record<string, unknown>>;
  return rest;
}

/** A profile as people read it: binary ones as JSON, signed ones without their signature. */
export function sourceText(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const binary = readBinaryPlist(bytes);
  if (binary !== undefined) return JSON.stringify(binary, null, 2);
  const text = base64ToText(base64);
  if (text !== null && bytes[0] !== 0x30) return plistLines(text);
  // A signed one: the property list stands within.
  const raw = new TextDecoder("latin1").decode(bytes);
  const [start, end] = [raw.indexOf("<?xml"), raw.lastIndexOf("</plist>")];
  return start === -1 || end === -1
    ? base64
    : plistLines(new TextDecoder().decode(bytes.subarray(start, end + "</plist>".length)));
}

/** What is sent to make another version of the same: everything but what the server gives. */
export function versionBody(version: VersionRow, number: number): Readonly<Record<string, unknown>> {
  const { id: _id, created_at: _created, updated_at: _updated, ...rest } = version;
  return { ...rest, ...fileReferences(version), version: number };
}

/** Kinds with a file name it by what the server already stores. */
function fileReferences(version: VersionRow): Readonly<Record<string, unknown>> {
  const { file_sha256: sha256, package_uri: uri } = version;
  if (typeof sha256 === "string") return { file_uri: `pomona://files/${sha256}`, file_sha256: sha256 };
  return typeof uri === "string" ? { package_uri: uri } : {};
}
