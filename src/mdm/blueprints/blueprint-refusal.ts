/** The words in which this slice says no, with the codes of its refusals (http-api 1.6, 1.7). */
import type { Refusal } from "#platform/errors.ts";
import { unknownPkText } from "#platform/http/wire-fields.ts";

/** The refusal of one field. */
export function refuseField(field: string, code: string, detail: string): Refusal {
  return { kind: "invalid", code, field, detail };
}

/** The refusal of a key that names nothing. */
export function unknownPk(field: string, key: string | number): Refusal {
  return refuseField(field, "unknown_pk", unknownPkText(key));
}

/** The same refusals of a part of an input, under its place: `settings.name`. */
export function refusalsUnder(place: string, refusals: readonly Refusal[]): readonly Refusal[] {
  return refusals.map((refusal) => ({
    ...refusal,
    field: `${place}.${refusal.field ?? "non_field_errors"}`,
  }));
}

/** What the resources of this slice are called: by the reference's model, and in its sentences. */
export type ResourceWords = {
  /** `Blueprint` */
  readonly model: string;
  /** `blueprint`, as in "blueprint with this name already exists." */
  readonly verbose: string;
  /** `blueprint`, as in "This blueprint cannot be deleted". */
  readonly label: string;
};

export type ResourceRefusals = {
  readonly unknown: Refusal;
  readonly nameTaken: Refusal;
  readonly inUse: Refusal;
};

/** The three refusals that every resource has. */
export function resourceRefusals({ model, verbose, label }: ResourceWords): ResourceRefusals {
  const code = verbose.replaceAll(" ", "_");
  return {
    unknown: {
      kind: "not_found",
      code: `${code}_unknown`,
      detail: `No ${model} matches the given query.`,
    },
    nameTaken: {
      kind: "conflict",
      code: `${code}_name_taken`,
      field: "name",
      detail: `${verbose} with this name already exists.`,
    },
    inUse: { kind: "conflict", code: `${code}_in_use`, detail: `This ${label} cannot be deleted` },
  };
}

/** Minutes after a reveal are zero, or enough for the device to be asked (http-api 2.5, 2.6). */
export function refuseRevealDelay(field: string, minutes: number): Refusal | null {
  if (minutes === 0 || minutes >= revealDelayMinutesMin) return null;
  return refuseField(field, "reveal_delay_too_short", "Must be 0, or at least 5 minutes.");
}

/** The shortest delay of a rotation after a secret was shown, in minutes. */
export const revealDelayMinutesMin = 5;
export const revealDelayMinutesMax = 1440;
export const revealDelayMinutesDefault = 60;
export const rotationIntervalDaysMax = 366;
/** Names, as the reference stores them. */
export const nameCharactersMax = 256;
