import { expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { Secret } from "./secret.ts";

function logged(
  write: (log: ReturnType<typeof createLogger>) => void,
  level = "info",
): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a line has its level, its time and its members, and secrets hide themselves", () => {
  const [line] = logged((log) => log.child({ requestId: "r" }).info({ pin: new Secret("123456") }, "Said"));
  expect(line).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    requestId: "r",
    pin: "[secret]",
    msg: "Said",
  });
});

test("lines below the level are not written", () => {
  expect(logged((log) => log.info("quiet"), "warn")).toEqual([]);
});

test("an error tells its chain and its code, and no row of the database", () => {
  const cause = Object.assign(new Error("new row violates a constraint"), {
    detail: "Failing row contains (hush)",
  });
  const error = Object.assign(new Error("Cannot write", { cause }), {
    code: "23514",
    constraint: "devices_check",
    detail: "Failing row contains (hush)",
    where: "hush",
    parameters: ["hush"],
  });
  const [line] = logged((log) => log.error({ err: error }, "Failed"));
  expect(line?.["err"]).toMatchObject({
    type: "Error",
    message: "Cannot write: new row violates a constraint",
    stack: expect.stringContaining("log.test.ts"),
    code: "23514",
    constraint: "devices_check",
  });
  expect(JSON.stringify(line)).not.toContain("hush");
});

test("what was thrown and is no error is not repeated", () => {
  const [line] = logged((log) => log.error({ err: "hush" }, "Failed"));
  expect(line?.["err"]).toEqual({ type: "string" });
});
