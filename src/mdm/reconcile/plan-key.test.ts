import { describe, expect, test } from "vitest";
import { isPlanDue, type PlanFacts, planKey } from "./plan-key.ts";

const at = new Date("2026-11-21T12:00:00Z");

const facts: PlanFacts = {
  blueprintId: 3,
  blueprintRevision: "7",
  platform: "macOS",
  osVersion: "15.1",
  osVersionExtra: "",
  serialNumber: "SERIAL",
  awaitingConfiguration: false,
  userEnrollment: false,
  tagIds: [1, 2],
};

describe("the key of a plan", () => {
  test.each<[keyof PlanFacts, Partial<PlanFacts>]>([
    ["blueprintId", { blueprintId: 4 }],
    ["blueprintRevision", { blueprintRevision: "8" }],
    ["platform", { platform: "iOS" }],
    ["osVersion", { osVersion: "15.2" }],
    ["osVersionExtra", { osVersionExtra: "(a)" }],
    ["serialNumber", { serialNumber: "OTHER" }],
    ["awaitingConfiguration", { awaitingConfiguration: true }],
    ["userEnrollment", { userEnrollment: true }],
    ["tagIds", { tagIds: [1] }],
  ])("changes with %s", (_, change) => {
    expect(planKey({ ...facts, ...change })).not.toBe(planKey(facts));
  });

  test("does not change with the order of tags, nor with what is unknown and what is not so", () => {
    const same = { tagIds: [2, 1], awaitingConfiguration: null, userEnrollment: null };
    expect(planKey({ ...facts, ...same })).toBe(planKey(facts));
  });
});

describe("a target is to be planned", () => {
  const planned = { planKey: planKey(facts), planDueAt: null };
  const none = { ...facts, blueprintId: null, blueprintRevision: null };

  test.each([
    ["when it was never planned and has a blueprint", facts, null, true],
    ["not when it never had a blueprint", none, null, false],
    ["when it has lost its blueprint", none, planned, true],
    ["not when nothing has changed", facts, planned, false],
    ["when its own records have changed", facts, { ...planned, planKey: null }, true],
    ["when its time has come", facts, { ...planned, planDueAt: at }, true],
    ["not before its time", facts, { ...planned, planDueAt: new Date(at.getTime() + 1) }, false],
  ])("%s", (_, target, stored, isDue) => {
    expect(isPlanDue(target, stored, at)).toBe(isDue);
  });
});
