/** What is done to tasks: an endpoint creates one with its job, the job starts and finishes it. */
import { randomUUID } from "node:crypto";
import { invariant } from "../errors.ts";
import { asUuid } from "../ids.ts";
import type { Operation } from "../operation.ts";
import { accountIdOf, type TaskId, taskResultCharactersMax } from "./task-result.ts";
import { insertTaskResult, updateTaskFinished, updateTaskStarted } from "./task-result-store.ts";

/**
 * Makes a task that belongs to the account of the operation. Enqueue its job in the same operation, with the id in its
 * payload.
 *
 * @param name The kind of work, as clients know it (`zentral.contrib.mdm.tasks.…` where the reference has one).
 */
export async function createTask(op: Operation, name: string): Promise<TaskId> {
  const id = asUuid<"Task">(randomUUID());
  await insertTaskResult(op.tx, { id, name, ownerAccountId: accountIdOf(op.actor), createdAt: op.at });
  return id;
}

/** Marks a task as begun. A job that runs again finds it begun, which is no error. */
export async function startTask(op: Operation, id: TaskId): Promise<void> {
  await updateTaskStarted(op.tx, id, op.at);
}

/**
 * Ends a task. A second end changes nothing, so that a job may run twice.
 *
 * @param outcome.result What a success answers: public facts, JSON of at most `taskResultCharactersMax` characters.
 */
export async function finishTask(
  op: Operation,
  id: TaskId,
  outcome: {
    readonly status: "SUCCESS" | "FAILURE";
    readonly result?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const result = outcome.result === undefined ? null : JSON.stringify(outcome.result);
  invariant((result ?? "").length <= taskResultCharactersMax, "a task result stays within its limit");
  await updateTaskFinished(op.tx, { id, status: outcome.status, result, at: op.at });
}
