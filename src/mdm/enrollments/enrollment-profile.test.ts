import { describe, expect, test } from "vitest";
import { aSession } from "../../../test/tools/enrollments.ts";
import { challengeEnd, refuseIdentityRequest } from "./enrollment-profile.ts";
import { type SessionKind, sessionStatuses } from "./enrollment-session.ts";

const at = new Date("2026-11-21T12:00:00Z");

describe("refuseIdentityRequest", () => {
  const kinds = Object.keys(sessionStatuses) as SessionKind[];
  const everyStatus = kinds.flatMap((kind) => sessionStatuses[kind].map((status) => ({ kind, status })));

  test.each(everyStatus)("$kind at $status", ({ kind, status }) => {
    const session = aSession({ kind, status });
    const keeps = kind === "ota" ? "PHASE_3" : "STARTED";
    expect(refuseIdentityRequest(session, "mdm") === null).toBe(status === keeps);
    expect(refuseIdentityRequest(session, "ota_phase_2") === null).toBe(status === "PHASE_2");
  });
});

describe("challengeEnd", () => {
  const hours = (count: number) => new Date(at.getTime() + count * 3_600_000);
  const endOf = (expiresAt: Date | null) =>
    challengeEnd(aSession({ secret: { ...aSession().secret, expiresAt } }), at);

  test("a challenge ends with the session's secret, a day from now at the latest", () => {
    expect(endOf(hours(1))).toEqual(hours(1));
    expect(endOf(hours(24))).toEqual(hours(24));
    expect(endOf(hours(240))).toEqual(hours(24));
  });

  test("the issuer decides where the secret does not end", () => {
    expect(endOf(null)).toBeNull();
  });
});
