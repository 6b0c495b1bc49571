import { expect, test } from "vitest";
import { OperationRefused } from "#platform/errors.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import { createRole, updateRole } from "./role-operations.ts";

const world = useTestDatabase();
const grantor = { isSuperuser: true, hasPermission: () => true };

test("a name that another role takes at the same time is refused", async () => {
  const { id } = await world.testOperation((op) => createRole(op, { name: "Late", permissions: [] }));
  const input = { name: "Early", permissions: [] };
  const refused = await runDuring(
    world,
    (op) => createRole(op, input),
    () =>
      world.testOperation((op) => updateRole(op, { id, input, grantor })).catch((error: unknown) => error),
  );
  expect(refused).toBeInstanceOf(OperationRefused);
  expect(refused).toMatchObject({ refusal: { code: "role_name_taken" } });
});
