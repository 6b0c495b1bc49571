/**
 * A tag is put on machines to scope what they get: artifacts, enforcements, lists of devices.
 * Operators change it, and machine tagging makes the ones it names; devices never do.
 * Deleting one removes it from every machine, secret and scope: nothing guards it (http-api 3.1).
 */
import { createHash } from "node:crypto";
import { unknownKeyDetail } from "./inventory-refusal.ts";
import type { MetaBusinessUnitId } from "./meta-business-unit.ts";
import type { TaxonomyId } from "./taxonomy.ts";
import type { Id } from "#platform/ids.ts";
import type { Refusal } from "#platform/errors.ts";

export type TagId = Id<"Tag">;

export type Tag = {
  readonly id: TagId;
  readonly name: string;
  readonly slug: string;
  readonly color: string;
  readonly taxonomyId: TaxonomyId | null;
  readonly taxonomyName: string | null;
  readonly metaBusinessUnitId: MetaBusinessUnitId | null;
  readonly metaBusinessUnitName: string | null;
};

/** What callers send; what is omitted stays. */
export type TagInput = {
  readonly name: string;
  readonly color?: string;
  readonly taxonomyId?: TaxonomyId | null;
  readonly metaBusinessUnitId?: MetaBusinessUnitId | null;
};

/** The reference has no limit; an index entry of PostgreSQL has, and this many characters always fit. */
export const tagNameCharactersMax = 512;
export const tagColorDefault = "0079bf";
/** Six hexadecimal digits, stored as sent. */
export const tagColorPattern = "^[0-9a-fA-F]{6}$";

/**
 * The name as part of a URL: `Ring 1` is `ring-1`. Letters lose their accents, what is not a letter, digit, hyphen or
 * underscore of ASCII is left out. A name of which nothing is left has a slug made of its digest: the reference would
 * allow one such tag in all.
 */
export function slugOf(name: string): string {
  const words = name
    .normalize("NFKD")
    .replace(/[^\x20-\x7e\s]/g, "")
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replace(/[-\s]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "")
    .slice(0, tagNameCharactersMax);
  return words === "" ? `tag-${createHash("sha256").update(name).digest("hex").slice(0, 12)}` : words;
}

export const tagUnknown: Refusal = {
  kind: "not_found",
  code: "tag_unknown",
  detail: "No Tag matches the given query.",
};

/** The refusal of a name that is taken, or that is written like another one in URLs. */
export function tagTaken(conflict: "name" | "slug"): Refusal {
  const detail = `tag with this ${conflict} already exists.`;
  return { kind: "conflict", code: `tag_${conflict}_taken`, field: "name", detail };
}

/** The refusal of a taxonomy that does not exist. */
export function unknownTaxonomy(id: number): Refusal {
  return { kind: "invalid", code: "taxonomy_unknown", field: "taxonomy", detail: unknownKeyDetail(id) };
}
