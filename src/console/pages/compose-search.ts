/** The addresses of the pages where settings are composed. */

/** What is searched for in the list of types. */
export function composeSearch(search: Record<string, unknown>): { readonly q?: string } {
  const { q } = search;
  return typeof q === "string" && q !== "" ? { q } : {};
}

/** The artifact that gets a new version; none for a new artifact. */
export function composeTypeSearch(search: Record<string, unknown>): { readonly artifact?: string } {
  const { artifact } = search;
  return typeof artifact === "string" && /^[\da-f-]{36}$/.test(artifact) ? { artifact } : {};
}
