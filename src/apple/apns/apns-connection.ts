/** One HTTP/2 connection to APNs: requests as promises that never reject, GOAWAY, and pings that find dead peers. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { SecureContext } from "node:tls";
import { type ApnsAnswer, answerBytesMax, decodeAnswer } from "./push-outcome.ts";

/** Most requests in flight whatever the server allows (measurements, section 6: more brings nothing). */
export const windowMax = 1_000;
/** How often an open connection is asked whether it still lives. */
export const keepAliveSeconds = 60;

/** How long each wait may last. */
export type ConnectionTimes = {
  /** Until TLS and the server's SETTINGS are done. */
  readonly connectSeconds: number;
  /** Until a request is answered (specification section 6.1). */
  readonly requestSeconds: number;
  /** Until a ping is answered. */
  readonly pingSeconds: number;
};

/**
 * How a request ended. `refused`: the server did not process it, so it may be repeated elsewhere at once
 * (RFC 9113 8.7). `lost`: nobody knows.
 */
export type RequestEnd =
  | { readonly kind: "answered"; readonly answer: ApnsAnswer }
  | { readonly kind: "refused" }
  | { readonly kind: "lost"; readonly reason: string };

/** What the owner of a connection is told; `unusable` comes once, whatever the reason. */
export type ConnectionListener = {
  /** The server's settings are known: requests may be sent, or more of them than before. */
  readonly ready: () => void;
  /** No further request may be sent. `isClean`: the server asked for it and still answers what it got. */
  readonly unusable: (end: { readonly isClean: boolean; readonly reason: string }) => void;
  /** The socket is gone too. */
  readonly closed: () => void;
};

export type ConnectionOptions = {
  readonly url: URL;
  readonly secureContext: SecureContext;
  readonly times: ConnectionTimes;
};

/** A connection; it opens when it is made and is used until it says `unusable`. */
export class ApnsConnection {
  readonly #session: ClientHttp2Session;
  readonly #times: ConnectionTimes;
  readonly #listener: ConnectionListener;
  readonly #connectTimer: NodeJS.Timeout;
  readonly #keepAliveTimer: NodeJS.Timeout;
  #pingTimer: NodeJS.Timeout | null = null;
  #window = 0;
  #openCount = 0;
  #isUsable = true;
  #lastStreamId: number | null = null;
  #reason = "connection_lost";

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#times = options.times;
    this.#listener = listener;
    const { url, secureContext } = options;
    this.#session = connect(url, { secureContext, settings: { enablePush: false } });
    this.#connectTimer = setTimeout(
      () => this.#abort("connect_timeout"),
      options.times.connectSeconds * 1000,
    );
    this.#keepAliveTimer = setInterval(() => this.checkAlive(), keepAliveSeconds * 1000);
    this.#keepAliveTimer.unref();
    this.#session.on("remoteSettings", ({ maxConcurrentStreams = windowMax }) => {
      clearTimeout(this.#connectTimer);
      this.#window = Math.min(maxConcurrentStreams, windowMax);
      this.#listener.ready();
    });
    this.#session.on("goaway", (errorCode, lastStreamId) => {
      this.#lastStreamId = lastStreamId;
      this.#retire({ isClean: errorCode === constants.NGHTTP2_NO_ERROR, reason: `goaway_${errorCode}` });
    });
    this.#session.on("error", (error: NodeJS.ErrnoException) => {
      this.#reason = error.code ?? "connection_lost";
    });
    this.#session.on("close", () => {
      this.#stopTimers();
      this.#retire({ isClean: false, reason: this.#reason });
      this.#listener.closed();
    });
  }

  /** How many more requests may be sent now. */
  get roomCount(): number {
    return this.#isUsable ? Math.max(0, this.#window - this.#openCount) : 0;
  }

  /** Sends one request. */
  async send(headers: Readonly<Record<string, string>>, body: string): Promise<RequestEnd> {
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request(headers);
    } catch {
      // The session closed under us before its event arrived; nothing was sent.
      return { kind: "refused" };
    }
    this.#openCount++;
    stream.end(body);
    const end = await this.#finish(stream);
    this.#openCount--;
    return end;
  }

  /** Asks the server for a sign of life; none in time ends the connection. */
  checkAlive(): void {
    if (this.#pingTimer !== null || this.#session.destroyed || this.#session.connecting) return;
    this.#pingTimer = setTimeout(() => this.#abort("ping_timeout"), this.#times.pingSeconds * 1000);
    this.#session.ping(() => {
      if (this.#pingTimer !== null) clearTimeout(this.#pingTimer);
      this.#pingTimer = null;
    });
  }

  /** Lets open requests end within the request time, then closes. */
  async close(): Promise<void> {
    this.#retire({ isClean: true, reason: "closed" });
    if (this.#session.destroyed) return;
    const deadline = setTimeout(() => this.#session.destroy(), this.#times.requestSeconds * 1000);
    await new Promise<void>((resolve) => {
      this.#session.once("close", resolve);
      if (this.#session.connecting) this.#session.destroy();
      else this.#session.close();
    });
    clearTimeout(deadline);
  }

  #finish(stream: ClientHttp2Stream): Promise<RequestEnd> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let status = 0;
      let retryAfter: string | undefined;
      const timer = setTimeout(() => {
        resolve({ kind: "lost", reason: "request_timeout" });
        stream.close(constants.NGHTTP2_CANCEL);
        // One slow answer or a dead peer: the ping tells.
        this.checkAlive();
      }, this.#times.requestSeconds * 1000);
      stream.on("response", (headers) => {
        status = Number(headers[":status"]);
        retryAfter = headers["retry-after"];
      });
      stream.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= answerBytesMax) chunks.push(chunk);
      });
      stream.on("end", () => {
        if (status === 0) return;
        const answer = decodeAnswer({ status, retryAfter, body: Buffer.concat(chunks) });
        resolve({ kind: "answered", answer });
      });
      // The reason is read from the stream and the session when it closes, which always follows.
      stream.on("error", () => undefined);
      stream.on("close", () => {
        clearTimeout(timer);
        // A GOAWAY that ends the session tells the streams first and us afterwards.
        setImmediate(() => resolve(this.#endOfUnanswered(stream)));
      });
    });
  }

  #endOfUnanswered(stream: ClientHttp2Stream): RequestEnd {
    const isAboveLast =
      this.#lastStreamId !== null && stream.id !== undefined && stream.id > this.#lastStreamId;
    const isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined;
    return isAboveLast || isRefused ? { kind: "refused" } : { kind: "lost", reason: this.#reason };
  }

  #abort(reason: string): void {
    this.#reason = reason;
    this.#session.destroy();
  }

  #retire(end: { readonly isClean: boolean; readonly reason: string }): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#listener.unusable(end);
  }

  #stopTimers(): void {
    clearTimeout(this.#connectTimer);
    clearInterval(this.#keepAliveTimer);
    if (this.#pingTimer !== null) clearTimeout(this.#pingTimer);
  }
}
