/** Where clients ask what became of a task they started (http-api 3.6). */
import { type Endpoint, readEndpoint } from "../http/endpoint.ts";
import { asUuid } from "../ids.ts";
import { maySeeTask, TaskResultView, viewTaskResult, viewUnknownTask } from "./task-result.ts";
import { findTaskResult } from "./task-result-store.ts";

/** One endpoint. It never answers 404: clients poll it, and an id not known yet is one that may come. */
export const taskResultEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/task_result/:uuid/",
    operationId: "findTaskResult",
    view: "task_result",
    access: { special: "authenticated" },
    summary: "Shows what became of a task",
    description: "Of an unknown task, and of one that another account started, the status is UNKNOWN.",
    response: { status: 200, schema: TaskResultView },
    handle: async (_, op, { params }) => {
      const id = asUuid<"Task">(params.uuid);
      const task = await findTaskResult(op.tx, id);
      return task !== null && maySeeTask(op.actor, task) ? viewTaskResult(task) : viewUnknownTask(id);
    },
  }),
];
