/**
 * The devices' door: bytes in, bytes out. What an answer means to a device is decided by the route, never
 * here.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "../log.ts";
import type { BodyRefusal, RawFile, RawRequest, RawResponse, RawRoute } from "./raw-route.ts";
import type { PeerReader } from "./trusted-proxy.ts";

/** A download of which a client takes nothing for so long is ended: it holds a file and a connection. */
export const downloadIdleSecondsMax = 120;

/** One of so many good device requests is logged; failures of ours always are. */
export const deviceLogSampling = 100;

export type DeviceDoor = { readonly log: Logger; readonly readPeer: PeerReader };

/** Serves raw routes, one all-methods route per path. */
export function serveDevices(app: FastifyInstance, routes: readonly RawRoute[], door: DeviceDoor): void {
  const counter = { requests: 0 };
  for (const [path, own] of Map.groupBy(routes, (route) => route.path)) {
    const byMethod = new Map<string, RawRoute>(
      own.flatMap((route) => route.methods.map((method) => [method, route])),
    );
    const headers = new WeakMap<FastifyRequest, IncomingHttpHeaders>();
    app.route({
      method: [...app.supportedMethods],
      url: path,
      bodyLimit: Math.max(...own.map(({ bodyBytesMax }) => bodyBytesMax)),
      onRequest: async (request, reply) => {
        if (routeFor(byMethod, request.method) === null) {
          return send(reply, { status: 405, headers: { allow: [...byMethod.keys()].join(", ") } });
        }
        headers.set(request, { ...request.raw.headers });
        // Devices send any content type; the framework must not judge it.
        delete request.raw.headers["content-type"];
      },
      handler: async (request, reply) => {
        const route = routeFor(byMethod, request.method);
        const raw = rawRequest(door, request, headers.get(request) ?? request.raw.headers);
        if (route === null) return send(reply, { status: 400 });
        if (raw.body.length > route.bodyBytesMax) return refuseBody(reply, route, raw, bodyTooLarge);
        return send(reply, await route.handle(raw));
      },
      errorHandler: (error, request, reply) => {
        const refusal = refusalOfError(error);
        const route = routeFor(byMethod, request.method);
        if (refusal !== null && route !== null) {
          const raw = rawRequest(door, request, headers.get(request) ?? request.raw.headers);
          return void refuseBody(reply, route, raw, refusal);
        }
        door.log.error({ err: error, path, requestId: request.id }, "Device request failed");
        void send(reply, { status: 500 });
      },
      onResponse: async (request, reply) => {
        if (counter.requests++ % deviceLogSampling !== 0) return;
        const milliseconds = Math.round(reply.elapsedTime);
        const { method, id: requestId } = request;
        door.log.info(
          { requestId, method, path, status: reply.statusCode, milliseconds },
          "Device request (sampled)",
        );
      },
    });
  }
}

function routeFor(byMethod: ReadonlyMap<string, RawRoute>, method: string): RawRoute | null {
  return byMethod.get(method === "HEAD" ? "GET" : method) ?? null;
}

function rawRequest(door: DeviceDoor, request: FastifyRequest, headers: IncomingHttpHeaders): RawRequest {
  const peer = door.readPeer(request.raw);
  const [path = "", ...query] = request.url.split("?");
  return {
    method: request.method,
    path,
    params: request.params as Readonly<Record<string, string>>,
    query: new URLSearchParams(query.join("?")),
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    peerAddress: peer.address,
    isPeerTrusted: peer.isTrusted,
    ip: peer.ip,
    userAgent: headers["user-agent"] ?? null,
    requestId: request.id,
  };
}

/** Answers 400, and has the route record why: what a device did must be seen even where nobody read it. */
function refuseBody(
  reply: FastifyReply,
  route: RawRoute,
  raw: RawRequest,
  refusal: BodyRefusal,
): FastifyReply {
  route.recordRefusal?.({ ...raw, body: Buffer.alloc(0) }, refusal);
  return send(reply, { status: 400 });
}

const bodyTooLarge: BodyRefusal = { kind: "too_large", code: "body_too_large", detail: "body_too_large" };
const bodyIncomplete: BodyRefusal = { kind: "invalid", code: "body_incomplete", detail: "body_incomplete" };

/** What the framework says of a body; null for a fault of ours. */
function refusalOfError(error: unknown): BodyRefusal | null {
  const { code } = error as { readonly code?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return bodyTooLarge;
  // Shorter or longer than announced, or cut off with the connection.
  if (typeof code === "string" && code.startsWith("FST_ERR_CTP_")) return bodyIncomplete;
  return isCutOff(error) ? bodyIncomplete : null;
}

/** Node's name for a request whose connection ended before its body did; `ECONNRESET` alone may be the database's. */
function isCutOff(error: unknown): boolean {
  return (
    error instanceof Error && error.message === "aborted" && "code" in error && error.code === "ECONNRESET"
  );
}

function send(reply: FastifyReply, { status, headers = {}, body = "" }: RawResponse): FastifyReply {
  reply.code(status).headers(headers);
  if (typeof body !== "string" && !Buffer.isBuffer(body)) return sendFile(reply, body);
  return body.length === 0 ? reply.send() : reply.send(body);
}

function sendFile(reply: FastifyReply, { stream, size }: RawFile): FastifyReply {
  reply.header("content-length", size);
  if (reply.request.method === "HEAD") {
    stream.destroy();
    return reply.send();
  }
  // Nobody listens for the timeout, so that Node destroys the connection, and with it the stream.
  reply.raw.setTimeout(downloadIdleSecondsMax * 1000);
  return reply.send(stream);
}
