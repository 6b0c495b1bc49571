/** The operators' door to software update enforcements (http-api 2.7). */
import { Type } from "typebox";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { crudEndpoints, nameFilter, numberKey } from "#platform/http/crud-endpoints.ts";
import type { Endpoint } from "#platform/http/endpoint.ts";
import { choice, foreignId, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { nameCharactersMax } from "./blueprint-refusal.ts";
import * as rules from "./software-update-enforcement.ts";
import type {
  SoftwareUpdateEnforcement,
  SoftwareUpdateEnforcementInput,
} from "./software-update-enforcement.ts";
import * as operations from "./software-update-enforcement-operations.ts";
import { listSoftwareUpdateEnforcements } from "./software-update-enforcement-store.ts";

const platform = choice(["iOS", "iPadOS", "macOS", "tvOS"]);
const version = (description: string) =>
  Type.Optional(Type.String({ maxLength: rules.versionCharactersMax, default: "", description }));

const Body = Type.Object({
  name: Type.String({ minLength: 1, maxLength: nameCharactersMax }),
  details_url: Type.Optional(
    Type.String({ maxLength: rules.detailsUrlCharactersMax, format: "uri", default: "" }),
  ),
  platforms: Type.Array(platform, { minItems: 1, maxItems: rules.platformsMax }),
  tags: Type.Optional(Type.Array(foreignId(), { maxItems: rules.enforcementTagsMax, default: [] })),
  os_version: version("The version to have; instead of max_os_version"),
  build_version: version("With os_version"),
  local_datetime: Type.Optional(
    nullable(timestamp({ description: "With os_version: the deadline, on the wall clock of the device" })),
  ),
  max_os_version: version("The latest version below this one; instead of os_version"),
  delay_days: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: rules.delayDaysMax,
        description: `With max_os_version: days after the release (default: ${rules.delayDaysDefault})`,
      }),
    ),
  ),
  local_time: Type.Optional(
    nullable(
      Type.String({
        format: "time",
        description: `With max_os_version: the hour of that day (default: ${rules.localTimeDefault})`,
      }),
    ),
  ),
});

const View = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  details_url: Type.String(),
  platforms: Type.Array(platform),
  tags: Type.Array(Type.Integer()),
  os_version: Type.String(),
  build_version: Type.String(),
  local_datetime: nullable(timestamp()),
  max_os_version: Type.String(),
  delay_days: nullable(Type.Integer()),
  local_time: nullable(Type.String({ format: "time" })),
  created_at: timestamp(),
  updated_at: timestamp(),
});

function view(_deps: unknown, enforcement: SoftwareUpdateEnforcement): Record<string, unknown> {
  return {
    id: enforcement.id,
    name: enforcement.name,
    details_url: enforcement.detailsUrl,
    platforms: [...enforcement.platforms],
    tags: [...enforcement.tagIds],
    os_version: enforcement.osVersion,
    build_version: enforcement.buildVersion,
    local_datetime: enforcement.localDatetime,
    max_os_version: enforcement.maxOsVersion,
    delay_days: enforcement.delayDays,
    local_time: enforcement.localTime,
    created_at: wireTime(enforcement.createdAt),
    updated_at: wireTime(enforcement.updatedAt),
  };
}

/** List, create, read, update, delete. */
export const softwareUpdateEnforcementEndpoints: readonly Endpoint<DesiredStateDeps>[] = crudEndpoints<
  DesiredStateDeps,
  SoftwareUpdateEnforcement,
  SoftwareUpdateEnforcementInput,
  number
>({
  names: {
    path: "/api/mdm/software_update_enforcements/",
    views: { list: "software_update_enforcements", one: "software_update_enforcement" },
    permission: "mdm.softwareupdateenforcement",
    operations: { list: "SoftwareUpdateEnforcements", one: "SoftwareUpdateEnforcement" },
    words: { list: "software update enforcements", one: "a software update enforcement" },
  },
  key: numberKey,
  body: Body,
  answer: View,
  filters: nameFilter,
  list: listSoftwareUpdateEnforcements,
  find: operations.findSoftwareUpdateEnforcement,
  create: (op, _deps, input) => operations.createSoftwareUpdateEnforcement(op, input),
  update: operations.updateSoftwareUpdateEnforcement,
  remove: (op, _deps, id) => operations.deleteSoftwareUpdateEnforcement(op, id),
  view,
});
