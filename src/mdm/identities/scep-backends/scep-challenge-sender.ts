/** Fetches challenges over HTTP: the one file that speaks to issuers, bounded in time, size and tries. */
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "#platform/log.ts";
import { Secret } from "#platform/secret.ts";
import { isProtectedUrl } from "../issuer-backend.ts";
import type { IssuerAnswer, IssuerRequest } from "./issuer-request.ts";
import { type FetchScepChallenge, askForChallenge } from "./scep-challenge-order.ts";
import { ScepIssuerError } from "./scep-issuer-error.ts";

/** A device waits for the answer: all requests and tries for one challenge end within this time. */
export const challengeSecondsMax = 45;
/** Challenges fetched at a time; more wait for their turn, within their time. */
export const challengesConcurrentMax = 16;
/** Largest answer read: pages with a challenge have a few kilobytes. */
export const issuerAnswerBytesMax = 256 * 1024;
/** Redirects followed, all on the same origin. */
const redirectsMax = 3;
/** The first wait between two tries; each further one is twice as long. */
const retryDelayMillisecondsDefault = 500;
/** Answers after which another try may fare better (spec 8.3). */
const retriedStatuses = new Set([429, 500, 502, 503, 504]);

export type ChallengeSenderOptions = {
  readonly log: Logger;
  readonly retryDelayMilliseconds?: number;
  readonly secondsMax?: number;
};

/** Makes the fetcher of challenges of one process. */
export function createScepChallengeSender(options: ChallengeSenderOptions): FetchScepChallenge {
  const { log, secondsMax = challengeSecondsMax } = options;
  const delay = options.retryDelayMilliseconds ?? retryDelayMillisecondsDefault;
  const inTurn = createTurns(challengesConcurrentMax);
  return async (order) => {
    const deadline = AbortSignal.timeout(secondsMax * 1000);
    try {
      const challenge = await inTurn(deadline, () =>
        askForChallenge(order, (request) => sendWithRetries(request, deadline, delay)),
      );
      const { issuerId, issuerVersion } = order;
      return { issuerId, issuerVersion, challenge: new Secret(challenge) };
    } catch (error) {
      const failure =
        error instanceof ScepIssuerError ? error : new ScepIssuerError(`Request error: ${reasonOf(error)}`);
      log.warn(
        { issuer: order.issuerName, reason: failure.message },
        "No challenge was got from a SCEP issuer",
      );
      throw failure;
    }
  };
}

async function sendWithRetries(
  request: IssuerRequest,
  deadline: AbortSignal,
  firstDelay: number,
): Promise<IssuerAnswer> {
  for (let tries = 0; ; tries++) {
    const isLast = tries >= request.retries;
    try {
      const answer = await send(request, deadline);
      if (isLast || !retriedStatuses.has(answer.status)) return answer;
    } catch (error) {
      if (isLast || deadline.aborted || error instanceof ScepIssuerError) throw error;
    }
    await wait(firstDelay * 2 ** tries, undefined, { signal: deadline });
  }
}

/** Follows redirects itself: credentials must not reach another host, nor travel without TLS. */
async function send(request: IssuerRequest, deadline: AbortSignal): Promise<IssuerAnswer> {
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    if (!isProtectedUrl(url.href)) throw new ScepIssuerError("Request error: the URL is not https");
    const signal = AbortSignal.any([deadline, AbortSignal.timeout(request.timeoutSeconds * 1000)]);
    const response = await fetch(url, {
      method: request.method,
      headers: { ...request.headers, ...(request.body === undefined ? {} : jsonHeaders) },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) {
      return { status: response.status, body: await readBody(response) };
    }
    await response.body?.cancel();
    url = redirectTarget(request, url, location);
  }
  throw new ScepIssuerError("Request error: too many redirects");
}

const jsonHeaders = { "content-type": "application/json", accept: "application/json" } as const;

function redirectTarget(request: IssuerRequest, from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (request.method !== "GET" || target?.origin !== from.origin) {
    throw new ScepIssuerError("Request error: a redirect to another place");
  }
  return target;
}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > issuerAnswerBytesMax) {
      throw new ScepIssuerError(`Request error: an answer of more than ${issuerAnswerBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** In words that hold no URL and no header: the code of the network's error, or the kind of the failure. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
  const { code } = (error.cause ?? error) as { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
}

type Turns = <T>(deadline: AbortSignal, work: () => Promise<T>) => Promise<T>;

/** Lets so many works run at a time; one that waits longer than its deadline is never started. */
function createTurns(concurrentMax: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (deadline, work) => {
    while (running >= concurrentMax) await new Promise<void>((proceed) => waiting.push(proceed));
    deadline.throwIfAborted();
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
