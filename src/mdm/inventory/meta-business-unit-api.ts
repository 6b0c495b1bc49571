/** The operators' door to meta business units (http-api 3.3). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asId } from "#platform/ids.ts";
import {
  type MetaBusinessUnit,
  type MetaBusinessUnitId,
  type MetaBusinessUnitInput,
  nameCharactersMax,
  unitUnknown,
} from "./meta-business-unit.ts";
import {
  createMetaBusinessUnit,
  deleteMetaBusinessUnit,
  updateMetaBusinessUnit,
} from "./meta-business-unit-operations.ts";
import { findMetaBusinessUnit, listMetaBusinessUnits } from "./meta-business-unit-store.ts";

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: nameCharactersMax }),
  api_enrollment_enabled: Type.Optional(Type.Boolean({ default: false })),
});

const View = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  api_enrollment_enabled: Type.Boolean(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

function view(unit: MetaBusinessUnit): Static<typeof View> {
  return {
    id: unit.id,
    name: unit.name,
    api_enrollment_enabled: unit.apiEnrollmentEnabled,
    created_at: wireTime(unit.createdAt),
    updated_at: wireTime(unit.updatedAt),
  };
}

function inputOf(body: Static<typeof Body>): MetaBusinessUnitInput {
  const { name, api_enrollment_enabled: apiEnrollmentEnabled } = body;
  return { name, ...(apiEnrollmentEnabled === undefined ? {} : { apiEnrollmentEnabled }) };
}

const idOf = (params: { readonly id: number }): MetaBusinessUnitId => asId<"MetaBusinessUnit">(params.id);

const list = { path: "/api/inventory/meta_business_units/", view: "meta_business_units" } as const;
const one = { path: "/api/inventory/meta_business_units/:id/", view: "meta_business_unit" } as const;
const oneAnswer = { status: 200, schema: View } as const;

/** List, create, read, update, delete. */
export const metaBusinessUnitEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    ...list,
    method: "GET",
    operationId: "listMetaBusinessUnits",
    access: "inventory.view_metabusinessunit",
    summary: "Meta Business Unit List",
    query: Query,
    response: oneAnswer,
    list: "array",
    handle: async (_, op, { query }) => {
      const filter = query.name === undefined ? {} : { name: query.name };
      return (await listMetaBusinessUnits(op.tx, filter)).map(view);
    },
  }),
  writeEndpoint({
    ...list,
    method: "POST",
    operationId: "createMetaBusinessUnit",
    access: "inventory.add_metabusinessunit",
    summary: "Meta Business Unit List",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body }) => view(await createMetaBusinessUnit(op, inputOf(body))),
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "readMetaBusinessUnit",
    access: "inventory.view_metabusinessunit",
    summary: "Meta Business Unit Detail",
    response: oneAnswer,
    handle: async (_, op, { params }) => {
      const unit = await findMetaBusinessUnit(op.tx, idOf(params));
      if (unit === null) throw new OperationRefused(unitUnknown);
      return view(unit);
    },
  }),
  writeEndpoint({
    ...one,
    method: "PUT",
    operationId: "updateMetaBusinessUnit",
    access: "inventory.change_metabusinessunit",
    summary: "Meta Business Unit Detail",
    body: Body,
    response: oneAnswer,
    handle: async (_, op, { params, body }) =>
      view(await updateMetaBusinessUnit(op, idOf(params), inputOf(body))),
  }),
  writeEndpoint({
    ...one,
    method: "DELETE",
    operationId: "deleteMetaBusinessUnit",
    access: "inventory.delete_metabusinessunit",
    summary: "Meta Business Unit Detail",
    response: { status: 204, schema: null },
    handle: async (_, op, { params }) => deleteMetaBusinessUnit(op, idOf(params)),
  }),
];
