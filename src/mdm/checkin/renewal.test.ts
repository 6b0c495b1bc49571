import fc from "fast-check";
import { expect, test } from "vitest";
import { isRenewalDue, renewalRetrySeconds, renewalWindowSeconds } from "./renewal.ts";

const at = new Date("2027-01-01T00:00:00Z");
const inSeconds = (seconds: number) => new Date(at.getTime() + seconds * 1000);

test.each([
  ["an end that is far", renewalWindowSeconds + 1, null, false],
  ["an end in exactly 90 days", renewalWindowSeconds, null, false],
  ["an end within 90 days", renewalWindowSeconds - 1, null, true],
  ["an end that has come", -1, null, true],
  ["an end that is unknown", null, null, true],
  ["a renewal begun just now", 1, 0, false],
  ["a renewal begun less than four hours ago", 1, renewalRetrySeconds - 1, false],
  ["a renewal begun four hours ago", 1, renewalRetrySeconds, true],
  ["an unknown end and a renewal begun just now", null, 0, false],
] as const)("%s", (_, endsInSeconds, begunSecondsAgo, isDue) => {
  const facts = {
    certNotValidAfter: endsInSeconds === null ? null : inSeconds(endsInSeconds),
    lastRenewalAt: begunSecondsAgo === null ? null : inSeconds(-begunSecondsAgo),
  };
  expect(isRenewalDue(facts, at)).toBe(isDue);
});

test("the times are those of the specification", () => {
  expect([renewalWindowSeconds, renewalRetrySeconds]).toEqual([90 * 24 * 3600, 4 * 3600]);
});

test("once due, a renewal stays due until one is begun", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e8, max: 1e8 }), fc.nat(1e8), (endsInSeconds, laterSeconds) => {
      const facts = { certNotValidAfter: inSeconds(endsInSeconds), lastRenewalAt: null };
      fc.pre(isRenewalDue(facts, at));
      expect(isRenewalDue(facts, inSeconds(laterSeconds))).toBe(true);
    }),
  );
});
