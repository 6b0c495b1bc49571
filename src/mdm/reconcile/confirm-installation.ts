// Whether an application that a Mac was told to install is there, as an InstalledApplicationList tells (desired-state
// specification 2.6). Artifact commands ask until it is, failed, or was asked for too often.
// An entry without an identifier or a version is none of those that are looked for, and spoils nothing.
import type { InstalledApplication } from "#protocol/mdm/answers/installed-application-list.ts";
import type { JsonObject } from "#protocol/mdm/json.ts";

/** An application of a package. */
export type ExpectedApplication = { readonly identifier: string; readonly shortVersion: string };

export type Confirmation =
  | { readonly kind: "installed" }
  | { readonly kind: "failed"; readonly extraInfo: JsonObject }
  | { readonly kind: "waiting" };

/** How often it is asked for after the first time: a week in all. */
export const confirmationRetriesMax = 32;
const firstDelaySeconds = 15;
const delayGrowth = 1.35;
const downloadFlags = [
  "DownloadCancelled",
  "DownloadFailed",
  "DownloadPaused",
  "DownloadWaiting",
  "Installing",
] as const;

/** The pause before an application is asked for: 15, 20, 27, 37, … seconds. */
export function confirmationDelaySeconds(retries: number): number {
  return Math.round(firstDelaySeconds * delayGrowth ** Math.min(retries, confirmationRetriesMax));
}

/** Reads a list for the applications that are expected; a failure counts more than what is still under way. */
export function confirmInstallation(
  expected: readonly ExpectedApplication[],
  listed: readonly InstalledApplication[],
): Confirmation {
  const matches = listed.filter((application) => expected.some((one) => isSame(one, application)));
  const isAt = (states: readonly (typeof downloadFlags)[number][]) =>
    matches.find(({ transientState }) => transientState !== null && states.includes(transientState));
  const failure = isAt(["DownloadCancelled", "DownloadFailed"]);
  if (failure !== undefined) return { kind: "failed", extraInfo: flagsOf(failure) };
  if (matches.length === 0 || isAt(["DownloadPaused", "DownloadWaiting", "Installing"]) !== undefined) {
    return { kind: "waiting" };
  }
  return { kind: "installed" };
}

function isSame(expected: ExpectedApplication, { identifier, shortVersion }: InstalledApplication): boolean {
  return identifier === expected.identifier && shortVersion === expected.shortVersion;
}

function flagsOf({ json }: InstalledApplication): JsonObject {
  return Object.fromEntries(downloadFlags.map((flag) => [flag, json[flag] === true]));
}

/** Reads expected applications from arguments of a command or from a package; what is none of them is left out. */
export function readExpectedApplications(value: unknown): ExpectedApplication[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    const { id, identifier = id, version_str, shortVersion = version_str } = each as Record<string, unknown>;
    return typeof identifier === "string" && typeof shortVersion === "string"
      ? [{ identifier, shortVersion }]
      : [];
  });
}
