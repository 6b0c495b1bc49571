// Where a declaration refers to others, and where it names the URL of a manifest (desired-state.md 4.7): told from
// Apple's schema alone, so that a new type needs nobody to write its paths down.
import type { SchemaKey } from "./schema.ts";
import { declarationFamily } from "./schema-tables.ts";

/** A place in a payload: names of keys; `*` is each item of an array. */
export type DeclarationPath = readonly string[];

/** A place that holds the identifier of another declaration, of one of these types; `*` at an end is any end. */
export type DeclarationReferencePath = {
  readonly path: DeclarationPath;
  readonly assetTypes: readonly string[];
};

/** Where declarations of one type refer to others. */
export type DeclarationReferences = {
  readonly references: readonly DeclarationReferencePath[];
  /** Places that hold the URL of a manifest of a package or an application. */
  readonly manifests: readonly DeclarationPath[];
};

const activation = "com.apple.activation.simple";
const activated: DeclarationReferencePath = {
  path: ["StandardConfigurations", "*"],
  assetTypes: ["com.apple.configuration.*"],
};
const found = new Map<string, DeclarationReferences>();

/**
 * The reference paths of a type, or null when Apple's schema does not have the type. A key that stands for every name
 * is `ANY` in a path, literally: nothing below it is taken for a reference.
 */
export function declarationReferencePaths(type: string): DeclarationReferences | null {
  const known = found.get(type);
  if (known !== undefined) return known;
  const schema = declarationFamily.find(type);
  if (schema === null) return null;
  const places = schema.keys.flatMap((key) => placesOf(key, [key.key]));
  const references = {
    // Apple's schema has no types for what an activation activates.
    references: [...(type === activation ? [activated] : []), ...places.flatMap(referenceAt)],
    manifests: places.filter(({ key }) => key.key === "ManifestURL").map(({ path }) => path),
  };
  found.set(type, references);
  return references;
}

type Place = { readonly key: SchemaKey; readonly path: DeclarationPath };

function placesOf(key: SchemaKey, path: DeclarationPath): Place[] {
  const inner = (key.keys ?? []).flatMap((each) =>
    placesOf(each, [...path, key.type === "array" ? "*" : each.key]),
  );
  return [{ key, path }, ...inner];
}

function referenceAt({ key: { assetTypes, type }, path }: Place): DeclarationReferencePath[] {
  if (assetTypes === undefined) return [];
  return [{ path: type === "array" ? [...path, "*"] : path, assetTypes }];
}
