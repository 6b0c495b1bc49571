/** Everything that is decided of an API request before its body is read: 404, 406, 401, 403 and 405 (http-api 1.5). */
import type { FastifyRequest } from "fastify";
import type { Actor } from "../operation.ts";
import { accessFor, endpointFor, isLockedOut, isPublic, mayAccess } from "./api-access.ts";
import type { ApiPath } from "./api-path.ts";
import {
  type Authenticate,
  type Caller,
  type Credentials,
  isCsrfFailed,
  isUnauthenticated,
} from "./authenticate.ts";
import type { BoundEndpoint, PathParameters } from "./endpoint.ts";
import * as problems from "./problem.ts";
import type { Problem } from "./problem.ts";
import { type Peer, type PeerReader, requestOrigin } from "./trusted-proxy.ts";
import { integerMax } from "./wire-fields.ts";

export type AdmissionDeps = {
  readonly authenticate: Authenticate;
  readonly readPeer: PeerReader;
  readonly baseUrl: URL | null;
};

/** What is known of a request before its body is read. */
export type Admission = {
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

/** Lets a request in, or says what is wrong with it. */
export async function admit(
  door: AdmissionDeps,
  apiPath: ApiPath,
  request: FastifyRequest,
): Promise<Admission | Problem> {
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

function visitOf(door: AdmissionDeps, request: FastifyRequest): Visit {
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
