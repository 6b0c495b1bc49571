import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Asn1Error,
  asn1DepthMax,
  asn1ElementsMax,
  bitStringOctets,
  children,
  contentBytes,
  contextTag,
  octets,
  oid,
  rawBytes,
  readOnly,
  smallInteger,
  tags,
  text,
  time,
} from "./read.ts";
import * as write from "./write.ts";

const hex = (digits: string) => Buffer.from(digits.replaceAll(" ", ""), "hex");

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Asn1Error) return error.code;
    throw error;
  }
  return "accepted";
}

/** Descends everywhere, as no decoder does: the most work hostile bytes can cause. */
function walk(bytes: Buffer): number {
  let count = 0;
  const visit = (element: ReturnType<typeof readOnly>) => {
    count++;
    if (element.tag & 0x20) children(element).forEach(visit);
  };
  visit(readOnly(bytes));
  return count;
}

describe("reading hostile bytes", () => {
  test.each([
    ["nothing at all", "", "asn1_truncated"],
    ["a header of one octet", "30", "asn1_truncated"],
    ["a length that is cut off", "30 82 01", "asn1_truncated"],
    ["content shorter than its length", "04 05 01 02", "asn1_truncated"],
    ["a length of five octets", "04 85 00 00 00 00 01 00", "asn1_malformed"],
    ["the reserved length 255", "04 ff", "asn1_malformed"],
    ["a length that overflows 31 bits", "04 84 ff ff ff ff 00", "asn1_truncated"],
    ["a high tag number", "1f 81 01 00", "asn1_malformed"],
    ["bytes after the element", "05 00 00", "asn1_malformed"],
    ["an indefinite primitive", "04 80 00 00", "asn1_malformed"],
    ["an indefinite primitive inside", "30 80 04 80 00 00 00 00", "asn1_malformed"],
    ["an indefinite length without its end", "30 80 05 00", "asn1_truncated"],
  ])("%s is refused", (_, digits, code) => {
    expect(codeOf(() => readOnly(hex(digits)))).toBe(code);
  });

  test("a child may not reach beyond its parent", () => {
    const parent = readOnly(hex("30 03 04 05 01"));
    expect(codeOf(() => children(parent))).toBe("asn1_truncated");
  });

  test.each([1_000, 100_000])("%i nested indefinite lengths are refused as too deep", (depth) => {
    const bytes = Buffer.concat([Buffer.alloc(depth * 2, hex("30 80")), Buffer.alloc(depth * 2)]);
    expect(codeOf(() => readOnly(bytes))).toBe("asn1_too_deep");
  });

  test("definite lengths nested too deep are refused when descended into", () => {
    let bytes: Buffer = Buffer.alloc(0);
    for (let depth = 0; depth <= asn1DepthMax + 1; depth++) bytes = write.sequence(bytes);
    expect(codeOf(() => walk(bytes))).toBe("asn1_too_deep");
  });

  test("constructed strings nested too deep are refused when put together", () => {
    let bytes: Buffer = write.octetString(Buffer.from("x"));
    for (let depth = 0; depth <= asn1DepthMax; depth++) bytes = write.element(0x24, bytes);
    expect(codeOf(() => octets(readOnly(bytes)))).toBe("asn1_too_deep");
  });

  test("more elements than the limit are refused, of definite and of indefinite length", () => {
    const many = Buffer.alloc((asn1ElementsMax + 1) * 2, hex("05 00"));
    expect(codeOf(() => children(readOnly(write.sequence(many))))).toBe("asn1_too_many_elements");
    expect(codeOf(() => readOnly(Buffer.concat([hex("30 80"), many, hex("00 00")])))).toBe(
      "asn1_too_many_elements",
    );
  });

  test("nested indefinite lengths share one budget, so depth does not multiply the work", () => {
    const half = Buffer.alloc(asn1ElementsMax, hex("05 00"));
    const inner = Buffer.concat([hex("30 80"), half, hex("00 00")]);
    const outer = Buffer.concat([hex("30 80"), inner, inner, inner, hex("00 00")]);
    expect(codeOf(() => readOnly(outer))).toBe("asn1_too_many_elements");
  });

  test("arbitrary bytes are read or refused with a code, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        codeOf(() => walk(Buffer.from(bytes)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("any prefix of a valid value is refused", () => {
    const bytes = write.sequence(write.integer(5), write.setOf(write.utf8String("a"), write.utf8String("b")));
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => walk(bytes.subarray(0, length)))).toBe("asn1_truncated");
    }
  });
});

describe("reading values", () => {
  test("an indefinite length ends before its end-of-contents octets", () => {
    const element = readOnly(hex("30 80 02 01 05 30 80 05 00 00 00 00 00"));
    expect(children(element).map((child) => rawBytes(child).toString("hex"))).toEqual([
      "020105",
      "308005000000",
    ]);
  });

  test("a string cut into pieces is put together, whatever its outer tag", () => {
    expect(octets(readOnly(hex("24 80 04 01 61 24 03 04 01 62 00 00"))).toString()).toBe("ab");
    expect(octets(readOnly(hex("a0 06 04 01 61 04 01 62")), contextTag(0, false)).toString()).toBe("ab");
    expect(codeOf(() => octets(readOnly(hex("24 03 0c 01 61"))))).toBe("asn1_unexpected");
  });

  test.each([
    ["55 04 03", "2.5.4.3"],
    ["2a 86 48 86 f7 0d 01 01 0b", "1.2.840.113549.1.1.11"],
    ["09 92 26 89 93 f2 2c 64 01 01", "0.9.2342.19200300.100.1.1"],
    ["88 37 03", "2.999.3"],
  ])("object identifier %s is %s, both ways", (content, dotted) => {
    const encoded = write.element(tags.oid, hex(content));
    expect(oid(readOnly(encoded))).toBe(dotted);
    expect(write.oid(dotted)).toEqual(encoded);
  });

  test.each([
    ["empty", "06 00", "asn1_malformed"],
    ["cut off", "06 02 55 84", "asn1_truncated"],
    ["of an arc beyond 2^53", `06 0a 55 ${"ff".repeat(8)} 7f`, "asn1_malformed"],
    ["very long", `06 41 ${"01".repeat(65)}`, "asn1_malformed"],
  ])("an object identifier that is %s is refused", (_, digits, code) => {
    expect(codeOf(() => oid(readOnly(hex(digits))))).toBe(code);
  });

  test.each([
    ["negative", "02 01 80", "asn1_malformed"],
    ["empty", "02 00", "asn1_malformed"],
    ["too long", "02 06 01 00 00 00 00 00", "asn1_malformed"],
    ["not an integer", "04 01 05", "asn1_unexpected"],
  ])("a small integer that is %s is refused", (_, digits, code) => {
    expect(codeOf(() => smallInteger(readOnly(hex(digits))))).toBe(code);
  });

  test("a bit string of unused bits is no key and no signature", () => {
    expect(codeOf(() => bitStringOctets(readOnly(hex("03 02 01 80"))))).toBe("asn1_malformed");
    expect(codeOf(() => bitStringOctets(readOnly(hex("03 00"))))).toBe("asn1_malformed");
  });

  test.each([
    [tags.utcTime, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [tags.utcTime, "491231235959Z", "2049-12-31T23:59:59.000Z"],
    [tags.generalizedTime, "20501231235959Z", "2050-12-31T23:59:59.000Z"],
    [tags.generalizedTime, "20240229000000Z", "2024-02-29T00:00:00.000Z"],
  ])("time %i %s is %s", (tag, value, iso) => {
    expect(time(readOnly(write.element(tag, Buffer.from(value)))).toISOString()).toBe(iso);
  });

  test.each([
    [tags.utcTime, "20501231235959Z"],
    [tags.generalizedTime, "501231235959Z"],
    [tags.utcTime, "5012312359Z"],
    [tags.utcTime, "501231235959+0100"],
    [tags.generalizedTime, "20230229000000Z"],
    [tags.generalizedTime, "20231301000000Z"],
    [tags.generalizedTime, "20230101240000Z"],
    [tags.generalizedTime, "20230101000000.5Z"],
    [tags.utf8String, "501231235959Z"],
  ])("time %i %s is refused", (tag, value) => {
    expect(codeOf(() => time(readOnly(write.element(tag, Buffer.from(value)))))).toBe("asn1_malformed");
  });

  test.each([
    [tags.utf8String, "c3a9", "é"],
    [tags.ia5String, "41", "A"],
    [tags.teletexString, "e9", "é"],
    [tags.bmpString, "00e90041", "éA"],
  ])("string %i %s is %s", (tag, digits, value) => {
    expect(text(readOnly(write.element(tag, hex(digits))))).toBe(value);
  });

  test("a BMPString of odd length and a tag that is no string are refused", () => {
    expect(codeOf(() => text(readOnly(hex("1e 01 00"))))).toBe("asn1_malformed");
    expect(codeOf(() => text(readOnly(hex("02 01 00"))))).toBe("asn1_unexpected");
  });
});

describe("writing and reading back", () => {
  test("octet strings of any length keep their bytes", () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 16_777_216]) {
      const bytes = Buffer.alloc(length, 7);
      expect(contentBytes(readOnly(write.octetString(bytes))).equals(bytes)).toBe(true);
    }
  });

  test("numbers keep their value", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 39 - 1 }), (value) => {
        expect(smallInteger(readOnly(write.integer(value)))).toBe(value);
      }),
    );
  });

  test("magnitudes are encoded minimally and never negative", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 24 }), (magnitude) => {
        const content = contentBytes(readOnly(write.integer(magnitude)));
        expect((content[0] as number) & 0x80).toBe(0);
        expect(BigInt(`0x${content.toString("hex")}`)).toBe(
          BigInt(`0x${Buffer.from(magnitude).toString("hex")}`),
        );
        if (content.length > 1 && content[0] === 0) expect((content[1] as number) & 0x80).toBe(0x80);
      }),
    );
  });

  test("object identifiers keep their arcs", () => {
    const arcs = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 39 }),
      fc.array(fc.integer({ min: 0, max: 2 ** 31 }), { maxLength: 8 }),
    );
    fc.assert(
      fc.property(arcs, ([top, second, rest]) => {
        const dotted = [top, second, ...rest].join(".");
        expect(oid(readOnly(write.oid(dotted)))).toBe(dotted);
      }),
    );
  });

  test("times keep their second across the change of form in 2050", () => {
    const seconds = fc.integer({ min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(2099, 11, 31) / 1000 });
    fc.assert(
      fc.property(seconds, (value) => {
        const at = new Date(value * 1000);
        expect(time(readOnly(write.time(at)))).toEqual(at);
      }),
    );
  });

  test("a set is sorted by its encodings, as DER asks", () => {
    const sorted = write.setOf(write.integer(1), write.integer(2));
    expect(write.setOf(write.integer(2), write.integer(1))).toEqual(sorted);
  });
});
