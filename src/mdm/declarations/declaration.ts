// A declaration as an operator wrote it: Apple's type and payload, under an identifier and token of the operator's own.
// Operators write it through the API; references in its payload are linked to artifacts and packages when it is saved.
// Its identifier and token never reach a device: they keep declarations apart, and name them in references.
import { isDeepStrictEqual } from "node:util";
import type { ArtifactId, ArtifactType, ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Refusal } from "#platform/errors.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";

/** The four members of a declaration, in Apple's words. */
export type DeclarationSource = {
  readonly Type: string;
  readonly Identifier: string;
  readonly ServerToken: string;
  readonly Payload: JsonObject;
};

/** Where a payload refers to an artifact; positions in lists are decimal strings. */
export type DeclarationRef = { readonly key: readonly string[]; readonly artifactId: ArtifactId };
/** Where a payload refers to a package. */
export type PackageRef = { readonly key: readonly string[]; readonly packageId: string };

export type DeclarationRefs = {
  readonly artifacts: readonly DeclarationRef[];
  readonly packages: readonly PackageRef[];
};

/** A declaration that is stored, as the rules on a new one need it. */
export type StoredDeclaration = {
  readonly versionId: ArtifactVersionId;
  readonly artifactId: ArtifactId;
  readonly version: number;
  readonly type: string;
  readonly identifier: string;
  readonly serverToken: string;
  readonly payload: JsonObject;
};

/** Longest identifier, type and token: Apple's own have below 100 characters. */
export const declarationTextCharactersMax = 512;
/** Most characters of a payload: a declaration is fetched by every device, and configurations have a few kilobytes. */
export const declarationPayloadCharactersMax = 1_000_000;
/** Deepest nesting of a payload; as the door allows for bodies. */
export const declarationDepthMax = 64;
/** Most references of one declaration. */
export const declarationRefsMax = 1_000;

export type DeclarationRefusalCode =
  | "declaration_malformed"
  | "declaration_type_unknown"
  | "declaration_type_mismatch"
  | "declaration_identifier_taken"
  | "declaration_token_taken"
  | "declaration_unchanged"
  | "declaration_reference_unknown"
  | "declaration_reference_incompatible"
  | "declaration_schema_violated";

/** A refusal of the source; all are told on that field (http-api 2.13). */
export function sourceRefusal(code: DeclarationRefusalCode, detail: string): Refusal {
  return { kind: "invalid", code, field: "source", detail };
}

const malformed = (detail: string): Refusal => sourceRefusal("declaration_malformed", detail);

/**
 * Reads a source: an object, or the JSON text of one (http-api 2.13). The first fault is told, in the order of
 * desired-state 4.7.
 *
 * @param isTypeKnown Whether a type is in Apple's published schema.
 */
export function readDeclarationSource(
  input: unknown,
  isTypeKnown: (type: string) => boolean,
): DeclarationSource | Refusal {
  if (input === null) return malformed(nullText);
  const source = typeof input === "string" ? parseJson(input) : input;
  if (source === undefined) return malformed("Invalid JSON data");
  if (!isObject(source)) return malformed("Declaration is not a dictionary");
  const { Identifier, ServerToken, Type, Payload } = source;
  if (Identifier === undefined) return malformed("Missing Identifier");
  if (!isShortText(Identifier)) return malformed("Invalid Identifier");
  if (ServerToken === undefined) return malformed("Missing ServerToken");
  if (!isShortText(ServerToken)) return malformed("Invalid ServerToken");
  if (Type === undefined) return malformed("Missing Type");
  if (!isShortText(Type) || !isTypeKnown(Type)) {
    return sourceRefusal("declaration_type_unknown", "Unknown Type");
  }
  if (Payload === undefined) return malformed("Missing Payload");
  if (!isObject(Payload)) return malformed("Payload is not a dictionary");
  return refusePayload(Payload) ?? { Type, Identifier, ServerToken, Payload };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= declarationTextCharactersMax;
}

/** As the fields of the API refuse null (http-api 1.7). */
const nullText = "This field may not be null.";

/** What is no JSON, or JSON that the database cannot hold, or would reach a prototype: undefined. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, (key, member: unknown) =>
      key === "__proto__" ? undefined : member,
    );
    // Escapes for NUL and for half of a surrogate pair; `stringify` writes well-formed pairs as they are.
    const isStorable = !/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value).replaceAll("\\\\", ""));
    return isStorable ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function refusePayload(payload: JsonObject): Refusal | null {
  if (isDeeperThan(payload, declarationDepthMax)) {
    return malformed(`Payload is nested deeper than ${declarationDepthMax} levels`);
  }
  if (JSON.stringify(payload).length <= declarationPayloadCharactersMax) return null;
  return malformed(`Payload has more than ${declarationPayloadCharactersMax} characters`);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

/** What the types of declarations of an artifact begin with. */
const typePrefixes: { readonly [Type in ArtifactType]?: string } = {
  Activation: "com.apple.activation.",
  Asset: "com.apple.asset.",
  Configuration: "com.apple.configuration.",
  "Configuration (manual)": "com.apple.configuration.",
};

/**
 * Refuses a source that clashes with what is stored, in the order of http-api 2.13.
 *
 * @param others Declarations of the same artifact, and those anywhere with the same identifier or token; without the
 *   one that is written.
 */
export function refuseDeclaration(
  source: DeclarationSource,
  artifact: { readonly id: ArtifactId; readonly type: ArtifactType },
  others: readonly StoredDeclaration[],
): Refusal | null {
  const prefix = typePrefixes[artifact.type];
  if (prefix === undefined || !source.Type.startsWith(prefix)) {
    const detail = `Invalid declaration Type for ${artifact.type}`;
    return sourceRefusal("declaration_type_mismatch", detail);
  }
  const siblings = others.filter(({ artifactId }) => artifactId === artifact.id);
  if (siblings.some(({ type }) => type !== source.Type)) return differentType;
  const isTaken = (other: StoredDeclaration): boolean =>
    other.artifactId !== artifact.id && other.identifier === source.Identifier;
  if (others.some(isTaken)) return identifierTaken;
  if (siblings.some(({ identifier }) => identifier !== source.Identifier)) return differentIdentifier;
  if (others.some(({ serverToken }) => serverToken === source.ServerToken)) return serverTokenTaken;
  const [latest] = siblings.toSorted((a, b) => b.version - a.version);
  return latest !== undefined && isSameJson(latest.payload, source.Payload) ? payloadUnchanged : null;
}

const differentType = sourceRefusal(
  "declaration_type_mismatch",
  "A declaration with a different Type exists for this artifact",
);
const identifierTaken = sourceRefusal(
  "declaration_identifier_taken",
  "A declaration with this Identifier already exists",
);
const differentIdentifier = sourceRefusal(
  "declaration_identifier_taken",
  "A declaration with a different Identifier exists for this artifact",
);
const serverTokenTaken = sourceRefusal(
  "declaration_token_taken",
  "A declaration with this ServerToken already exists",
);
const payloadUnchanged = sourceRefusal(
  "declaration_unchanged",
  "The latest declaration of this artifact has the same Payload",
);

/** Equal whatever the order of members. */
function isSameJson(a: JsonObject, b: JsonObject): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
