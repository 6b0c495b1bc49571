import { expect, test } from "vitest";
import { isSame, sql, toStatement } from "./sql.ts";

test("a column is compared with a value or with null, in forms that indexes answer", () => {
  const [one, none] = [7, null].map((value) => toStatement(sql`select ${isSame(sql`t.id`, value)}`));
  expect(one).toMatchObject({ text: "select t.id = $1", values: [7] });
  expect(none).toMatchObject({ text: "select t.id is null", values: [] });
});
