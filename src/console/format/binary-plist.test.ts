import { describe, expect, test } from "vitest";
import { readBinaryPlist } from "./binary-plist.ts";

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Written by the server's own writer: one value of every kind. */
const everyKind = fromBase64(
  "YnBsaXN0MDBWU3RhdHVzXEFja25vd2xlZGdlZFROYW1laABHAHIA9gDfAGUAIGdxTqxVQ291bnQSAAERcFhOZWdhdGl2ZRP/////////+1RG" +
    "bGFnCVNPZmYIVFJlYWwjP/gAAAAAAABUV2hlbjNBx6oi0AAAAFREYXRhRnNlY3JldFRMaXN0VUluZGV4EADRExQQAdETFhAC0RMYEAPRExoQ" +
    "BNETHBAF0RMeEAbREyAQB9ETIhAI0RMkEAnREyYQCtETKBAL0RMqEAzREywQDdETLhAO0RMwEA/REzIQENETNBAR0RM2EBLREzgQE9ETOq8Q" +
    "FBUXGRsdHyEjJScpKy0vMTM1Nzk72gACBAYICgwOEBIBAwUHCQsNDxE8AAgADwAcACEAMgA4AD0ARgBPAFQAVQBZAFoAXwBoAG0AdgB7AIIA" +
    "hwCNAI8AkgCUAJcAmQCcAJ4AoQCjAKYAqACrAK0AsACyALUAtwC6ALwAvwDBAMQAxgDJAMsAzgDQANMA1QDYANoA3QDfAOIA5ADnAOkA7ADu" +
    "APEBCAAAAAAAAAIBAAAAAAAAAD4AAAAAAAAAPQAAAAAAAAEd",
);

/** `{"A": [[]]}`: the outer array is object 2, and byte 12 refers to its member. */
const nested = fromBase64("YnBsaXN0MDBRQaChAdEAAggKCw0AAAAAAAABAQAAAAAAAAAEAAAAAAAAAAMAAAAAAAAAEA==");

describe("answers of devices", () => {
  test("every kind of value is read into what JSON shows", () => {
    expect(readBinaryPlist(everyKind)).toEqual({
      Status: "Acknowledged",
      Name: "Größe 東京",
      Count: 70_000,
      Negative: -5,
      Flag: true,
      Off: false,
      Real: 1.5,
      When: "2026-03-01T10:00:00.000Z",
      Data: btoa("secret"),
      List: Array.from({ length: 20 }, (_, index) => ({ Index: index })),
    });
    expect(readBinaryPlist(nested)).toEqual({ A: [[]] });
  });

  test.each(["", "bplist00", "<?xml version='1.0'?>", "x".repeat(100)])("%j is none", (text) =>
    expect(readBinaryPlist(fromBase64(btoa(text)))).toBeUndefined(),
  );

  test("no change of a byte makes it throw or run for long", () => {
    for (let index = 0; index < everyKind.length; index++) {
      for (const byte of [0x00, 0x0f, 0x7f, 0xaf, 0xdf, 0xff]) {
        const broken = everyKind.slice();
        broken[index] = byte;
        expect(() => readBinaryPlist(broken)).not.toThrow();
      }
    }
  });

  test("an array that holds itself is none", () => {
    const self = nested.slice();
    self[12] = 2;
    expect(readBinaryPlist(self)).toBeUndefined();
  });
});
