// What a plan was made for, as one text: a target whose key differs from the one of its plan is planned again.
// Connect compares it with the facts it has read anyway; whoever writes a plan writes it.
// It holds every fact of a target's device row that a plan depends on, and never what only a target's own records say.
import { createHash } from "node:crypto";
import type { Platform } from "#protocol/mdm/platform.ts";

/** The facts that a change of makes a plan worthless, wherever they were changed. */
export type PlanFacts = {
  readonly blueprintId: number | null;
  /** Of the blueprint; null without one. */
  readonly blueprintRevision: string | null;
  readonly platform: Platform;
  readonly osVersion: string;
  readonly osVersionExtra: string;
  readonly serialNumber: string;
  readonly awaitingConfiguration: boolean | null;
  readonly userEnrollment: boolean | null;
  /** In any order. */
  readonly tagIds: readonly number[];
};

/** What is stored of the last plan that left nothing to do. */
export type StoredPlan = {
  /** Null: the target's own records have changed since, so it is to be planned again. */
  readonly planKey: string | null;
  readonly planDueAt: Date | null;
};

/** Makes the key of a plan: 22 characters. */
export function planKey(facts: PlanFacts): string {
  const { blueprintId, blueprintRevision, platform, osVersion, osVersionExtra, serialNumber } = facts;
  const tags = [...facts.tagIds].sort((one, other) => one - other);
  const { awaitingConfiguration, userEnrollment } = facts;
  const members = [
    blueprintId,
    blueprintRevision,
    platform,
    osVersion,
    osVersionExtra,
    serialNumber,
    awaitingConfiguration === true,
    userEnrollment === true,
    tags,
  ];
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url").slice(0, 22);
}

/**
 * Whether a target is to be planned.
 *
 * @param stored Null for a target that was never planned: without a blueprint there is nothing it could have.
 */
export function isPlanDue(facts: PlanFacts, stored: StoredPlan | null, at: Date): boolean {
  if (stored === null) return facts.blueprintId !== null;
  if (stored.planKey === null || (stored.planDueAt !== null && stored.planDueAt <= at)) return true;
  return stored.planKey !== planKey(facts);
}
