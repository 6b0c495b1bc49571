import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SealError, createSealer, openText, sealText } from "./sealer.ts";
import { Secret } from "./secret.ts";

const sealer = createSealer(new Secret(Buffer.alloc(32, 1)));
const context = { table: "devices", column: "unlock_token_sealed", row: 7 };

describe("sealed values", () => {
  test("what was sealed opens to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        const sealed = sealer.seal(new Secret(Buffer.from(bytes)), context);
        expect(sealer.open(sealed, context).reveal()).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test.each([
    ["another row", { ...context, row: 8 }],
    ["another column", { ...context, column: "bootstrap_token_sealed" }],
    ["another table", { ...context, table: "commands" }],
  ])("moved to %s, it does not open", (_, elsewhere) => {
    const sealed = sealText(sealer, "recovery", context);
    expect(() => sealer.open(sealed, elsewhere)).toThrow(SealError);
  });

  test("with another key, or one flipped bit anywhere, it does not open", () => {
    const sealed = sealText(sealer, "recovery", context);
    const other = createSealer(new Secret(Buffer.alloc(32, 2)));
    expect(() => other.open(sealed, context)).toThrow(SealError);
    for (let index = 0; index < sealed.length; index++) {
      const damaged = Buffer.from(sealed);
      damaged[index] = (damaged[index] as number) ^ 1;
      expect(() => sealer.open(damaged, context)).toThrow(SealError);
    }
  });

  test("sealing the same text twice gives different bytes that hold nothing of it", () => {
    const [first, second] = [sealText(sealer, "recovery", context), sealText(sealer, "recovery", context)];
    expect(first.equals(second)).toBe(false);
    expect(first.includes("recovery")).toBe(false);
    expect(openText(sealer, second, context).reveal()).toBe("recovery");
  });

  test("a short key is refused", () => {
    expect(() => createSealer(new Secret(Buffer.alloc(16)))).toThrow(TypeError);
  });
});

test("a secret prints as [secret] in text, JSON and inspection, and reveals only when told to", () => {
  const secret = new Secret("123456");
  const inspected = inspect({ secret }, { depth: 5, showHidden: true });
  expect([String(secret), JSON.stringify({ secret }), inspected].join(" ")).not.toContain("123456");
  expect(secret.reveal()).toBe("123456");
});
