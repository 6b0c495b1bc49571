/**
 * The operators' door. The order of answers is fixed (http-api 1.5): path 404, 406, 401, 403, 405, unknown
 * object 404, 415 and parse errors, validation. Everything up to 405 is decided before the body is read.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { OperationRefused } from "../errors.ts";
import { type Admission, type AdmissionDeps, admit } from "./api-admission.ts";
import { type CallDeps, answer } from "./api-call.ts";
import { type ApiPath, apiPaths, isUploadPath } from "./api-path.ts";
import { sendReply } from "./api-reply.ts";
import type { BoundEndpoint } from "./endpoint.ts";
import * as problems from "./problem.ts";
import type { Problem } from "./problem.ts";

/** Largest API body: profiles and data assets come inline (http-api 1.8 asks for 10 MiB at least). */
export const apiBodyBytesMax = 16 * 1024 * 1024;

export type ApiDoor = AdmissionDeps & CallDeps;

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

function serveApiPath(app: FastifyInstance, apiPath: ApiPath, door: ApiDoor): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  app.route({
    method: [...app.supportedMethods],
    url: apiPath.path,
    bodyLimit: apiBodyBytesMax,
    config: { isUpload: isUploadPath(apiPath) },
    onRequest: async (request, reply) => {
      const admitted = await admit(door, apiPath, request);
      if ("status" in admitted) return sendReply(reply, admitted, apiPath.allow);
      admissions.set(request, admitted);
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request);
      if (admission === undefined) throw new Error("A request reached its handler without admission");
      return sendReply(reply, await answer(door, apiPath, { request, admission }), apiPath.allow);
    },
    errorHandler: (error, request, reply) => {
      void sendReply(reply, problemOfError(door, error, request), apiPath.allow);
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
