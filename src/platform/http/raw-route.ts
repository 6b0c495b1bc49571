/** The devices' door: routes that take bytes and answer bytes, without the API's authentication and formats. */
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Refusal } from "../errors.ts";
import type { Actor } from "../operation.ts";

export type RawRequest = {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** `:secret`, `:id` and the like of the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The other end of the socket: what decides whether proxy headers count. */
  readonly peerAddress: string;
  /** Whether the peer is one of `POMONA_TRUSTED_PROXIES`. */
  readonly isPeerTrusted: boolean;
  /** The client's address: `X-Real-IP` of a trusted peer when valid, else the peer. */
  readonly ip: string;
  readonly userAgent: string | null;
  readonly requestId: string;
};

export type RawResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | RawFile;
};

/** A body that is sent as it is read; the door closes it, whether it was read to its end or not. */
export type RawFile = { readonly stream: Readable; readonly size: number };

export type RawRoute = {
  readonly methods: readonly ("GET" | "POST" | "PUT")[];
  /** Relative to the root, with a trailing slash; `:name` is one segment. */
  readonly path: string;
  /** A larger body is refused with 400 before it is read whole. */
  readonly bodyBytesMax: number;
  readonly handle: (request: RawRequest) => Promise<RawResponse>;
  /**
   * Records a request that the door refuses with 400 before `handle` sees it: `body` is empty then. Whoever can be
   * refused unread records it in its own words, so that no refusal goes without an event and a line in the log.
   */
  readonly recordRefusal?: (request: RawRequest, refusal: BodyRefusal) => void;
};

/** Why the door refuses a request: its body is larger than the route takes, or did not arrive as announced. */
export type BodyRefusal = Refusal & { readonly code: "body_too_large" | "body_incomplete" };

/** The actor of a request at the devices' door; `id` is the serial number once it is known. */
export function deviceActor(request: RawRequest, id: string | null): Actor {
  const { ip, userAgent, method, path, requestId } = request;
  const facts = { ip, userAgent, method, path, view: null };
  return { kind: "device", id, name: null, account: null, requestId, request: facts };
}
