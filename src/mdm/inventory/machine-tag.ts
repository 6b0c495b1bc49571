/**
 * Machine tagging: which tags a machine has, told by its serial number, whether it has enrolled yet or not.
 * Enrollments add theirs when a device authenticates; operators and their tools change them in bulk (http-api 3.8).
 * It never moves a tag to another taxonomy: a name that belongs elsewhere is refused.
 */
import type { Refusal } from "#platform/errors.ts";

export type TaggingKind = "SET" | "ADD" | "REMOVE";

/** One step of a request; the steps are taken in order. */
export type TaggingStep = {
  readonly kind: TaggingKind;
  /** Name of the taxonomy; SET replaces what a machine has of it. */
  readonly taxonomy: string | null;
  readonly names: readonly string[];
};

/** Machines of one request: their events are written in its transaction. */
export const machinesPerRequestMax = 10_000;
export const taggingStepsMax = 50;
export const namesPerStepMax = 500;
export const machineSerialCharactersMax = 64;

/** What a request did: machines it spoke of, and tags that machines got and lost. */
export type TaggingOutcome = { readonly machines: number; readonly added: number; readonly removed: number };

/** Refuses a step that cannot mean anything (http-api 3.8). */
export function refuseStep({ kind, taxonomy, names }: TaggingStep, index: number): Refusal | null {
  const field = `operations.${index}`;
  if (kind === "SET" && taxonomy === null) {
    return invalid(`${field}.taxonomy`, "A taxonomy is required for a SET operation.");
  }
  if (kind === "REMOVE" && taxonomy !== null) {
    return invalid(`${field}.taxonomy`, "A REMOVE operation cannot have a taxonomy.");
  }
  if (kind !== "SET" && names.length === 0) {
    return invalid(
      `${field}.names`,
      kind === "ADD" ? "An ADD operation needs names." : "A REMOVE operation needs names.",
    );
  }
  return null;
}

/** The refusal of more machines than one request may tag. */
export function machinesTooMany(count: number): Refusal {
  const detail = `${count} devices match, more than ${machinesPerRequestMax}.`;
  return { kind: "invalid", code: "machine_tagging_invalid", field: "non_field_errors", detail };
}

/** The refusal of a name that belongs to another taxonomy. */
export function tagOfOtherTaxonomy(name: string, taxonomy: string): Refusal {
  return invalid("operations", `The tag "${name}" is not in the taxonomy "${taxonomy}".`);
}

/** The refusal of a name that would be written like another one in URLs. */
export function tagNameUnusable(name: string): Refusal {
  return invalid("operations", `A tag written like "${name}" already exists.`);
}

/** The refusal of a request that names no machines, or names them twice. */
export function refuseMachines(hasSerialNumbers: boolean, hasUsers: boolean): Refusal | null {
  if (hasSerialNumbers !== hasUsers) return null;
  const detail = hasUsers
    ? "serial_numbers and principal_users cannot be used together."
    : "serial_numbers or principal_users is required.";
  return invalid("non_field_errors", detail);
}

function invalid(field: string, detail: string): Refusal {
  return { kind: "invalid", code: "machine_tagging_invalid", field, detail };
}

/**
 * Writes a serial number so that it fits one segment of a path: as it is, or a point and unpadded base64url when it has
 * other characters than letters, digits, `-`, `_` and `~`, or begins with a point.
 */
export function urlsafeSerialNumber(serialNumber: string): string {
  if (/^[A-Za-z0-9_~-][A-Za-z0-9_.~-]*$/.test(serialNumber)) return serialNumber;
  return `.${Buffer.from(serialNumber, "utf8").toString("base64url")}`;
}

/** Reads what {@link urlsafeSerialNumber} wrote; null when it is nothing that it writes. */
export function parseUrlsafeSerialNumber(text: string): string | null {
  const serialNumber = text.startsWith(".") ? Buffer.from(text.slice(1), "base64url").toString("utf8") : text;
  return urlsafeSerialNumber(serialNumber) === text && serialNumber !== "" ? serialNumber : null;
}

/** What kind of hardware a model is, in the reference's words; null when the model does not tell. */
export function machineType(model: string | null): string | null {
  if (model === null) return null;
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/^MacBook/i, "LAPTOP"],
    [/^(iMac|Macmini|MacPro|MacStudio|Xserve)/i, "DESKTOP"],
    [/^(VirtualMac|VMware|Parallels)/i, "VM"],
    [/^(iPhone|iPod)/i, "MOBILE"],
    [/^iPad/i, "TABLET"],
    [/^AppleTV/i, "TV"],
  ];
  return kinds.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}
