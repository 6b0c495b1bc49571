import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlist } from "./read.ts";
import { PlistError, type PlistValue, plistBinaryObjectsMax, plistBytesMax, plistDepthMax } from "./value.ts";
import { writeBinaryPlist } from "./write-binary.ts";

/** Lays out a binary plist by hand, object by object, as hostile as wanted. */
function binaryPlist(
  objects: Uint8Array[],
  changes: { root?: number; trailer?: (bytes: Buffer) => void } = {},
) {
  const head = Buffer.from("bplist00");
  const offsets: number[] = [];
  let at = head.length;
  for (const object of objects) {
    offsets.push(at);
    at += object.length;
  }
  const table = Buffer.alloc(offsets.length * 4);
  for (const [index, offset] of offsets.entries()) table.writeUInt32BE(offset, index * 4);
  const trailer = Buffer.alloc(32);
  trailer.writeUInt8(4, 6);
  trailer.writeUInt8(1, 7);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(changes.root ?? 0), 16);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  changes.trailer?.(trailer);
  return Buffer.concat([head, ...objects, table, trailer]);
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

const trueObject = Buffer.of(0x09);

describe("a binary plist is read", () => {
  test.each<[string, Buffer, PlistValue]>([
    ["false", Buffer.of(0x08), false],
    ["a one-byte integer, unsigned", Buffer.of(0x10, 0xff), 255],
    ["a two-byte integer, unsigned", Buffer.of(0x11, 0xff, 0xff), 65_535],
    ["a four-byte integer, unsigned", Buffer.of(0x12, 0xff, 0xff, 0xff, 0xff), 4_294_967_295],
    ["an eight-byte integer, signed", Buffer.from("13ffffffffffffffff", "hex"), -1],
    ["-2^63", Buffer.from("138000000000000000", "hex"), -(2n ** 63n)],
    ["2^64-1 in sixteen bytes", Buffer.from("140000000000000000ffffffffffffffff", "hex"), 2n ** 64n - 1n],
    ["-1 in sixteen bytes", Buffer.from("14ffffffffffffffffffffffffffffffff", "hex"), -1],
    ["a four-byte real", Buffer.from("223fc00000", "hex"), 1.5],
    ["an eight-byte real", Buffer.from("233ff8000000000000", "hex"), 1.5],
    ["a date", Buffer.from("330000000000000000", "hex"), new Date("2001-01-01T00:00:00Z")],
    ["data", Buffer.of(0x42, 1, 2), Buffer.of(1, 2)],
    ["an ASCII string", Buffer.from("\x52hi"), "hi"],
    [
      "a long ASCII string",
      Buffer.concat([Buffer.of(0x5f, 0x10, 20), Buffer.alloc(20, "x")]),
      "x".repeat(20),
    ],
    ["a UTF-16 string", Buffer.from("62d83dde00", "hex"), "😀"],
    ["a string with NUL", Buffer.of(0x52, 0x61, 0), "a\0"],
    ["an empty array", Buffer.of(0xa0), []],
  ])("with %s", (_name, object, expected) => {
    expect(readPlist(binaryPlist([object]))).toEqual(expected);
  });

  test("and a key named __proto__ is a key like any other", () => {
    const value = readPlist(writeBinaryPlist(JSON.parse('{"__proto__": true}')));
    expect(Object.keys(Object(value))).toEqual(["__proto__"]);
  });

  test("and data does not keep the body it came from", () => {
    const body = binaryPlist([Buffer.of(0x42, 1, 2)]);
    const value = readPlist(body);
    body.fill(0);
    expect(value).toEqual(Buffer.of(1, 2));
  });

  test("whose scalar is referenced many times", () => {
    const value = readPlist(binaryPlist([Buffer.of(0xa3, 1, 1, 1), trueObject]));
    expect(value).toEqual([true, true, true]);
  });
});

describe("a hostile binary plist is refused", () => {
  const objects: [string, Buffer[]][] = [
    ["null", [Buffer.of(0x00)]],
    ["a fill byte", [Buffer.of(0x0f)]],
    ["a URL", [Buffer.of(0x0c)]],
    ["a UID", [Buffer.of(0x80, 1)]],
    ["a set", [Buffer.of(0xc0)]],
    ["an unknown type", [Buffer.of(0xf0)]],
    ["an integer of 32 bytes", [Buffer.concat([Buffer.of(0x15), Buffer.alloc(32)])]],
    ["an integer beyond 64 bits", [Buffer.from("140000000000000001ffffffffffffffff", "hex")]],
    ["a real of two bytes", [Buffer.of(0x21, 0, 0)]],
    ["a truncated integer", [Buffer.of(0x13, 0, 0)]],
    ["a date that is no number", [Buffer.from("337ff8000000000000", "hex")]],
    ["a date beyond the calendar", [Buffer.from("337fe0000000000000", "hex")]],
    ["an 8-bit character in an ASCII string", [Buffer.of(0x51, 0xe9)]],
    ["half a surrogate pair", [Buffer.from("61d83d", "hex")]],
    ["a string longer than the document", [Buffer.from("5f137fffffffffffffff", "hex")]],
    ["an array longer than the document", [Buffer.from("af1200ffffff", "hex")]],
    ["a length that is not an integer", [Buffer.of(0x5f, 0x51, 0x61)]],
    ["a length of sixteen bytes", [Buffer.concat([Buffer.of(0x5f, 0x14), Buffer.alloc(16)])]],
    ["a reference out of range", [Buffer.of(0xa1, 9)]],
    ["a key that is not a string", [Buffer.of(0xd1, 1, 1), trueObject]],
    ["an array that contains itself", [Buffer.of(0xa1, 0)]],
    ["a dictionary that contains itself", [Buffer.of(0xd1, 1, 0), Buffer.from("\x51a")]],
    ["a longer cycle", [Buffer.of(0xa1, 1), Buffer.of(0xa1, 2), Buffer.of(0xa1, 0)]],
  ];
  test.each(objects)("for %s", (_name, list) => {
    expect(codeOf(binaryPlist(list))).toBe("plist_malformed");
  });

  const trailers: [string, (bytes: Buffer) => void][] = [
    ["offsets of no bytes", (bytes) => bytes.writeUInt8(0, 6)],
    ["offsets of nine bytes", (bytes) => bytes.writeUInt8(9, 6)],
    ["references of no bytes", (bytes) => bytes.writeUInt8(0, 7)],
    ["no objects", (bytes) => bytes.writeBigUInt64BE(0n, 8)],
    ["more objects than offsets", (bytes) => bytes.writeBigUInt64BE(100n, 8)],
    ["a root out of range", (bytes) => bytes.writeBigUInt64BE(1n, 16)],
    ["an offset table in the magic", (bytes) => bytes.writeBigUInt64BE(4n, 24)],
    ["an offset table past the end", (bytes) => bytes.writeBigUInt64BE(1000n, 24)],
    ["an offset table of 2^64-1", (bytes) => bytes.writeBigUInt64BE(2n ** 64n - 1n, 24)],
  ];
  test.each(trailers)("for a trailer with %s", (_name, change) => {
    expect(codeOf(binaryPlist([trueObject], { trailer: change }))).toBe("plist_malformed");
  });

  test("for an object offset inside the magic or the table", () => {
    const bytes = binaryPlist([trueObject]);
    for (const offset of [0, 7, 9, 1_000_000]) {
      bytes.writeUInt32BE(offset, 9);
      expect(codeOf(bytes)).toBe("plist_malformed");
    }
  });

  test("for a key given twice", () => {
    const list = [Buffer.of(0xd2, 1, 1, 2, 2), Buffer.from("\x51a"), trueObject];
    expect(codeOf(binaryPlist(list))).toBe("plist_duplicate_key");
  });

  test("for a key given twice by two equal objects", () => {
    const list = [Buffer.of(0xd2, 1, 2, 3, 3), Buffer.from("\x51a"), Buffer.from("\x51a"), trueObject];
    expect(codeOf(binaryPlist(list))).toBe("plist_duplicate_key");
  });

  test("for more objects than the limit", () => {
    const change = (bytes: Buffer) => bytes.writeBigUInt64BE(BigInt(plistBinaryObjectsMax + 1), 8);
    expect(codeOf(binaryPlist([trueObject], { trailer: change }))).toBe("plist_too_large");
  });

  test("for references that expand to a huge tree", () => {
    const levels = Array.from({ length: 60 }, (_, level) => Buffer.of(0xa2, level + 1, level + 1));
    expect(codeOf(binaryPlist([...levels, trueObject]))).toBe("plist_too_large");
  });

  test("for references that expand to a huge text", () => {
    const text = Buffer.alloc(40_000, "x");
    const head = Buffer.of(0x5f, 0x11, 40_000 >> 8, 40_000 & 0xff);
    const array = Buffer.concat([Buffer.of(0xaf, 0x11, 0x03, 0xe8), Buffer.alloc(1000, 1)]);
    expect(1000 * text.length).toBeGreaterThan(plistBytesMax);
    expect(codeOf(binaryPlist([array, Buffer.concat([head, text])]))).toBe("plist_too_large");
  });

  test("for nesting beyond the limit", () => {
    const chain = (depth: number) =>
      binaryPlist([...Array.from({ length: depth }, (_, n) => Buffer.of(0xa1, n + 1)), trueObject]);
    expect(codeOf(chain(plistDepthMax))).toBe("read");
    expect(codeOf(chain(plistDepthMax + 1))).toBe("plist_too_deep");
    expect(codeOf(chain(250))).toBe("plist_too_deep");
  });

  test("for nesting hidden behind an object already read", () => {
    // Object 1 begins a chain of 100 that is read at depth 2; objects 102 to 201 reach it at depth 101.
    const chain = Array.from({ length: 100 }, (_, n) => Buffer.of(0xa1, n === 99 ? 101 : n + 2));
    const detour = Array.from({ length: 100 }, (_, n) => Buffer.of(0xa1, n === 99 ? 1 : n + 103));
    const list = [Buffer.of(0xa2, 1, 102), ...chain, trueObject, ...detour];
    expect(codeOf(binaryPlist(list))).toBe("plist_too_deep");
  });

  test("at every length of a truncated document", () => {
    const whole = writeBinaryPlist({ a: [1, "b", Buffer.of(1)], c: new Date(0) });
    for (let length = 8; length < whole.length; length += 1) {
      expect(codeOf(whole.subarray(0, length))).toMatch(/^plist_(malformed|too_large)$/);
    }
  });

  test("or read, whatever bytes are changed, without any other failure", () => {
    const whole = writeBinaryPlist({ a: [1, "b", Buffer.of(1)], c: new Date(0), d: { e: 1.5, f: "ü" } });
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const { at, byte } of changes) bytes[at] = byte;
        expect(codeOf(bytes)).toMatch(/^(read|plist_[a-z_]+)$/);
      }),
      { numRuns: 2000 },
    );
  });
});
