/**
 * A task result: what became of work that a caller of the API started and asks about later (http-api 3.6).
 * Made with the job that does the work, changed by that job alone, and shown to who started it.
 * It never holds secrets: whatever a task answers, its owner may read until the result is purged.
 */
import { type Static, Type } from "typebox";
import type { Uuid } from "../ids.ts";
import type { Actor } from "../operation.ts";

export type TaskId = Uuid<"Task">;
export type TaskStatus = "PENDING" | "STARTED" | "SUCCESS" | "FAILURE";

export type TaskResult = {
  readonly id: TaskId;
  /** What kind of work it is, as clients know it: the reference's dotted task name. */
  readonly name: string;
  readonly status: TaskStatus;
  /** Null when no account started it: then only superusers see it. */
  readonly ownerAccountId: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
};

/** Results are kept this long after their task was started: clients poll for minutes, people look a week later. */
export const taskResultKeptSeconds = 30 * 86_400;
/** Largest result, as JSON text: one line for each of 10,000 devices fits. */
export const taskResultCharactersMax = 4_000_000;

/** What the endpoint that starts a task answers: where to ask for its result (http-api 5.15). */
export const TaskReference = Type.Object({
  task_id: Type.String({ format: "uuid" }),
  task_result_url: Type.String(),
});

/** Names a task to the client that started it. */
export function taskReference(id: TaskId): Static<typeof TaskReference> {
  return { task_id: id, task_result_url: `/api/task_result/${id}/` };
}

/** What clients see of a task; of an unknown one only the last three members. */
export const TaskResultView = Type.Object({
  name: Type.Optional(Type.String()),
  id: Type.String({ format: "uuid" }),
  status: Type.String(),
  unready: Type.Boolean(),
  result: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
export type TaskResultView = Static<typeof TaskResultView>;

/** Shows a task; the result only when it succeeded. */
export function viewTaskResult({ id, name, status, result }: TaskResult): TaskResultView {
  const unready = status === "PENDING" || status === "STARTED";
  return { name, id, status, unready, ...(status === "SUCCESS" ? { result: result ?? {} } : {}) };
}

/** A task that does not exist, or that the caller may not know about. */
export function viewUnknownTask(id: TaskId): TaskResultView {
  return { id, status: "UNKNOWN", unready: true };
}

/** The account an actor speaks for; null for jobs, devices and the command line. */
export function accountIdOf({ kind, id }: Actor): number | null {
  return (kind === "user" || kind === "service_account") && id !== null ? Number(id) : null;
}

/** Only who started a task, and superusers, see it; the reference shows every task to every account. */
export function maySeeTask(actor: Actor, { ownerAccountId }: TaskResult): boolean {
  if (actor.account?.["is_superuser"] === true) return true;
  return ownerAccountId !== null && accountIdOf(actor) === ownerAccountId;
}
