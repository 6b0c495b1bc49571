/** Makes a profile or declaration of what a form holds. */
import { PlistSource, TypedDictionary, writePlist } from "../../format/plist.ts";
import { filledMembers, type FormValue } from "./form-value.ts";
import type { Section } from "./sections.ts";

export type DocumentKind = "profile" | "declaration";

/** What makes a document one of its own; kept for as long as somebody writes it. */
export type DocumentIdentity = {
  readonly identifier: string;
  readonly uuid: string;
  /** What a profile is called on devices; null for the name of the artifact. */
  readonly title: string | null;
  /** What the profile has beside its payloads and what is said here, such as a description. */
  readonly rest: FormValue;
};

export type DocumentParts = {
  readonly kind: DocumentKind;
  /** The payloads of a profile; the one of a declaration. */
  readonly sections: readonly Section[];
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly identity: DocumentIdentity;
};

/** Where the findings of the server are for the keys of a section. */
export function pathPrefix(kind: DocumentKind, index: number): string {
  return kind === "profile" ? `PayloadContent[${index}]` : "Payload";
}

/** The text of the document: a property list, or JSON. */
export function buildDocument(parts: DocumentParts): string {
  return parts.kind === "profile" ? buildProfile(parts) : buildDeclaration(parts);
}

function buildProfile({ sections, name, channel, identity }: DocumentParts): string {
  const { identifier, uuid, title, rest } = identity;
  const profile = {
    ...rest,
    PayloadContent: sections.map((section, index) => buildPayload(section, `${identifier}.${index + 1}`)),
    PayloadDisplayName: title ?? (name === "" ? titleOf(sections) : name),
    PayloadIdentifier: identifier,
    PayloadScope: channel === "User" ? "User" : "System",
    PayloadType: "Configuration",
    PayloadUUID: uuid,
    PayloadVersion: 1,
  };
  return writePlist(profile);
}

function titleOf([first]: readonly Section[]): string {
  return first?.content.kind === "form" ? first.content.schema.title : "";
}

/** A payload without an identifier of its own gets one of the profile. */
function buildPayload({ id, type, content }: Section, identifier: string): PlistSource | TypedDictionary {
  if (content.kind === "text") return new PlistSource(content.source);
  const { schema, value, common } = content;
  const payload = {
    ...filledMembers(value, schema.keys),
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: id,
    PayloadDisplayName: schema.title,
    ...common,
  };
  return new TypedDictionary(payload, schema.keys);
}

function buildDeclaration({ sections, identity }: DocumentParts): string {
  const [section] = sections;
  if (section?.content.kind !== "form") throw new Error("A declaration is written by its form");
  const { schema, value } = section.content;
  const declaration = {
    Type: schema.type,
    Identifier: identity.identifier,
    ServerToken: identity.uuid,
    Payload: filledMembers(value, schema.keys),
  };
  return `${JSON.stringify(declaration, null, 2)}\n`;
}

/** The type of the artifact that has a declaration; null for types that operators do not write. */
export function artifactTypeOf(kind: DocumentKind, type: string) {
  if (kind === "profile") return "Profile" as const;
  if (type.startsWith("com.apple.configuration.")) return "Configuration" as const;
  if (type.startsWith("com.apple.activation.")) return "Activation" as const;
  return type.startsWith("com.apple.asset.") ? ("Asset" as const) : null;
}
