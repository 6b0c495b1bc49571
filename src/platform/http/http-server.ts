/**
 * The HTTP server: the operators' door, the devices' door, health. Its limits are what keeps slow peers
 * harmless.
 */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Server as TlsServer } from "node:tls";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type { ListMode } from "../config.ts";
import { pingDatabase } from "../db/ping.ts";
import type { OperationSource } from "../operation.ts";
import type { Logger } from "../log.ts";
import type { Secret } from "../secret.ts";
import { createAnswerCheck } from "./answer-check.ts";
import { type ConsoleFiles, serveConsole } from "./console-files.ts";
import { serveApi } from "./api-door.ts";
import { apiHeaders } from "./api-reply.ts";
import type { Authenticate } from "./authenticate.ts";
import { serveDevices } from "./device-door.ts";
import type { BoundEndpoint } from "./endpoint.ts";
import { sendJson } from "./json-body.ts";
import { type MetricsDoor, serveMetrics } from "./metrics-door.ts";
import { malformedRequestProblem, notFoundProblem, serverErrorProblem } from "./problem.ts";
import type { RawRoute } from "./raw-route.ts";
import { type ObserveHandshake, observeHandshakes } from "./tls-handshakes.ts";
import { type RunningRequests, watchRunningRequests } from "./running-requests.ts";
import { createPeerReader } from "./trusted-proxy.ts";
import { uploadSecondsMax } from "./upload.ts";

/**
 * Request line and headers: SCEP's PKIOperation over GET carries a message of several KB in the query,
 * encoded.
 */
export const headerBytesMax = 64 * 1024;
/**
 * Longest time for the headers, and for the whole request: a peer that drips bytes holds a socket, no more.
 */
export const headersSecondsMax = 20;
export const requestSecondsMax = 120;
/** How often those times are checked. */
const timeoutCheckSeconds = 5;
/** An idle connection stays open longer than the upstream keep-alive of common proxies (60 to 75 s). */
export const keepAliveSeconds = 90;
/** Most sockets at a time; further ones are closed at once, before they cost memory. */
export const connectionsMax = 20_000;
/** How long close waits for requests under way. */
export const closeSecondsMax = 15;
const serverLimits: ServerLimits = {
  headersSecondsMax,
  requestSecondsMax,
  timeoutCheckSeconds,
  closeSecondsMax,
};
/** Longest value in a path: secrets of enrollments and file hashes. */
const pathParameterCharactersMax = 512;
/** Readiness asks the database; it must answer within this time. */
const readySecondsMax = 3;

export type HttpServerOptions = {
  readonly source: OperationSource;
  readonly endpoints: readonly BoundEndpoint[];
  readonly rawRoutes: readonly RawRoute[];
  readonly authenticate: Authenticate;
  /** Addresses and networks whose forwarded headers count; none by default. */
  readonly trustedProxies?: readonly string[];
  /** Origin of absolute links; null: that of the request. */
  readonly baseUrl?: URL | null;
  readonly tls?: { readonly fullchainPem: string; readonly keyPem: Secret<string> } | null;
  /** How the lists of `bareListPaths` are answered (http-api 1.16, trap 1); `envelope` by default. */
  readonly listMode?: ListMode;
  readonly bareListPaths?: readonly string[];
  /** True in tests: an answer that its schema does not promise becomes a 500. */
  readonly checksAnswers?: boolean;
  /** What is scraped, and with which token; null: nothing is. */
  readonly metrics?: MetricsDoor | null;
  /** The folder of the console's files; null: there is no console. */
  readonly consoleFolder?: string | null;
  /** Gets each request at either door when it is answered. */
  readonly observe?: ObserveRequest;
  /** Gets each TLS handshake of an own https listener. */
  readonly observeHandshake?: ObserveHandshake;
  /** Instead of the limits of this file; tests do not wait for those. */
  readonly limits?: Partial<ServerLimits>;
};

/** An answered request: its route (never the path that was asked for), status and duration. */
export type ObserveRequest = (facts: {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}) => void;

/** How long peers may take, and how long closing may. */
export type ServerLimits = {
  readonly headersSecondsMax: number;
  readonly requestSecondsMax: number;
  readonly timeoutCheckSeconds: number;
  readonly closeSecondsMax: number;
};

export type HttpServer = {
  /** Starts listening; port 0 takes a free one. */
  readonly listen: (address: {
    readonly host: string;
    readonly port: number;
  }) => Promise<{ readonly port: number }>;
  /** Stops accepting, lets requests under way end, those too whose clients are gone, then closes what is left. */
  readonly close: () => Promise<void>;
};

/**
 * Builds the server; nothing listens before `listen`.
 *
 * @throws {TypeError} When the endpoint table contradicts itself.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { source, trustedProxies = [], baseUrl = null, tls = null } = options;
  const limits = { ...serverLimits, ...options.limits };
  const app = createApp(tls, limits);
  if (tls !== null && options.observeHandshake !== undefined) {
    // The framework's type names the server of plain HTTP; with TLS it is one of https.
    observeHandshakes(app.server as unknown as TlsServer, options.observeHandshake);
  }
  const readPeer = createPeerReader(trustedProxies);
  const running = watchRunningRequests(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  limitRequests(app, limits.requestSecondsMax);
  answerUnknown(app, source, serveConsole(app, options.consoleFolder ?? null));
  serveHealth(app, source);
  serveMetrics(app, options.metrics ?? null);
  if (options.observe !== undefined) observeRequests(app, options.observe);
  serveApi(app, options.endpoints, {
    source,
    authenticate: options.authenticate,
    readPeer,
    baseUrl,
    listMode: options.listMode ?? "envelope",
    bareListPaths: new Set(options.bareListPaths ?? []),
    checkAnswer: options.checksAnswers === true ? createAnswerCheck() : null,
  });
  serveDevices(app, options.rawRoutes, { log: source.log, readPeer });
  return {
    listen: async ({ host, port }) => {
      await app.listen({ host, port });
      return { port: (app.server.address() as AddressInfo).port };
    },
    close: () => closeApp(app, { running, log: source.log, secondsMax: limits.closeSecondsMax }),
  };
}

function createApp(tls: HttpServerOptions["tls"], limits: ServerLimits): FastifyInstance {
  return fastify({
    logger: false,
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    serverFactory: (handler) => createNodeServer(handler, { tls, limits }),
    clientErrorHandler: refuseConnection,
    // The Go client follows `next` links to the doubled prefix (http-api 1.16, trap 2).
    rewriteUrl: ({ url = "/" }) => (url.startsWith("/api/api/") ? url.slice("/api".length) : url),
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: pathParameterCharactersMax,
      // Filters are read from the URL by each door.
      querystringParser: () => ({}),
    },
    frameworkErrors: (_error, _request, reply) => {
      // The declaration of this hook's reply knows no status but those of a schema, and there is none.
      void sendJson((reply as unknown as FastifyReply).code(400), malformedRequestProblem.body);
    },
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function createNodeServer(
  handler: Handler,
  { tls, limits }: { readonly tls: HttpServerOptions["tls"]; readonly limits: ServerLimits },
): Server {
  const options = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: limits.headersSecondsMax * 1000,
    // Of uploads; all other requests have a shorter time of their own.
    requestTimeout: uploadSecondsMax * 1000,
    connectionsCheckingInterval: limits.timeoutCheckSeconds * 1000,
    keepAliveTimeout: keepAliveSeconds * 1000,
  };
  const server =
    tls === null || tls === undefined
      ? createServer(options, handler)
      : createTlsServer(
          { ...options, cert: tls.fullchainPem, key: tls.keyPem.reveal(), minVersion: "TLSv1.2" },
          handler,
        );
  server.maxConnections = connectionsMax;
  // The TLS server has the same members; only its declaration descends from another class.
  return server as Server;
}

/** Bytes that are no HTTP, headers beyond the limit: 400 without a word, never another status to a device. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
  endConnection(socket, status);
}

function endConnection(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Node knows one time for all requests; only an upload may take as long. */
function limitRequests(app: FastifyInstance, secondsMax: number): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { raw } = request;
    const { isUpload = false } = request.routeOptions.config as { readonly isUpload?: boolean };
    const hasBody = "content-length" in raw.headers || "transfer-encoding" in raw.headers;
    if (hasBody && !isUpload) {
      const timer = setTimeout(() => {
        if (!raw.complete) endConnection(raw.socket, "408 Request Timeout");
      }, secondsMax * 1000);
      raw.once("end", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
    }
    done();
  });
}

function answerUnknown(app: FastifyInstance, { log }: OperationSource, files: ConsoleFiles | null): void {
  app.setNotFoundHandler((request, reply) => {
    const page = files?.answerPage(request, reply) ?? null;
    if (page !== null) return page;
    if (!request.url.startsWith("/api/")) return reply.code(404).type("text/plain").send("Not found\n");
    return sendJson(reply.code(404).headers(apiHeaders), notFoundProblem.body);
  });
  app.setErrorHandler((error, request, reply) => {
    const { statusCode } = error as { readonly statusCode?: unknown };
    if (statusCode === 400 || statusCode === 413 || statusCode === 415) return reply.code(400).send();
    log.error({ err: error, requestId: request.id, method: request.method }, "Request failed");
    return sendJson(reply.code(500), serverErrorProblem.body);
  });
}

function observeRequests(app: FastifyInstance, observe: ObserveRequest): void {
  app.addHook("onResponse", async (request, reply) => {
    // Without a route of ours it is one of endless unknown paths.
    const route = request.routeOptions.url ?? "unknown";
    const { statusCode: status, elapsedTime } = reply;
    observe({ route, method: request.method, status, seconds: elapsedTime / 1000 });
  });
}

/** `/healthz`: the process serves. `/readyz`: so does its database. */
function serveHealth(app: FastifyInstance, { database, log }: OperationSource): void {
  const text = { "content-type": "text/plain", "cache-control": "no-store" };
  app.get("/healthz", (_request, reply) => reply.headers(text).send("ok\n"));
  app.get("/readyz", async (_request, reply) => {
    try {
      await pingDatabase(database, readySecondsMax);
      return await reply.headers(text).send("ok\n");
    } catch (error) {
      // Whoever probes sees only that it is not ready; why is in the log.
      log.warn({ err: error }, "The database does not answer");
      return reply.code(503).headers(text).send("database unavailable\n");
    }
  });
}

type Closing = { readonly running: RunningRequests; readonly log: Logger; readonly secondsMax: number };

async function closeApp(app: FastifyInstance, { running, log, secondsMax }: Closing): Promise<void> {
  const begin = performance.now();
  const force = setTimeout(() => app.server.closeAllConnections(), secondsMax * 1000);
  try {
    await app.close();
  } finally {
    clearTimeout(force);
  }
  // Connections are closed; what they asked for may still be at work, and needs the database.
  await running.settled(Math.max(0, secondsMax - (performance.now() - begin) / 1000));
  if (running.count() > 0) log.warn({ count: running.count() }, "Requests are given up");
}
