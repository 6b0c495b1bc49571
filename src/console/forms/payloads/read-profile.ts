/** Reads a profile for the form: its payloads as sections, and everything else as it stands. */
import { PlistSource } from "../../format/plist.ts";
import { plistRoot, readMembers, readTypedMembers } from "../../format/read-plist.ts";
import type { DocumentIdentity } from "./build-document.ts";
import type { FormValue } from "./form-value.ts";
import type { SchemaType } from "./schema-key.ts";
import { type Section, sectionOf, textSection } from "./sections.ts";

export type ReadProfile = {
  readonly sections: readonly Section[];
  readonly identity: Partial<DocumentIdentity>;
};

/** What a profile has beside what is written anew with it. */
const written = ["PayloadContent", "PayloadScope", "PayloadType", "PayloadVersion"];
const named = { PayloadUUID: "uuid", PayloadIdentifier: "identifier", PayloadDisplayName: "title" } as const;
/** What every payload has. */
const common = ["PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadDisplayName"];

/**
 * @param schemaOf Null for a type that Apple's schema does not have.
 * @returns Null for what is no profile in XML, or has payloads that are no dictionaries.
 */
export async function readProfile(
  text: string,
  schemaOf: (type: string) => Promise<SchemaType | null>,
): Promise<ReadProfile | null> {
  const root = plistRoot(text);
  const members = root && readMembers(root);
  const content = members?.get("PayloadContent");
  if (members === null || content?.tagName !== "array") return null;
  const payloads = [...content.children];
  if (payloads.some(({ tagName }) => tagName !== "dict")) return null;
  const sections = await Promise.all(payloads.map((payload) => readPayload(payload, schemaOf)));
  const known = sections.filter((section) => section !== null);
  if (known.length < sections.length) return null;
  const others = [...members].filter(([name]) => !written.includes(name) && !(name in named));
  const rest = Object.fromEntries(others.map(([name, member]) => [name, PlistSource.of(member)]));
  const identity = Object.entries(named).flatMap(([name, own]) => {
    const member = members.get(name);
    return member?.tagName === "string" ? [[own, member.textContent]] : [];
  });
  return { sections: known, identity: { ...Object.fromEntries(identity), rest } };
}

async function readPayload(
  payload: Element,
  schemaOf: (type: string) => Promise<SchemaType | null>,
): Promise<Section | null> {
  const members = readMembers(payload);
  if (members === null) return null;
  const type = members.get("PayloadType")?.textContent ?? "";
  const schema = type === "" ? null : await schemaOf(type);
  if (schema === null) return textSection(type, PlistSource.of(payload).xml);
  const own = new Map([...members].filter(([name]) => name !== "PayloadType" && !common.includes(name)));
  const shared: FormValue = Object.fromEntries(
    common.flatMap((name): [string, unknown][] => {
      const member = members.get(name);
      return member === undefined ? [] : [[name, PlistSource.of(member)]];
    }),
  );
  return sectionOf(schema, readTypedMembers(own, schema.keys), shared);
}
