/** The console's door to saved views. For sessions alone: programs have their own places for what they ask. */
import { type Static, type TSchema, Type } from "typebox";
import { invariant } from "#platform/errors.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import {
  type SavedView,
  type SavedViewId,
  type SavedViewInput,
  savedViewColumnsMax,
  savedViewNameCharactersMax,
  savedViewPagePattern,
  savedViewQueryCharactersMax,
} from "./saved-view.ts";
import {
  changeSavedView,
  createSavedView,
  deleteSavedView,
  requireVisibleView,
} from "./saved-view-operations.ts";
import { listSavedViews } from "./saved-view-store.ts";

const Query = Type.Object({
  page: Type.Optional(Type.String({ description: "Views of this list alone, such as `devices`" })),
});

const Body = Type.Object({
  page: Type.String({ pattern: savedViewPagePattern, description: "The list it is of, such as `devices`" }),
  name: Type.String({ minLength: 1, maxLength: savedViewNameCharactersMax }),
  query: Type.String({
    maxLength: savedViewQueryCharactersMax,
    description: "Search, filters and order: what the page's address has behind the question mark",
  }),
  columns: Type.Optional(
    nullable(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: savedViewColumnsMax })),
  ),
  is_shared: Type.Optional(Type.Boolean({ description: "Others see it too; false by default" })),
});

const View = Type.Object({
  id: Type.String({ format: "uuid" }),
  page: Type.String(),
  name: Type.String(),
  query: Type.String(),
  columns: nullable(Type.Array(Type.String())),
  is_shared: Type.Boolean(),
  is_own: Type.Boolean(),
  owner: Type.String({ description: "The user name of whoever made it" }),
  created_at: timestamp(),
  updated_at: timestamp(),
});

function view(row: SavedView, accountId: number): Static<typeof View> {
  return {
    id: row.id,
    page: row.page,
    name: row.name,
    query: row.query,
    columns: row.columns === null ? null : [...row.columns],
    is_shared: row.isShared,
    is_own: row.accountId === accountId,
    owner: row.accountName,
    created_at: wireTime(row.createdAt),
    updated_at: wireTime(row.updatedAt),
  };
}

function accountOf(caller: Caller | null): number {
  invariant(caller?.session !== undefined, "These endpoints are for sessions alone");
  return Number(caller.id);
}

function inputOf(body: Static<typeof Body>): SavedViewInput {
  const { page, name, query, columns = null, is_shared: isShared = false } = body;
  return { page, name, query, columns, isShared };
}

const idOf = ({ uuid }: { readonly uuid: string }): SavedViewId => asUuid<"SavedView">(uuid);
const access = { special: "session" } as const;
const list = { path: "/api/console/saved_views/", view: "saved_views", access } as const;
const one = { path: "/api/console/saved_views/:uuid/", view: "saved_view", access } as const;

/** Views of lists: the own ones, and those that others share. */
export const savedViewEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint<unknown, typeof Query>({
    ...list,
    method: "GET",
    operationId: "listSavedViews",
    summary: "Own and shared views of lists",
    query: Query,
    response: { status: 200, schema: Type.Array(View) },
    list: "array",
    handle: async (_, op, { query, caller }) => {
      const accountId = accountOf(caller);
      const rows = await listSavedViews(op.tx, { accountId, page: query.page ?? null });
      return rows.map((row) => view(row, accountId));
    },
  }),
  writeEndpoint<unknown, TSchema, typeof Body>({
    ...list,
    method: "POST",
    operationId: "createSavedView",
    summary: "Saves a view of a list",
    body: Body,
    response: { status: 201, schema: View },
    handle: async (_, op, { body, caller }) => {
      const accountId = accountOf(caller);
      return view(await createSavedView(op, accountId, inputOf(body)), accountId);
    },
  }),
  readEndpoint({
    ...one,
    method: "GET",
    operationId: "findSavedView",
    summary: "An own or shared view",
    response: { status: 200, schema: View },
    handle: async (_, op, { params, caller }) => {
      const accountId = accountOf(caller);
      return view(await requireVisibleView(op, accountId, idOf(params)), accountId);
    },
  }),
  writeEndpoint<unknown, TSchema, typeof Body>({
    ...one,
    method: "PUT",
    operationId: "updateSavedView",
    summary: "Changes an own view",
    body: Body,
    response: { status: 200, schema: View },
    handle: async (_, op, { params, body, caller }) => {
      const accountId = accountOf(caller);
      return view(await changeSavedView(op, accountId, { ...inputOf(body), id: idOf(params) }), accountId);
    },
  }),
  writeEndpoint({
    ...one,
    method: "DELETE",
    operationId: "deleteSavedView",
    summary: "Deletes an own view",
    response: { status: 204, schema: null },
    handle: async (_, op, { params, caller }) => deleteSavedView(op, accountOf(caller), idOf(params)),
  }),
];
