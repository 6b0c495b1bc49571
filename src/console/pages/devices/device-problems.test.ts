import { describe, expect, test } from "vitest";
import { deviceProblems, deviceState, nextStep } from "./device-problems.ts";

const now = new Date("2026-06-15T12:00:00Z");
const healthy = {
  blocked_at: null,
  checkout_at: null,
  last_seen_at: "2026-06-15T11:00:00",
  push: { token_rejected_at: null, reason: null },
  cert_not_valid_after: "2027-06-15T11:00:00",
  awaiting_configuration: false,
  erased_at: null,
  blueprint: 1,
} as const;

const problems = (changes: object, rest: { artifacts?: string[]; commands?: string[] } = {}) =>
  deviceProblems({
    device: { ...healthy, ...changes },
    artifacts: (rest.artifacts ?? []).map((state) => ({ state: state as "failed" })),
    commands: (rest.commands ?? []).map((state) => ({ state: state as "parked" })),
    now,
  });

describe("what is wrong with a device", () => {
  test("a device that is well has no problems", () => {
    expect(problems({}, { artifacts: ["current"], commands: ["queued"] })).toEqual([]);
  });

  test.each([
    [{ blocked_at: "2026-06-01T00:00:00" }, "bad", /blocked/i],
    [{ checkout_at: "2026-06-01T00:00:00" }, "bad", /left/i],
    [{ push: { token_rejected_at: "2026-06-01T00:00:00", reason: "Unregistered" } }, "bad", /Unregistered/],
    [{ last_seen_at: "2026-06-08T11:00:00" }, "attention", /7 days/],
    [{ last_seen_at: null }, "attention", /never/i],
    [{ cert_not_valid_after: "2026-06-20T00:00:00" }, "attention", /certificate/i],
    [{ awaiting_configuration: true }, "attention", /Setup Assistant/],
    [{ blueprint: null }, "attention", /blueprint/],
  ])("%j is %s", (changes, severity, words) => {
    const [problem] = problems(changes);
    expect(problem?.severity).toBe(severity);
    expect(problem?.text).toMatch(words);
  });

  test("failures come with the tab that shows them, worst first", () => {
    const found = problems({ blueprint: null }, { artifacts: ["failed", "failed"], commands: ["parked"] });
    expect(found.map(({ tab }) => tab)).toEqual(["artifacts", "commands", undefined]);
    expect(found[0]?.text).toContain("2");
  });

  test("a blocked device is not called silent as well", () => {
    const gone = { ...healthy, last_seen_at: "2026-01-01T00:00:00", blocked_at: "2026-01-01T00:00:00" };
    expect(deviceState(gone, now)).toBe("blocked");
    expect(
      problems(gone)
        .map(({ text }) => text)
        .join(),
    ).not.toMatch(/7 days/);
  });
});

describe("what happens next", () => {
  const command = { name: "DeviceLock", not_before: null, retry_at: null } as const;

  test("the oldest command that waits comes first", () => {
    const step = nextStep(
      now,
      [],
      [
        { ...command, name: "ProfileList", state: "queued" },
        { ...command, state: "not_now", retry_at: "2026-06-15T13:00:00" },
        { ...command, state: "answered" },
      ],
    );
    expect(step).toEqual({
      text: expect.stringContaining("DeviceLock") as string,
      at: "2026-06-15T13:00:00.000Z",
    });
  });

  test("a time that is over is no time of what comes next", () => {
    const waits = { ...command, state: "queued", not_before: "2026-06-15T11:00:00" } as const;
    expect(nextStep(now, [], [waits]).at).toBeNull();
  });

  test("then artifacts that wait, then nothing", () => {
    const artifact = { pk: "1", name: "Wi-Fi", type: "Profile" } as const;
    expect(nextStep(now, [{ state: "to_install", artifact }], []).text).toContain("Wi-Fi");
    expect(nextStep(now, [{ state: "current", artifact }], []).at).toBeNull();
  });
});
