/**
 * The OpenAPI document of an endpoint table. It is committed, so its order is fixed: paths sorted, methods as
 * served.
 */
import type { TSchema } from "typebox";
import { codenamesOf, isForSessions, isPublic } from "./api-access.ts";
import type { BoundEndpoint, Method } from "./endpoint.ts";
import { fieldOf } from "./field-shape.ts";
import { documentedAsKeyword } from "./wire-fields.ts";
import { pageLimitDefault, pageLimitMax } from "./pagination.ts";

type Json = { readonly [name: string]: unknown };

/** What a table alone cannot say. */
export type ApiDescription = {
  readonly title: string;
  readonly version: string;
  readonly description: string;
};

const methodOrder: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];

/** Describes endpoints as an OpenAPI 3.1 document, ready for `JSON.stringify`. */
export function describeApi(endpoints: readonly BoundEndpoint[], description: ApiDescription): Json {
  const byPath = [...Map.groupBy(endpoints, ({ path }) => path)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    openapi: "3.1.0",
    info: { ...description },
    security: [{ token: [] }, { session: [] }],
    tags: [...new Set(endpoints.map(tagOf))].sort().map((name) => ({ name })),
    paths: Object.fromEntries(byPath.map(([path, own]) => [templateOf(path), pathItem(own)])),
    components: { securitySchemes, responses: sharedResponses, schemas: sharedSchemas },
  };
}

const securitySchemes = {
  token: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "The word `Token`, a space, and an API token.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-pomona_session",
    description:
      "A console session, begun by `POST /api/session/`. Methods that change something also take the header " +
      "`X-CSRFToken` with the `csrf_token` of `GET /api/session/`. On plain HTTP the name has no `__Host-`.",
  },
};

const sharedSchemas = {
  Detail: { type: "object", required: ["detail"], properties: { detail: { type: "string" } } },
  Problem: {
    description:
      "Field names to arrays of texts, nested as the input is, with `non_field_errors` for the input as a " +
      "whole; or one `detail`; or, for what cannot be deleted or changed, an array of one text.",
    anyOf: [{ type: "object" }, { type: "array", items: { type: "string" } }],
  },
};

const sharedResponses = {
  invalid: sharedResponse("The input is refused", "Problem"),
  unauthenticated: sharedResponse("No valid token", "Detail"),
  forbidden: sharedResponse("A permission is missing", "Detail"),
  unknown: sharedResponse("There is no such object", "Detail"),
};

function sharedResponse(description: string, schema: string): Json {
  return { description, content: jsonContent({ $ref: `#/components/schemas/${schema}` }) };
}

function jsonContent(schema: unknown): Json {
  return { "application/json": { schema } };
}

/** `/api/mdm/devices/:id/` as a template. */
function templateOf(path: string): string {
  return path.replace(/:([a-z]+)/g, "{$1}");
}

/** The third part of the path, `devices` of `/api/mdm/devices/:id/lock/`, in words; the second without such a part. */
function tagOf({ path }: BoundEndpoint): string {
  const [, , second = "", third = ""] = path.split("/");
  return (third === "" || third.startsWith(":") ? second : third).replaceAll("_", " ");
}

function pathItem(endpoints: readonly BoundEndpoint[]): Json {
  const sorted = endpoints.toSorted((a, b) => methodOrder.indexOf(a.method) - methodOrder.indexOf(b.method));
  return Object.fromEntries(
    sorted.map((endpoint) => [endpoint.method.toLowerCase(), operationObject(endpoint)]),
  );
}

function operationObject(endpoint: BoundEndpoint): Json {
  const parameters = [...pathParameters(endpoint.path), ...queryParameters(endpoint)];
  const permissions = codenamesOf(endpoint.access);
  return {
    operationId: endpoint.operationId,
    tags: [tagOf(endpoint)],
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    ...securityOf(endpoint),
    ...(permissions.length > 0 ? { "x-permissions": permissions } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.isUpload === true ? { requestBody: uploadBody } : {}),
    ...(endpoint.body === undefined
      ? {}
      : { requestBody: { required: true, content: jsonContent(plain(endpoint.body)) } }),
    responses: responsesOf(endpoint),
  };
}

function securityOf({ access }: BoundEndpoint): Json {
  if (isPublic(access)) return { security: [] };
  return isForSessions(access) ? { security: [{ session: [] }] } : {};
}

const uploadBody: Json = {
  required: true,
  content: {
    "multipart/form-data": {
      schema: {
        type: "object",
        required: ["file"],
        properties: { file: { type: "string", contentMediaType: "application/octet-stream" } },
      },
    },
  },
};

const pathSchemas: Readonly<Record<string, Json>> = {
  id: { type: "integer", minimum: 0 },
  uuid: { type: "string", format: "uuid" },
  key: { type: "string" },
};

function pathParameters(path: string): Json[] {
  const names = path.match(/(?<=:)(id|uuid|key)(?=\/)/g) ?? [];
  return names.map((name) => ({
    name,
    in: "path",
    required: true,
    schema: pathSchemas[name] ?? {},
  }));
}

function queryParameters({ query, list }: BoundEndpoint): Json[] {
  const shape = query === undefined ? null : fieldOf(query).shape;
  const own = Object.entries(shape?.kind === "object" ? shape.properties : {}).map(([name, schema]) => {
    const { description, ...rest } = plain(schema);
    return { name, in: "query", ...(description === undefined ? {} : { description }), schema: rest };
  });
  if (list === "keyset") return [...own, limitParameter];
  return list === "envelope" ? [...own, ...pageParameters] : own;
}

const limitParameter: Json = {
  name: "limit",
  in: "query",
  schema: { type: "integer", minimum: 1, maximum: pageLimitMax, default: pageLimitDefault },
};
const pageParameters: readonly Json[] = [
  limitParameter,
  { name: "offset", in: "query", schema: { type: "integer", minimum: 0, default: 0 } },
];

function responsesOf(endpoint: BoundEndpoint): Json {
  const { access, body, path, query, response, mode } = endpoint;
  const reference = (name: keyof typeof sharedResponses): Json => ({
    $ref: `#/components/responses/${name}`,
  });
  const canBeInvalid = body !== undefined || query !== undefined || mode === "write";
  return {
    [response.status]: answerObject(endpoint),
    ...(canBeInvalid ? { 400: reference("invalid") } : {}),
    ...(isPublic(access) ? {} : { 401: reference("unauthenticated") }),
    ...(codenamesOf(access).length > 0 || isForSessions(access) ? { 403: reference("forbidden") } : {}),
    ...(path.includes(":") ? { 404: reference("unknown") } : {}),
  };
}

function answerObject({ response, list, mayCountLess }: BoundEndpoint): Json {
  const { contentType, schema, status } = response;
  if (contentType !== undefined) {
    return {
      description: "The file",
      content: { [contentType]: { schema: { type: "string", format: "binary" } } },
    };
  }
  if (status === 204) return { description: "Done" };
  if (list === undefined)
    return { description: "Done", content: jsonContent(schema === null ? {} : plain(schema)) };
  const rows = { type: "array", items: schema === null ? {} : plain(rowSchema(schema)) };
  if (list === "array") return { description: "Done", content: jsonContent(rows) };
  const envelope = envelopeOf(rows, list);
  if (mayCountLess === true) Object.assign(envelope["properties"] as Json, countIsMinimum);
  return { description: "Done", content: jsonContent(envelope) };
}

const countIsMinimum: Json = {
  count_is_minimum: {
    type: "boolean",
    description:
      "True when there are more than `count`, which were not counted; absent when `count` is exact",
  },
};

function envelopeOf(rows: Json, list: "envelope" | "keyset"): Json {
  const link = { anyOf: [{ type: "string", format: "uri" }, { type: "null" }] };
  const count: Json = list === "envelope" ? { count: { type: "integer" } } : {};
  const properties: Json = { ...count, next: link, previous: link, results: rows };
  return { type: "object", required: Object.keys(properties), properties };
}

/** A list endpoint may give the schema of one row or of them all. */
function rowSchema(schema: TSchema): TSchema {
  const { shape } = fieldOf(schema);
  return shape.kind === "list" ? shape.items : schema;
}

/** A schema as JSON has it, without what the library keeps for itself. */
function plain(schema: TSchema): Json {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => documentedAs(value)) as Json;
}

function documentedAs(value: unknown): unknown {
  return typeof value === "object" && value !== null && documentedAsKeyword in value
    ? value[documentedAsKeyword]
    : value;
}
