import { expect, test } from "vitest";
import { writeCsv } from "./csv.ts";

test("cells are quoted where they must be", () => {
  expect(
    writeCsv([
      ["a", 'b "c"', null],
      ["1,2", "x\ny", ""],
    ]),
  ).toBe('a,"b ""c""",\r\n"1,2","x\ny",\r\n');
});

test("nothing is run by a spreadsheet", () => {
  expect(writeCsv([["=1+1", "@a", "-2", "+3"]])).toBe("'=1+1,'@a,'-2,'+3\r\n");
});
