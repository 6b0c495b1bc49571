import fc from "fast-check";
import { expect, test } from "vitest";
import { Real } from "../plist/value.ts";
import { jsonDepthMax, readJsonValue } from "./read-json.ts";
import type { SchemaKey } from "./schema.ts";
import { findCommandSchema } from "./validate-command.ts";

const keys: readonly SchemaKey[] = [
  { key: "Data", type: "data" },
  { key: "At", type: "date" },
  { key: "Ratio", type: "real" },
  { key: "Count", type: "integer" },
  { key: "Text", type: "string" },
];
const dictionary: SchemaKey = { key: "", type: "dictionary", keys };

test("texts and numbers get the type their key has", () => {
  const json = { Data: "aGVsbG8=", At: "2026-03-01T10:00:00Z", Ratio: 1, Count: 1, Text: "aGVsbG8=" };
  expect(readJsonValue(dictionary, json)).toEqual({
    Data: Buffer.from("hello"),
    At: new Date("2026-03-01T10:00:00Z"),
    Ratio: new Real(1),
    Count: 1,
    Text: "aGVsbG8=",
  });
});

test("what cannot be turned stays, so that it is judged; null is absent", () => {
  const json = { Data: "no base64!", At: "yesterday", Count: null, Unknown: [true, null] };
  expect(readJsonValue(dictionary, json)).toEqual({ Data: "no base64!", At: "yesterday", Unknown: [true] });
  expect(readJsonValue(dictionary, { At: "2026-13-41T10:00:00Z" })).toEqual({ At: "2026-13-41T10:00:00Z" });
  expect(readJsonValue(dictionary, null)).toBeNull();
});

test("an item of several shapes is read by the shape it names", () => {
  const settings = findCommandSchema("Settings")?.keys.find(({ key }) => key === "Settings");
  const items = [
    { Item: "Wallpaper", Image: "AAEC", Where: 1 },
    { Item: "DeviceName", DeviceName: "AAEC" },
  ];
  expect(readJsonValue(settings, items)).toEqual([
    { Item: "Wallpaper", Image: Buffer.from([0, 1, 2]), Where: 1 },
    { Item: "DeviceName", DeviceName: "AAEC" },
  ]);
});

test("a value as deep as the limit is read, a deeper one ends there", () => {
  const nested = (depth: number): unknown => (depth === 0 ? "end" : [nested(depth - 1)]);
  expect(JSON.stringify(readJsonValue(undefined, nested(jsonDepthMax)))).toContain("end");
  expect(JSON.stringify(readJsonValue(undefined, nested(jsonDepthMax + 1)))).not.toContain("end");
});

test("no JSON makes it throw", () => {
  const settings = findCommandSchema("Settings")?.keys.find(({ key }) => key === "Settings");
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      readJsonValue(settings, json);
      readJsonValue(dictionary, json);
    }),
  );
});
