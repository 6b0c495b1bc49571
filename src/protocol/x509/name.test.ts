import { describe, expect, test } from "vitest";
import { bitString, element, oid, sequence, utf8String } from "../asn1/write.ts";
import {
  decodeName,
  dnHeaderCharactersMax,
  encodeName,
  findNameValue,
  findSoleNameValue,
  formatName,
  isSameName,
  nameAttributesMax,
  nameOids,
  parseDnHeader,
} from "./name.ts";

const cn = (value: string) => ({ oid: nameOids.commonName, value });
const attribute = (type: string, value: Buffer) => sequence(oid(type), value);
const rdn = (...attributes: Buffer[]) => element(0x31, ...attributes);

describe("distinguished names", () => {
  test("keep their attributes in order, whatever the string type", () => {
    const der = encodeName([
      { oid: nameOids.serialNumber, value: "C02XYZ" },
      cn("MDM$DEP$sécret"),
      { oid: nameOids.domainComponent, value: "example" },
      { oid: nameOids.serialNumber, value: "nø printable" },
    ]);
    const name = decodeName(der);
    expect(name.raw.equals(der)).toBe(true);
    expect(name.attributes.map(({ oid: type, value, rdn: index }) => [type, value, index])).toEqual([
      ["2.5.4.5", "C02XYZ", 0],
      ["2.5.4.3", "MDM$DEP$sécret", 1],
      ["0.9.2342.19200300.100.1.25", "example", 2],
      ["2.5.4.5", "nø printable", 3],
    ]);
    // PrintableString, UTF8String, IA5String and, for what does not fit, UTF8String again.
    expect(name.attributes.map(({ raw }) => raw[0])).toEqual([0x13, 0x0c, 0x16, 0x0c]);
  });

  test("an attribute that is not text has no value, and is not found as one", () => {
    const der = sequence(rdn(attribute(nameOids.attestedUdid, bitString(Buffer.from("x")))));
    expect(decodeName(der).attributes[0]?.value).toBeNull();
    expect(findNameValue(decodeName(der), nameOids.attestedUdid)).toBeNull();
  });

  test("a sole value is one that occurs once, whatever the type of the others", () => {
    const text = rdn(attribute(nameOids.attestedUdid, utf8String("u")));
    const other = rdn(attribute(nameOids.attestedUdid, bitString(Buffer.from("x"))));
    const sole = (...parts: Buffer[]) =>
      findSoleNameValue(decodeName(sequence(...parts)), nameOids.attestedUdid);
    expect(sole(text)).toBe("u");
    expect(sole(text, text)).toBeNull();
    expect(sole(text, other)).toBeNull();
    expect(sole(other)).toBeNull();
    expect(sole()).toBeNull();
  });

  test("are the same when only string types, case and white space differ", () => {
    const one = decodeName(encodeName([{ oid: nameOids.serialNumber, value: "Apple Inc." }]));
    const other = decodeName(sequence(rdn(attribute(nameOids.serialNumber, utf8String("  apple   INC. ")))));
    expect(isSameName(one, other)).toBe(true);
  });

  test.each([
    ["another value", [cn("b")]],
    ["another type", [{ oid: nameOids.organization, value: "a" }]],
    ["another attribute", [cn("a"), cn("a")]],
    ["none", []],
  ])("are not the same with %s", (_, attributes) => {
    expect(isSameName(decodeName(encodeName([cn("a")])), decodeName(encodeName(attributes)))).toBe(false);
  });

  test("are not the same when relative names are grouped differently", () => {
    const a = attribute(nameOids.commonName, utf8String("a"));
    const b = attribute(nameOids.organization, utf8String("b"));
    expect(isSameName(decodeName(sequence(rdn(a, b))), decodeName(sequence(rdn(a), rdn(b))))).toBe(false);
  });

  test.each([
    ["an empty name", [], ""],
    ["last first", [{ oid: nameOids.country, value: "US" }, cn("ca")], "CN=ca,C=US"],
    ["special characters", [cn(`a,b+c"d\\e<f>g;h=i`)], `CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h=i`],
    ["outer blanks and a number sign", [cn(" a # "), cn("#b")], "CN=\\#b,CN=\\ a #\\ "],
    ["a value that ends in a backslash and a blank", [cn("a\\ ")], "CN=a\\\\\\ "],
    ["NUL", [cn("a\0b")], "CN=a\\00b"],
    ["a type without short name", [{ oid: nameOids.serialNumber, value: "A" }], "2.5.4.5=#130141"],
  ])("are written as RFC 4514: %s", (_, attributes, written) => {
    expect(formatName(decodeName(encodeName(attributes)))).toBe(written);
  });

  test("several attributes of one relative name are joined by a plus sign", () => {
    const der = sequence(
      rdn(attribute(nameOids.commonName, utf8String("a")), attribute(nameOids.organization, utf8String("b"))),
    );
    expect(formatName(decodeName(der))).toBe("CN=a+O=b");
  });

  test("malformed and endless names are refused", () => {
    const many = Array.from({ length: nameAttributesMax + 1 }, () => cn("a"));
    for (const der of [
      Buffer.alloc(0),
      sequence(sequence()),
      sequence(rdn(sequence(oid("2.5.4.3")))),
      encodeName(many),
    ]) {
      expect(() => decodeName(der)).toThrowError(expect.objectContaining({ code: "name_malformed" }));
    }
  });
});

describe("the DN header of a TLS proxy", () => {
  test.each<[string, string, [string, string][]]>([
    [
      "the usual three",
      "serialNumber=C02,CN=MDM$DEP$s,O=MBU$1",
      [
        ["serialNumber", "C02"],
        ["CN", "MDM$DEP$s"],
        ["O", "MBU$1"],
      ],
    ],
    [
      "an escaped comma and backslash",
      "CN=a\\,b\\\\c,O=d",
      [
        ["CN", "a,b\\c"],
        ["O", "d"],
      ],
    ],
    ["an escaped equals sign in a key", "C\\=N=a", [["C=N", "a"]]],
    ["an equals sign in a value", "CN=a=b", [["CN", "a=b"]]],
    [
      "blanks, which stay",
      "CN= a , O=b",
      [
        ["CN", " a "],
        [" O", "b"],
      ],
    ],
    ["duplicates: the last wins", "CN=a,CN=b", [["CN", "b"]]],
    [
      "keys that differ in case",
      "cn=a,CN=b",
      [
        ["cn", "a"],
        ["CN", "b"],
      ],
    ],
    [
      "a serial number in hexadecimal DER",
      "2.5.4.5=#130343303A,CN=a",
      [
        ["serialNumber", "C0:"],
        ["CN", "a"],
      ],
    ],
    ["a serial number as plain text", "2.5.4.5=C02", [["2.5.4.5", "C02"]]],
    ["a serial number that is no DER", "2.5.4.5=#13FF43", [["2.5.4.5", "#13FF43"]]],
    ["a serial number that is no string", "2.5.4.5=#020101", [["2.5.4.5", "#020101"]]],
    ["hexadecimal DER of another type", "2.5.4.3=#130343303A", [["2.5.4.3", "#130343303A"]]],
    [
      "a hexadecimal serial number after a plain one",
      "serialNumber=a,2.5.4.5=#130162",
      [["serialNumber", "b"]],
    ],
    ["empty parts", ",,=a,", []],
    ["an empty header", "", []],
  ])("reads %s", (_, header, values) => {
    expect([...parseDnHeader(header)]).toEqual(values);
  });

  test("longer than the limit is refused", () => {
    expect(() => parseDnHeader("a".repeat(dnHeaderCharactersMax + 1))).toThrowError(
      expect.objectContaining({ code: "name_malformed" }),
    );
  });
});
