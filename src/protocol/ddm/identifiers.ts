// The identifiers under which a device knows its declarations (desired-state.md 4.2, 4.3): made from the server's host
// name, and told apart again by what they end with or contain, never by the kind in the URL of the request.
import { payloadIdentifier } from "../profile/identifier.ts";

/** What a blueprint has one declaration of, as it stands at the end of the identifier. */
export const blueprintDeclarationSuffixes = [
  "management-status-subscriptions",
  "activation",
  "softwareupdate-enforcement-specific",
] as const;

/** What a server-made declaration of a blueprint is for. */
export type BlueprintDeclaration = (typeof blueprintDeclarationSuffixes)[number];

/** What stands before the UUID of an artifact: the kinds of declarations that artifacts become. */
export const artifactPaths = ["declaration", "cert-asset", "data-asset", "legacy-profile"] as const;

/** The kind of a declaration that an artifact becomes. */
export type ArtifactPath = (typeof artifactPaths)[number];

/** An artifact's declaration; the UUID is lower case. */
export type ArtifactIdentifier = { readonly path: ArtifactPath; readonly artifactId: string };

/**
 * What an identifier asks for. A blueprint or an artifact that cannot be read from it is null: the request is for this
 * kind of declaration all the same, and is refused in its words.
 */
export type DeclarationReference =
  | {
      readonly kind: "blueprint";
      readonly declaration: BlueprintDeclaration;
      readonly blueprintId: number | null;
    }
  | { readonly kind: "artifact"; readonly path: ArtifactPath; readonly artifactId: string | null };

/** Characters of an identifier: more than the longest host name and a UUID need. */
export const declarationIdentifierCharactersMax = 400;

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes the identifier of a server-made declaration: `com.example.mdm.blueprint.7.activation`.
 *
 * @param prefix As `identifierPrefix` of protocol/profile makes it from the API host name, without port.
 */
export function encodeBlueprintIdentifier(
  prefix: string,
  blueprintId: number,
  declaration: BlueprintDeclaration,
): string {
  return payloadIdentifier(prefix, "blueprint", String(blueprintId), declaration);
}

/** Makes the identifier of an artifact's declaration: `com.example.mdm.data-asset.<uuid>`. */
export function encodeArtifactIdentifier(prefix: string, { path, artifactId }: ArtifactIdentifier): string {
  return payloadIdentifier(prefix, path, artifactId.toLowerCase());
}

/**
 * Reads the identifier of an artifact's declaration: behind the prefix exactly a known kind and a UUID
 * (desired-state.md 4.6).
 *
 * @returns Null for everything else, also for identifiers of another server.
 */
export function decodeArtifactIdentifier(prefix: string, identifier: string): ArtifactIdentifier | null {
  const parts = partsBehind(prefix, identifier);
  const [path = "", artifactId = ""] = parts ?? [];
  if (parts?.length !== 2 || !isArtifactPath(path) || !isUuid(artifactId)) return null;
  return { path, artifactId: artifactId.toLowerCase() };
}

/**
 * Tells what an identifier asks for: by its end, then by what it contains, the first match (desired-state.md 4.2).
 *
 * @returns Null for an identifier of no kind we serve.
 */
export function decodeDeclarationIdentifier(prefix: string, identifier: string): DeclarationReference | null {
  if (identifier.length > declarationIdentifierCharactersMax) return null;
  const declaration = blueprintDeclarationSuffixes.find((suffix) => identifier.endsWith(suffix));
  if (declaration !== undefined) {
    return { kind: "blueprint", declaration, blueprintId: blueprintIdOf(prefix, identifier) };
  }
  const path = artifactPaths.find((each) => identifier.includes(`.${each}.`));
  if (path === undefined) return null;
  const decoded = decodeArtifactIdentifier(prefix, identifier);
  return { kind: "artifact", path, artifactId: decoded?.path === path ? decoded.artifactId : null };
}

/** Tells whether text is a hyphenated UUID, in either case. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

function blueprintIdOf(prefix: string, identifier: string): number | null {
  const [blueprint, id = "", ...rest] = partsBehind(prefix, identifier) ?? [];
  return blueprint === "blueprint" && rest.length === 1 && /^[1-9]\d{0,9}$/.test(id) ? Number(id) : null;
}

function partsBehind(prefix: string, identifier: string): string[] | null {
  if (identifier.length > declarationIdentifierCharactersMax) return null;
  return identifier.startsWith(`${prefix}.`) ? identifier.slice(prefix.length + 1).split(".") : null;
}

function isArtifactPath(text: string): text is ArtifactPath {
  return (artifactPaths as readonly string[]).includes(text);
}
