// The tokens by which a device tells that declarations changed: SHA-1 over what they stand for, in a fixed order, so
// that the same content has the same token whoever computes it (desired-state.md 4.4, 4.5, 4.10, 4.11). SHA-1 is no
// protection here: a token is compared for equality alone.
import { createHash } from "node:crypto";

/** A declaration in the manifest, in Apple's words. */
export type ManifestItem = { readonly Identifier: string; readonly ServerToken: string };

/** The sections of a manifest, ascending: the order in which they are digested. */
export const manifestSections = ["Activations", "Assets", "Configurations", "Management"] as const;

/** A section of a manifest. */
export type ManifestSection = (typeof manifestSections)[number];

/** The declarations of a manifest by section, in any order. */
export type ManifestDeclarations = { readonly [Section in ManifestSection]: readonly ManifestItem[] };

/** The token of a manifest, 40 hex digits. The order of the items does not matter. */
export function declarationsToken(declarations: ManifestDeclarations): string {
  const texts = manifestSections.flatMap((section) =>
    sortItems(declarations[section]).flatMap((item) => [section, item.Identifier, item.ServerToken]),
  );
  return digest(texts);
}

/** The ServerToken of an activation, from the identifiers it activates, in any order. */
export function activationToken(identifiers: readonly string[]): string {
  return digest([...identifiers].sort(compareText));
}

/** The ServerToken of the status subscriptions, from the names of status items, in any order. */
export function subscriptionsToken(names: readonly string[]): string {
  return digest([...names].sort(compareText));
}

/** The ServerToken of an enforcement, from its payload: key and value, by ascending key; undefined is absent. */
export function enforcementToken(payload: Readonly<Record<string, string | undefined>>): string {
  const members = Object.entries(payload).sort(([a], [b]) => compareText(a, b));
  return digest(members.flatMap(([key, value]) => (value === undefined ? [] : [key, value])));
}

function digest(texts: readonly string[]): string {
  const hash = createHash("sha1");
  for (const text of texts) hash.update(text, "utf8");
  return hash.digest("hex");
}

function sortItems(items: readonly ManifestItem[]): ManifestItem[] {
  return [...items].sort(
    (a, b) => compareText(a.Identifier, b.Identifier) || compareText(a.ServerToken, b.ServerToken),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
