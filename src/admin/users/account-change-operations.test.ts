import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { runDuring, runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { type Account, accountTaken, lastSuperuser } from "./account.ts";
import { changeAccount } from "./account-change-operations.ts";
import { createAccount } from "./account-operations.ts";

const world = useTestDatabase();

const createSuperuser = async (op: Operation, username: string): Promise<Account> => {
  const input = {
    username,
    email: `${username}@example.com`,
    isServiceAccount: false,
    isSuperuser: true,
    roleNames: [],
    withApiToken: false,
    apiTokenName: null,
    apiTokenExpiry: null,
    skipIfExisting: false,
  };
  return (await createAccount(op, { randomBytes }, input)).account;
};

const change = (op: Operation, account: Account): Promise<void> =>
  changeAccount(op, {
    id: account.id,
    change: { ...account, isActive: true, roleIds: [] },
    grantor: { isSuperuser: true, hasPermission: () => true },
  });
const demote = (op: Operation, account: Account) => change(op, { ...account, isSuperuser: false });

/** Runs an operation that is refused. */
const refusedOf = (run: (op: Operation) => Promise<unknown>) =>
  world.testOperation(run).catch((error: unknown) => error);

test("of two superusers who are demoted at once the second stays one", async () => {
  const [one, other] = await world.testOperation(async (op) => [
    await createSuperuser(op, "one"),
    await createSuperuser(op, "other"),
  ]);
  const refused = await runInterrupted(
    world,
    (op) => demote(op, one),
    () => refusedOf((op) => demote(op, other)),
  );
  expect(refused).toBeInstanceOf(OperationRefused);
  expect(refused).toMatchObject({ refusal: lastSuperuser });
});

test.each(["username", "email"] as const)(
  "a %s that another account takes at the same time is refused by name",
  async (field) => {
    const account = await world.testOperation((op) => createSuperuser(op, `late-${field}`));
    const taken = field === "username" ? `early-${field}` : `early-${field}@example.com`;
    const refused = await runDuring(
      world,
      (op) => createSuperuser(op, `early-${field}`),
      () => refusedOf((op) => change(op, { ...account, [field]: taken })),
    );
    expect(refused).toBeInstanceOf(OperationRefused);
    expect(refused).toMatchObject({ refusal: accountTaken(field) });
  },
);
