/** The operators' door to tags (http-api 3.1). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignId, nullable, patternTextKeyword } from "#platform/http/wire-fields.ts";
import { asId } from "#platform/ids.ts";
import {
  type Tag,
  type TagId,
  type TagInput,
  tagColorDefault,
  tagColorPattern,
  tagNameCharactersMax,
  tagUnknown,
} from "./tag.ts";
import { createTag, deleteTag, updateTag } from "./tag-operations.ts";
import { findTag, listTags } from "./tag-store.ts";

const Color = Type.String({
  minLength: 1,
  pattern: tagColorPattern,
  default: tagColorDefault,
  [patternTextKeyword]: "{value} is not a valid color.",
});

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: tagNameCharactersMax }),
  color: Type.Optional(Color),
  taxonomy: Type.Optional(nullable(foreignId())),
  meta_business_unit: Type.Optional(nullable(foreignId())),
});

const View = Type.Object({
  id: Type.Integer(),
  taxonomy: nullable(Type.Integer()),
  meta_business_unit: nullable(Type.Integer()),
  name: Type.String(),
  slug: Type.String(),
  color: Type.String(),
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(tag: Tag): Static<typeof View> {
  return {
    id: tag.id,
    taxonomy: tag.taxonomyId,
    meta_business_unit: tag.metaBusinessUnitId,
    name: tag.name,
    slug: tag.slug,
    color: tag.color,
  };
}

function inputOf({ name, color, taxonomy, meta_business_unit: unit }: Static<typeof Body>): TagInput {
  return {
    name,
    ...(color === undefined ? {} : { color }),
    ...(taxonomy === undefined ? {} : { taxonomyId: taxonomy === null ? null : asId<"Taxonomy">(taxonomy) }),
    ...(unit === undefined
      ? {}
      : { metaBusinessUnitId: unit === null ? null : asId<"MetaBusinessUnit">(unit) }),
  };
}

const idOf = (params: { readonly id: number }): TagId => asId<"Tag">(params.id);
const list = { path: "/api/inventory/tags/", view: "tags" } as const;
const one = { path: "/api/inventory/tags/:id/", view: "tag" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** List, create, read, update, delete. */
export const tagEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listTags",
    access: "inventory.view_tag",
    summary: "Tag List",
    query: Query,
    response: oneAnswer,
    list: "array",
    handle: async (_, op, { query }) => (await listTags(op.tx, query)).map(view),
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createTag",
    access: "inventory.add_tag",
    summary: "Tag List",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body }) => view(await createTag(op, inputOf(body))),
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "readTag",
    access: "inventory.view_tag",
    summary: "Tag Detail",
    response: oneAnswer,
    handle: async (_, op, { params }) => {
      const tag = await findTag(op.tx, idOf(params));
      if (tag === null) throw new OperationRefused(tagUnknown);
      return view(tag);
    },
  }),
  writeEndpoint({
    ...one,
    method: "PUT",
    operationId: "updateTag",
    access: "inventory.change_tag",
    summary: "Tag Detail",
    body: Body,
    response: oneAnswer,
    handle: async (_, op, { params, body }) => view(await updateTag(op, idOf(params), inputOf(body))),
  }),
  writeEndpoint({
    ...one,
    method: "DELETE",
    operationId: "deleteTag",
    access: "inventory.delete_tag",
    summary: "Tag Detail",
    response: { status: 204, schema: null },
    handle: async (deps, op, { params }) => deleteTag(op, deps, idOf(params)),
  }),
];
