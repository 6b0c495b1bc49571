import { describe, expect, test } from "vitest";
import { testActor, useTestDatabase } from "../../test/tools/test-database.ts";
import { sql } from "./db/sql.ts";
import { createOperationGroup } from "./operation-group.ts";
import type { Operation } from "./operation.ts";

const world = useTestDatabase();

const insertRole =
  (name: string) =>
  async (op: Operation): Promise<string> => {
    await op.tx.run(sql`insert into roles (name, permissions, created_at, updated_at)
                        values (${name}, '{}', ${op.at}, ${op.at})`);
    op.record({ type: "role_made", payload: { name }, tags: [] });
    return name;
  };

async function roleNames(prefix: string): Promise<string[]> {
  const rows = await world.database.many<{ name: string }>(
    sql`select name from roles where name like ${`${prefix}%`} order by name`,
  );
  return rows.map((row) => row.name);
}

describe("an operation group", () => {
  test("shares transactions between operations that come together, and each is there when it resolves", async () => {
    const group = createOperationGroup(world.source);
    const names = Array.from({ length: 200 }, (_, index) => `together-${String(index).padStart(3, "0")}`);
    const results = await Promise.all(
      names.map(async (name) => {
        const result = await group.operate(name, testActor, insertRole(name));
        expect(await roleNames(name)).toEqual([name]);
        return result;
      }),
    );
    expect(results).toEqual(names);
    expect(group.commitCount()).toBeLessThan(60);
    const events = await world.database.many(sql`select id from events where type = 'role_made'`);
    expect(events).toHaveLength(200);
  });

  test("a refused operation takes nothing of its neighbours with it, and leaves nothing of its own", async () => {
    const group = createOperationGroup(world.source);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        group.operate("one lane", testActor, async (op) => {
          await insertRole(`neighbour-${index}`)(op);
          if (index % 3 === 0) throw new Error(`refused ${index}`);
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(10);
    expect(await roleNames("neighbour-")).toHaveLength(20);
    const events = await world.database.many(
      sql`select id from events where payload->>'name' like 'neighbour-%'`,
    );
    expect(events).toHaveLength(20);
  });

  test("a statement that fails does not poison the transaction for the others", async () => {
    const group = createOperationGroup(world.source);
    const twice = [insertRole("same"), insertRole("same"), insertRole("same-not")];
    const outcomes = await Promise.allSettled(twice.map((run) => group.operate("lane", testActor, run)));
    // The first may have run alone, before the others came.
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await roleNames("same")).toEqual(["same", "same-not"]);
  });

  test("operations of one key run in the order they came", async () => {
    const group = createOperationGroup(world.source);
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        group.operate("device-1", testActor, async () => void seen.push(index)),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});
