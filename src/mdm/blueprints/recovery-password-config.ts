// How the recovery lock and firmware passwords of Macs are made: one for all, or one each, with rotation.
// Operators change it; a blueprint refers to it, and its Macs are given passwords by it.
// The password for all is sealed in its row, and one that a blueprint refers to is never deleted.
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import {
  refuseField,
  refuseRevealDelay,
  resourceRefusals,
  revealDelayMinutesDefault,
} from "./blueprint-refusal.ts";

export type RecoveryPasswordConfigId = Id<"RecoveryPasswordConfig">;

/** The columns that are no secret. */
export type RecoveryPasswordConfigFields = {
  readonly name: string;
  /** False: the static password is everybody's. */
  readonly dynamicPassword: boolean;
  /** 0 for never. */
  readonly rotationIntervalDays: number;
  /** Minutes after somebody has seen the password; 0 for never. */
  readonly revealRotationDelay: number;
  readonly rotateFirmwarePassword: boolean;
};

export type RecoveryPasswordConfig = RecoveryPasswordConfigFields & {
  readonly id: RecoveryPasswordConfigId;
  /** Null exactly when the password is dynamic. */
  readonly staticPasswordSealed: Buffer | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What operators send, by its names on the wire (http-api 2.6). An omitted password is cleared, the rest stays. */
export type RecoveryPasswordConfigInput = {
  readonly name: string;
  readonly dynamic_password?: boolean;
  readonly static_password?: string | null;
  readonly rotation_interval_days?: number;
  readonly reveal_rotation_delay?: number;
  readonly rotate_firmware_password?: boolean;
};

/** Longer ones no Mac takes; the reference's console allows 32. */
export const staticPasswordCharactersMax = 256;

export const recoveryPasswordConfigRefusals = resourceRefusals({
  model: "RecoveryPasswordConfig",
  verbose: "recovery password config",
  label: "recovery password configuration",
});

/** Puts together what a request says and what it leaves out; a static password never rotates. */
export function planRecoveryPasswordConfig(
  input: RecoveryPasswordConfigInput,
  current: RecoveryPasswordConfigFields | null,
): RecoveryPasswordConfigFields {
  const { name } = input;
  const dynamicPassword = input.dynamic_password ?? current?.dynamicPassword ?? true;
  if (!dynamicPassword) {
    return {
      name,
      dynamicPassword,
      rotationIntervalDays: 0,
      revealRotationDelay: 0,
      rotateFirmwarePassword: false,
    };
  }
  return {
    name,
    dynamicPassword,
    rotationIntervalDays: input.rotation_interval_days ?? current?.rotationIntervalDays ?? 0,
    revealRotationDelay:
      input.reveal_rotation_delay ?? current?.revealRotationDelay ?? revealDelayMinutesDefault,
    rotateFirmwarePassword: input.rotate_firmware_password ?? current?.rotateFirmwarePassword ?? false,
  };
}

/** Refuses what does not go together, all of it at once (http-api 2.6). */
export function listRecoveryPasswordConfigRefusals(
  input: RecoveryPasswordConfigInput,
  fields: RecoveryPasswordConfigFields,
): (Refusal | null)[] {
  const tooShort = refuseRevealDelay("reveal_rotation_delay", input.reveal_rotation_delay ?? 0);
  if (tooShort !== null) return [tooShort];
  return fields.dynamicPassword ? refuseDynamic(input, fields) : refuseStatic(input);
}

const hasPassword = ({ static_password: password }: RecoveryPasswordConfigInput): boolean =>
  password !== undefined && password !== null;

function refuseDynamic(
  input: RecoveryPasswordConfigInput,
  fields: RecoveryPasswordConfigFields,
): (Refusal | null)[] {
  // The reference counts what was sent: a default or a stored delay is none. What results must rotate too.
  const isSent = (input.rotation_interval_days ?? 0) > 0 || (input.reveal_rotation_delay ?? 0) > 0;
  const rotates = fields.rotationIntervalDays > 0 || fields.revealRotationDelay > 0;
  const neverRotates = (input.rotate_firmware_password === true && !isSent) || !rotates;
  return [
    hasPassword(input) ? refuse("static_password", "Cannot be set when dynamic_password is true") : null,
    fields.rotateFirmwarePassword && neverRotates
      ? refuse(
          "rotate_firmware_password",
          "Cannot be set without a rotation interval or a rotation delay after reveal",
        )
      : null,
  ];
}

function refuseStatic(input: RecoveryPasswordConfigInput): (Refusal | null)[] {
  const isSet = {
    rotation_interval_days: (input.rotation_interval_days ?? 0) !== 0,
    reveal_rotation_delay: (input.reveal_rotation_delay ?? 0) !== 0,
    rotate_firmware_password: input.rotate_firmware_password === true,
  };
  const rotations = Object.entries(isSet).filter(([, isWrong]) => isWrong);
  return [
    hasPassword(input) ? null : refuse("static_password", "Required when dynamic_password is false"),
    ...rotations.map(([field]) => refuse(field, "Cannot be set with a static password")),
  ];
}

function refuse(field: string, detail: string): Refusal {
  return refuseField(field, "recovery_password_config_invalid", detail);
}
