/** The door to bulk commands: one request for a fleet, and what became of it device by device. */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import type { Reader } from "#platform/db/database.ts";
import { DeviceListQuery, readDeviceFilter } from "#mdm/devices/device-list-api.ts";
import type { ReadOperation } from "#platform/operation.ts";
import {
  type BulkCommand,
  type BulkSelection,
  bulkCommandUnknown,
  bulkDevicesMax,
  bulkMatchedMax,
  bulkResults,
  bulkSpreadSecondsDefault,
  bulkSpreadSecondsMax,
} from "./bulk-command.ts";
import { createBulkCommand } from "./bulk-command-operations.ts";
import { countTargets, findBulkCommand, listBulkCommands, listTargets } from "./bulk-command-store.ts";
import type { CommandName } from "./command.ts";
import { placeArgument } from "./command-api.ts";
import { placeRefusals } from "./command-arguments-api.ts";
import { commandKinds, orderableNames } from "./command-kinds.ts";
import type { CommandDeps } from "./command-delivery-operations.ts";
import { timeOf, timing } from "./command-timing-api.ts";

/** Arguments that must be prepared before they are kept (a password to hash) are for one device at a time. */
const bulkNames = orderableNames.filter((name) => commandKinds[name].prepare === undefined);

const view = "mdm.view_devicecommand";
const ids = (description: string) =>
  Type.Optional(Type.Array(Type.Integer(), { minItems: 1, maxItems: bulkDevicesMax, description }));
const texts = (description: string) =>
  Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: bulkDevicesMax, description }));

/** Which devices a request is for. */
export const selectionFields = {
  devices: ids("Ids of devices"),
  filter: Type.Optional(
    Type.Object(
      {
        serial_numbers: texts("Any of these"),
        udids: texts("Any of these"),
        tags: ids("Ids of tags, any of which the machine has"),
        platforms: texts("Any of iOS, iPadOS, macOS, tvOS"),
        blueprint: Type.Optional(Type.Integer()),
      },
      { description: "The devices that every member given matches" },
    ),
  ),
  matching: Type.Optional(
    Type.Omit(DeviceListQuery, ["ordering"], {
      description:
        "All devices that `GET /api/mdm/devices/` shows with these parameters at the time of the request; an empty object means all there are",
    }),
  ),
};

const Selection = Type.Object(selectionFields);

/**
 * The selection of a request.
 *
 * @throws {OperationRefused} As the list does for what it cannot read, on fields of `matching`.
 */
export async function selectionOf(
  reader: Reader,
  { devices, filter = {}, matching }: Static<typeof Selection>,
): Promise<BulkSelection> {
  const named = { ...filter, ...(devices === undefined ? {} : { devices }) };
  if (matching === undefined) return named;
  try {
    return { ...named, matching: { asked: matching, filter: await readDeviceFilter(reader, matching) } };
  } catch (error) {
    throw placeRefusals(error, (field) => `matching.${field}`);
  }
}

const Body = Type.Object({
  name: choice(bulkNames),
  arguments: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "Under Apple's names; each device gets what applies to it",
    }),
  ),
  ...selectionFields,
  ...timing,
  spread_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: bulkSpreadSecondsMax,
      description: `Devices are woken over this time (default: ${bulkSpreadSecondsDefault})`,
    }),
  ),
  generate_secrets: Type.Optional(
    Type.Boolean({
      description:
        "Makes for each device what Apple needs and `arguments` leave out: the PIN that unlocks a Mac. It is a secret of the device as soon as the device took the command",
    }),
  ),
  devices_max: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: bulkMatchedMax,
      description: "When more devices are meant, none gets the command: for those who confirmed a number",
    }),
  ),
});

const fields = {
  id: Type.String({ format: "uuid" }),
  name: Type.String(),
  not_before: nullable(timestamp()),
  expires_at: nullable(timestamp()),
  supersede_key: nullable(Type.String()),
  spread_seconds: Type.Integer(),
  created_at: timestamp(),
  finished_at: nullable(timestamp({ description: "When the last device had its result; null: under way" })),
  total: nullable(Type.Integer({ description: "Devices it is for; null: not found out yet" })),
  refusal: nullable(Type.String({ description: "Why no device got it" })),
};
const BulkCommandView = Type.Object(fields);
const BulkCommandDetailView = Type.Object({
  ...fields,
  count: Type.Integer({ description: "Devices so far" }),
  counts: Type.Record(Type.String(), Type.Integer(), { description: "Devices by status" }),
});
const BulkTargetView = Type.Object({
  enrolled_device: Type.Integer(),
  udid: Type.String(),
  serial_number: Type.String(),
  command: nullable(Type.String({ format: "uuid" })),
  status: choice(bulkResults),
  refusal: nullable(Type.String()),
});
const TargetsQuery = Type.Object({ status: Type.Optional(choice(bulkResults)) });

export const bulkCommandEndpoints: readonly Endpoint<CommandDeps>[] = [
  writeEndpoint<CommandDeps, typeof Body, typeof Body>({
    method: "POST",
    path: "/api/mdm/bulk_commands/",
    operationId: "createBulkCommand",
    view: "bulk_commands",
    access: "mdm.add_devicecommand",
    summary: "Queue a command for many devices",
    description: "Answered before the devices are looked at; each is judged for itself when its turn comes.",
    body: Body,
    response: { status: 201, schema: BulkCommandView },
    handle: async (deps, op, { body }) => {
      try {
        const bulk = await createBulkCommand(op, deps, {
          // The schema's choice.
          name: body.name as CommandName,
          arguments: body.arguments ?? {},
          selection: await selectionOf(op.tx, body),
          notBefore: timeOf(body.not_before),
          expiresAt: timeOf(body.expires_at),
          supersedeKey: body.supersede_key ?? null,
          spreadSeconds: body.spread_seconds ?? bulkSpreadSecondsDefault,
          generatesSecrets: body.generate_secrets ?? false,
          devicesMax: body.devices_max ?? bulkMatchedMax,
        });
        return viewBulk(bulk);
      } catch (error) {
        throw placeRefusals(error, placeField);
      }
    },
  }),
  readEndpoint<CommandDeps>({
    method: "GET",
    path: "/api/mdm/bulk_commands/",
    operationId: "listBulkCommands",
    view: "bulk_commands",
    access: view,
    summary: "Commands for many devices, newest first",
    response: { status: 200, schema: BulkCommandView },
    list: "envelope",
    handle: async (_, op, { page }) => {
      const { count, rows } = await listBulkCommands(op.tx, page);
      return { count, rows: rows.map(viewBulk) };
    },
  }),
  readEndpoint<CommandDeps>({
    method: "GET",
    path: "/api/mdm/bulk_commands/:uuid/",
    operationId: "findBulkCommand",
    view: "bulk_command",
    access: view,
    summary: "How far a bulk command has come",
    response: { status: 200, schema: BulkCommandDetailView },
    handle: async (_, op, { params }) => {
      const bulk = await findKnown(op, params.uuid);
      const rows = await countTargets(op.tx, bulk.id);
      const counts = Object.fromEntries(rows.map(({ status, count }) => [status, count]));
      return { ...viewBulk(bulk), count: rows.reduce((sum, { count }) => sum + count, 0), counts };
    },
  }),
  readEndpoint<CommandDeps, typeof TargetsQuery>({
    method: "GET",
    path: "/api/mdm/bulk_commands/:uuid/targets/",
    operationId: "listBulkCommandTargets",
    view: "bulk_command_targets",
    access: view,
    summary: "What became of a bulk command, device by device",
    query: TargetsQuery,
    response: { status: 200, schema: BulkTargetView },
    list: "envelope",
    handle: async (_, op, { params, query, page }) => {
      const bulk = await findKnown(op, params.uuid);
      const { count, rows } = await listTargets(op.tx, { id: bulk.id, ...query }, page);
      return {
        count,
        rows: rows.map((target) => ({
          enrolled_device: target.deviceId,
          udid: target.udid,
          serial_number: target.serialNumber,
          command: target.commandUuid,
          status: target.status,
          refusal: target.refusal,
        })),
      };
    },
  }),
];

/** Refusals of the arguments are below them; those of the request itself stay where they are. */
function placeField(field: string): string {
  return field === "generate_secrets" || field.startsWith("matching.") ? field : placeArgument(field);
}

async function findKnown(op: ReadOperation, id: string): Promise<BulkCommand> {
  const bulk = await findBulkCommand(op.tx, id);
  if (bulk === null) throw new OperationRefused(bulkCommandUnknown());
  return bulk;
}

function viewBulk(bulk: BulkCommand): Record<string, unknown> {
  return {
    id: bulk.id,
    name: bulk.name,
    not_before: wireTime(bulk.notBefore),
    expires_at: wireTime(bulk.expiresAt),
    supersede_key: bulk.supersedeKey,
    spread_seconds: bulk.spreadSeconds,
    created_at: wireTime(bulk.createdAt),
    finished_at: wireTime(bulk.finishedAt),
    total: bulk.deviceCount,
    refusal: bulk.refusal,
  };
}
