/**
 * One operation: one transaction, one actor, one clock reading. Made once per request, check-in or job run, and a
 * closed list of six members: a seventh needs a decision record (house rule 2.3).
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Database, Reader, Tx } from "./db/database.ts";
import type { DomainEvent } from "./events/event.ts";
import { insertEvents } from "./events/event-store.ts";
import type { JobRequest } from "./jobs/job.ts";
import { insertJobs } from "./jobs/job-store.ts";
import type { Logger } from "./log.ts";

/** Facts of the HTTP request that started something; they go into the metadata of its events. */
export type RequestFacts = {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly method: string;
  readonly path: string;
  /** Zentral's view name (`mdm_api:block_enrolled_device`), or null on device URLs. */
  readonly view: string | null;
};

/** Whom an event names. */
export type Actor = {
  readonly kind: "user" | "service_account" | "device" | "job" | "operator";
  /** Account id, serial number or job name; null while a device is not known yet. */
  readonly id: string | null;
  readonly name: string | null;
  /** What audit events say of the account: Zentral's `user` object, without secrets. */
  readonly account: Readonly<Record<string, unknown>> | null;
  readonly requestId: string;
  readonly request: RequestFacts | null;
};

/** What a read gets. */
export type ReadOperation = {
  readonly tx: Reader;
  readonly actor: Actor;
  readonly at: Date;
  readonly log: Logger;
};

/** What a write gets. Events and jobs are rows of the same transaction: no commit, no event, no job. */
export type Operation = {
  readonly tx: Tx;
  readonly actor: Actor;
  readonly at: Date;
  readonly record: (event: DomainEvent) => void;
  readonly enqueue: (job: JobRequest) => void;
  readonly log: Logger;
};

/** What operations are made from; built once in `app.ts`. */
export type OperationSource = { readonly database: Database; readonly clock: Clock; readonly log: Logger };

/** An operation, with what it has recorded and enqueued so far: to be written before its transaction commits. */
export type OpenOperation = {
  readonly operation: Operation;
  readonly events: readonly DomainEvent[];
  readonly jobs: readonly JobRequest[];
};

/** Begins an operation in a transaction that is open. */
export function beginOperation(source: OperationSource, actor: Actor, tx: Tx): OpenOperation {
  const events: DomainEvent[] = [];
  const jobs: JobRequest[] = [];
  const operation: Operation = {
    tx,
    actor,
    at: source.clock.now(),
    record: (event) => void events.push(event),
    enqueue: (job) => void jobs.push(job),
    log: source.log.child({ requestId: actor.requestId, actor: actor.id ?? actor.kind }),
  };
  return { operation, events, jobs };
}

/** Runs one write operation in its transaction. */
export async function operate<T>(
  source: OperationSource,
  actor: Actor,
  run: (operation: Operation) => Promise<T>,
): Promise<T> {
  return source.database.transaction(async (tx) => {
    const { operation, events, jobs } = beginOperation(source, actor, tx);
    const result = await run(operation);
    if (events.length > 0) await insertEvents(tx, events, operation);
    if (jobs.length > 0) await insertJobs(tx, jobs);
    return result;
  });
}

/** Makes the read operation of a request; reads need no transaction of their own. */
export function readOperation(source: OperationSource, actor: Actor): ReadOperation {
  return {
    tx: source.database,
    actor,
    at: source.clock.now(),
    log: source.log.child({ requestId: actor.requestId, actor: actor.id ?? actor.kind }),
  };
}

/** The actor of a job run. */
export function jobActor(name: string): Actor {
  return { kind: "job", id: name, name, account: null, requestId: randomUUID(), request: null };
}

/** The actor of a command on the server's own command line. */
export function operatorActor(command: string): Actor {
  return {
    kind: "operator",
    id: command,
    name: command,
    account: null,
    requestId: randomUUID(),
    request: null,
  };
}
