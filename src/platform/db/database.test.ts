import { describe, expect, test } from "vitest";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { constraintViolation, openDatabase } from "./database.ts";
import { emptySql, identifier, joinSql, sql, toStatement } from "./sql.ts";

const world = useTestDatabase();

describe("sql", () => {
  test("values become parameters and pieces are spliced in, numbered in order", () => {
    const condition = sql`b = ${2} and c = ${3}`;
    const statement = toStatement(sql`select ${1} where ${condition} or d = ${4}`);
    expect(statement.text).toBe("select $1 where b = $2 and c = $3 or d = $4");
    expect(statement.values).toEqual([1, 2, 3, 4]);
  });

  test("pieces join with a separator, and nothing adds nothing", () => {
    const pieces = [sql`a = ${1}`, sql`b = ${2}`];
    expect(toStatement(sql`where ${joinSql(pieces, sql` and `)}${emptySql};`).text).toBe(
      "where a = $1 and b = $2;",
    );
    expect(toStatement(joinSql([], sql`,`)).text).toBe("");
  });

  test("one text has one name, whatever its values", () => {
    expect(toStatement(sql`select ${1}`).name).toBe(toStatement(sql`select ${2}`).name);
    expect(toStatement(sql`select ${1}`).name).not.toBe(toStatement(sql`select ${1}, 2`).name);
  });

  test("an identifier that is not a plain name is refused", () => {
    expect(() => identifier(`a"; drop table x; --`)).toThrow(TypeError);
  });
});

describe("database", () => {
  test("closing waits until every connection has ended, so that the server may stop", async () => {
    const database = openDatabase({ connection: world.connection, log: world.log });
    let [connected, ended] = [0, 0];
    database.pool.on("connect", (client) => {
      connected++;
      client.on("end", () => ended++);
    });
    await Promise.all([1, 2, 3].map((value) => database.one(sql`select pg_sleep(0.01), ${value}::int`)));
    await database.close();
    expect(connected).toBe(3);
    expect(ended).toBe(3);
  });

  test("a hostile value stays a value, and columns come back in camel case", async () => {
    const hostile = `'; drop table events; --`;
    const row = await world.database.one<{ theText: string }>(sql`select ${hostile}::text as the_text`);
    expect(row).toEqual({ theText: hostile });
  });

  test("a transaction that throws leaves nothing behind", async () => {
    const insert = sql`insert into roles (name, permissions, created_at, updated_at)
                       values ('lost', '{}', ${world.clock.now()}, ${world.clock.now()})`;
    const failing = world.database.transaction(async (tx) => {
      await tx.run(insert);
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await world.database.maybe(sql`select id from roles where name = 'lost'`)).toBeNull();
  });

  test("a statement after the end of its transaction is a defect, not a write outside it", async () => {
    const leaked = await world.database.transaction(async (tx) => tx);
    await expect(leaked.run(sql`select 1`)).rejects.toThrow("after the end");
  });

  test("begin and commit do not count as statements", async () => {
    const before = world.database.statementCount();
    await world.database.transaction(async (tx) => {
      await tx.one(sql`select 1 as one`);
    });
    expect(world.database.statementCount() - before).toBe(1);
  });

  test("a broken constraint is told by its name", async () => {
    const insert = sql`insert into roles (name, permissions, created_at, updated_at)
                       values ('twice', '{}', ${world.clock.now()}, ${world.clock.now()})`;
    const error = await world.database
      .transaction(async (tx) => {
        await tx.run(insert);
        await tx.run(insert);
      })
      .catch((caught: unknown) => caught);
    expect(constraintViolation(error)).toEqual({ code: "23505", constraint: "roles_name_unique" });
    expect(constraintViolation(new Error("other"))).toBeNull();
  });

  test("one row means one row", async () => {
    await expect(world.database.one(sql`select 1 as a where false`)).rejects.toThrow("got none");
    await expect(world.database.one(sql`select 1 as a union all select 2`)).rejects.toThrow("got 2");
  });
});
