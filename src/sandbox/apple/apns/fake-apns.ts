/**
 * A push service as strict as Apple's: HTTP/2 over TLS with client certificates, on the other side of the wire from
 * `src/apple/apns` and sharing nothing with it. It keeps what it accepted, wakes simulated devices, and misbehaves
 * on demand.
 */
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { createPushEventsServer } from "./push-events.ts";
import { type FaultOrder, FaultOrders, type PushFault } from "./push-faults.ts";
import { payloadBytesMax, type PushRefusal, readPushRequest } from "./push-request.ts";
import { type AcceptedPush, type PushListener, PushShelf } from "./push-shelf.ts";

/** Most accepted pushes remembered for inspection; the count goes on. */
const deliveriesMax = 10_000;
/** What Apple allows a client with a certificate. */
const concurrentStreamsDefault = 1_000;

export type FakeApnsOptions = {
  /** The server's own certificate (chain) and key, for the name clients use, usually `localhost`. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Authority of the push certificates it accepts. */
  readonly clientCaPem: string;
  readonly host?: string;
  /** 0 (the default) takes a free port. */
  readonly port?: number;
  readonly eventsPort?: number;
  readonly concurrentStreamsMax?: number;
};

export type FakeApns = {
  /** What `POMONA_APNS_URL` is set to. */
  readonly url: URL;
  /** Where devices of other processes wait: `${eventsUrl}?token=HEX`, server-sent events. */
  readonly eventsUrl: URL;
  /** The newest accepted pushes, oldest first. */
  readonly deliveries: () => readonly AcceptedPush[];
  readonly deliveryCount: () => number;
  /** Requests that arrived, whatever became of them. */
  readonly requestCount: () => number;
  /** Connections of clients so far. */
  readonly connectionCount: () => number;
  /** Most requests that were open at once. */
  readonly openRequestsPeak: () => number;
  /** Calls the listener for each push to a token; a push that is being kept comes at once. Returns the way to stop. */
  readonly onPush: (tokenHex: string, listener: PushListener) => () => void;
  /** From now on pushes to the token get 410, since `at`. */
  readonly unregister: (tokenHex: string, at?: Date) => void;
  /** Orders a fault for the next requests. */
  readonly fail: (fault: PushFault, order?: FaultOrder) => void;
  /** Cancels the faults that are still open. */
  readonly clearFaults: () => void;
  /** Keeps requests unanswered until the returned function is called. */
  readonly hold: () => () => void;
  readonly close: () => Promise<void>;
};

/** Starts the service and its side channel; both must be closed. */
export async function startFakeApns(options: FakeApnsOptions): Promise<FakeApns> {
  const service = new Service(options);
  const host = options.host ?? "localhost";
  await listen(service.server, options.port ?? 0, host);
  await listen(service.events, options.eventsPort ?? 0, host);
  return {
    url: new URL(`https://${host}:${portOf(service.server)}`),
    eventsUrl: new URL(`http://${host}:${portOf(service.events)}/events`),
    deliveries: () => service.deliveries,
    deliveryCount: () => service.counts.deliveries,
    requestCount: () => service.counts.requests,
    connectionCount: () => service.counts.connections,
    openRequestsPeak: () => service.counts.openPeak,
    onPush: (tokenHex, listener) => service.shelf.subscribe(tokenHex, listener),
    unregister: (tokenHex, at = new Date()) => service.unregister(tokenHex, at),
    fail: (fault, order) => service.faults.add(fault, order),
    clearFaults: () => service.faults.clear(),
    hold: () => service.hold(),
    close: () => service.close(),
  };
}

class Service {
  readonly server: Http2SecureServer;
  readonly events: Server;
  readonly shelf = new PushShelf();
  readonly faults = new FaultOrders();
  readonly deliveries: AcceptedPush[] = [];
  readonly counts = { deliveries: 0, requests: 0, connections: 0, open: 0, openPeak: 0 };
  readonly #unregistered = new Map<string, Date>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** After a GOAWAY: the last stream of the session that is served. */
  readonly #lastProcessed = new WeakMap<Http2Session, number>();
  #held: Promise<void> = Promise.resolve();

  constructor(options: FakeApnsOptions) {
    this.events = createPushEventsServer(this.shelf);
    this.server = createSecureServer({
      cert: options.certificatePem,
      key: options.privateKeyPem,
      ca: options.clientCaPem,
      requestCert: true,
      rejectUnauthorized: true,
      settings: { maxConcurrentStreams: options.concurrentStreamsMax ?? concurrentStreamsDefault },
    });
    this.server.on("session", (session) => this.#welcome(session));
    // Handshakes that fail (wrong or expired certificate) and connections that tests break end here.
    this.server.on("sessionError", () => undefined);
    this.server.on("tlsClientError", () => undefined);
    this.server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      this.#receive(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    });
  }

  unregister(tokenHex: string, at: Date): void {
    this.#unregistered.set(tokenHex, at);
    this.shelf.drop(tokenHex);
  }

  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.events.closeAllConnections();
    await Promise.all([closed(this.server), closed(this.events)]);
  }

  #welcome(session: ServerHttp2Session): void {
    this.counts.connections++;
    this.#sessions.add(session);
    session.on("error", () => undefined);
    session.on("close", () => this.#sessions.delete(session));
  }

  async #receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    this.counts.requests++;
    this.counts.open++;
    this.counts.openPeak = Math.max(this.counts.openPeak, this.counts.open);
    stream.on("close", () => this.counts.open--);
    const body = await readAll(stream);
    await this.#held;
    if (stream.destroyed || isLeftOut(this.#lastProcessed, stream)) return;
    const request = readPushRequest(headers, body, topicOf(stream.session));
    const fault = this.faults.take("tokenHex" in request ? request.tokenHex : "");
    if (fault?.kind === "goaway") this.#goAway(stream, fault.errorCode ?? constants.NGHTTP2_NO_ERROR);
    else if (fault !== null) misbehave(stream, fault);
    else if ("reason" in request) refuse(stream, request);
    else this.#accept(stream, { ...request, receivedAt: new Date() });
  }

  /** This request and those that began later are left out; the earlier ones are answered. */
  #goAway(stream: ServerHttp2Stream, errorCode: number): void {
    const { session, id } = stream;
    if (session === undefined || id === undefined) return;
    // The numbers of a client's streams are odd.
    this.#lastProcessed.set(session, id - 2);
    session.goaway(errorCode, id - 2);
    // Node cannot say 0, "none was processed": then the stream itself says so.
    if (id === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM);
  }

  #accept(stream: ServerHttp2Stream, push: AcceptedPush): void {
    const goneAt = this.#unregistered.get(push.tokenHex);
    if (goneAt !== undefined) {
      refuse(stream, { status: 410, reason: "Unregistered", timestamp: goneAt });
      return;
    }
    this.counts.deliveries++;
    this.deliveries.push(push);
    if (this.deliveries.length > deliveriesMax) this.deliveries.shift();
    stream.respond({ ":status": 200, "apns-id": crypto.randomUUID().toUpperCase() }, { endStream: true });
    this.shelf.deliver(push);
  }
}

function isLeftOut(
  lastProcessed: WeakMap<Http2Session, number>,
  { session, id = 0 }: ServerHttp2Stream,
): boolean {
  return session !== undefined && id > (lastProcessed.get(session) ?? Infinity);
}

function misbehave(stream: ServerHttp2Stream, fault: Exclude<PushFault, { readonly kind: "goaway" }>): void {
  switch (fault.kind) {
    case "answer":
      refuse(stream, fault);
      return;
    case "refuse_stream":
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    case "reset":
      socketOf(stream.session)?.destroy();
      return;
    case "stall":
      return;
    default:
      fault satisfies never;
  }
}

function refuse(stream: ServerHttp2Stream, refusal: PushRefusal): void {
  const { status, reason, timestamp, retryAfterSeconds } = refusal;
  stream.respond({
    ":status": status,
    "content-type": "application/json",
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  });
  stream.end(
    JSON.stringify({ reason, ...(timestamp === undefined ? {} : { timestamp: timestamp.getTime() }) }),
  );
}

/** The topic a push certificate is for: the UID of its subject. */
function topicOf(session: Http2Session | undefined): string | null {
  const socket = socketOf(session);
  if (socket === null) return null;
  const subject: PeerCertificate["subject"] & { readonly UID?: unknown } =
    socket.getPeerCertificate().subject;
  return typeof subject.UID === "string" ? subject.UID : null;
}

function socketOf(session: Http2Session | undefined): TLSSocket | null {
  if (session === undefined || session.destroyed) return null;
  // Node hands out a proxy of the socket; of a secure server it is always one of TLS.
  return session.socket as TLSSocket;
}

async function readAll(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes <= payloadBytesMax) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks);
}

async function listen(server: NetServer, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await once(server, "listening");
}

function portOf(server: NetServer): number {
  // A listening TCP server has such an address.
  return (server.address() as AddressInfo).port;
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
