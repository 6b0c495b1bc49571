/** The operators' door to taxonomies (http-api 3.2). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignId, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asId } from "#platform/ids.ts";
import {
  type Taxonomy,
  type TaxonomyId,
  type TaxonomyInput,
  taxonomyNameCharactersMax,
  taxonomyUnknown,
} from "./taxonomy.ts";
import { createTaxonomy, deleteTaxonomy, updateTaxonomy } from "./taxonomy-operations.ts";
import { findTaxonomy, listTaxonomies } from "./taxonomy-store.ts";

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: taxonomyNameCharactersMax }),
  meta_business_unit: Type.Optional(nullable(foreignId())),
});

const View = Type.Object({
  id: Type.Integer(),
  meta_business_unit: nullable(Type.Integer()),
  name: Type.String(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(taxonomy: Taxonomy): Static<typeof View> {
  return {
    id: taxonomy.id,
    meta_business_unit: taxonomy.metaBusinessUnitId,
    name: taxonomy.name,
    created_at: wireTime(taxonomy.createdAt),
    updated_at: wireTime(taxonomy.updatedAt),
  };
}

function inputOf({ name, meta_business_unit: unit }: Static<typeof Body>): TaxonomyInput {
  if (unit === undefined) return { name };
  return { name, metaBusinessUnitId: unit === null ? null : asId<"MetaBusinessUnit">(unit) };
}

const idOf = (params: { readonly id: number }): TaxonomyId => asId<"Taxonomy">(params.id);
const list = { path: "/api/inventory/taxonomies/", view: "taxonomies" } as const;
const one = { path: "/api/inventory/taxonomies/:id/", view: "taxonomy" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** List, create, read, update, delete. */
export const taxonomyEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listTaxonomies",
    access: "inventory.view_taxonomy",
    summary: "Taxonomy List",
    query: Query,
    response: oneAnswer,
    list: "array",
    handle: async (_, op, { query }) => (await listTaxonomies(op.tx, query)).map(view),
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createTaxonomy",
    access: "inventory.add_taxonomy",
    summary: "Taxonomy List",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body }) => view(await createTaxonomy(op, inputOf(body))),
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "readTaxonomy",
    access: "inventory.view_taxonomy",
    summary: "Taxonomy Detail",
    response: oneAnswer,
    handle: async (_, op, { params }) => {
      const taxonomy = await findTaxonomy(op.tx, idOf(params));
      if (taxonomy === null) throw new OperationRefused(taxonomyUnknown);
      return view(taxonomy);
    },
  }),
  writeEndpoint({
    ...one,
    method: "PUT",
    operationId: "updateTaxonomy",
    access: "inventory.change_taxonomy",
    summary: "Taxonomy Detail",
    body: Body,
    response: oneAnswer,
    handle: async (_, op, { params, body }) => view(await updateTaxonomy(op, idOf(params), inputOf(body))),
  }),
  writeEndpoint({
    ...one,
    method: "DELETE",
    operationId: "deleteTaxonomy",
    access: "inventory.delete_taxonomy",
    summary: "Taxonomy Detail",
    response: { status: 204, schema: null },
    handle: async (deps, op, { params }) => deleteTaxonomy(op, deps, idOf(params)),
  }),
];
