import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../secret.ts";
import { boundPayload, payloadCharactersMax, payloadDepthMax, tooDeep } from "./event-payload.ts";

describe("a payload", () => {
  test("within the limits is as it was", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (payload) => {
        fc.pre(JSON.stringify(payload).length <= payloadCharactersMax);
        expect(JSON.stringify(boundPayload(payload))).toBe(JSON.stringify(payload));
      }),
    );
  });

  test("that is too long keeps its short members and names those it lost", () => {
    const long = "x".repeat(payloadCharactersMax);
    const payload = {
      status: "failure",
      reason: "why",
      data: { long },
      ota_enrollment: { pk: 1, name: "n" },
    };
    expect(boundPayload(payload)).toEqual({
      status: "failure",
      reason: "why",
      ota_enrollment: { pk: 1, name: "n" },
      truncated: ["data"],
    });
  });

  test("of very many members stays within the limit too", () => {
    const payload = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`member ${n}`, n]));
    const bounded = boundPayload(payload);
    expect(JSON.stringify(bounded).length).toBeLessThanOrEqual(payloadCharactersMax);
    expect(bounded).toHaveProperty("truncated");
  });

  test("that is nested too deep ends there", () => {
    const bottomless: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`);
    const told = JSON.stringify(boundPayload({ bottomless }));
    expect(told).toContain(tooDeep);
    expect(told.match(/"a"/g)).toHaveLength(payloadDepthMax - 1);
  });

  test("may hold bytes, big integers, dates, secrets and a member called __proto__", () => {
    const proto: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
    const payload = {
      bytes: Buffer.from("hi"),
      big: 10n ** 20n,
      at: new Date(0),
      pin: new Secret("123456"),
      proto,
    };
    expect(JSON.parse(JSON.stringify(boundPayload(payload)))).toEqual({
      bytes: "aGk=",
      big: "100000000000000000000",
      at: "1970-01-01T00:00:00.000Z",
      pin: "[secret]",
      proto,
    });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
