import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { readPlist } from "./read.ts";
import { isDictionary, PlistError, type PlistValue } from "./value.ts";
import { writeBinaryPlist } from "./write-binary.ts";
import { writePlist } from "./write.ts";

// Two captures whose owners replaced the data by a word that is not base64.
const placeholderCaptures = [
  "commandment-CertificateList-iOS-11.3.1.xml",
  "commandment-TokenUpdate-iOS-11.3.1.xml",
];

// Prints each file as JSON in a form that keeps types apart; the same form is made here by `typed`.
const plistlibProgram = `
import datetime, json, plistlib, sys
def typed(v):
    if isinstance(v, dict): return {"dict": [[k, typed(m)] for k, m in v.items()]}
    if isinstance(v, list): return {"array": [typed(m) for m in v]}
    if isinstance(v, bool): return {"boolean": v}
    if isinstance(v, float) and v % 1: return {"number": repr(v)}
    if isinstance(v, (int, float)): return {"number": str(int(v))}
    if isinstance(v, bytes): return {"data": v.hex()}
    if isinstance(v, datetime.datetime): return {"date": v.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {"string": v}
print(json.dumps([typed(plistlib.load(open(path, "rb"))) for path in sys.argv[1:]]))
`;

function typed(value: PlistValue): unknown {
  if (typeof value === "string") return { string: value };
  if (typeof value === "boolean") return { boolean: value };
  if (typeof value === "number" || typeof value === "bigint") return { number: String(value) };
  if (value instanceof Date) return { date: value.toISOString().replace(".000Z", "Z") };
  if (Buffer.isBuffer(value)) return { data: value.toString("hex") };
  if (Array.isArray(value)) return { array: value.map(typed) };
  return { dict: Object.entries(value).map(([key, member]) => [key, typed(member)]) };
}

function capturePaths(fixtures: string): string[] {
  const folders = ["checkin", "responses", "mdm-signature"].map((name) => join(fixtures, name));
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(xml|plist)$/.test(name) && !placeholderCaptures.includes(name))
      .map((name) => join(folder, name)),
  );
}

describeWithFixtures("messages captured from real devices", (fixtures) => {
  test("are read as dictionaries, and stay the same through both writers", () => {
    const paths = capturePaths(fixtures);
    expect(paths.length).toBeGreaterThan(35);
    for (const path of paths) {
      const value = readPlist(readFileSync(path));
      expect(isDictionary(value), path).toBe(true);
      expect(readPlist(writePlist(value)), path).toEqual(value);
      expect(readPlist(writeBinaryPlist(value)), path).toEqual(value);
    }
  });

  test.each(placeholderCaptures)("are refused where data is a placeholder: %s", (name) => {
    const folder = name.includes("TokenUpdate") ? "checkin" : "responses";
    const bytes = readFileSync(join(fixtures, folder, name));
    expect(() => readPlist(bytes)).toThrow(PlistError);
  });

  testWithProgram(["python3"], "are read as Python's plistlib reads them", (python) => {
    const paths = capturePaths(fixtures);
    const output = execFileSync(python, ["-c", plistlibProgram, ...paths], { encoding: "utf8" });
    expect(paths.map((path) => typed(readPlist(readFileSync(path))))).toEqual(JSON.parse(output));
  });
});

testWithProgram(["python3"], "both writers are read by Python's plistlib as they are here", (python) => {
  const value = {
    text: "ü😀 <&> \t",
    ascii: "x".repeat(300),
    numbers: [0, -1, 255, 256, 65_536, 2 ** 40, -(2 ** 40), 2n ** 63n, 2n ** 64n - 1n, 0.5, -1.25],
    flags: [true, false],
    data: Buffer.from([...Array(200).keys()]),
    date: new Date("2026-11-21T10:11:12Z"),
    nested: { empty: {}, none: [], same: "x".repeat(300) },
  };
  const program = plistlibProgram.replace('open(path, "rb")', "io.BytesIO(bytes.fromhex(path))");
  const writings = [writePlist(value), writeBinaryPlist(value)].map((bytes) => bytes.toString("hex"));
  const output = execFileSync(python, ["-c", `import io\n${program}`, ...writings], { encoding: "utf8" });
  expect(JSON.parse(output)).toEqual([typed(value), typed(value)]);
});
