/** Attempts of one account at the same time: they wait for each other, and never in a circle. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { type SessionServer, startSessionServer } from "../../../test/tools/session-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { updateLastLogin } from "./login-account-store.ts";
import { accountAttempt, addressAttempt } from "./login-attempt.ts";
import { countAttempt, forgetAttempts } from "./login-attempt-operations.ts";

const world = useTestDatabase();
let server: SessionServer;
beforeAll(async () => {
  server = await startSessionServer(world);
});
afterAll(() => server.close());

/** Until another connection waits for what this transaction has locked. */
const somebodyWaits = () =>
  expect
    .poll(() =>
      world.database.one(sql`
        select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`),
    )
    .toEqual({ count: 1 });

/** The operation, with something that happens after its first statement. */
function interrupted(op: Operation, happen: () => Promise<void>): Operation {
  let isFirst = true;
  const run: typeof op.tx.run = async (piece) => {
    const count = await op.tx.run(piece);
    if (isFirst) await happen();
    isFirst = false;
    return count;
  };
  return { ...op, tx: { ...op.tx, run } };
}

test.each([
  ["account", "a", "b"],
  ["address", "b", "a"],
])(
  "an attempt is counted while another is forgotten, with the key of the %s first",
  async (first, ofAccount, ofAddress) => {
    const account = { key: `${ofAccount} ${first}`, freeFailures: 5 };
    const address = { key: `${ofAddress} ${first}`, freeFailures: 20 };
    const count = () => world.testOperation((op) => countAttempt(op, [account, address]));
    await count();
    const { counted } = await world.testOperation(async (op) => {
      const begun: Promise<void>[] = [];
      await forgetAttempts(
        interrupted(op, async () => {
          begun.push(count());
          await somebodyWaits();
        }),
        { account, address },
      );
      return { counted: Promise.all(begun) };
    });
    expect(await counted).toHaveLength(1);
    const failures = await world.database.many(
      sql`select failures from login_attempts where key = any(${[account.key, address.key]}::text[])`,
    );
    expect(failures).toEqual([{ failures: 1 }, { failures: 1 }]);
  },
);

test("a login waits for the end of another one's second factor", async () => {
  const { id, password } = await server.createAccount({ username: "both" });
  const account = accountAttempt("factor", String(id));
  const address = addressAttempt("127.0.0.1");
  const { loggedIn } = await world.testOperation(async (op) => {
    await updateLastLogin(op.tx, id, op.at);
    const begun = server.browser().logIn("both", password);
    await somebodyWaits();
    await forgetAttempts(op, { account, address });
    return { loggedIn: begun };
  });
  expect((await loggedIn).status).toBe(200);
});
