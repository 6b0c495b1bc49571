import { expect, test } from "vitest";
import { childOf, childText, descendantsOf, readXml, xmlDepthMax, XmlError, xmlElementsMax } from "./xml.ts";

const read = (text: string): ReturnType<typeof readXml> => readXml(Buffer.from(text));

test("elements have attributes, text with references resolved, and children in order", () => {
  const root = read(
    '<?xml version="1.0"?><a b="1 &amp; 2"> x &lt; <c> one </c>y<![CDATA[<z>]]><d><c>two</c></d></a>',
  );
  expect(root.attributes.get("b")).toBe("1 & 2");
  expect(root.text).toBe(" x < y<z>");
  expect(childText(root, "c")).toBe("one");
  expect(childText(root, "missing")).toBeNull();
  expect(childOf(root, "d")?.children).toHaveLength(1);
  expect(descendantsOf(root, "c").map(({ text }) => text)).toEqual([" one ", "two"]);
});

test("UTF-16 with a byte order mark is read", () => {
  expect(readXml(Buffer.from("\ufeff<a>ü</a>", "utf16le")).text).toBe("ü");
});

test.each([
  ["nothing", ""],
  ["no end", "<a><b></a>"],
  ["two roots", "<a/><b/>"],
  ["text only", "abc"],
  ["an attribute twice", '<a b="1" b="2"/>'],
  ["an entity that is not XML's", "<a>&nbsp;</a>"],
  ["entities of its own", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
  ["an external entity", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
])("a document with %s is malformed", (_, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: "xml_malformed" }));
});

test("bytes that are no text are malformed", () => {
  expect(() => readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe]))).toThrow(XmlError);
});

test("a document type without declarations is passed over", () => {
  expect(read('<!DOCTYPE a SYSTEM "a.dtd"><a/>').name).toBe("a");
});

test("depth and number of elements have limits", () => {
  const nested = (depth: number): string => "<a>".repeat(depth) + "</a>".repeat(depth);
  expect(read(nested(xmlDepthMax)).name).toBe("a");
  expect(() => read(nested(xmlDepthMax + 1))).toThrow(expect.objectContaining({ code: "xml_too_large" }));
  expect(() => read(`<a>${"<b/>".repeat(xmlElementsMax)}</a>`)).toThrow(
    expect.objectContaining({ code: "xml_too_large" }),
  );
});
