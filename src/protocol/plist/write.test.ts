import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlist, readPlistForWriting } from "./read.ts";
import { PlistError, type PlistWritable, plistDepthMax, Real } from "./value.ts";
import { writeBinaryPlist } from "./write-binary.ts";
import { writePlist } from "./write.ts";

function elementOf(value: PlistWritable): string {
  const text = writePlist(value).toString("utf8");
  return text.slice(text.indexOf('<plist version="1.0">\n') + 22, -"</plist>\n".length);
}

function codeOf(write: () => Buffer): string {
  try {
    write();
    return "written";
  } catch (error) {
    if (error instanceof PlistError) return error.code;
    throw error;
  }
}

const xmlText = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .filter((text) => !/[^\t\n\r\u0020-\ufffd]/.test(text) && text.isWellFormed());
const plistScalar = fc.oneof(
  xmlText,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt(-(2n ** 63n), -(2n ** 53n)),
  fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
  fc.double({ noNaN: true }).map((real) => (Object.is(real, -0) ? 0 : real)),
  fc
    .date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T00:00:00Z"),
      noInvalidDate: true,
    })
    .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
);
const plistTree = fc.letrec<{ value: PlistWritable }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    plistScalar,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(xmlText, tie("value"), { maxKeys: 5, noNullPrototype: false }),
  ),
})).value;

describe("an XML plist is written", () => {
  test("as Apple lays it out", () => {
    expect(writePlist({ Command: { Queries: ["UDID"], Empty: {}, None: [] }, On: true }).toString()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Command</key>
	<dict>
		<key>Queries</key>
		<array>
			<string>UDID</string>
		</array>
		<key>Empty</key>
		<dict/>
		<key>None</key>
		<array/>
	</dict>
	<key>On</key>
	<true/>
</dict>
</plist>
`,
    );
  });

  test.each<[string, PlistWritable, string]>([
    ["escapes", "a<b>&\r", "<string>a&lt;b&gt;&amp;&#13;</string>\n"],
    ["a whole number as integer", 8191, "<integer>8191</integer>\n"],
    ["a bigint as integer", 2n ** 64n - 1n, "<integer>18446744073709551615</integer>\n"],
    ["a fraction as real", 0.5, "<real>0.5</real>\n"],
    ["a whole Real as real", new Real(1), "<real>1.0</real>\n"],
    ["a number beyond the safe integers as real", 1e300, "<real>1e+300</real>\n"],
    ["nan", Number.NaN, "<real>nan</real>\n"],
    ["an infinity", -Infinity, "<real>-infinity</real>\n"],
    ["a date", new Date("2026-09-01T08:15:30.120Z"), "<date>2026-09-01T08:15:30Z</date>\n"],
    ["bytes that are no Buffer", Uint8Array.of(1), "<data>\nAQ==\n</data>\n"],
    ["long data over lines", Buffer.alloc(58), `<data>\n${"A".repeat(76)}\nAA==\n</data>\n`],
    [
      "no member that is undefined",
      { a: undefined, b: false },
      "<dict>\n\t<key>b</key>\n\t<false/>\n</dict>\n",
    ],
  ])("with %s", (_name, value, expected) => {
    expect(elementOf(value)).toBe(expected);
  });

  test("and read back unchanged", () => {
    fc.assert(
      fc.property(plistTree, (value) => {
        expect(readPlist(writePlist(value))).toEqual(value);
      }),
    );
  });
});

describe("a binary plist is written", () => {
  test("and read back unchanged", () => {
    fc.assert(
      fc.property(plistTree, (value) => {
        expect(readPlist(writeBinaryPlist(value))).toEqual(value);
      }),
    );
  });

  test("with control characters, which XML cannot hold", () => {
    expect(readPlist(writeBinaryPlist("a\0b"))).toBe("a\0b");
  });

  test("with equal strings stored once", () => {
    const text = "x".repeat(1000);
    expect(writeBinaryPlist([text, text, text]).length).toBeLessThan(1200);
  });

  test("with more objects than one byte can count", () => {
    const many = Array.from({ length: 70_000 }, (_, index) => index);
    expect(readPlist(writeBinaryPlist(many))).toEqual(many);
  });

  test("without members that are undefined", () => {
    expect(readPlist(writeBinaryPlist({ a: undefined, b: new Real(1) }))).toEqual({ b: 1 });
  });
});

describe("a value no plist holds is refused", () => {
  // What no type checker lets pass may still come from JSON.
  const foreign = (value: unknown) => value as PlistWritable;
  test.each<[string, PlistWritable]>([
    ["2^64", 2n ** 64n],
    ["-2^63-1", -(2n ** 63n) - 1n],
    ["an invalid date", new Date(Number.NaN)],
    ["half a surrogate pair", "\ud800"],
    ["null", foreign(null)],
    ["null as a member", foreign({ a: null })],
    ["undefined in an array", foreign([undefined])],
    ["an object of a class", foreign(new Map())],
    ["a function", foreign(() => 1)],
  ])("for %s", (_name, value) => {
    expect(codeOf(() => writePlist(value))).toBe("plist_unwritable");
    expect(codeOf(() => writeBinaryPlist(value))).toBe("plist_unwritable");
  });

  test.each(["a\0b", "\x1b[31m", "\uffff"])("in XML for the control characters of %j", (text) => {
    expect(codeOf(() => writePlist(text))).toBe("plist_unwritable");
    expect(codeOf(() => writePlist({ [text]: true }))).toBe("plist_unwritable");
  });

  test("in XML for a year of five digits", () => {
    expect(codeOf(() => writePlist(new Date("+010000-01-01T00:00:00Z")))).toBe("plist_unwritable");
  });

  test("exactly when it is nested deeper than the readers go", () => {
    let value: PlistWritable = "leaf";
    for (let depth = 0; depth < plistDepthMax; depth += 1) value = [value];
    expect(readPlist(writePlist(value))).toEqual(readPlist(writeBinaryPlist(value)));
    const deeper = { value };
    expect(codeOf(() => writePlist(deeper))).toBe("plist_too_deep");
    expect(codeOf(() => writeBinaryPlist(deeper))).toBe("plist_too_deep");
  });

  test("when it contains itself", () => {
    const cycle: PlistWritable[] = [];
    cycle.push(cycle);
    expect(codeOf(() => writePlist(cycle))).toBe("plist_too_deep");
    expect(codeOf(() => writeBinaryPlist(cycle))).toBe("plist_too_deep");
  });
});

describe("a plist that is read to be written again", () => {
  const original = { size: new Real(1), list: [new Real(0.5), 2, true], text: "a" };

  test.each([
    ["XML", writePlist],
    ["binary", writeBinaryPlist],
  ])("keeps the reals of %s apart from integers", (_, write) => {
    const written = writePlist(readPlistForWriting(write(original)));
    expect(written.toString()).toBe(writePlist(original).toString());
    expect(written.toString()).toContain("<real>1.0</real>");
  });

  test("must be a dictionary, and a real is none", () => {
    const root = Buffer.from("<plist><real>1</real></plist>");
    expect(() => readPlistForWriting(root)).toThrow(PlistError);
  });
});
