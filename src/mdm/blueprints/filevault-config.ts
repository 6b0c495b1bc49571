// What devices are told about FileVault: deferral, escrow and rotation of the recovery key.
// Operators change it; a blueprint refers to it, and its devices get it as a profile.
// It never holds a key, and one that a blueprint refers to is never deleted.
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import {
  refuseField,
  refuseRevealDelay,
  resourceRefusals,
  revealDelayMinutesDefault,
} from "./blueprint-refusal.ts";

export type FilevaultConfigId = Id<"FilevaultConfig">;

export type FilevaultConfigFields = {
  readonly name: string;
  readonly escrowLocationDisplayName: string;
  readonly atLoginOnly: boolean;
  /** −1 when the user is not asked at login. */
  readonly bypassAttempts: number;
  readonly showRecoveryKey: boolean;
  readonly destroyKeyOnStandby: boolean;
  /** 0 for never. */
  readonly prkRotationIntervalDays: number;
  /** Minutes after somebody has seen the key; 0 for never. */
  readonly prkRevealRotationDelay: number;
};

export type FilevaultConfig = FilevaultConfigFields & {
  readonly id: FilevaultConfigId;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What operators send, by its names on the wire (http-api 2.5); what is omitted stays. */
export type FilevaultConfigInput = {
  readonly name: string;
  readonly escrow_location_display_name: string;
  readonly at_login_only?: boolean;
  readonly bypass_attempts?: number;
  readonly show_recovery_key?: boolean;
  readonly destroy_key_on_standby?: boolean;
  readonly prk_rotation_interval_days?: number;
  readonly prk_reveal_rotation_delay?: number;
};

export const bypassAttemptsNone = -1;
export const bypassAttemptsMax = 9999;

export const filevaultConfigRefusals = resourceRefusals({
  model: "FileVaultConfig",
  verbose: "filevault config",
  label: "FileVault configuration",
});

/** Puts together what a request says and what it leaves out; `current` is null for a creation. */
export function planFilevaultConfig(
  input: FilevaultConfigInput,
  current: FilevaultConfigFields | null,
): FilevaultConfigFields {
  const atLoginOnly = input.at_login_only ?? current?.atLoginOnly ?? false;
  return {
    name: input.name,
    escrowLocationDisplayName: input.escrow_location_display_name,
    atLoginOnly,
    bypassAttempts: input.bypass_attempts ?? keptAttempts(atLoginOnly, current),
    showRecoveryKey: input.show_recovery_key ?? current?.showRecoveryKey ?? false,
    destroyKeyOnStandby: input.destroy_key_on_standby ?? current?.destroyKeyOnStandby ?? false,
    prkRotationIntervalDays: input.prk_rotation_interval_days ?? current?.prkRotationIntervalDays ?? 0,
    prkRevealRotationDelay:
      input.prk_reveal_rotation_delay ?? current?.prkRevealRotationDelay ?? revealDelayMinutesDefault,
  };
}

/** Attempts mean something at login only; switching that off takes them along. */
function keptAttempts(atLoginOnly: boolean, current: FilevaultConfigFields | null): number {
  return atLoginOnly ? (current?.bypassAttempts ?? bypassAttemptsNone) : bypassAttemptsNone;
}

/** Refuses what the schema cannot: too short a delay, and attempts that do not go with the moment of the question. */
export function listFilevaultConfigRefusals(
  input: FilevaultConfigInput,
  fields: FilevaultConfigFields,
): (Refusal | null)[] {
  return [
    refuseRevealDelay("prk_reveal_rotation_delay", fields.prkRevealRotationDelay),
    // The reference looks at what was sent, and an omitted value counts as −1 (http-api 2.5).
    refuseAttempts(input.at_login_only ?? false, input.bypass_attempts ?? bypassAttemptsNone) ??
      refuseAttempts(fields.atLoginOnly, fields.bypassAttempts),
  ];
}

function refuseAttempts(atLoginOnly: boolean, attempts: number): Refusal | null {
  if (atLoginOnly === attempts >= 0) return null;
  const detail = atLoginOnly
    ? "Must be >= 0 when at_login_only is True"
    : "Must be -1 when at_login_only is False";
  return refuseField("bypass_attempts", "bypass_attempts_mismatch", detail);
}
