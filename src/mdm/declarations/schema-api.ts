/** The operators' door to Apple's schema: what editors of profiles and declarations are built from. */
import { type TSchema, Type } from "typebox";
import { scopePlatforms } from "#mdm/artifacts/item-scope.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import { checkDocument, checkedCharactersMax } from "./document-check.ts";
import {
  type DocumentKind,
  documentKinds,
  findCatalogEntry,
  listCatalog,
  refuseType,
} from "./schema-catalog.ts";

const schemaPlatforms = ["iOS", "macOS", "tvOS", "visionOS", "watchOS"] as const;
const channels = ["Device", "User"] as const;
const version = nullable(Type.String({ description: "A version of the platform" }));
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const PlatformView = Type.Object({
  platform: choice(schemaPlatforms, { description: "iPads are on iOS" }),
  introduced: version,
  deprecated: version,
  removed: version,
  supervised: Type.Boolean({ description: "Only for supervised devices" }),
});

const entryFields = {
  type: Type.String(),
  title: Type.String({ description: "What people call it" }),
  release: Type.String({ description: "Apple's release that the facts come from" }),
  platforms: Type.Array(PlatformView),
  channels: Type.Array(choice(channels)),
};

/** Keys are inside keys; the document shows the first level, and says that the others are alike. */
const KeyView = Type.Object({
  key: Type.String({ description: "ANY, alone or with a word behind it, stands for every name" }),
  type: Type.String(),
  required: Type.Boolean(),
  default: nullable(scalar),
  values: nullable(Type.Array(scalar, { description: "The only values there are" })),
  min: nullable(Type.Number()),
  max: nullable(Type.Number()),
  format: nullable(Type.String({ description: "A regular expression the whole text matches" })),
  asset_types: Type.Array(Type.String()),
  platforms: nullable(Type.Array(PlatformView, { description: "Null: those of what the key is in" })),
  keys: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
    description: "The keys of a dictionary or the items of an array, with the same members as this one",
  }),
});

const Check = Type.Object({
  kind: choice(documentKinds),
  document: Type.String({
    minLength: 1,
    maxLength: checkedCharactersMax,
    description: "A profile as a property list in XML, or a declaration as JSON with its four members",
  }),
  channel: Type.Optional(choice(channels, { default: "Device" })),
  platforms: Type.Optional(Type.Array(choice(scopePlatforms), { maxItems: 100, default: [] })),
});

const CheckView = Type.Object({
  findings: Type.Array(
    Type.Object({
      path: Type.String({ description: "Payload.Relays[2].Name; empty for the whole document" }),
      severity: choice(["refuse", "warn"]),
      text: Type.String(),
    }),
  ),
});

const access = "mdm.view_artifact";

function catalogEndpoints(facts: {
  readonly kind: DocumentKind;
  readonly path: string;
  readonly noun: string;
  readonly plural: string;
}): readonly Endpoint<unknown>[] {
  const { kind, path, noun, plural } = facts;
  return [
    readEndpoint<unknown, TSchema>({
      method: "GET",
      path,
      operationId: `list${noun}Schemas`,
      view: `${kind}_schemas`,
      access,
      summary: `Lists the types of ${plural} that Apple's schema has`,
      response: { status: 200, schema: Type.Object(entryFields) },
      list: "array",
      handle: async () => listCatalog(kind),
    }),
    readEndpoint<unknown, TSchema>({
      method: "GET",
      path: `${path}:key/`,
      operationId: `find${noun}Schema`,
      view: `${kind}_schema`,
      access,
      summary: `Shows what Apple's schema says of a type of ${plural}`,
      response: { status: 200, schema: Type.Object({ ...entryFields, keys: Type.Array(KeyView) }) },
      handle: async (_, __, { params }) => {
        const found = findCatalogEntry(kind, params.key);
        if (found === null) throw new OperationRefused(refuseType(params.key));
        return found;
      },
    }),
  ];
}

const checkEndpoint = writeEndpoint<unknown, TSchema, typeof Check>({
  method: "POST",
  path: "/api/mdm/schema/validate/",
  operationId: "validateDocument",
  view: "validate_document",
  access,
  summary: "What would be said of a profile or declaration; nothing is stored",
  description:
    "refuse: it would not be saved. warn: it would, but some of those it is for do not take it, or it is deprecated. " +
    "References to other objects are not followed.",
  body: Check,
  response: { status: 200, schema: CheckView },
  handle: async (_, __, { body }) => ({
    findings: checkDocument({
      kind: body.kind,
      text: body.document,
      channel: body.channel ?? "Device",
      platforms: body.platforms ?? [],
    }),
  }),
});

/** The catalogs of payloads and declarations, and the check of a document. */
export const schemaEndpoints: readonly Endpoint<unknown>[] = [
  ...catalogEndpoints({
    kind: "profile",
    path: "/api/mdm/schema/payloads/",
    noun: "Payload",
    plural: "payloads of profiles",
  }),
  ...catalogEndpoints({
    kind: "declaration",
    path: "/api/mdm/schema/declarations/",
    noun: "Declaration",
    plural: "declarations",
  }),
  checkEndpoint,
];
