import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asId } from "#platform/ids.ts";
import {
  decidePin,
  decideValidity,
  expiredIdentitySeconds,
  type PinFacts,
  refuseDeviceMismatch,
} from "./device-authentication.ts";

const early = new Date("2027-01-01T00:00:00Z");
const late = new Date("2028-01-01T00:00:00Z");
const fingerprint = Buffer.alloc(32, 1);
const pinned = { certFingerprint: Buffer.alloc(32, 2), certNotValidAfter: early, sessionId: asId(7) };

function decide(facts: Partial<Record<keyof PinFacts, unknown>>): unknown {
  const verdict = decidePin({
    fingerprint,
    state: null,
    sessionId: asId(7),
    notAfter: late,
    device: pinned,
    ...facts,
  } as PinFacts);
  return typeof verdict === "object" ? verdict.code : verdict;
}

describe("the pin", () => {
  test.each([
    ["the pinned certificate", { state: "pinned" }, "pinned"],
    ["the pinned certificate of an old session", { state: "pinned", sessionId: 1 }, "pinned"],
    ["a replaced certificate", { state: "replaced" }, "certificate_replaced"],
    [
      "a replaced certificate of a later session",
      { state: "replaced", sessionId: 9 },
      "certificate_replaced",
    ],
    ["the first certificate of a session without device", { device: null }, "new"],
    ["a certificate renewed by SCEP", { notAfter: late }, "new"],
    ["one renewed within the same second", { notAfter: early }, "new"],
    ["one that ends before the pinned one", { notAfter: new Date(0) }, "certificate_replaced"],
    ["one of a later session", { sessionId: 8, notAfter: new Date(0) }, "new"],
    ["one of an earlier session", { sessionId: 6 }, "certificate_replaced"],
    ["a name alone", { fingerprint: null, notAfter: null }, "name_only"],
    [
      "a name alone of an earlier session",
      { fingerprint: null, notAfter: null, sessionId: 6 },
      "certificate_replaced",
    ],
    ["a device without session", { device: { ...pinned, sessionId: null }, notAfter: new Date(0) }, "new"],
  ] as const)("%s", (_, facts, verdict) => {
    expect(decide(facts)).toBe(verdict);
  });

  test("a certificate that was not pinned before never counts as pinned", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.date({ noInvalidDate: true }), (session, notAfter) => {
        expect(decide({ sessionId: session, notAfter })).not.toBe("pinned");
      }),
    );
  });
});

describe("the validity", () => {
  const end = new Date("2027-01-01T00:00:00Z");
  const at = (seconds: number) => {
    const verdict = decideValidity(end, new Date(end.getTime() + seconds * 1000));
    return typeof verdict === "object" ? verdict.code : verdict;
  };

  test("holds to its last moment, can be mended for 30 days, and then is over", () => {
    expect(at(-1)).toBe("valid");
    expect(at(0)).toBe("valid");
    expect(at(1)).toBe("expired");
    expect(at(expiredIdentitySeconds)).toBe("expired");
    expect(at(expiredIdentitySeconds + 1)).toBe("certificate_expired");
    expect(expiredIdentitySeconds).toBe(30 * 24 * 3600);
  });

  test("of a name alone is the proxy's to judge", () => {
    expect(decideValidity(null, end)).toBe("valid");
  });
});

describe("the device of a message", () => {
  test("must be the one of the certificate, to the letter", () => {
    expect(refuseDeviceMismatch({ udid: "ABC" }, "ABC")).toBeNull();
    for (const key of ["abc", "ABC ", "", "ABCD"]) {
      expect(refuseDeviceMismatch({ udid: "ABC" }, key)).toMatchObject({ code: "device_udid_mismatch" });
    }
  });

  test("must be there", () => {
    expect(refuseDeviceMismatch(null, "ABC")).toMatchObject({
      detail: "enrollment session has no enrolled device",
    });
  });
});
