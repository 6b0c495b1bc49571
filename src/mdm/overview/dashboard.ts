/**
 * The dashboard: how the fleet is, how far changes have come, what ends soon, and whether the server itself is well
 * (console-ops 7.1, 1 and 19). Each block is for those who may see what it counts.
 */
import { secondsAfter } from "#platform/clock.ts";

/** What ends within so many days is told, and what ended already. */
export const expiryDays = 60;
/** So many changes of people are told. */
export const changesMax = 10;
/** So many versions of systems, and so many things that end, are told one by one. */
export const rowsMax = 200;
/** Counts are shared by everybody who looks, for so long. */
export const keptSeconds = 5;

/** Until when something must end to be told. */
export function expiryHorizon(at: Date): Date {
  return secondsAfter(at, expiryDays * 86_400);
}

export type DeviceTotals = {
  readonly enrolled: number;
  readonly pending: number;
  readonly silent: number;
  readonly failing: number;
  readonly blocked: number;
  readonly checkedOut: number;
};

/** Enrolled devices of one version. */
export type VersionCount = {
  readonly platform: string;
  readonly osVersion: string;
  readonly count: number;
};

/** Targets of a blueprint: those that have failed, those that have all, and the others. */
export type BlueprintProgress = {
  readonly id: number;
  readonly name: string;
  readonly targets: number;
  readonly converged: number;
  readonly pending: number;
  readonly failed: number;
};

export const expiryKinds = [
  "push_certificate",
  "certificate_authority",
  "tls_certificate",
  "api_token",
  "ota_enrollment",
] as const;

/** Something that ends. */
export type Expiry = {
  readonly kind: (typeof expiryKinds)[number];
  /** Null for what the API has no object for. */
  readonly id: string | null;
  readonly name: string;
  readonly expiresAt: Date;
};

/** What may be told of, by the permission it takes; what everybody is shown anyway takes none. */
export const expiryPermissions: Readonly<Record<Expiry["kind"], string | null>> = {
  push_certificate: "mdm.view_pushcertificate",
  certificate_authority: "mdm.view_scepissuer",
  tls_certificate: null,
  api_token: "accounts.view_apitoken",
  ota_enrollment: "mdm.view_otaenrollment",
};

/** Commands and pushes that wait. */
export type QueueFacts = {
  readonly queued: number;
  readonly sent: number;
  readonly notNow: number;
  readonly parked: number;
  readonly oldestAt: Date | null;
  readonly pushes: number;
  readonly rejectedTokens: number;
};

/** What ran by the clock. */
export type ScheduleFact = {
  readonly name: string;
  readonly lastFinishedAt: Date | null;
  readonly lastOutcome: "succeeded" | "failed" | null;
  readonly nextRunAt: Date | null;
};

/** A change that a person, a program or an operator made. */
export type Change = {
  readonly id: string;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly action: string;
  readonly model: string;
  readonly pk: string;
  readonly name: string | null;
  readonly serialNumber: string | null;
};

/** Sums of some versions, by platform. */
export function sumPlatforms(versions: readonly VersionCount[]): { platform: string; count: number }[] {
  const sums = new Map<string, number>();
  for (const { platform, count } of versions) sums.set(platform, (sums.get(platform) ?? 0) + count);
  return [...sums]
    .map(([platform, count]) => ({ platform, count }))
    .toSorted((a, b) => b.count - a.count || a.platform.localeCompare(b.platform));
}

/** Reads something at most once in {@link keptSeconds}; those who ask meanwhile share the answer. */
export type Kept<Value> = (at: Date, read: () => Promise<Value>) => Promise<Value>;

/** Makes a {@link Kept}; an answer that failed is kept for nobody. */
export function keepBriefly<Value>(): Kept<Value> {
  let kept: { readonly at: Date; readonly value: Promise<Value> } | null = null;
  return (at, read) => {
    const age = kept === null ? Infinity : Math.abs(at.getTime() - kept.at.getTime()) / 1000;
    if (kept !== null && age < keptSeconds) return kept.value;
    const value = read();
    const own = { at, value };
    kept = own;
    value.catch(() => {
      if (kept === own) kept = null;
    });
    return value;
  };
}
