// The ServerToken of an artifact's version on one target (desired-state.md 4.3): the version, and what makes a device
// install the same version again: an OS update, a passed interval, a failure.
import type { OsVersion } from "../mdm/os-version.ts";
import { isUuid } from "./identifiers.ts";

/** How large an OS update must be for a reinstallation. */
export type ReinstallOn = "No" | "Major" | "Minor" | "Patch";

/** What a token is made of. */
export type ServerTokenFacts = {
  /** UUID of the artifact version. */
  readonly versionId: string;
  readonly reinstallOnOsUpdate: ReinstallOn;
  readonly osVersion: OsVersion;
  /** Whole intervals since the target was created ({@link countReinstallIntervals}); null: never by time. */
  readonly reinstallIndex: number | null;
  readonly retryCount: number;
};

/** What a token says; null where it says nothing. */
export type ServerToken = {
  /** Lower case. */
  readonly versionId: string;
  /** `15.2`: as many components as the reinstallation looks at. */
  readonly osVersion: string | null;
  readonly reinstallIndex: number | null;
  readonly retryCount: number;
};

const componentCounts = { No: 0, Major: 1, Minor: 2, Patch: 3 } as const;
const millisecondsPerDay = 24 * 60 * 60 * 1000;
const tokenCharactersMax = 128;
const tokenPattern =
  /^(?<versionId>[0-9a-fA-F-]{36})(?:\.ov-(?<osVersion>\d{1,9}(?:\.\d{1,9}){0,2}))?(?:\.ri-(?<index>\d{1,9}))?(?:\.rc-(?<retries>\d{1,9}))?$/;

/** Makes a token: `<uuid>.ov-13.1.0.ri-0.rc-2`. */
export function encodeServerToken(facts: ServerTokenFacts): string {
  const components = componentCounts[facts.reinstallOnOsUpdate];
  const parts = [
    facts.versionId.toLowerCase(),
    ...(components > 0 ? [`ov-${facts.osVersion.numbers.slice(0, components).join(".")}`] : []),
    ...(facts.reinstallIndex === null ? [] : [`ri-${facts.reinstallIndex}`]),
    ...(facts.retryCount > 0 ? [`rc-${facts.retryCount}`] : []),
  ];
  return parts.join(".");
}

/** Parses a token; null when it is none of ours. */
export function parseServerToken(token: string): ServerToken | null {
  if (token.length > tokenCharactersMax) return null;
  const groups = tokenPattern.exec(token)?.groups;
  const versionId = groups?.["versionId"] ?? "";
  if (!isUuid(versionId)) return null;
  const { osVersion, index, retries } = groups ?? {};
  return {
    versionId: versionId.toLowerCase(),
    osVersion: osVersion ?? null,
    reinstallIndex: index === undefined ? null : Number(index),
    retryCount: Number(retries ?? 0),
  };
}

/**
 * The artifact version of a token: the UUID before the first dot, whatever follows. Null when it is no UUID, as in the
 * tokens of server-made declarations (risk register 5: such a report is read on).
 */
export function versionIdOfServerToken(token: string): string | null {
  const [versionId = ""] = token.split(".", 1);
  return isUuid(versionId) ? versionId.toLowerCase() : null;
}

/**
 * Counts the whole intervals since a target was created, which is its `ri-` part.
 *
 * @param days Length of an interval; 0 for no reinstallation by time, which gives null.
 */
export function countReinstallIntervals(createdAt: Date, at: Date, days: number): number | null {
  if (days <= 0) return null;
  // A clock that went back is no interval.
  return Math.max(0, Math.floor((at.getTime() - createdAt.getTime()) / (days * millisecondsPerDay)));
}
