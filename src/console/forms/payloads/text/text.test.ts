import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SchemaKey } from "../schema-key.ts";
import { lineOf, pathText } from "./place.ts";
import { scanJson } from "./scan-json.ts";
import { scanPlist } from "./scan-plist.ts";
import { keyAt, listSuggestions, payloadAt } from "./suggest.ts";

const scans = { declaration: scanJson, profile: scanPlist } as const;

/** The text without the mark, and the scan at it. */
function scanAt(kind: keyof typeof scans, marked: string) {
  const at = marked.indexOf("‸");
  const text = marked.replace("‸", "");
  return { text, at, scan: scans[kind](text, at) };
}

describe("the cursor in JSON", () => {
  test.each([
    ['{"Payload": {‸', ["Payload"], "key", null, ""],
    ['{"Payload": {"Mini‸', ["Payload"], "key", null, "Mini"],
    ['{"Payload": {"Mini‸mum": 3}}', ["Payload"], "key", null, "Mini"],
    ['{"Payload": {"A": 1, ‸}}', ["Payload"], "key", null, ""],
    ['{"Payload": {"A": tr‸', ["Payload"], "value", "A", "tr"],
    ['{"Payload": {"A": "x‸"}}', ["Payload"], "value", "A", "x"],
    ['{"Payload": {"A": [1, ‸]}}', ["Payload", "A"], "value", 1, ""],
    ['{"Payload": {"A": [{"B": 1}, {‸}]}}', ["Payload", "A", 1], "key", null, ""],
  ])("%s", (marked, container, role, member, prefix) => {
    expect(scanAt("declaration", marked).scan.cursor).toMatchObject({ container, role, member, prefix });
  });

  test("there is none outside of it", () => {
    expect(scanAt("declaration", "‸").scan.cursor).toBeNull();
  });
});

describe("the cursor in a property list", () => {
  test.each([
    ["<plist><dict>‸", [], "key", null, ""],
    [
      "<plist><dict><key>PayloadContent</key><array><dict><key>EnableF‸",
      ["PayloadContent", 0],
      "key",
      null,
      "EnableF",
    ],
    ["<plist><dict><key>A</key>\n‸\n</dict></plist>", [], "value", "A", ""],
    ["<plist><dict><key>A</key><string>x‸y</string></dict></plist>", [], "value", "A", "x"],
    ["<plist><dict><key>A</key><true/>‸</dict></plist>", [], "key", null, ""],
    [
      "<plist><dict><key>A</key><array><dict/><dict>‸</dict></array></dict></plist>",
      ["A", 1],
      "key",
      null,
      "",
    ],
    [
      "<plist><dict><key>A</key><dict><key>B</key><integer>1</integer></dict> ‸</dict></plist>",
      [],
      "key",
      null,
      "",
    ],
  ])("%s", (marked, container, role, member, prefix) => {
    expect(scanAt("profile", marked).scan.cursor).toMatchObject({ container, role, member, prefix });
  });
});

test("places have lines, those that are missing have the lines around them", () => {
  const json = '{\n  "Payload": {\n    "A": [\n      {"B": 1}\n    ]\n  }\n}';
  const scan = scanJson(json, 0);
  expect(scan.values.map(({ steps }) => pathText(steps))).toEqual([
    "",
    "Payload",
    "Payload.A",
    "Payload.A[0]",
    "Payload.A[0].B",
  ]);
  expect(lineOf(json, scan, "Payload.A[0].B")).toBe(4);
  expect(lineOf(json, scan, "Payload.A[0].Missing")).toBe(4);
  expect(lineOf(json, scan, "Payload.Other")).toBe(2);
  expect(lineOf(json, scan, "Elsewhere")).toBeNull();
  const plist =
    "<plist>\n<dict>\n<key>PayloadContent</key>\n<array>\n<dict>\n<key>A</key>\n<true/>\n</dict></array></dict></plist>";
  const found = scanPlist(plist, 0);
  expect(lineOf(plist, found, "PayloadContent[0].A")).toBe(7);
  expect(lineOf(plist, found, "PayloadContent[0].B")).toBe(5);
});

test("no text whatever stops the reading", () => {
  const parts = fc.constantFrom(
    "<dict>",
    "</dict>",
    "<key>",
    "</key>",
    "<array>",
    "<",
    '"',
    "{",
    "}",
    "[",
    ":",
    ",",
    "a",
    "\\",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), fc.nat(60), (pieces, at) => {
      const text = pieces.join("");
      const place = Math.min(at, text.length);
      for (const scan of [scanJson, scanPlist]) {
        const { values, cursor } = scan(text, place);
        for (const { start } of values) expect(start).toBeLessThan(text.length);
        if (cursor !== null) expect(cursor.from <= place && place <= cursor.to).toBe(true);
      }
    }),
  );
});

const key = (name: string, type: string, more: Partial<SchemaKey> = {}): SchemaKey => ({
  key: name,
  type,
  required: false,
  default: null,
  values: null,
  min: null,
  max: null,
  format: null,
  asset_types: [],
  platforms: null,
  keys: [],
  ...more,
});
const keys = [
  key("Length", "integer"),
  key("Mode", "string", { values: ["On", "Off"], required: true }),
  key("Rules", "array", { keys: [key("Rule", "dictionary", { keys: [key("Kind", "string")] })] }),
  key("Flag", "boolean"),
];

/** What the text becomes when the suggestion of a name is taken. */
function take(kind: keyof typeof scans, marked: string, label: string): string {
  const { text, scan } = scanAt(kind, marked);
  if (scan.cursor === null) throw new Error("No cursor");
  const { cursor } = scan;
  const place = payloadAt(kind, scan, cursor.container);
  const found = listSuggestions(kind, { text, scan, cursor }, { keys, inner: place?.inner ?? [] });
  const chosen = found.find((each) => each.label === label);
  if (chosen === undefined) throw new Error(`Only ${found.map((each) => each.label).join()}`);
  const put = `${chosen.text.slice(0, chosen.caret)}‸${chosen.text.slice(chosen.caret)}`;
  return text.slice(0, cursor.from) + put + text.slice(cursor.to);
}

describe("suggestions", () => {
  test.each([
    ['{"Type":"t","Payload":{"Le‸}}', "Length", '{"Type":"t","Payload":{"Length": ‸0'],
    ['{"Type":"t","Payload":{"Le‸"}}', "Length", '{"Type":"t","Payload":{"Length": ‸0}}'],
    ['{"Type":"t","Payload":{"Length":1 ‸}}', "Mode", '{"Type":"t","Payload":{"Length":1 , "Mode": "‸"}}'],
    ['{"Type":"t","Payload":{‸"Length":1}}', "Mode", '{"Type":"t","Payload":{"Mode": "‸","Length":1}}'],
    ['{"Type":"t","Payload":{"Mode":"‸"}}', "Off", '{"Type":"t","Payload":{"Mode":"Off"‸}}'],
    ['{"Type":"t","Payload":{"Mode":"On‸"}}', "Off", '{"Type":"t","Payload":{"Mode":"Off"‸}}'],
    ['{"Type":"t","Payload":{"Rules":[{‸}]}}', "Kind", '{"Type":"t","Payload":{"Rules":[{"Kind": "‸"}]}}'],
    ['{"Type":"t","Payload":{"Flag": ‸1}}', "false", '{"Type":"t","Payload":{"Flag": false‸}}'],
    ['{"Type":"t","Payload":{"Flag":‸}}', "false", '{"Type":"t","Payload":{"Flag":false‸}}'],
  ])("%s %s", (marked, label, expected) => {
    expect(take("declaration", marked, label).startsWith(expected)).toBe(true);
  });

  const head = "<plist><dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>t</string>";
  test.each([
    ["\n\t‸</dict>", "Length", "\n\t<key>Length</key>\n\t<integer>‸</integer></dict>"],
    ["\n\t<key>Mo‸</key></dict>", "Mode", "\n\t<key>Mode</key>\n\t<string>‸</string></dict>"],
    ["<key>Mode</key><string>‸</string></dict>", "Off", "<key>Mode</key><string>Off</string>‸</dict>"],
    ["<key>Flag</key>‸<string>x</string></dict>", "true", "<key>Flag</key><true/>‸</dict>"],
    ["<key>Flag</key>‸</dict>", "true", "<key>Flag</key><true/>‸</dict>"],
  ])("%s %s", (marked, label, expected) => {
    expect(take("profile", head + marked, label)).toBe(head + expected);
  });

  test("what is there already is not offered again, what is needed comes first", () => {
    const { text, scan } = scanAt("declaration", '{"Type":"t","Payload":{"Length":1, ‸}}');
    const found =
      scan.cursor && listSuggestions("declaration", { text, scan, cursor: scan.cursor }, { keys, inner: [] });
    expect(found?.map(({ label }) => label)).toEqual(["Mode", "Rules", "Flag"]);
  });

  test("places are found in the schema", () => {
    expect(keyAt(keys, ["Rules", 3, "Kind"])?.key).toBe("Kind");
    expect(keyAt(keys, ["Rules", 3, "Other"])).toBeNull();
    expect(payloadAt("profile", scanPlist(`${head}`, 0), ["PayloadContent", 0, "Rules"])).toEqual({
      type: "t",
      inner: ["Rules"],
    });
    expect(payloadAt("profile", scanPlist(head, 0), ["PayloadDescription"])).toBeNull();
  });
});
