/** Makes a profile or declaration of what a form holds. */
import { writePlist } from "../../format/plist.ts";
import { filledMembers, type FormValue } from "./form-value.ts";
import type { SchemaType } from "./schema-key.ts";

export type DocumentKind = "profile" | "declaration";

/** What makes a document one of its own; kept for as long as somebody writes it. */
export type DocumentIdentity = {
  readonly identifier: string;
  readonly uuid: string;
  readonly payloadUuid: string;
};

export type DocumentParts = {
  readonly kind: DocumentKind;
  readonly schema: SchemaType;
  readonly value: FormValue;
  readonly name: string;
  readonly channel: "Device" | "User";
  readonly identity: DocumentIdentity;
};

/** Where the findings of the server are for the keys of the form. */
export const pathPrefixes: Readonly<Record<DocumentKind, string>> = {
  profile: "PayloadContent[0]",
  declaration: "Payload",
};

/** The text of the document: a property list, or JSON. */
export function buildDocument(parts: DocumentParts): string {
  const members = filledMembers(parts.value, parts.schema.keys);
  return parts.kind === "profile" ? buildProfile(parts, members) : buildDeclaration(parts, members);
}

function buildProfile({ schema, name, channel, identity }: DocumentParts, members: FormValue): string {
  const { identifier, uuid, payloadUuid } = identity;
  const payload = {
    ...members,
    PayloadType: schema.type,
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier}.1`,
    PayloadUUID: payloadUuid,
    PayloadDisplayName: schema.title,
  };
  const profile = {
    PayloadContent: [payload],
    PayloadDisplayName: name === "" ? schema.title : name,
    PayloadIdentifier: identifier,
    PayloadScope: channel === "User" ? "User" : "System",
    PayloadType: "Configuration",
    PayloadUUID: uuid,
    PayloadVersion: 1,
  };
  const content = { key: "Payload", type: "dictionary", keys: schema.keys };
  return writePlist(profile, [{ key: "PayloadContent", type: "array", keys: [content] }]);
}

function buildDeclaration({ schema, identity }: DocumentParts, members: FormValue): string {
  const declaration = {
    Type: schema.type,
    Identifier: identity.identifier,
    ServerToken: identity.uuid,
    Payload: members,
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
