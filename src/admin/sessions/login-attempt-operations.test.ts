/** Attempts of one account at the same time: they wait for each other, and never in a circle. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { type SessionServer, startSessionServer } from "../../../test/tools/session-server.ts";
import { runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { updateLastLogin } from "./login-account-store.ts";
import { accountAttempt, addressAttempt } from "./login-attempt.ts";
import { countAttempt, forgetAttempts } from "./login-attempt-operations.ts";

const world = useTestDatabase();
let server: SessionServer;
beforeAll(async () => {
  server = await startSessionServer(world);
});
afterAll(() => server.close());

test.each([
  ["account", "a", "b"],
  ["address", "b", "a"],
])(
  "an attempt is counted while another is forgotten, with the key of the %s first",
  async (first, ofAccount, ofAddress) => {
    const account = { key: `${ofAccount} ${first}`, freeFailures: 5 };
    const address = { key: `${ofAddress} ${first}`, freeFailures: 20 };
    const count = async () => {
      await world.testOperation((op) => countAttempt(op, [account, address]));
      return world.database.many(sql`
        select failures from login_attempts where key = any(${[account.key, address.key]}::text[])`);
    };
    await count();
    const counted = await runInterrupted(world, (op) => forgetAttempts(op, { account, address }), count);
    expect(counted).toEqual([{ failures: 1 }, { failures: 1 }]);
  },
);

test("a login waits for the end of another one's second factor", async () => {
  const { id, password } = await server.createAccount({ username: "both" });
  const account = accountAttempt("factor", String(id));
  const address = addressAttempt("127.0.0.1");
  const { status } = await runInterrupted(
    world,
    async (op) => {
      await updateLastLogin(op.tx, id, op.at);
      await forgetAttempts(op, { account, address });
    },
    () => server.browser().logIn("both", password),
  );
  expect(status).toBe(200);
});
