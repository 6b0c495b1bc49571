/** Where devices download what declarations and commands name; they present no certificate there (protocol.md 1.13). */
import type { FetchScepChallenge } from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { ScepIssuerError, issuerChangedText } from "#mdm/identities/scep-backends/scep-issuer-error.ts";
import type { EventBuffer } from "#platform/events/event-buffer.ts";
import { type CountRequest, createRequestRate, type RequestRate } from "#platform/http/request-rate.ts";
import { decideRange, type RangeRequest } from "#platform/http/byte-range.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import { type Operation, type OperationSource, operate } from "#platform/operation.ts";
import type { FileStorage, OpenedFile } from "#platform/storage/file-storage.ts";
import {
  type DownloadContent,
  type DownloadFacts,
  type DownloadOutcome,
  type RefusedDownload,
} from "./download.ts";
import { downloadEvent } from "./download-events.ts";
import {
  type DownloadDeps,
  type TokenDownload,
  answerDownload,
  answerEnterpriseApp,
} from "./download-operations.ts";
import { downloadPaths } from "./download-urls.ts";
import type { ChallengeOrders, FetchedChallenges } from "./rendering.ts";

export type DownloadRouteOptions = DownloadDeps & {
  readonly source: OperationSource;
  readonly eventBuffer: EventBuffer;
  readonly storage: Pick<FileStorage, "open">;
  readonly fetchScepChallenge: FetchScepChallenge;
};

type DownloadRouteDeps = DownloadRouteOptions & { readonly countOrder: CountRequest };

type Answer = (
  op: Operation,
  request: RawRequest,
  fetched: FetchedChallenges | undefined,
) => Promise<DownloadOutcome>;

/**
 * How often an issuer of another organisation is asked for what one device downloads: its challenges are used once, and
 * often paid for. A device downloads a credential once, and again when that failed.
 */
export const issuerOrderRate: RequestRate = { burst: 10, perMinute: 0.1 };

/** The seven routes. */
export function downloadRoutes(options: DownloadRouteOptions): RawRoute[] {
  const deps = { ...options, countOrder: createRequestRate(issuerOrderRate) };
  const byToken = (name: TokenDownload["name"]): RawRoute =>
    downloadRoute(deps, downloadPaths[name], (op, { params }, fetched) => {
      const request = { name, token: params["token"] ?? "" };
      return answerDownload(op, deps, fetched === undefined ? request : { ...request, fetched });
    });
  return [
    byToken("profile"),
    byToken("dataAsset"),
    byToken("acmeCredential"),
    byToken("scepCredential"),
    byToken("packageManifest"),
    byToken("packageFile"),
    downloadRoute(deps, downloadPaths.enterpriseApp, (op, { params }) =>
      answerEnterpriseApp(op, params["uuid"] ?? ""),
    ),
  ];
}

function downloadRoute(deps: DownloadRouteDeps, path: string, answer: Answer): RawRoute {
  return {
    methods: ["GET"],
    path,
    // A GET has no body.
    bodyBytesMax: 1,
    handle: (request) => handleDownload(deps, request, answer),
  };
}

async function handleDownload(
  deps: DownloadRouteDeps,
  request: RawRequest,
  answer: Answer,
): Promise<RawResponse> {
  try {
    const outcome = await answerInTurn(deps, request, answer);
    if ("content" in outcome) return await serve(deps, request, outcome);
    if ("refused" in outcome) return refuse(deps, request, outcome);
    const { requestId } = request;
    const reason = "failed" in outcome ? outcome.failed : issuerChangedText;
    deps.source.log.warn({ requestId, reason }, "A download cannot be made for its device");
    return badRequest;
  } catch (error) {
    // No fault of the request: the device may try again (spec 8.3).
    if (error instanceof ScepIssuerError) return { ...badRequest, status: 500, body: "Server Error\n" };
    throw error;
  }
}

const badRequest: RawResponse = {
  status: 400,
  headers: { "content-type": "text/plain" },
  body: "Bad Request\n",
};

/** In one transaction; in two with issuers of other organisations, which are asked between them. */
async function answerInTurn(
  deps: DownloadRouteDeps,
  request: RawRequest,
  answer: Answer,
): Promise<DownloadOutcome> {
  const actor = deviceActor(request, null);
  const first = await operate(deps.source, actor, (op) => answer(op, request, undefined));
  if (!("orders" in first)) return first;
  const { facts } = first;
  const retrySeconds = deps.countOrder({ key: orderKey(facts), at: deps.source.clock.now() });
  if (retrySeconds > 0) return { facts, refused: { refusal: "too_many", retrySeconds } };
  const fetched = await fetchAll(deps.fetchScepChallenge, first.orders);
  return operate(deps.source, actor, (op) => answer(op, request, fetched));
}

/** What is downloaded, by whom; not the URL, of which there may be several. */
function orderKey({ targetType, object, device, user }: DownloadFacts): string {
  const objectId = object?.kind === "package" ? object.id : object?.versionId;
  return [targetType, objectId, device?.id, user?.id].join(" ");
}

async function fetchAll(fetch: FetchScepChallenge, orders: ChallengeOrders): Promise<FetchedChallenges> {
  const filled = [...orders].map(async ([place, order]) => [place, await fetch(order)] as const);
  return new Map(await Promise.all(filled));
}

type Served = { readonly facts: DownloadFacts; readonly content: DownloadContent };

async function serve(
  deps: DownloadRouteDeps,
  request: RawRequest,
  { facts, content }: Served,
): Promise<RawResponse> {
  if (content.kind === "bytes") {
    record(deps, request, downloadEvent(facts, { responseKind: "stream" }), facts);
    return { status: 200, headers: headersOf(content), body: content.body };
  }
  const opened = await deps.storage.open(content.sha256, content);
  if (opened === null) {
    deps.source.log.error({ sha256: content.sha256 }, "A file that is referred to is not in the storage");
    return refuse(deps, request, { facts, refused: { refusal: "target_not_found", reason: "file_missing" } });
  }
  if (opened.kind === "redirect") {
    record(deps, request, downloadEvent(facts, { responseKind: "redirect" }), facts);
    return { status: 302, headers: { location: opened.url, "cache-control": "no-store" } };
  }
  return serveStream(deps, request, { facts, content, opened });
}

type OpenedStream = {
  readonly facts: DownloadFacts;
  readonly content: DownloadContent & { readonly kind: "file" };
  readonly opened: OpenedFile & { readonly kind: "stream" };
};

/** All of a file, or the part that a device has not got yet (RFC 9110, 14). Its digest is its entity tag. */
async function serveStream(
  deps: DownloadRouteDeps,
  request: RawRequest,
  { facts, content, opened }: OpenedStream,
): Promise<RawResponse> {
  const { size } = opened;
  const entityTag = `"${content.sha256}"`;
  const decision = decideRange(rangeRequestOf(request), { size, entityTag });
  if (decision.kind === "unsatisfiable") {
    await opened.close();
    const answer = refuse(deps, request, { facts, refused: { refusal: "range_not_satisfiable" } });
    return { ...answer, headers: { ...answer.headers, "content-range": `bytes */${size}` } };
  }
  record(deps, request, downloadEvent(facts, { responseKind: "stream" }), facts);
  const headers = { ...headersOf(content), "accept-ranges": "bytes", etag: entityTag };
  if (decision.kind === "whole") return { status: 200, headers, body: { stream: opened.stream(), size } };
  const { start, end } = decision.range;
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${start}-${end}/${size}` },
    body: { stream: opened.stream(decision.range), size: end - start + 1 },
  };
}

/** A range is of a GET alone (RFC 9110, 14.2). */
function rangeRequestOf({ method, headers }: RawRequest): RangeRequest {
  if (method !== "GET") return { range: undefined, ifRange: undefined };
  const ifRange = headers["if-range"];
  return { range: headers.range, ifRange: typeof ifRange === "string" ? ifRange : ifRange?.[0] };
}

function headersOf({
  contentType,
  filename,
}: Pick<DownloadContent, "contentType" | "filename">): Readonly<Record<string, string>> {
  return {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(filename === null ? {} : { "content-disposition": `attachment; filename="${headerName(filename)}"` }),
  };
}

/** A name without what would end the header's string, or needs an encoding. */
function headerName(filename: string): string {
  return filename.replaceAll(/[^\w .()+@=,-]/g, "_").slice(-100);
}

function refuse(
  deps: DownloadRouteDeps,
  request: RawRequest,
  { facts, refused }: { readonly facts: DownloadFacts; readonly refused: RefusedDownload },
): RawResponse {
  record(deps, request, downloadEvent(facts, refused), facts);
  const { requestId, ip } = request;
  const { refusal, reason = null, retrySeconds = 0 } = refused;
  deps.source.log.info({ requestId, ip, refusal, reason, targetType: facts.targetType }, "Download refused");
  if (refusal === "bad_token") return badRequest;
  if (refusal === "too_many") return { status: 429, headers: { "retry-after": String(retrySeconds) } };
  if (refusal === "range_not_satisfiable") return { status: 416 };
  return { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found\n" };
}

/** Through the buffer: most downloads write nothing else. */
function record(
  { eventBuffer, source }: DownloadRouteDeps,
  request: RawRequest,
  event: ReturnType<typeof downloadEvent>,
  { device }: DownloadFacts,
): void {
  const actor = deviceActor(request, device?.serialNumber ?? null);
  // The path holds the token, or the UUID, that opens what it names.
  const path = request.path.replaceAll(/[^/]{30,}/g, "…");
  const facts = actor.request && { ...actor.request, path };
  eventBuffer.add(event, { actor: { ...actor, request: facts }, at: source.clock.now() });
}
