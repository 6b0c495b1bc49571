/**
 * The loop that sends requested pushes: one client of APNs per push certificate, many pushes under way on each. It
 * holds no database connection while it waits for Apple, and one certificate that stalls does not stop the others.
 */
import type { ApnsClient, ApnsCredentials } from "#apple/apns/apns-client.ts";
import type { PushOutcome } from "#apple/apns/push-outcome.ts";
import { secondsAfter } from "#platform/clock.ts";
import { invariant } from "#platform/errors.ts";
import { jobActor, operate, type Operation, type OperationSource } from "#platform/operation.ts";
import { openText, type Sealer } from "#platform/sealer.ts";
import { asId } from "#platform/ids.ts";
import { contextOf } from "./push-certificate-operations.ts";
import {
  claimDuePushes,
  planSettling,
  type PushResult,
  refuseUnpokable,
  requestOverduePushes,
  settlePushedTargets,
  settlePushes,
} from "./push-operations.ts";
import { type WakePacing, wakePacingDefault } from "./push-request.ts";
import { type ClaimedPush, findPushClientMaterial } from "./push-request-store.ts";

/** How often due requests are looked for when nobody nudges. */
export const pushPollSeconds = 1;
/** How often commands that wait in vain are looked for, in polls. */
export const pollsPerSweep = 10;
/** Most pushes under way for one push certificate; Apple allows a connection about twice as many streams. */
export const pushesInFlightMax = 500;
/** Most pushes of this process in a poll: what the rest of the server notices least (measurements, section 6). */
export const pushesPerPollMax = 5_000;

/** Results are written together when there are this many, at each poll, and when nothing is under way any more. */
const settleCountMin = 100;

/** Why a push was not tried at all. */
const unusable = "push_certificate_unusable";

/** Counts attempts by what became of them; `no_client` when the push certificate could not be used. */
export type PushCounter = (target: "device" | "user", status: "success" | "failure" | "no_client") => void;

export type PushSenderDeps = {
  readonly source: OperationSource;
  readonly sealer: Sealer;
  /** Makes a client for a push certificate; `app.ts` adds where APNs is. */
  readonly openApnsClient: (credentials: ApnsCredentials) => ApnsClient;
  readonly countPush?: PushCounter;
  /** A throttle that operators configured; what is absent stays at this server's own limits. */
  readonly throttle?: { readonly ratePerSecond: number | null; readonly capacity: number | null };
  /** How long commands wait for a push of their own, and how pushes are claimed. */
  readonly pacing?: WakePacing;
};

export type PushSender = {
  /** Looks for due requests now instead of at the next poll. */
  readonly nudge: () => void;
  /** Sends everything that is due and waits until its results are written. For tests. */
  readonly drain: () => Promise<void>;
  /** Stops claiming, lets what is under way end, and writes its results. */
  readonly close: () => Promise<void>;
};

/** Starts sending; the sender must be closed before the database. */
export function startPushSender(deps: PushSenderDeps): PushSender {
  const sender = new Sender(deps);
  let polls = 0;
  const timer = setInterval(() => {
    sender.poll();
    if (polls++ % pollsPerSweep === 0) sender.sweep();
  }, pushPollSeconds * 1000);
  timer.unref();
  return {
    nudge: () => sender.nudge(),
    drain: () => sender.drain(),
    close: async () => {
      clearInterval(timer);
      await sender.close();
    },
  };
}

type OpenClient = { readonly updatedAt: number; readonly client: Promise<ApnsClient> };

class Sender {
  readonly #deps: PushSenderDeps;
  /** By push certificate, like the pushes under way. */
  readonly #clients = new Map<number, OpenClient>();
  readonly #inFlight = new Map<number, number>();
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new Set<Promise<void>>();
  #results: PushResult[] = [];
  #settledCount = 0;
  readonly #capacity: number;
  readonly #budgetPerPoll: number;
  #budget: number;
  #wanted = { work: false, claim: false, settle: false, sweep: false };
  #isClosed = false;
  #working: Promise<void> | null = null;

  constructor(deps: PushSenderDeps) {
    this.#deps = deps;
    const { ratePerSecond = null, capacity = null } = deps.throttle ?? {};
    this.#budgetPerPoll = ratePerSecond === null ? pushesPerPollMax : ratePerSecond * pushPollSeconds;
    // Without a capacity of its own a rate may be used up in one go, as it is without a throttle.
    this.#capacity = Math.min(pushesPerPollMax, capacity ?? Math.max(1, this.#budgetPerPoll));
    this.#budget = this.#capacity;
  }

  poll(): void {
    this.#budget = Math.min(this.#capacity, this.#budget + this.#budgetPerPoll);
    this.nudge();
  }

  nudge(): void {
    this.#wanted.claim = true;
    this.#wanted.settle = true;
    this.#work();
  }

  sweep(): void {
    this.#wanted.sweep = true;
    this.nudge();
  }

  async drain(): Promise<void> {
    this.#wanted.sweep = true;
    let settledBefore = -1;
    // A settled result may have made its request due again: only a round without any is the last.
    while (this.#sending.size > 0 || this.#settledCount !== settledBefore) {
      settledBefore = this.#settledCount;
      await Promise.all(this.#sending);
      this.poll();
      await this.#idle();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#idle();
    await Promise.all([...this.#clients.values()].map(closeClient));
    await Promise.all([...this.#sending, ...this.#closing]);
    this.nudge();
    await this.#idle();
  }

  /** Settles and claims, one at a time, until neither is wanted. */
  #work(): void {
    this.#wanted.work = true;
    this.#working ??= this.#workUntilIdle().finally(() => {
      this.#working = null;
      if (this.#wanted.work) this.#work();
    });
  }

  async #idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async #workUntilIdle(): Promise<void> {
    while (this.#wanted.work) {
      this.#wanted.work = false;
      try {
        await this.#settle();
        if (this.#wanted.claim && !this.#isClosed) await this.#claim();
      } catch (error) {
        // The database is away. The next poll tries again; what was claimed is free again after its claim time.
        this.#deps.source.log.error({ err: error }, "Cannot read or write push requests");
        return;
      }
    }
  }

  async #settle(): Promise<void> {
    const results = this.#results;
    const isDue = this.#wanted.settle || results.length >= settleCountMin || this.#sending.size === 0;
    if (results.length === 0 || !isDue) return;
    this.#wanted.settle = false;
    await this.#operate((op) => settlePushedTargets(op, results));
    for (const round of planSettling(results)) {
      await this.#operate((op) => settlePushes(op, round));
      // Further results may have come meanwhile, and what is settled is not settled again should the next round fail.
      const settled = new Set(round);
      this.#results = this.#results.filter((result) => !settled.has(result));
      this.#settledCount += round.length;
    }
  }

  async #claim(): Promise<void> {
    this.#wanted.claim = false;
    const { sweep } = this.#wanted;
    const busyCertificateIds = [...this.#inFlight].flatMap(([id, count]) =>
      count >= pushesInFlightMax ? [id] : [],
    );
    const { batchSize } = this.#deps.pacing ?? wakePacingDefault;
    const limit = Math.min(batchSize, Math.floor(this.#budget));
    const { at, claimed } = await this.#operate(async (op) => {
      const { pacing } = this.#deps;
      if (sweep) await requestOverduePushes(op, pacing);
      return { at: op.at, claimed: await claimDuePushes(op, { limit, busyCertificateIds }, pacing) };
    });
    if (sweep) this.#wanted.sweep = false;
    this.#budget -= claimed.length;
    for (const push of claimed) this.#start(push, at);
    // A full batch: there is probably more.
    if (claimed.length > 0 && claimed.length === limit) this.nudge();
  }

  #start(push: ClaimedPush, at: Date): void {
    const unpokable = refuseUnpokable(push, at);
    if (unpokable !== null) {
      this.#finish(unpokable);
      return;
    }
    const { pushCertificateId } = push;
    this.#countInFlight(pushCertificateId, 1);
    const sending = this.#send(push, at).then((outcome) => {
      this.#sending.delete(sending);
      // Claims leave out a certificate with enough under way; there is room again.
      if (this.#countInFlight(pushCertificateId, -1) === pushesInFlightMax / 2) this.#wanted.claim = true;
      this.#finish({ push, outcome });
    });
    this.#sending.add(sending);
  }

  #countInFlight(pushCertificateId: number, change: 1 | -1): number {
    const count = (this.#inFlight.get(pushCertificateId) ?? 0) + change;
    if (count === 0) this.#inFlight.delete(pushCertificateId);
    else this.#inFlight.set(pushCertificateId, count);
    return count;
  }

  #finish(result: PushResult): void {
    this.#count(result);
    this.#results.push(result);
    this.#work();
  }

  #count({ push, outcome }: PushResult): void {
    if (outcome.kind === "not_pokable") return;
    const isClientless = outcome.kind === "retry_later" && outcome.reason === unusable;
    const failure = isClientless ? "no_client" : "failure";
    this.#deps.countPush?.(
      push.deviceUserId === null ? "device" : "user",
      outcome.kind === "sent" ? "success" : failure,
    );
  }

  async #send(push: ClaimedPush, at: Date): Promise<PushOutcome> {
    const { token, topic, pushMagic, priority } = push;
    // Seen by findPokeObstacle before; here for the types.
    invariant(token !== null && topic !== null && pushMagic !== null, "a pokable target is complete");
    try {
      const client = await this.#client(push);
      const expiration = secondsAfter(at, push.expirationSeconds);
      return await client.push({ token, topic, pushMagic, priority, expiration });
    } catch {
      // Logged where the client is opened, once for all that wait for it.
      return { kind: "retry_later", reason: unusable, retryAfterSeconds: null };
    }
  }

  /** The client of the push's certificate; another one once the certificate was renewed (specification 6.1). */
  #client({ pushCertificateId: id, certificateUpdatedAt }: ClaimedPush): Promise<ApnsClient> {
    const updatedAt = certificateUpdatedAt.getTime();
    const known = this.#clients.get(id);
    if (known !== undefined && known.updatedAt >= updatedAt) return known.client;
    const opened: OpenClient = { updatedAt, client: this.#openClient(id) };
    this.#clients.set(id, opened);
    if (known !== undefined) {
      const closing = closeClient(known).finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
    opened.client.catch((error) => {
      this.#clients.delete(id);
      this.#deps.source.log.error({ err: error, pushCertificateId: id }, "Cannot use a push certificate");
    });
    return opened.client;
  }

  async #openClient(id: number): Promise<ApnsClient> {
    const material = await findPushClientMaterial(this.#deps.source.database, id);
    if (material === null) throw new Error(`Push certificate ${id} has no material`);
    const privateKeyPem = openText(this.#deps.sealer, material.privateKeySealed, contextOf(asId(id)));
    return this.#deps.openApnsClient({ certificatePem: material.certificate, privateKeyPem });
  }

  #operate<T>(run: (op: Operation) => Promise<T>): Promise<T> {
    return operate(this.#deps.source, jobActor("push_sender"), run);
  }
}

async function closeClient({ client }: OpenClient): Promise<void> {
  const [opened] = await Promise.allSettled([client]);
  if (opened.status === "fulfilled") await opened.value.close();
}
