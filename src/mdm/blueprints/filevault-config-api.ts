/** The operators' door to FileVault configurations (http-api 2.5). */
import { type Static, Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { crudEndpoints, nameFilter, numberKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import {
  nameCharactersMax,
  revealDelayMinutesDefault,
  revealDelayMinutesMax,
  rotationIntervalDaysMax,
} from "./blueprint-refusal.ts";
import {
  bypassAttemptsMax,
  bypassAttemptsNone,
  type FilevaultConfig,
  type FilevaultConfigInput,
} from "./filevault-config.ts";
import * as operations from "./filevault-config-operations.ts";
import { listFilevaultConfigs } from "./filevault-config-store.ts";

const text = Type.String({ minLength: 1, maxLength: nameCharactersMax });
const flag = Type.Optional(Type.Boolean({ default: false }));

const Body = Type.Object({
  name: text,
  escrow_location_display_name: text,
  at_login_only: flag,
  bypass_attempts: Type.Optional(
    Type.Integer({ minimum: bypassAttemptsNone, maximum: bypassAttemptsMax, default: bypassAttemptsNone }),
  ),
  show_recovery_key: flag,
  destroy_key_on_standby: flag,
  prk_rotation_interval_days: Type.Optional(
    Type.Integer({ minimum: 0, maximum: rotationIntervalDaysMax, default: 0, description: "0: never" }),
  ),
  prk_reveal_rotation_delay: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: revealDelayMinutesMax,
      default: revealDelayMinutesDefault,
      description: "Minutes; 0: never, else at least 5",
    }),
  ),
});

const View = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  escrow_location_display_name: Type.String(),
  at_login_only: Type.Boolean(),
  bypass_attempts: Type.Integer(),
  show_recovery_key: Type.Boolean(),
  destroy_key_on_standby: Type.Boolean(),
  prk_rotation_interval_days: Type.Integer(),
  prk_reveal_rotation_delay: Type.Integer(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

function view(_deps: unknown, config: FilevaultConfig): Static<typeof View> {
  return {
    id: config.id,
    name: config.name,
    escrow_location_display_name: config.escrowLocationDisplayName,
    at_login_only: config.atLoginOnly,
    bypass_attempts: config.bypassAttempts,
    show_recovery_key: config.showRecoveryKey,
    destroy_key_on_standby: config.destroyKeyOnStandby,
    prk_rotation_interval_days: config.prkRotationIntervalDays,
    prk_reveal_rotation_delay: config.prkRevealRotationDelay,
    created_at: wireTime(config.createdAt),
    updated_at: wireTime(config.updatedAt),
  };
}

/** List, create, read, update, delete. */
export const filevaultConfigEndpoints: readonly Endpoint<DesiredStateDeps>[] = crudEndpoints<
  DesiredStateDeps,
  FilevaultConfig,
  FilevaultConfigInput,
  number
>({
  names: {
    path: "/api/mdm/filevault_configs/",
    views: { list: "filevault_configs", one: "filevault_config" },
    permission: "mdm.filevaultconfig",
    operations: { list: "FilevaultConfigs", one: "FilevaultConfig" },
    words: { list: "FileVault configurations", one: "a FileVault configuration" },
  },
  key: numberKey,
  body: Body,
  answer: View,
  filters: nameFilter,
  list: listFilevaultConfigs,
  find: operations.findFilevaultConfig,
  create: (op, _deps, input) => operations.createFilevaultConfig(op, input),
  update: operations.updateFilevaultConfig,
  remove: (op, _deps, id) => operations.deleteFilevaultConfig(op, id),
  view,
});
