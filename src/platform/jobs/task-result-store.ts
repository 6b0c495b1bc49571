/** Rows of `task_results`. */
import type { Reader, Tx } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { TaskId, TaskResult } from "./task-result.ts";

const columns = sql`id, name, status, owner_account_id, result, created_at, started_at, finished_at`;

/** Finds a task. */
export async function findTaskResult(reader: Reader, id: TaskId): Promise<TaskResult | null> {
  return reader.maybe<TaskResult>(sql`select ${columns} from task_results where id = ${id}`);
}

/** Inserts a task that waits for its job. */
export async function insertTaskResult(
  tx: Tx,
  row: Pick<TaskResult, "id" | "name" | "ownerAccountId" | "createdAt">,
): Promise<void> {
  await tx.run(sql`
    insert into task_results (id, name, status, owner_account_id, created_at)
    values (${row.id}, ${row.name}, 'PENDING', ${row.ownerAccountId}, ${row.createdAt})`);
}

/** Marks a task as begun unless it began or ended before; answers whether it did. */
export async function updateTaskStarted(tx: Tx, id: TaskId, at: Date): Promise<boolean> {
  const touched = await tx.run(sql`
    update task_results set status = 'STARTED', started_at = ${at} where id = ${id} and status = 'PENDING'`);
  return touched === 1;
}

/** Ends a task unless it ended before: a job that runs twice changes nothing the second time. */
export async function updateTaskFinished(
  tx: Tx,
  row: {
    readonly id: TaskId;
    readonly status: "SUCCESS" | "FAILURE";
    /** JSON text. */
    readonly result: string | null;
    readonly at: Date;
  },
): Promise<boolean> {
  const touched = await tx.run(sql`
    update task_results
       set status = ${row.status}, result = ${row.result}::jsonb, finished_at = ${row.at},
           started_at = coalesce(started_at, ${row.at})
     where id = ${row.id} and finished_at is null`);
  return touched === 1;
}

/** Deletes tasks made before a moment, the oldest first; answers how many. */
export async function deleteTaskResults(tx: Tx, before: Date, rowsMax: number): Promise<number> {
  return tx.run(sql`
    delete from task_results where id in (
      select id from task_results where created_at < ${before} order by created_at limit ${rowsMax})`);
}
