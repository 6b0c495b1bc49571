/** What a document is made of: the payloads of a profile, or the one payload of a declaration. */
import { PlistSource } from "../../format/plist.ts";
import { newUuid } from "../../format/bytes.ts";
import type { DocumentKind } from "./build-document.ts";
import { findFeatured } from "./featured.ts";
import type { FormValue } from "./form-value.ts";
import { isWildcard, type SchemaType } from "./schema-key.ts";

export type Section = {
  /** Of this page; the payload's own UUID is among its common members. */
  readonly id: string;
  readonly type: string;
  readonly content: SectionContent;
};

export type SectionContent =
  | {
      readonly kind: "form";
      readonly schema: SchemaType;
      readonly value: FormValue;
      /** What every payload of a profile has, as it was; empty for a new one. */
      readonly common: FormValue;
    }
  /** The `dict` of a payload whose type Apple's schema does not have, in XML. */
  | { readonly kind: "text"; readonly source: string };

/** A payload that begins with what most need. */
export function newSection(kind: DocumentKind, schema: SchemaType): Section {
  const value = findFeatured(kind, schema.type)?.initial ?? {};
  return sectionOf(schema, value, {});
}

export function sectionOf(schema: SchemaType, value: FormValue, common: FormValue): Section {
  return { id: newUuid(), type: schema.type, content: { kind: "form", schema, value, common } };
}

export function textSection(type: string, source: string): Section {
  return { id: newUuid(), type, content: { kind: "text", source } };
}

/** Another order: one goes up (-1) or down (1); at an end it stays. */
export function moveSection(sections: readonly Section[], id: string, step: -1 | 1): readonly Section[] {
  const from = sections.findIndex((section) => section.id === id);
  const [moved, other] = [sections[from], sections[from + step]];
  if (moved === undefined || other === undefined) return sections;
  return sections.map((section) => (section === moved ? other : section === other ? moved : section));
}

/** Members that no form shows, which stay as they are. */
export function keptNames({ content }: Section): readonly string[] {
  if (content.kind === "text" || content.schema.keys.some(isWildcard)) return [];
  const known = new Set(content.schema.keys.map(({ key }) => key));
  return Object.entries(content.value)
    .filter(([name, value]) => value instanceof PlistSource && !known.has(name))
    .map(([name]) => name);
}
