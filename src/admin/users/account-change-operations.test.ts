import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { type Account, lastSuperuser } from "./account.ts";
import { changeAccount } from "./account-change-operations.ts";
import { createAccount } from "./account-operations.ts";

const world = useTestDatabase();

const createSuperuser = async (username: string): Promise<Account> => {
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
  return (await world.testOperation((op) => createAccount(op, { randomBytes }, input))).account;
};

const demote = (op: Operation, account: Account): Promise<void> =>
  changeAccount(op, {
    id: account.id,
    change: { ...account, isSuperuser: false, isActive: true, roleIds: [] },
    grantor: { isSuperuser: true, hasPermission: () => true },
  });

test("of two superusers who are demoted at once the second stays one", async () => {
  const [one, other] = [await createSuperuser("one"), await createSuperuser("other")];
  const refused = await runInterrupted(
    world,
    (op) => demote(op, one),
    () => world.testOperation((op) => demote(op, other)).catch((error: unknown) => error),
  );
  expect(refused).toBeInstanceOf(OperationRefused);
  expect(refused).toMatchObject({ refusal: lastSuperuser });
});
