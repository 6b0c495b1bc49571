/** The five endpoints that most resources have: list, create, read, change, delete. */
import { type Static, type TSchema, Type } from "typebox";
import type { Reader } from "../db/database.ts";
import { asUuid, type Uuid } from "../ids.ts";
import type { Operation, ReadOperation } from "../operation.ts";
import type { Page, PageRequest } from "../page.ts";
import { type Endpoint, type PathParameters, readEndpoint, writeEndpoint } from "./endpoint.ts";

/** The query of lists that are filtered by name. */
export const nameFilter = Type.Object({ name: Type.Optional(Type.String()) });

/** What a resource is called where. */
export type ResourceNames = {
  /** With both slashes. */
  readonly path: string;
  /** The reference's view names. */
  readonly views: { readonly list: string; readonly one: string };
  /** The codename without its verb: `garden.fruit` of `garden.view_fruit`. */
  readonly permission: string;
  /** Ends of the operations: `listFruits`, `createFruit`. */
  readonly operations: { readonly list: string; readonly one: string };
  /** In sentences: `a fruit`, `fruits`. */
  readonly words: { readonly list: string; readonly one: string };
};

/** What names one object in its path. */
export type ObjectKey<Key> = {
  readonly parameter: "id" | "uuid";
  readonly of: (params: PathParameters) => Key;
};

/** Objects that are numbered. */
export const numberKey: ObjectKey<number> = { parameter: "id", of: ({ id }) => id };

/** Objects that are named by a UUID of a kind. */
export function uuidKey<Kind extends string>(): ObjectKey<Uuid<Kind>> {
  return { parameter: "uuid", of: ({ uuid }) => asUuid<Kind>(uuid) };
}

export type Crud<Deps, Row, Input, Key, Filters extends TSchema = typeof nameFilter> = {
  readonly names: ResourceNames;
  readonly key: ObjectKey<Key>;
  /** What callers send; the operations take it under its names on the wire. */
  readonly body: TSchema;
  readonly answer: TSchema;
  readonly filters: Filters;
  readonly list: (reader: Reader, filter: Static<Filters>, page: PageRequest) => Promise<Page<Row>>;
  readonly find: (op: ReadOperation, id: Key) => Promise<Row>;
  readonly create: (op: Operation, deps: Deps, input: Input) => Promise<Row>;
  readonly update: (op: Operation, deps: Deps, change: { id: Key; input: Input }) => Promise<Row>;
  readonly remove: (op: Operation, deps: Deps, id: Key) => Promise<void>;
  readonly view: (deps: Deps, row: Row) => unknown;
};

/** Makes the endpoints of a resource. */
export function crudEndpoints<Deps, Row, Input, Key, Filters extends TSchema = typeof nameFilter>(
  crud: Crud<Deps, Row, Input, Key, Filters>,
): readonly Endpoint<Deps>[] {
  const { names, key, view } = crud;
  const list = { path: names.path, view: names.views.list };
  const one = { path: `${names.path}:${key.parameter}/`, view: names.views.one };
  const answered = { status: 200, schema: crud.answer } as const;
  const access = (verb: string): string => names.permission.replace(".", `.${verb}_`);
  // The door has validated the body against this resource's own schema.
  const inputOf = (body: unknown): Input => body as Input;
  return [
    readEndpoint<Deps, Filters>({
      ...list,
      method: "GET",
      operationId: `list${names.operations.list}`,
      access: access("view"),
      summary: `Lists ${names.words.list}`,
      query: crud.filters,
      response: answered,
      list: "envelope",
      handle: async (deps, op, { query, page }) => {
        const { count, rows } = await crud.list(op.tx, query, page);
        return { count, rows: rows.map((row) => view(deps, row)) };
      },
    }),
    writeEndpoint<Deps>({
      ...list,
      method: "POST",
      operationId: `create${names.operations.one}`,
      access: access("add"),
      summary: `Creates ${names.words.one}`,
      body: crud.body,
      response: { status: 201, schema: crud.answer },
      handle: async (deps, op, { body }) => view(deps, await crud.create(op, deps, inputOf(body))),
    }),
    readEndpoint<Deps>({
      ...one,
      method: "GET",
      operationId: `find${names.operations.one}`,
      access: access("view"),
      summary: `Shows ${names.words.one}`,
      response: answered,
      handle: async (deps, op, { params }) => view(deps, await crud.find(op, key.of(params))),
    }),
    writeEndpoint<Deps>({
      ...one,
      method: "PUT",
      operationId: `update${names.operations.one}`,
      access: access("change"),
      summary: `Changes ${names.words.one}`,
      body: crud.body,
      response: answered,
      handle: async (deps, op, { params, body }) =>
        view(deps, await crud.update(op, deps, { id: key.of(params), input: inputOf(body) })),
    }),
    writeEndpoint<Deps>({
      ...one,
      method: "DELETE",
      operationId: `delete${names.operations.one}`,
      access: access("delete"),
      summary: `Deletes ${names.words.one} that nothing uses`,
      response: { status: 204, schema: null },
      handle: (deps, op, { params }) => crud.remove(op, deps, key.of(params)),
    }),
  ];
}
