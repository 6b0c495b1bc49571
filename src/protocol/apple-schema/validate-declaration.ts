// Holds an operator's declaration against Apple's schema before it is delivered: a device reports a declaration it
// cannot read as invalid, and with it everything that refers to it.
import { type DocumentFinding, listDocumentFindings, walkDocument } from "./document-finding.ts";
import { addFindings, type SchemaProblemCode } from "./finding.ts";
import { hintClosest, judgeDictionary } from "./judge-keys.ts";
import type { SchemaAudience } from "./judge-support.ts";
import { isWritableDictionary } from "./judge-value.ts";
import { readJsonValue } from "./read-json.ts";
import type { MessageSchema, Support } from "./schema.ts";
import { declarationFamily } from "./schema-tables.ts";

/** What no device could take, whatever its release. */
const refusedCodes: readonly SchemaProblemCode[] = [
  "type_unknown",
  "type_mismatch",
  "key_missing",
  "value_not_listed",
  "value_out_of_range",
  "value_malformed",
];

/**
 * Judges a declaration as JSON.
 *
 * @param declaration Its `Type` and `Payload`.
 * @param audience Platforms and channel it is for; what is not for all of them is a warning.
 * @returns All findings, up to `schemaFindingsMax` of each severity, with paths such as
 *   `Payload.Relays[2].PublicKeyData`. An unknown type is one finding, at `Type`.
 */
export function validateDeclaration(
  { type, payload }: { readonly type: string; readonly payload: unknown },
  audience: SchemaAudience,
): readonly DocumentFinding[] {
  const { release } = declarationFamily;
  const walk = walkDocument({
    release,
    audience,
    isWarning: ({ code }) => !refusedCodes.includes(code),
    isOpen: () => false,
  });
  const note = (code: SchemaProblemCode, keyPath: string, reason: string): void =>
    addFindings(walk.findings, [{ code, keyPath, reason }], walk.isWarning);
  const schema = declarationFamily.find(type);
  const value = readJsonValue({ key: "Payload", type: "dictionary", keys: schema?.keys ?? [] }, payload);
  if (schema === null) {
    note(
      "type_unknown",
      "Type",
      `is unknown to Apple's schema (${release})${hintClosest(type, declarationFamily.names())}`,
    );
  } else if (value === null || !isWritableDictionary(value)) {
    note("type_mismatch", "Payload", "must be of type dictionary");
  } else {
    const support = walk.judgeSupport({ on: schema.on, keyPath: "Type", isWhole: hasScopes(schema) });
    addFindings(walk.findings, support, walk.isWarning);
    judgeDictionary(walk, { keys: schema.keys, path: "Payload" }, value);
  }
  return listDocumentFindings(walk.findings);
}

/** Configurations name the channels they are for; activations, assets and management are for whoever needs them. */
function hasScopes({ on }: MessageSchema): boolean {
  return Object.values(on).some((support: Support | null) => support?.userchannel !== undefined);
}
