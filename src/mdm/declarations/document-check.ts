// Tells an editor what would be said of a profile or declaration if it were saved: what would refuse it, and what people
// should know. Nothing is stored, and what depends on other objects (references, names that are taken) is not asked.
import { readUploadedProfile } from "#mdm/artifacts/profile.ts";
import type { Platform } from "#protocol/mdm/platform.ts";
import { type DocumentFinding } from "#protocol/apple-schema/document-finding.ts";
import { validateDeclaration } from "#protocol/apple-schema/validate-declaration.ts";
import { validateProfile } from "#protocol/apple-schema/validate-profile.ts";
import type { SchemaAudience } from "#protocol/apple-schema/judge-support.ts";
import { readDeclarationSource } from "./declaration.ts";
import type { DocumentKind } from "./schema-catalog.ts";

/** Longest document that is checked while somebody types: ten times what a large profile has. */
export const checkedCharactersMax = 1_000_000;

export type CheckedDocument = {
  readonly kind: DocumentKind;
  /** A property list in XML, or JSON. */
  readonly text: string;
  readonly channel: "Device" | "User";
  readonly platforms: readonly Platform[];
};

/** What is wrong at a place; the path is empty for the whole document. */
export type CheckFinding = {
  readonly path: string;
  readonly severity: "refuse" | "warn";
  readonly text: string;
};

/** Checks a document for an audience; of one that cannot be read, only that is told. */
export function checkDocument({ kind, text, channel, platforms }: CheckedDocument): CheckFinding[] {
  const audience = { channel, platforms: platforms.map((platform) => ({ platform, osVersionMin: "" })) };
  return kind === "profile" ? checkProfile(text, audience) : checkDeclaration(text, audience);
}

function checkProfile(text: string, audience: SchemaAudience): CheckFinding[] {
  const read = readUploadedProfile(Buffer.from(text));
  if ("code" in read) return [unreadable(read.detail)];
  return validateProfile(read.content, audience).map(findingOf);
}

function checkDeclaration(text: string, audience: SchemaAudience): CheckFinding[] {
  // A type that is unknown is told with the closest one, by the schema itself.
  const read = readDeclarationSource(text, () => true);
  if ("code" in read) return [unreadable(read.detail)];
  return validateDeclaration({ type: read.Type, payload: read.Payload }, audience).map(findingOf);
}

function unreadable(detail: string): CheckFinding {
  return { path: "", severity: "refuse", text: detail };
}

function findingOf({ keyPath, severity, reason }: DocumentFinding): CheckFinding {
  return { path: keyPath, severity, text: reason };
}
