import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asId } from "#platform/ids.ts";
import { aSession } from "../../../test/tools/enrollments.ts";
import {
  type SessionKind,
  type SessionStatus,
  firstEnrollmentAt,
  planAuthenticate,
  planComplete,
  planPhase,
  sessionEventFields,
  sessionStatuses,
} from "./enrollment-session.ts";

const kinds = Object.keys(sessionStatuses) as SessionKind[];
const everyStatus = kinds.flatMap((kind) => sessionStatuses[kind].map((status) => ({ kind, status })));

const beforeAuthenticated: Readonly<Record<SessionKind, SessionStatus>> = {
  dep: "STARTED",
  ota: "PHASE_3",
  user: "STARTED",
  re: "STARTED",
};

describe("planAuthenticate", () => {
  test.each(everyStatus)("$kind at $status lets only the expected device through", ({ kind, status }) => {
    const isNext = beforeAuthenticated[kind] === status;
    const isDone = status === "AUTHENTICATED" || status === "COMPLETED";
    const withDevice = (deviceId: number | null) => outcome(planAuthenticate({ kind, status, deviceId }, 1));
    expect(withDevice(1)).toBe(
      isDone ? "repeat" : kind !== "re" ? wrongDevice : isNext ? "advance" : wrongStatus,
    );
    expect(withDevice(2)).toBe(wrongDevice);
    const unattached = isNext ? "advance" : wrongStatus;
    expect(withDevice(null)).toBe(kind === "re" ? wrongDevice : unattached);
  });
});

describe("planComplete", () => {
  test.each(everyStatus)("$kind at $status completes only when authenticated", ({ kind, status }) => {
    const steps: Partial<Record<SessionStatus, string>> = { AUTHENTICATED: "advance", COMPLETED: "repeat" };
    expect(outcome(planComplete({ kind, status, deviceId: 1 }, 1))).toBe(steps[status] ?? wrongStatus);
    expect(outcome(planComplete({ kind, status, deviceId: 2 }, 1))).toBe(wrongDevice);
    expect(outcome(planComplete({ kind, status, deviceId: null }, 1))).toBe(wrongDevice);
  });
});

describe("planPhase", () => {
  test.each([
    ["PHASE_1", "PHASE_2", "advance"],
    ["PHASE_2", "PHASE_2", "repeat"],
    ["PHASE_3", "PHASE_2", "enrollment_session_wrong_status"],
    ["PHASE_1", "PHASE_3", "enrollment_session_wrong_status"],
    ["PHASE_2", "PHASE_3", "advance"],
    ["PHASE_3", "PHASE_3", "repeat"],
    ["AUTHENTICATED", "PHASE_3", "enrollment_session_wrong_status"],
    ["COMPLETED", "PHASE_3", "enrollment_session_wrong_status"],
  ] as const)("from %s to %s: %s", (status, phase, expected) => {
    expect(outcome(planPhase({ kind: "ota", status, deviceId: null }, phase))).toBe(expected);
  });

  test("no other kind has phases", () => {
    for (const kind of ["dep", "user", "re"] as const) {
      expect(outcome(planPhase({ kind, status: "STARTED", deviceId: null }, "PHASE_3"))).toBe(wrongStatus);
    }
  });
});

test("whatever a device repeats, its session only moves forward, one step at a time", () => {
  const step = fc.constantFrom("phase2", "phase3", "authenticate", "complete");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let session: { kind: "ota"; status: SessionStatus; deviceId: number | null } = {
        kind: "ota",
        status: "PHASE_1",
        deviceId: null,
      };
      for (const name of steps) {
        const next = {
          phase2: "PHASE_2",
          phase3: "PHASE_3",
          authenticate: "AUTHENTICATED",
          complete: "COMPLETED",
        }[name] as SessionStatus;
        const plan =
          next === "AUTHENTICATED"
            ? planAuthenticate(session, 1)
            : next === "COMPLETED"
              ? planComplete(session, 1)
              : planPhase(session, next as "PHASE_2" | "PHASE_3");
        const order = sessionStatuses.ota;
        if (plan !== "advance") continue;
        expect(order.indexOf(next)).toBe(order.indexOf(session.status) + 1);
        session = { kind: "ota", status: next, deviceId: next === "AUTHENTICATED" ? 1 : session.deviceId };
      }
    }),
  );
});

test("a renewal hands on the first date, and reports its enrollment under the original key", () => {
  const first = new Date("2024-02-03T04:05:06Z");
  const session = aSession({ kind: "re", status: "STARTED", id: asId(9), firstEnrolledAt: first });
  expect(firstEnrollmentAt(session)).toBe(first);
  expect(sessionEventFields(session)).toEqual({
    enrollment_session: { pk: 9, type: "re", status: "STARTED" },
    ota_enrollment: { pk: 3, name: "Lab phones" },
  });
});

test("the first enrollment of a session that renews nothing is when it was made", () => {
  const session = aSession({ firstEnrolledAt: null });
  expect(firstEnrollmentAt(session)).toBe(session.createdAt);
});

const wrongDevice = "enrollment_session_of_another_device";
const wrongStatus = "enrollment_session_wrong_status";

function outcome(step: ReturnType<typeof planPhase>): string {
  return typeof step === "string" ? step : step.code;
}
