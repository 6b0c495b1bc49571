/** The operators' door to recovery password configurations (http-api 2.6). */
import { type Static, Type } from "typebox";
import { crudEndpoints, nameFilter, numberKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import {
  nameCharactersMax,
  revealDelayMinutesDefault,
  revealDelayMinutesMax,
  rotationIntervalDaysMax,
} from "./blueprint-refusal.ts";
import {
  type RecoveryPasswordConfig,
  type RecoveryPasswordConfigInput,
  staticPasswordCharactersMax,
} from "./recovery-password-config.ts";
import * as operations from "./recovery-password-config-operations.ts";
import type { RecoveryPasswordDeps } from "./recovery-password-config-operations.ts";
import { listRecoveryPasswordConfigs } from "./recovery-password-config-store.ts";

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: nameCharactersMax }),
  dynamic_password: Type.Optional(Type.Boolean({ default: true })),
  static_password: Type.Optional(
    nullable(Type.String({ minLength: 1, maxLength: staticPasswordCharactersMax })),
  ),
  rotation_interval_days: Type.Optional(
    Type.Integer({ minimum: 0, maximum: rotationIntervalDaysMax, default: 0, description: "0: never" }),
  ),
  reveal_rotation_delay: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: revealDelayMinutesMax,
      default: revealDelayMinutesDefault,
      description: "Minutes; 0: never, else at least 5",
    }),
  ),
  rotate_firmware_password: Type.Optional(Type.Boolean({ default: false })),
});

const View = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  dynamic_password: Type.Boolean(),
  static_password: nullable(Type.String()),
  rotation_interval_days: Type.Integer(),
  reveal_rotation_delay: Type.Integer(),
  rotate_firmware_password: Type.Boolean(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

/** The wire shows the static password to anyone who may view the configuration (http-api 2.6). */
function view(deps: RecoveryPasswordDeps, config: RecoveryPasswordConfig): Static<typeof View> {
  return {
    id: config.id,
    name: config.name,
    dynamic_password: config.dynamicPassword,
    static_password: operations.openStaticPassword(deps, config)?.reveal() ?? null,
    rotation_interval_days: config.rotationIntervalDays,
    reveal_rotation_delay: config.revealRotationDelay,
    rotate_firmware_password: config.rotateFirmwarePassword,
    created_at: wireTime(config.createdAt),
    updated_at: wireTime(config.updatedAt),
  };
}

/** List, create, read, update, delete. */
export const recoveryPasswordConfigEndpoints: readonly Endpoint<RecoveryPasswordDeps>[] = crudEndpoints<
  RecoveryPasswordDeps,
  RecoveryPasswordConfig,
  RecoveryPasswordConfigInput,
  number
>({
  names: {
    path: "/api/mdm/recovery_password_configs/",
    views: { list: "recovery_password_configs", one: "recovery_password_config" },
    permission: "mdm.recoverypasswordconfig",
    operations: { list: "RecoveryPasswordConfigs", one: "RecoveryPasswordConfig" },
    words: { list: "recovery password configurations", one: "a recovery password configuration" },
  },
  key: numberKey,
  body: Body,
  answer: View,
  filters: nameFilter,
  list: listRecoveryPasswordConfigs,
  find: operations.findRecoveryPasswordConfig,
  create: operations.createRecoveryPasswordConfig,
  update: operations.updateRecoveryPasswordConfig,
  remove: (op, _deps, id) => operations.deleteRecoveryPasswordConfig(op, id),
  view,
});
