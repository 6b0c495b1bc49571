/** Deletes files that nobody refers to. */
import { secondsAfter } from "#platform/clock.ts";
import type { JobDefinition } from "#platform/jobs/job.ts";
import type { FileStorage } from "#platform/storage/file-storage.ts";
import { unusedFileSeconds } from "./stored-file.ts";
import { deleteUnusedFile, listUnusedFiles } from "./stored-file-store.ts";

/** Files of one run; what is left is for the next. */
const filesMax = 10_000;

/**
 * Runs every hour. Idempotent. The bytes go before the row's deletion is committed: bytes without a row would never be
 * found, a row without bytes is only tried again.
 */
export function deleteUnusedFilesJob(fileStorage: FileStorage): JobDefinition {
  return {
    name: "delete_unused_files",
    schedule: "47 * * * *",
    run: async (_payload, { operate, signal }) => {
      const files = await operate((op) =>
        listUnusedFiles(op.tx, { before: secondsAfter(op.at, -unusedFileSeconds), limit: filesMax }),
      );
      for (const { sha256 } of files) {
        if (signal.aborted) return;
        await operate(async (op) => {
          const before = secondsAfter(op.at, -unusedFileSeconds);
          if (!(await deleteUnusedFile(op.tx, sha256, before))) return;
          await fileStorage.delete(sha256);
          op.log.info({ sha256 }, "A file that nobody refers to was deleted");
        });
      }
    },
  };
}
