import fc from "fast-check";
import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { createAjv, createInputValidator } from "./validate-input.ts";
import { choice, foreignId, foreignUuid, nullable, timestamp } from "./wire-fields.ts";

const ajv = createAjv();
const validatorOf = (
  schema: Parameters<typeof createInputValidator>[1],
): ReturnType<typeof createInputValidator> => createInputValidator(ajv, schema);

const uuid = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";
const Shard = Type.Object({ tag: foreignId(), shard: Type.Integer({ minimum: 1, maximum: 100 }) });
const Everything = Type.Object({
  id: Type.Optional(Type.Integer({ readOnly: true })),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 5 })),
  code: Type.Optional(Type.String({ minLength: 3, pattern: "^[a-z]+$" })),
  note: Type.Optional(nullable(Type.String())),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
  plain: Type.Optional(Type.Integer()),
  flag: Type.Optional(Type.Boolean()),
  maybe: Type.Optional(nullable(Type.Boolean())),
  mode: Type.Optional(choice(["Install", "Remove"])),
  level: Type.Optional(choice([0, 1, 2])),
  unit: Type.Optional(foreignId()),
  optionalUnit: Type.Optional(nullable(foreignId())),
  issuer: Type.Optional(foreignUuid()),
  key: Type.Optional(Type.String({ format: "uuid" })),
  when: Type.Optional(timestamp()),
  hour: Type.Optional(Type.String({ format: "time" })),
  link: Type.Optional(Type.String({ format: "uri" })),
  mail: Type.Optional(Type.String({ format: "email" })),
  ratio: Type.Optional(Type.Number({ minimum: 0 })),
  platforms: Type.Optional(Type.Array(choice(["iOS", "macOS"]), { minItems: 1 })),
  words: Type.Optional(Type.Array(Type.String({ maxLength: 3 }), { maxItems: 2 })),
  tags: Type.Optional(Type.Array(foreignId())),
  shards: Type.Optional(Type.Array(Shard)),
  secret: Type.Optional(
    Type.Object({ quota: Type.Optional(nullable(Type.Integer({ minimum: 1 }))), owner: foreignId() }),
  ),
  map: Type.Optional(Type.Record(Type.String(), Type.String())),
  free: Type.Optional(Type.Unknown()),
});
const validate = validatorOf(Everything);

describe("texts", () => {
  test.each([
    ["name", null, ["This field may not be null."]],
    ["name", "  ", ["This field may not be blank."]],
    ["name", true, ["Not a valid string."]],
    ["name", [], ["Not a valid string."]],
    ["name", {}, ["Not a valid string."]],
    ["name", "abcdef", ["Ensure this field has no more than 5 characters."]],
    ["name", "a\0b", ["Null characters are not allowed."]],
    ["name", "a\ud800", ["Surrogate characters are not allowed: U+D800."]],
    [
      "code",
      "A",
      ["Ensure this field has at least 3 characters.", "This value does not match the required pattern."],
    ],
    ["count", "x", ["A valid integer is required."]],
    ["count", 1.5, ["A valid integer is required."]],
    ["count", true, ["A valid integer is required."]],
    ["count", [1], ["A valid integer is required."]],
    ["count", "1".repeat(1001), ["String value too large."]],
    ["count", 0, ["Ensure this value is greater than or equal to 1."]],
    ["count", 11, ["Ensure this value is less than or equal to 10."]],
    ["plain", 2 ** 31, ["Ensure this value is less than or equal to 2147483647."]],
    ["plain", -(2 ** 31) - 1, ["Ensure this value is greater than or equal to -2147483648."]],
    ["flag", "maybe", ["Must be a valid boolean."]],
    ["flag", 2, ["Must be a valid boolean."]],
    ["flag", null, ["This field may not be null."]],
    ["flag", [], ["Must be a valid boolean."]],
    ["mode", "install", ['"install" is not a valid choice.']],
    ["mode", "", ['"" is not a valid choice.']],
    ["level", 3, ['"3" is not a valid choice.']],
    ["level", true, ['"True" is not a valid choice.']],
    ["unit", "abc", ["Incorrect type. Expected pk value, received str."]],
    ["unit", true, ["Incorrect type. Expected pk value, received bool."]],
    ["unit", 1.5, ["Incorrect type. Expected pk value, received float."]],
    ["unit", [], ["Incorrect type. Expected pk value, received list."]],
    ["unit", {}, ["Incorrect type. Expected pk value, received dict."]],
    ["unit", "", ["This field may not be null."]],
    ["unit", 99999999999, ['Invalid pk "99999999999" - object does not exist.']],
    ["issuer", "zz", ["“zz” is not a valid UUID."]],
    ["key", "zz", ["Must be a valid UUID."]],
    [
      "when",
      "soon",
      [
        "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
      ],
    ],
    ["hour", "25:00", ["Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."]],
    ["link", "example", ["Enter a valid URL."]],
    ["link", "javascript://x.y", ["Enter a valid URL."]],
    ["mail", "a@b", ["Enter a valid email address."]],
    ["ratio", "x", ["A valid number is required."]],
    ["ratio", -1, ["Ensure this value is greater than or equal to 0."]],
    ["platforms", "iOS", ['Expected a list of items but got type "str".']],
    ["platforms", {}, ['Expected a list of items but got type "dict".']],
    ["platforms", [], ["This list may not be empty."]],
    ["platforms", ["iOS", "tvOS"], { "1": ['"tvOS" is not a valid choice.'] }],
    ["words", ["a", "b", "c"], ["Ensure this field has no more than 2 elements."]],
    [
      "words",
      ["long words", true],
      { "0": ["Ensure this field has no more than 3 characters."], "1": ["Not a valid string."] },
    ],
    ["tags", [1, "x", "y"], ["Incorrect type. Expected pk value, received str."]],
    ["shards", "x", { non_field_errors: ['Expected a list of items but got type "str".'] }],
    [
      "shards",
      [
        { tag: 1, shard: 1 },
        { tag: 1, shard: 101 },
      ],
      [{}, { shard: ["Ensure this value is less than or equal to 100."] }],
    ],
    ["shards", [{}], [{ tag: ["This field is required."], shard: ["This field is required."] }]],
    ["shards", [5], [{ non_field_errors: ["Invalid data. Expected a dictionary, but got int."] }]],
    [
      "secret",
      { quota: 0 },
      { quota: ["Ensure this value is greater than or equal to 1."], owner: ["This field is required."] },
    ],
    ["secret", [], { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] }],
    ["secret", null, ["This field may not be null."]],
    ["map", [], ['Expected a dictionary of items but got type "list".']],
    ["map", { a: true }, { a: ["Not a valid string."] }],
    ["free", { deep: ["a\0"] }, ["Null characters are not allowed."]],
  ])("%s: %j is refused", (name, value, errors) => {
    expect(validate({ [name]: value })).toEqual({ isValid: false, errors: { [name]: errors } });
  });

  test.each([
    [[], "Invalid data. Expected a dictionary, but got list."],
    ["x", "Invalid data. Expected a dictionary, but got str."],
    [null, "No data provided"],
  ])("a body that is %j is refused", (body, text) => {
    expect(validate(body)).toEqual({ isValid: false, errors: { non_field_errors: [text] } });
  });

  test("all errors come together, and required members are named", () => {
    const both = validatorOf(
      Type.Object({ a: Type.Integer(), b: Type.String({ maxLength: 1 }), c: Type.Boolean() }),
    );
    expect(both({ b: "long", c: "x" })).toEqual({
      isValid: false,
      errors: {
        a: ["This field is required."],
        b: ["Ensure this field has no more than 1 characters."],
        c: ["Must be a valid boolean."],
      },
    });
  });

  test("a long hostile value is repeated in part only", () => {
    const outcome = validate({ mode: "x".repeat(100_000) });
    expect(JSON.stringify(outcome).length).toBeLessThan(500);
  });

  test("the text of a pattern may repeat the value, up to a limit", () => {
    const validate = validatorOf(
      Type.Object({
        color: Type.String({ pattern: "^[0-9a-f]{6}$", "x-pattern-text": "{value} is no color." }),
      }),
    );
    expect(validate({ color: "$&" })).toEqual({ isValid: false, errors: { color: ["$& is no color."] } });
    const long = { color: [`${"z".repeat(200)}… is no color.`] };
    expect(validate({ color: "z".repeat(300) })).toEqual({ isValid: false, errors: long });
  });

  test("a field may have a text of its own for its pattern", () => {
    const schema = Type.Object({
      color: Type.String({ pattern: "^[0-9a-f]{6}$", "x-pattern-text": "No color." }),
    });
    expect(validatorOf(schema)({ color: "zz" })).toEqual({
      isValid: false,
      errors: { color: ["No color."] },
    });
  });
});

describe("coercion", () => {
  test.each([
    ["name", " ab ", "ab"],
    ["name", 5, "5"],
    ["note", "", ""],
    ["note", null, null],
    ["count", "5", 5],
    ["count", 5.0, 5],
    ["count", " 5.00 ", 5],
    ["flag", 1, true],
    ["flag", 0, false],
    ["flag", "Yes", true],
    ["flag", "OFF", false],
    ["maybe", "null", null],
    ["mode", "Install", "Install"],
    ["level", "1", 1],
    ["unit", "42", 42],
    ["optionalUnit", "", null],
    ["issuer", uuid.toUpperCase(), uuid],
    ["issuer", uuid.replaceAll("-", ""), uuid],
    ["when", "2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"],
    ["hour", "07:30", "07:30:00"],
    ["hour", "07:30:15.5", "07:30:15.500000"],
    ["link", "https://example.com/a?b=c", "https://example.com/a?b=c"],
    ["link", "", ""],
    ["mail", "ada@example.com", "ada@example.com"],
    ["ratio", "0.5", 0.5],
    ["platforms", ["iOS"], ["iOS"]],
    ["words", null, []],
    ["tags", [3, "3", 4], [3, 4]],
    ["free", { a: [1, null, "x"] }, { a: [1, null, "x"] }],
    ["map", { a: " b " }, { a: "b" }],
  ])("%s: %j becomes %j", (name, sent, value) => {
    expect(validate({ [name]: sent })).toEqual({ isValid: true, value: { [name]: value } });
  });

  test("unknown and read-only members are ignored, absent ones stay absent", () => {
    expect(validate({ id: 7, colour: "green", note: "n" })).toEqual({ isValid: true, value: { note: "n" } });
  });

  test("a negative zero is a zero", () => {
    const outcome = validate(JSON.parse('{"plain":-0}'));
    expect(outcome.isValid && Object.is((outcome.value as { plain: number }).plain, 0)).toBe(true);
  });

  test("prototype members of the input reach nothing", () => {
    const outcome = validate(
      JSON.parse('{"__proto__":{"name":"x"},"free":{"__proto__":{"a":1},"b":2},"map":{"__proto__":"x"}}'),
    );
    expect(outcome).toEqual({ isValid: true, value: { free: { b: 2 }, map: {} } });
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  test("a required member cannot be inherited", () => {
    const schema = Type.Object({ constructor: Type.String(), toString: Type.Optional(Type.String()) });
    expect(validatorOf(schema)({})).toMatchObject({ errors: { constructor: ["This field is required."] } });
  });
});

describe("properties", () => {
  test("any JSON is either refused with texts or gives what the schema describes", () => {
    const names = Object.keys(Everything.properties);
    const bodies = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 5 });
    fc.assert(
      fc.property(bodies, (body) => {
        const outcome = validate(body);
        if (!outcome.isValid) return hasOnlyTexts(outcome.errors);
        return Object.keys(outcome.value as object).every((name) => name !== "id" && names.includes(name));
      }),
      { numRuns: 2000 },
    );
  });

  test("what was coerced once is unchanged when it is coerced again", () => {
    const names = Object.keys(Everything.properties);
    const bodies = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 3 });
    fc.assert(
      fc.property(bodies, (body) => {
        const once = validate(body);
        if (once.isValid) expect(validate(once.value)).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });

  test("integers are read from each way to write them", () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        for (const plain of [value, String(value), ` ${value}.0 `]) {
          expect(validate({ plain })).toEqual({ isValid: true, value: { plain: value } });
        }
      }),
    );
  });
});

function hasOnlyTexts(errors: unknown): boolean {
  if (typeof errors === "string") return errors !== "";
  if (typeof errors !== "object" || errors === null) return false;
  return Object.values(errors).every(hasOnlyTexts);
}
