/** Answers an admitted API request: its query, its body, its endpoint, and the pages of what that says. */
import type { FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import type { ListMode } from "../config.ts";
import { OperationRefused } from "../errors.ts";
import { type Actor, type OperationSource, operate, readOperation } from "../operation.ts";
import { isPublic, mayAccess } from "./api-access.ts";
import type { Admission } from "./api-admission.ts";
import type { ApiPath } from "./api-path.ts";
import type { AnswerCheck } from "./answer-check.ts";
import type { Caller } from "./authenticate.ts";
import type { BoundEndpoint, EndpointInput, Keyset, Page } from "./endpoint.ts";
import { fieldOf } from "./field-shape.ts";
import { HeadedAnswer } from "./headed-answer.ts";
import { parseJsonBody } from "./json-body.ts";
import { describeFields } from "./options-metadata.ts";
import { everything, isBareList, keysetEnvelope, pageEnvelope, parsePage } from "./pagination.ts";
import * as problems from "./problem.ts";
import type { Problem } from "./problem.ts";
import { readQuery } from "./read-query.ts";
import { openUpload, type Upload } from "./upload.ts";

export type CallDeps = {
  readonly source: OperationSource;
  /** How the lists of `bareListPaths` are answered (http-api 1.16, trap 1). */
  readonly listMode: ListMode;
  readonly bareListPaths: ReadonlySet<string>;
  /** Holds answers to their schemas; null outside tests. */
  readonly checkAnswer: AnswerCheck | null;
};

export type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Call = { readonly request: FastifyRequest; readonly admission: Admission };

/** Answers a call. @throws {OperationRefused} What the operation refuses, and whatever else is thrown within. */
export async function answer(door: CallDeps, apiPath: ApiPath, call: Call): Promise<Answer> {
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
  door: CallDeps,
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
  door: CallDeps,
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
  door: CallDeps,
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

async function answerOptions(door: CallDeps, apiPath: ApiPath, admission: Admission): Promise<Answer> {
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
