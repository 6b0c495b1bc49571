/**
 * The operators' door. The order of answers is fixed (http-api 1.5): path 404, 406, 401, 403, 405, unknown
 * object 404, 415 and parse errors, validation. Everything up to 405 is decided before the body is read.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import type { ListMode } from "../config.ts";
import { OperationRefused } from "../errors.ts";
import { type Actor, type OperationSource, operate, readOperation } from "../operation.ts";
import {
  type PathEndpoints,
  accessFor,
  allowedMethods,
  endpointFor,
  isLockedOut,
  isPublic,
  mayAccess,
} from "./api-access.ts";
import type { AnswerCheck } from "./answer-check.ts";
import {
  type Authenticate,
  type Caller,
  type Credentials,
  isCsrfFailed,
  isUnauthenticated,
} from "./authenticate.ts";
import type { BoundEndpoint, EndpointInput, Keyset, Page, PathParameters } from "./endpoint.ts";
import { FileAnswer } from "./file-answer.ts";
import { fieldOf } from "./field-shape.ts";
import { HeadedAnswer } from "./headed-answer.ts";
import { parseJsonBody, sendJson } from "./json-body.ts";
import { describeFields } from "./options-metadata.ts";
import { everything, isBareList, keysetEnvelope, pageEnvelope, parsePage } from "./pagination.ts";
import * as problems from "./problem.ts";
import type { Problem } from "./problem.ts";
import { readQuery } from "./read-query.ts";
import { StreamAnswer } from "./stream-answer.ts";
import { type Peer, type PeerReader, requestOrigin } from "./trusted-proxy.ts";
import { type InputValidator, createAjv, createInputValidator } from "./validate-input.ts";
import { openUpload, type Upload } from "./upload.ts";
import { integerMax } from "./wire-fields.ts";

/** Largest API body: profiles and data assets come inline (http-api 1.8 asks for 10 MiB at least). */
export const apiBodyBytesMax = 16 * 1024 * 1024;

export type ApiDoor = {
  readonly source: OperationSource;
  readonly authenticate: Authenticate;
  readonly readPeer: PeerReader;
  readonly baseUrl: URL | null;
  /** How the lists of `bareListPaths` are answered (http-api 1.16, trap 1). */
  readonly listMode: ListMode;
  readonly bareListPaths: ReadonlySet<string>;
  /** Holds answers to their schemas; null outside tests. */
  readonly checkAnswer: AnswerCheck | null;
};

/** What is known of a request before its body is read. */
type Admission = {
  readonly caller: Caller | null;
  readonly credentials: Credentials;
  readonly actor: Actor;
  /** Null for OPTIONS. */
  readonly endpoint: BoundEndpoint | null;
  readonly params: PathParameters;
  readonly query: URLSearchParams;
  readonly url: URL;
  readonly contentType: string | undefined;
};

type ApiPath = {
  readonly path: string;
  readonly endpoints: PathEndpoints;
  readonly allow: string;
  /** The endpoint that reads the object named in the path, to tell an unknown one from bad input. */
  readonly lookup: BoundEndpoint | null;
  readonly validators: ReadonlyMap<BoundEndpoint, InputValidator>;
};

type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Serves the endpoints, one all-methods route per path. */
export function serveApi(app: FastifyInstance, endpoints: readonly BoundEndpoint[], door: ApiDoor): void {
  for (const apiPath of apiPaths(endpoints)) {
    if (!isUploadPath(apiPath)) serveApiPath(app, apiPath, door);
    else {
      // A context of its own, where bodies are left to be read as they arrive.
      app.register(async (context) => {
        context.removeAllContentTypeParsers();
        context.addContentTypeParser("*", (_request, _body, done) => done(null));
        serveApiPath(context, apiPath, door);
      });
    }
  }
}

function isUploadPath({ endpoints }: ApiPath): boolean {
  return [...endpoints.values()].some(({ isUpload }) => isUpload === true);
}

function serveApiPath(app: FastifyInstance, apiPath: ApiPath, door: ApiDoor): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  app.route({
    method: [...app.supportedMethods],
    url: apiPath.path,
    bodyLimit: apiBodyBytesMax,
    config: { isUpload: isUploadPath(apiPath) },
    onRequest: async (request, reply) => {
      const admitted = await admit(door, apiPath, request);
      if ("status" in admitted) return send(reply, admitted, apiPath.allow);
      admissions.set(request, admitted);
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request);
      if (admission === undefined) throw new Error("A request reached its handler without admission");
      return send(reply, await answer(door, apiPath, { request, admission }), apiPath.allow);
    },
    errorHandler: (error, request, reply) => {
      void send(reply, problemOfError(door, error, request), apiPath.allow);
    },
    onResponse: async (request, reply) => {
      const { caller = null } = admissions.get(request) ?? {};
      logRequest(door, { request, reply, account: caller?.name ?? null });
    },
  });
}

function logRequest(
  door: ApiDoor,
  { request, reply, account }: { request: FastifyRequest; reply: FastifyReply; account: string | null },
): void {
  const path = request.url.split("?")[0];
  const milliseconds = Math.round(reply.elapsedTime);
  const { method, id: requestId } = request;
  door.source.log.info(
    { requestId, method, path, status: reply.statusCode, milliseconds, account },
    "API request",
  );
}

function apiPaths(endpoints: readonly BoundEndpoint[]): ApiPath[] {
  const ajv = createAjv();
  const byPath = Map.groupBy(endpoints, ({ path }) => path);
  const operationIds = new Set(endpoints.map(({ operationId }) => operationId));
  if (operationIds.size < endpoints.length) throw new TypeError("Two endpoints have the same operationId");
  return [...byPath].map(([path, own]) => {
    if (!/^\/api\/([a-z0-9_]+\/|:id\/|:uuid\/|:key\/)+$/.test(path))
      throw new TypeError(`Not a path of the API: "${path}"`);
    const byMethod: PathEndpoints = new Map(own.map((endpoint) => [endpoint.method, endpoint]));
    if (byMethod.size < own.length) throw new TypeError(`Two endpoints have the same method on "${path}"`);
    const lookup = byPath
      .get(objectPath(path) ?? "")
      ?.find(({ method, mode }) => method === "GET" && mode === "read");
    const validators = own.flatMap((endpoint) =>
      endpoint.body === undefined ? [] : [[endpoint, createInputValidator(ajv, endpoint.body)] as const],
    );
    return {
      path,
      endpoints: byMethod,
      allow: allowedMethods(byMethod),
      lookup: lookup ?? null,
      validators: new Map(validators),
    };
  });
}

/** The path of the object that a path is about: `/api/mdm/devices/:id/` of `/api/mdm/devices/:id/lock/`. */
function objectPath(path: string): string | null {
  return /^.*\/:(?:id|uuid|key)\//.exec(path)?.[0] ?? null;
}

async function admit(door: ApiDoor, apiPath: ApiPath, request: FastifyRequest): Promise<Admission | Problem> {
  const params = request.params as Readonly<Record<string, string>>;
  if (!areKeys(params)) return problems.notFoundProblem;
  if (!acceptsAnswer(request.headers.accept, apiPath)) return problems.notAcceptableProblem;
  const access = accessFor(apiPath.endpoints, request.method);
  const visit = visitOf(door, request);
  const caller = isPublic(access) ? null : await door.authenticate(visit.credentials);
  if (caller !== null && isUnauthenticated(caller)) return problems.unauthenticatedProblem(caller.detail);
  if (caller !== null && isCsrfFailed(caller)) return problems.csrfProblem(caller.detail);
  if (caller !== null && isLockedOut(caller, access)) return problems.passwordChangeProblem;
  if (caller !== null && !mayAccess(caller, access)) return problems.forbiddenProblem;
  const endpoint = endpointFor(apiPath.endpoints, request.method);
  if (endpoint === null && request.method !== "OPTIONS")
    return problems.methodNotAllowedProblem(request.method);
  if (Number(params["id"] ?? 0) > integerMax) return problems.notFoundProblem;
  return admission(request, { ...visit, caller, endpoint });
}

/** Where a request comes from, and what it says of its caller. */
type Visit = { readonly peer: Peer; readonly url: URL; readonly credentials: Credentials };

function visitOf(door: ApiDoor, request: FastifyRequest): Visit {
  const peer = door.readPeer(request.raw);
  const url = new URL(requestOrigin(request.raw, peer, door.baseUrl));
  // A request line may name a server too (RFC 9112, section 3.2.2): who we are is not for the client to say.
  const asked = new URL(request.url, url);
  url.pathname = asked.pathname;
  url.search = asked.search;
  const { authorization, cookie, origin } = request.headers;
  const credentials = {
    authorization,
    cookie,
    origin,
    csrfToken: textHeader(request, "x-csrftoken"),
    fetchSite: textHeader(request, "sec-fetch-site"),
    method: request.method,
    ownOrigin: url.origin,
  };
  return { peer, url, credentials };
}

/** Headers that are not known to be single are joined by Node; an array never counts. */
function textHeader({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function admission(
  request: FastifyRequest,
  {
    peer,
    url,
    credentials,
    caller,
    endpoint,
  }: Visit & { readonly caller: Caller | null; readonly endpoint: BoundEndpoint | null },
): Admission {
  const { id, uuid, key } = request.params as Readonly<Record<string, string>>;
  const contentType = request.headers["content-type"];
  // The framework must not judge content types: it would answer before us, with its own words.
  delete request.raw.headers["content-type"];
  return {
    caller,
    credentials,
    endpoint,
    actor: {
      kind: caller?.kind ?? "user",
      id: caller?.id ?? null,
      name: caller?.name ?? null,
      account: caller?.account ?? null,
      requestId: request.id,
      request: {
        ip: peer.ip,
        userAgent: request.headers["user-agent"] ?? null,
        method: request.method,
        path: url.pathname,
        view: endpoint === null ? null : viewName(endpoint),
      },
    },
    params: { id: Number(id ?? 0), uuid: uuid ?? "", key: key ?? "" },
    query: url.searchParams,
    url,
    contentType,
  };
}

/** Zentral's view name: `mdm_api:block_enrolled_device`. */
function viewName({ path, view }: BoundEndpoint): string {
  return `${path.split("/")[2] ?? ""}_api:${view}`;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function areKeys({ id, uuid }: Readonly<Record<string, string>>): boolean {
  return (id === undefined || /^\d+$/.test(id)) && (uuid === undefined || uuidPattern.test(uuid));
}

function acceptsAnswer(accept: string | undefined, { endpoints }: ApiPath): boolean {
  if (accept === undefined || accept.trim() === "") return true;
  const types = [
    "application/json",
    ...[...endpoints.values()].flatMap(({ response }) => response.contentType ?? []),
  ];
  return accept.split(",").some((range) => {
    const wanted = (range.split(";")[0] ?? "").trim().toLowerCase();
    return types.some((type) => wanted === type || wanted === "*/*" || wanted === `${type.split("/")[0]}/*`);
  });
}

type Call = { readonly request: FastifyRequest; readonly admission: Admission };

async function answer(door: ApiDoor, apiPath: ApiPath, call: Call): Promise<Answer> {
  const { endpoint, query } = call.admission;
  if (endpoint === null) return answerOptions(door, apiPath, call.admission);
  const filters = readQuery(endpoint.query, query);
  if ("errors" in filters) return { status: 400, body: filters.errors };
  const run = { endpoint, admission: call.admission, query: filters.value };
  if (endpoint.isUpload === true) {
    const upload = await openUpload(call.request.raw, call.admission.contentType);
    return "problem" in upload ? upload.problem : runEndpoint(door, { ...run, body: undefined, upload });
  }
  const body = readBody(apiPath, endpoint, call);
  if ("problem" in body) {
    return (await refuseUnknownObject(door, apiPath, call.admission)) ?? body.problem;
  }
  return runEndpoint(door, { ...run, body: body.value, upload: null });
}

function readBody(
  { validators }: ApiPath,
  endpoint: BoundEndpoint,
  { request, admission: { contentType } }: Call,
): { readonly value: unknown } | { readonly problem: Problem } {
  const validate = validators.get(endpoint);
  if (validate === undefined) return { value: undefined };
  const parsed = parseJsonBody(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), contentType);
  if ("problem" in parsed) return parsed;
  const input = validate(parsed.value);
  return input.isValid ? { value: input.value } : { problem: { status: 400, body: input.errors } };
}

/** The 404 of an object that does not exist, which is said before anything about the body; else null. */
async function refuseUnknownObject(
  door: ApiDoor,
  { lookup }: ApiPath,
  { actor, params, caller, credentials }: Admission,
): Promise<Problem | null> {
  if (lookup === null || lookup.mode !== "read") return null;
  try {
    const op = readOperation(door.source, actor);
    await lookup.run(op, { params, query: {}, body: undefined, page: everything, caller, credentials });
    return null;
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return error.refusal.kind === "not_found" ? problems.problemOf([error.refusal]) : null;
  }
}

async function runEndpoint(
  door: ApiDoor,
  run: {
    endpoint: BoundEndpoint;
    admission: Admission;
    query: unknown;
    body: unknown;
    upload: Upload | null;
  },
): Promise<Answer> {
  const {
    endpoint,
    admission: { actor, params, query, url, caller, credentials },
  } = run;
  const isBare =
    door.bareListPaths.has(endpoint.path) && isBareList(door.listMode, actor.request?.userAgent ?? undefined);
  const isPaged = endpoint.list === "envelope" && !isBare;
  const page = isPaged || endpoint.list === "keyset" ? parsePage(query) : everything;
  const input: EndpointInput<unknown, unknown> = {
    params,
    query: run.query,
    body: run.body,
    page,
    caller,
    credentials,
  };
  const answered =
    endpoint.mode === "read"
      ? await endpoint.run(readOperation(door.source, actor), input)
      : await runWrite(door, endpoint, { actor, input, upload: run.upload });
  const { body: result, headers = {} } = answered instanceof HeadedAnswer ? answered : { body: answered };
  if (door.checkAnswer !== null) checkRows(door.checkAnswer, endpoint, result);
  const { status } = endpoint.response;
  if (endpoint.list === "keyset") {
    return { status, body: keysetEnvelope(result as Keyset<unknown>, page.limit, url) };
  }
  if (endpoint.list !== "envelope") return { status, body: result, headers };
  // The list kind says what the handler returns; the types of bound endpoints cannot.
  const rows = result as Page<unknown>;
  return { status, body: isPaged ? pageEnvelope(rows, page, url) : rows.rows };
}

type Write = {
  readonly actor: Actor;
  readonly input: EndpointInput<unknown, unknown>;
  readonly upload: Upload | null;
};

/** Prepares without a transaction, then writes in one. */
async function runWrite(
  door: ApiDoor,
  { prepare, run }: Extract<BoundEndpoint, { readonly mode: "write" }>,
  { actor, input, upload }: Write,
): Promise<unknown> {
  const prepared =
    prepare === null ? undefined : await prepare(readOperation(door.source, actor), { ...input, upload });
  return operate(door.source, actor, (op) => run(op, { ...input, prepared }));
}

function checkRows(check: AnswerCheck, endpoint: BoundEndpoint, result: unknown): void {
  if (endpoint.list === undefined) return check(endpoint, result);
  const rows =
    endpoint.list === "array"
      ? (result as readonly unknown[])
      : (result as Page<unknown> | Keyset<unknown>).rows;
  for (const row of rows) check(endpoint, row);
}

async function answerOptions(door: ApiDoor, apiPath: ApiPath, admission: Admission): Promise<Answer> {
  const reference = apiPath.endpoints.get("GET") ?? [...apiPath.endpoints.values()][0];
  const fields: Record<string, unknown> = {};
  for (const method of ["POST", "PUT"] as const) {
    const endpoint = apiPath.endpoints.get(method);
    if (endpoint?.body === undefined || !mayUse(admission.caller, endpoint)) continue;
    if (method === "PUT" && (await refuseUnknownObject(door, apiPath, admission)) !== null) continue;
    fields[method] = describeFields(endpoint.body, answerSchema(endpoint));
  }
  const body = {
    name: reference?.summary ?? "",
    description: reference?.description ?? "",
    renders: ["application/json"],
    parses: ["application/json"],
    ...(Object.keys(fields).length > 0 ? { actions: fields } : {}),
  };
  return { status: 200, body };
}

function mayUse(caller: Caller | null, endpoint: BoundEndpoint): boolean {
  return caller === null ? isPublic(endpoint.access) : mayAccess(caller, endpoint.access);
}

function answerSchema({ response: { schema } }: BoundEndpoint): TSchema | null {
  return schema !== null && fieldOf(schema).shape.kind === "object" ? schema : null;
}

function problemOfError(door: ApiDoor, error: unknown, request: FastifyRequest): Problem {
  if (error instanceof OperationRefused) {
    const [leading = error.refusal, ...further] = error.refusals;
    return problems.problemOf([leading, ...further]);
  }
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return problems.bodyTooLargeProblem(apiBodyBytesMax);
  if (typeof code === "string" && code.startsWith("FST_") && statusCode === 400)
    return problems.malformedRequestProblem;
  const { method, id: requestId } = request;
  door.source.log.error(
    { err: error, requestId, method, path: request.url.split("?")[0] },
    "API request failed",
  );
  return problems.serverErrorProblem;
}

/** Headers of every API answer (http-api 1.13). */
export const apiHeaders = {
  vary: "Accept",
  "cache-control": "max-age=0, no-cache, no-store, must-revalidate, private",
  "x-content-type-options": "nosniff",
} as const;

function asFile(
  reply: FastifyReply,
  { contentType, filename }: { readonly contentType: string; readonly filename: string | null },
): FastifyReply {
  reply.header("content-type", contentType);
  if (filename === null) return reply;
  const name = filename.replace(/[^A-Za-z0-9._ -]/g, "_");
  return reply.header("content-disposition", `attachment; filename="${name}"`);
}

async function send(
  reply: FastifyReply,
  { status, body, headers = {} }: Answer,
  allow: string,
): Promise<FastifyReply> {
  reply.code(status).headers({ ...apiHeaders, allow, ...headers });
  if (body instanceof FileAnswer) return asFile(reply, body).send(body.bytes);
  if (body instanceof StreamAnswer) {
    if (reply.request.method !== "HEAD") return asFile(reply, body).send(body.stream);
    body.stream.destroy();
    return asFile(reply, body).send();
  }
  if (status === 204 || (body === undefined && status < 300)) return reply.send();
  return sendJson(reply, body ?? null);
}
