import { describe, expect, test } from "vitest";
import { bodyOf, type Field, formValues, valueAt, withValue } from "./field.ts";

const fields: readonly Field[] = [
  { kind: "text", name: "name", label: "Name", initial: "", isRequired: true },
  { kind: "number", name: "secret.quota", label: "Quota", initial: null },
  { kind: "lines", name: "secret.serial_numbers", label: "Serial numbers", initial: "" },
  { kind: "switch", name: "dynamic", label: "Dynamic", initial: true },
  {
    kind: "secret",
    name: "password",
    label: "Password",
    initial: "",
    when: ({ dynamic }) => dynamic === false,
  },
];

describe("forms", () => {
  test("a new object begins with the defaults, nested ones in their place", () => {
    expect(formValues(fields, null)).toEqual({
      name: "",
      secret: { quota: null, serial_numbers: "" },
      dynamic: true,
      password: "",
    });
  });

  test("an object that is there begins as it is, and is sent as it is", () => {
    const row = {
      name: "A",
      secret: { quota: 3, serial_numbers: ["X", "Y"] },
      dynamic: false,
      password: "p",
    };
    const values = formValues(fields, row);
    expect(valueAt(values, "secret.serial_numbers")).toBe("X\nY");
    expect(bodyOf(fields, values)).toEqual(row);
  });

  test("what is hidden is not sent, and what is empty is none", () => {
    const values = { name: "", secret: { quota: "", serial_numbers: " \n" }, dynamic: true, password: "p" };
    expect(bodyOf(fields, values)).toEqual({
      name: "",
      secret: { quota: null, serial_numbers: null },
      dynamic: true,
    });
  });

  test("members of members are changed in a copy", () => {
    const before = { a: { b: 1, c: 2 } };
    expect(withValue(before, "a.b", 3)).toEqual({ a: { b: 3, c: 2 } });
    expect(before.a.b).toBe(1);
    expect(valueAt(before, "a.b.c")).toBeUndefined();
  });
});
