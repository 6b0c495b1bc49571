import { describe, expect, test } from "vitest";
import { decodeGo, encodeGo, GoDecodeError, type GoType, pointer, slice, struct } from "./go-json.ts";

const refused: readonly (readonly [what: string, type: GoType, value: unknown])[] = [
  ["a word for an integer", "int", "0"],
  ["a fraction for an integer", "int", 1.5],
  ["a number for a word", "string", 1],
  ["a number for a truth", "bool", 1],
  ["null for a timestamp", "time", null],
  ["a timestamp with Z", "time", "2026-03-01T10:00:00Z"],
  ["a timestamp with an offset", "time", "2026-03-01T10:00:00+01:00"],
  ["a single value for a slice", slice("int"), 1],
  ["a wrong item of a slice", slice("int"), [1, "2"]],
  ["an array for a struct", struct({ id: "int" }), [{ id: 1 }]],
  ["an array of objects that is an object", slice(struct({})), { results: [] }],
];

describe("decoding as Go does", () => {
  test.each(refused)("refuses %s", (_what, type, value) => {
    expect(() => decodeGo(type, value)).toThrow(GoDecodeError);
  });

  test("takes null for all but timestamps, and nothing for everything", () => {
    const members = { a: "string", b: "int", c: "bool", d: pointer("time"), e: slice("int") } as const;
    const zeros = { a: "", b: 0, c: false, d: null, e: null };
    expect(decodeGo(struct(members), { a: null, b: null, c: null, d: null, e: null })).toEqual(zeros);
    expect(decodeGo(struct({ ...members }), { unknown: {} })).toEqual(zeros);
    expect(decodeGo(struct({ at: "time" }), {})).toEqual({ at: "" });
    expect(decodeGo("time", "2026-03-01T10:00:00")).toBe("2026-03-01T10:00:00");
  });

  test("names the place of what it cannot read", () => {
    const type = struct({ rows: slice(struct({ id: "int" })) });
    expect(() => decodeGo(type, { rows: [{ id: 1 }, { id: "2" }] })).toThrow(".rows[1].id");
  });
});

describe("encoding as Go does", () => {
  test("sends every member in its order, nil as null, with its escapes and line feed", () => {
    const members = { name: "string", tags: slice("int"), limit: pointer("int"), isOn: "bool" } as const;
    expect(encodeGo(members, { isOn: true, name: "<a&b>" })).toBe(
      String.raw`{"name":"\u003ca\u0026b\u003e","tags":null,"limit":null,"isOn":true}` + "\n",
    );
  });

  test("sorts maps and leaves out what is omitted when empty", () => {
    const members = { map: { map: "any" }, uri: "string", sha: "string" } as const;
    expect(encodeGo(members, { map: { b: 1, a: { d: 1, c: 2 } }, sha: "x" }, ["uri", "sha"])).toBe(
      '{"map":{"a":{"c":2,"d":1},"b":1},"sha":"x"}\n',
    );
  });

  test("does not let a test send what the client cannot", () => {
    expect(() => encodeGo({ name: "string" }, { nam: "x" })).toThrow("no member nam");
  });
});
