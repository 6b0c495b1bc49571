// Holds an operator's configuration profile against Apple's schema. Profiles are older than their schema, and Macs take
// more than it says, so nearly everything is a warning: only a value of another nature is refused, text where a list
// belongs.
import { type PlistWritable, type PlistWritableDictionary, Real } from "../plist/value.ts";
import { type DocumentFinding, listDocumentFindings, walkDocument } from "./document-finding.ts";
import { addFindings, type SchemaProblemCode } from "./finding.ts";
import { hasRoom, hintClosest, judgeDictionary, type KeyWalk } from "./judge-keys.ts";
import type { SchemaAudience } from "./judge-support.ts";
import { isWritableDictionary } from "./judge-value.ts";
import { profileFamily } from "./schema-tables.ts";
import type { SchemaKey } from "./schema.ts";

/** Payloads of one profile that are judged. Apple's tools write some ten. */
export const judgedPayloadsMax = 200;

/** Dictionaries whose one key in Apple's schema is a word for any name, such as a language. */
const openDictionaries = ["ConsentText", "domainRealmMapping", "UserPrinterList"];

/**
 * Judges a configuration profile, as it is read from its property list, signature removed.
 *
 * @param audience Platforms and channel it is for; what is not for all of them is a warning.
 * @returns All findings, up to `schemaFindingsMax` of each severity, with paths such as
 *   `PayloadContent[2].ProxyServer`. A payload of an unknown type is one warning.
 */
export function validateProfile(
  profile: PlistWritableDictionary,
  audience: SchemaAudience,
): readonly DocumentFinding[] {
  const walk = walkDocument({
    release: profileFamily.release,
    audience,
    isWarning: ({ code }) => code !== "type_mismatch",
    isOpen: (key, value) => isTakenAnyway(key, value),
  });
  judgeDictionary(walk, { keys: profileFamily.find("TopLevel")?.keys ?? [], path: "" }, profile);
  const content = profile["PayloadContent"];
  if (Array.isArray(content)) {
    // Its items are values of a property list, as their list is.
    const payloads = (content as readonly PlistWritable[]).slice(0, judgedPayloadsMax);
    for (const [index, payload] of payloads.entries()) {
      judgePayload(walk, payload, `PayloadContent[${index}]`);
    }
  }
  return listDocumentFindings(walk.findings);
}

function judgePayload(walk: KeyWalk, payload: PlistWritable, path: string): void {
  const note = (code: SchemaProblemCode, keyPath: string, reason: string): void =>
    addFindings(walk.findings, [{ code, keyPath, reason }], walk.isWarning);
  if (!isWritableDictionary(payload)) {
    note("type_mismatch", path, "must be of type dictionary");
    return;
  }
  const type = payload["PayloadType"];
  const common = profileFamily.find("CommonPayloadKeys")?.keys ?? [];
  const schema = typeof type === "string" && !isOwnName(type) ? profileFamily.find(type) : null;
  if (schema === null) {
    judgeDictionary(walk, { keys: [...common, anyOther], path }, payload);
    if (typeof type === "string" && hasRoom(walk, "type_unknown")) {
      const hint = hintClosest(type, profileFamily.names());
      const reason = `is unknown to Apple's schema (${profileFamily.release})${hint}`;
      note("type_unknown", `${path}.PayloadType`, reason);
    }
    return;
  }
  const support = walk.judgeSupport({ on: schema.on, keyPath: `${path}.PayloadType`, isWhole: true });
  addFindings(walk.findings, support, walk.isWarning);
  const names = new Set(schema.keys.map(({ key }) => key));
  const keys = [...schema.keys, ...common.filter(({ key }) => !names.has(key))];
  judgeDictionary(walk, { keys, path }, payload);
}

const anyOther: SchemaKey = { key: "ANY", type: "any" };

/** Two entries of the family are no payloads. */
function isOwnName(type: string): boolean {
  return type === "TopLevel" || type === "CommonPayloadKeys";
}

/** Preferences of Macs are read by meaning: 1 is true, and a number may be either. */
function isTakenAnyway({ key, type }: SchemaKey, value: PlistWritable): boolean {
  if (openDictionaries.includes(key)) return isWritableDictionary(value);
  const isFlag = typeof value === "boolean";
  const isNumber = typeof value === "number" || typeof value === "bigint";
  if (value instanceof Real) return type === "integer" && Number.isInteger(value.value);
  return (isFlag && (type === "integer" || type === "real")) || (isNumber && type === "boolean");
}
