import { expect, test } from "vitest";
import { runBulkAction } from "./bulk-action.ts";

test("each object has its turn and its outcome, also after one that was refused or failed", async () => {
  const ran: number[] = [];
  const counts: number[] = [];
  const outcome = await runBulkAction<number>(
    {
      refusal: (row) => (row === 1 ? "It comes with the server." : null),
      run: (row) => {
        ran.push(row);
        return row === 2 ? Promise.reject(new Error("It is in use.")) : Promise.resolve();
      },
    },
    [1, 2, 3],
    (count) => counts.push(count),
  );
  expect(ran).toEqual([2, 3]);
  expect(counts).toEqual([1, 2, 3]);
  expect(outcome).toEqual({
    done: [3],
    failed: [
      { row: 1, reason: "It comes with the server." },
      { row: 2, reason: "It is in use." },
    ],
  });
});
