import { describe, expect, test } from "vitest";
import { readFailure } from "./failure.ts";

describe("what a refused request says", () => {
  test("fields keep their names, nested ones dotted", () => {
    const failure = readFailure(400, { name: ["This field is required."], secret: { quota: ["Too low."] } });
    expect(failure.fields).toEqual({ name: "This field is required.", "secret.quota": "Too low." });
    expect(failure.message).toBe("Some fields need another look.");
  });

  test("what belongs to no field is the message", () => {
    const failure = readFailure(400, { non_field_errors: ["Choose a platform."], name: ["Taken."] });
    expect(failure.message).toBe("Choose a platform.");
    expect(failure.fields).toEqual({ name: "Taken." });
    expect(readFailure(404, { detail: "No Blueprint matches the given query." }).message).toContain(
      "Blueprint",
    );
    expect(readFailure(400, ["This blueprint cannot be deleted"]).message).toBe(
      "This blueprint cannot be deleted",
    );
  });

  test.each([
    [0, null],
    [403, "<html>"],
    [502, undefined],
    [418, {}],
  ])("status %d without a usable body still has a sentence", (status, body) => {
    expect(readFailure(status, body).message).toMatch(/\.$/);
  });
});
