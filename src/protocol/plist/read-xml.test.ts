import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlist, readPlistDictionary } from "./read.ts";
import { PlistError, type PlistValue, plistBytesMax, plistDepthMax, plistNodesMax } from "./value.ts";

const doctype =
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';

function document(body: string): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n${doctype}\n<plist version="1.0">${body}</plist>\n`,
  );
}

function read(body: string): PlistValue {
  return readPlist(document(body));
}

function codeOf(bytes: Uint8Array): string {
  try {
    readPlist(bytes);
    return "read";
  } catch (error) {
    if (error instanceof PlistError) return error.code;
    throw error;
  }
}

describe("an XML plist is read", () => {
  const cases: [string, string, PlistValue][] = [
    ["a string", "<string>abc</string>", "abc"],
    ["white space in a string", "<string> a\n b </string>", " a\n b "],
    ["an empty string", "<string/>", ""],
    ["an empty string in two tags", "<string></string>", ""],
    ["the five named entities", "<string>&lt;&gt;&amp;&quot;&apos;</string>", "<>&\"'"],
    ["decimal and hexadecimal references", "<string>&#65;&#x1F600;</string>", "A😀"],
    ["a reference to a carriage return", "<string>a&#13;b</string>", "a\rb"],
    ["line ends of two kinds as line feeds", "<string>a\r\nb\rc</string>", "a\nb\nc"],
    ["CDATA", "<string>a<![CDATA[<b>&amp;]]>c</string>", "a<b>&amp;c"],
    ["a comment inside text", "<string>a<!-- no -->b</string>", "ab"],
    ["comments between elements", "<!-- 1 --><array><!-- 2 --><true/></array><!-- 3 -->", [true]],
    ["space inside tags", "<array ><true /><string >x</string\n></array >", [true, "x"]],
    ["attributes, which mean nothing", '<string xml:space="a>b">x</string>', "x"],
    ["true in two tags", "<true></true>", true],
    ["false", "<false/>", false],
    ["an integer", "<integer>42</integer>", 42],
    ["an integer amid white space", "<integer>\n 42 </integer>", 42],
    ["a signed integer", "<integer>-7</integer>", -7],
    ["a plus sign", "<integer>+7</integer>", 7],
    ["a hexadecimal integer", "<integer>0xFf</integer>", 255],
    ["a negative hexadecimal integer", "<integer>-0x10</integer>", -16],
    ["the largest safe integer", "<integer>9007199254740991</integer>", 9007199254740991],
    ["2^53+1 without loss", "<integer>9007199254740993</integer>", 9007199254740993n],
    ["2^64-1", "<integer>18446744073709551615</integer>", 2n ** 64n - 1n],
    ["-2^63", "<integer>-9223372036854775808</integer>", -(2n ** 63n)],
    ["a real", "<real>-1.5e3</real>", -1500],
    ["a real without fraction", "<real>1</real>", 1],
    ["nan", "<real>nan</real>", Number.NaN],
    ["infinities", "<array><real>+infinity</real><real>-inf</real></array>", [Infinity, -Infinity]],
    ["a date", "<date>2016-11-03T03:12:26Z</date>", new Date("2016-11-03T03:12:26Z")],
    ["a leap day", "<date>2024-02-29T00:00:00Z</date>", new Date("2024-02-29T00:00:00Z")],
    ["Apple's distant past", "<date>0001-01-01T00:00:00Z</date>", new Date("0001-01-01T00:00:00Z")],
    ["data over lines", "<data>\n\tYXBw\r\n\tbGU=\n</data>", Buffer.from("apple")],
    ["empty data", "<data/>", Buffer.alloc(0)],
    ["data with padding nobody needed", "<data>AAAA=</data>", Buffer.alloc(3)],
    ["an empty array", "<array/>", []],
    ["an empty key", "<dict><key/><true/></dict>", Object.assign(Object.create(null), { "": true })],
  ];
  test.each(cases)("with %s", (_name, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  test("and a key named __proto__ is a key like any other", () => {
    const dictionary = readPlistDictionary(
      document("<dict><key>__proto__</key><dict><key>polluted</key><true/></dict></dict>"),
    );
    expect(Object.keys(dictionary)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(dictionary)).toBeNull();
    expect("polluted" in {}).toBe(false);
  });

  test.each([
    ["without declaration and document type", Buffer.from("<plist><true/></plist>")],
    ["with a byte order mark", Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), document("<true/>")])],
    ["in UTF-16, little end first", Buffer.from("\ufeff<plist><true/></plist>", "utf16le")],
    ["in UTF-16, big end first", Buffer.from("\ufeff<plist><true/></plist>", "utf16le").swap16()],
    ["with a SYSTEM document type", Buffer.from('<!DOCTYPE plist SYSTEM "x.dtd"><plist><true/></plist>')],
    ["with a processing instruction", Buffer.from("<?a b?><plist><true/></plist><?c?>")],
  ])("%s", (_name, bytes) => {
    expect(readPlist(bytes)).toBe(true);
  });

  test("up to the depth limit", () => {
    const nested = `${"<array>".repeat(plistDepthMax)}${"</array>".repeat(plistDepthMax)}`;
    expect(codeOf(document(nested))).toBe("read");
  });
});

describe("a hostile XML plist is refused", () => {
  const bodies: [string, string][] = [
    ["nothing inside the root", ""],
    ["two values in the root", "<true/><true/>"],
    ["text in the root", "x<true/>"],
    ["an unknown element", "<set/>"],
    ["an element in capitals", "<STRING>x</STRING>"],
    ["a value where a key must stand", "<dict><string>a</string><true/></dict>"],
    ["a key without value", "<dict><key>a</key></dict>"],
    ["two keys in a row", "<dict><key>a</key><key>b</key></dict>"],
    ["a key outside a dictionary", "<array><key>a</key></array>"],
    ["text between members", "<array><true/>x<true/></array>"],
    ["a wrong end tag", "<array><true/></dict>"],
    ["an element inside a string", "<string>a<true/></string>"],
    ["an end tag with an attribute", '<array></array a="b">'],
    ["an attribute without value", "<array a></array>"],
    ["an entity in an attribute", '<array a="&lt;"></array>'],
    ["an undefined entity", "<string>&x;</string>"],
    ["a lone ampersand", "<string>a & b</string>"],
    ["a reference to NUL", "<string>&#0;</string>"],
    ["a reference to half a pair", "<string>&#xD800;</string>"],
    ["a reference beyond Unicode", "<string>&#x110000;</string>"],
    ["NUL itself", "<string>a\0b</string>"],
    ["another control character", "<string>a\x08b</string>"],
    ["a stray end of CDATA", "<string>]]></string>"],
    ["CDATA without end", "<string><![CDATA[x</string>"],
    ["a comment with two hyphens", "<!-- a -- b --><true/>"],
    ["a comment without end", "<!-- <true/>"],
    ["a late XML declaration", '<?xml version="1.0"?><true/>'],
    ["an integer with letters", "<integer>12abc</integer>"],
    ["an empty integer", "<integer/>"],
    ["an integer of white space", "<integer> </integer>"],
    ["a fraction as integer", "<integer>1.5</integer>"],
    ["2^64", "<integer>18446744073709551616</integer>"],
    ["-2^63-1", "<integer>-9223372036854775809</integer>"],
    ["an integer of a million digits", `<integer>${"9".repeat(1_000_000)}</integer>`],
    ["a real with two points", "<real>1.2.3</real>"],
    ["a hexadecimal real", "<real>0x10</real>"],
    ["an empty real", "<real></real>"],
    ["February 30", "<date>2023-02-30T00:00:00Z</date>"],
    ["hour 24", "<date>2023-02-03T24:00:00Z</date>"],
    ["a date without zone", "<date>2023-02-03T10:00:00</date>"],
    ["a date with fractions", "<date>2023-02-03T10:00:00.5Z</date>"],
    ["data beyond the alphabet", "<data>YX*w</data>"],
    ["data in the URL alphabet", "<data>YX_w</data>"],
    ["data with one character too many", "<data>YXBwb</data>"],
    ["data without its padding", "<data>YXBwbGU</data>"],
    ["data with half its padding", "<data>Base64=</data>"],
    ["data after padding", "<data>YQ==YQ==</data>"],
  ];
  test.each(bodies)("for %s", (_name, body) => {
    expect(codeOf(document(body))).toBe("plist_malformed");
  });

  const billionLaughs = `<!DOCTYPE plist [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, n) => {
    return `<!ENTITY a${n} "${`&a${n === 0 ? "" : n - 1};`.repeat(10)}">`;
  }).join("")}]><plist><string>&a8;</string></plist>`;
  const documents: [string, string][] = [
    ["no bytes", ""],
    ["white space alone", " \n"],
    ["JSON", '{"MessageType":"Authenticate"}'],
    ["another root", "<dict/>"],
    ["HTML", "<!DOCTYPE html><html></html>"],
    ["an internal subset", "<!DOCTYPE plist [ ]><plist><true/></plist>"],
    ["an entity bomb", billionLaughs],
    [
      "a quadratic bomb",
      `<!DOCTYPE plist [<!ENTITY a "${"a".repeat(100_000)}">]><plist><string>&a;</string></plist>`,
    ],
    [
      "an external entity",
      '<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]><plist><string>&x;</string></plist>',
    ],
    ["a document type inside the root", `<plist>${doctype}<true/></plist>`],
    ["two document types", `${doctype}${doctype}<plist><true/></plist>`],
    ["a declaration after white space", ' <?xml version="1.0"?><plist><true/></plist>'],
    ["a declaration without end", '<?xml version="1.0" <plist><true/></plist>'],
    ["another declared encoding", '<?xml version="1.0" encoding="EBCDIC"?><plist><true/></plist>'],
    ["UTF-16 declared over UTF-8", '<?xml version="1.0" encoding="UTF-16"?><plist><true/></plist>'],
    ["text after the root", "<plist><true/></plist>x"],
    ["two roots", "<plist><true/></plist><plist><true/></plist>"],
    ["truncation in a tag", "<plist><tru"],
    ["truncation in text", "<plist><string>abc"],
    ["truncation after a value", "<plist><true/>"],
  ];
  test.each(documents)("for %s", (_name, text) => {
    expect(codeOf(Buffer.from(text))).toBe("plist_malformed");
  });

  test("for bytes that are not UTF-8", () => {
    expect(codeOf(Buffer.from("<plist><string>\xff</string></plist>", "latin1"))).toBe("plist_malformed");
  });

  test("for a key given twice", () => {
    const body = "<dict><key>UDID</key><string>a</string><key>UDID</key><string>b</string></dict>";
    expect(codeOf(document(body))).toBe("plist_duplicate_key");
  });

  test("for a second __proto__", () => {
    const member = "<key>__proto__</key><true/>";
    expect(codeOf(document(`<dict>${member}${member}</dict>`))).toBe("plist_duplicate_key");
  });

  test.each([plistDepthMax + 1, 1000, 100_000])("for %i containers inside one another", (depth) => {
    expect(codeOf(document("<array>".repeat(depth)))).toBe("plist_too_deep");
    expect(codeOf(document("<dict><key>a</key>".repeat(depth)))).toBe("plist_too_deep");
  });

  test("for more values than the limit", () => {
    expect(codeOf(document(`<array>${"<true/>".repeat(plistNodesMax)}</array>`))).toBe("plist_too_large");
  });

  test("for more bytes than the limit", () => {
    expect(codeOf(Buffer.alloc(plistBytesMax + 1, "a"))).toBe("plist_too_large");
  });

  test("at every length of a truncated document", () => {
    const whole = document("<dict><key>a</key><data>YXBwbGU=</data></dict>").toString().trimEnd();
    for (let length = 0; length < whole.length; length += 1) {
      expect(codeOf(Buffer.from(whole.slice(0, length)))).toBe("plist_malformed");
    }
  });

  test("or read, whatever is changed in it, without any other failure", () => {
    const body =
      '<dict><key>a</key><data>YQ==</data><key>&lt;</key><array a="b"><real>1.5</real></array></dict>';
    const whole = document(`<!-- c -->${body}`).toString();
    const fragment = fc.oneof(
      fc.constantFrom(
        "<",
        ">",
        "&",
        "&#0;",
        "<!--",
        "-->",
        "]]>",
        "<![CDATA[",
        "<?",
        "/",
        '"',
        "\0",
        "</dict>",
      ),
      fc.string({ maxLength: 3 }),
    );
    const change = fc.record({ at: fc.nat(whole.length), cut: fc.nat(5), fragment });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = whole;
        for (const { at, cut, fragment } of changes)
          text = text.slice(0, at) + fragment + text.slice(at + cut);
        expect(codeOf(Buffer.from(text))).toMatch(/^(read|plist_[a-z_]+)$/);
      }),
      { numRuns: 2000 },
    );
  });

  test("for a root that is not a dictionary, where one is needed", () => {
    expect(() => readPlistDictionary(document("<array/>"))).toThrow(
      expect.objectContaining({ code: "plist_root_not_dictionary" }),
    );
  });

  test("and the message quotes only a little of it", () => {
    const bytes = document(`<integer>${"z".repeat(500)}</integer>`);
    expect(() => readPlist(bytes)).toThrow(/^.{1,200}$/);
  });
});

describe("megabytes of junk are read or refused in linear work", () => {
  // Quadratic work on five million characters would outlast any test run.
  const size = 5_000_000;
  test.each([
    ["comments", `${"<!---->".repeat(size / 10)}<true/>`, "read"],
    ["processing instructions", `${"<?a?>".repeat(size / 10)}<true/>`, "read"],
    ["CDATA sections", `<string>${"<![CDATA[]]>".repeat(size / 20)}</string>`, "read"],
    ["character references", `<string>${"&#65;".repeat(size / 10)}</string>`, "read"],
    ["one long string", `<string>${"a".repeat(size)}</string>`, "read"],
    ["white space in data", `<data>${" ".repeat(size)}</data>`, "read"],
    ["white space in a tag", `<array${" ".repeat(size)}/>`, "read"],
    ["carriage returns", `<string>${"\r".repeat(size)}</string>`, "read"],
    ["opening brackets", "<".repeat(size), "plist_malformed"],
    ["ampersands", `<string>${"&".repeat(size)}</string>`, "plist_malformed"],
    ["unfinished references", `<string>${"&#1".repeat(size / 3)}</string>`, "plist_malformed"],
    ["attributes", `<array${' a="b"'.repeat(size / 6)}/>`, "plist_malformed"],
    ["padding", `<data>${"=".repeat(size)}</data>`, "plist_malformed"],
    ["white space before nothing", `<integer>${" ".repeat(size)}</integer>`, "plist_malformed"],
    ["half a document type", `<!DOCTYPE plist ${" ".repeat(size)}`, "plist_malformed"],
  ])("of %s", (_name, body, outcome) => {
    expect(codeOf(document(body))).toBe(outcome);
  });
});
