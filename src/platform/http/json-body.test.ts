import { expect, test } from "vitest";
import { jsonDepthMax, parseJsonBody } from "./json-body.ts";

const parse = (
  text: string | Buffer,
  type: string | undefined = "application/json",
): ReturnType<typeof parseJsonBody> => parseJsonBody(Buffer.from(text), type);
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test.each([
  ["", {}],
  ["[]", []],
  ["null", null],
  ['{"a":1,"a":2}', { a: 2 }],
  [`"${"[".repeat(500)} \\" {"`, `${"[".repeat(500)} " {`],
])("the body %j is read", (text, value) => {
  expect(parse(text)).toEqual({ value });
});

test("a body as deep as the limit is read, a deeper one is not", () => {
  expect(parse(nested(jsonDepthMax))).toHaveProperty("value");
  expect(parse(nested(jsonDepthMax + 1))).toMatchObject({ problem: { status: 400 } });
  expect(parse("[".repeat(10_000_000))).toMatchObject({ problem: { status: 400 } });
});

test.each(["{", "NaN", "[Infinity]", "{'a':1}", "[1,]", "\u0000", Buffer.from([0x22, 0xff, 0x22])])(
  "the body %j is a parse error",
  (text) => {
    expect(parse(text)).toMatchObject({
      problem: { status: 400, body: { detail: expect.stringMatching(/^JSON parse error - ./) } },
    });
  },
);

test.each([
  undefined,
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
])("a body of type %j is not read", (type) => {
  expect(parseJsonBody(Buffer.from("{}"), type)).toEqual({
    problem: { status: 415, body: { detail: `Unsupported media type "${type ?? ""}" in request.` } },
  });
});

test.each(["application/json; charset=utf-8", "Application/JSON"])("a body of type %j is read", (type) => {
  expect(parse("{}", type)).toEqual({ value: {} });
});

test("no body needs no type", () => {
  expect(parseJsonBody(Buffer.alloc(0), undefined)).toEqual({ value: {} });
});
