/** Our door to the commands of all devices: compact rows, with the device of each (the reference's list has its id alone). */
import { type Static, Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { orderingDescription, parseOrdering } from "#platform/http/parse-ordering.ts";
import { parseWireTime, wireTime } from "#platform/http/wire-time.ts";
import { commandProgress } from "./command.ts";
import { type CommandRow, type CommandRowFilter, commandRowOrderings } from "./command-row.ts";
import { listCommandRows } from "./command-row-store.ts";

const Query = Type.Object({
  name: Type.Optional(Type.String({ description: "Exactly this name" })),
  search: Type.Optional(Type.String({ description: "Part of the name", maxLength: 100 })),
  state: Type.Optional(Type.Array(choice(commandProgress), { description: "In any of these" })),
  serial_number: Type.Optional(Type.String({ description: "Of the device with exactly this one" })),
  since: Type.Optional(Type.String({ description: "Ordered from this time on, UTC" })),
  until: Type.Optional(Type.String({ description: "Ordered before this time, UTC" })),
  ordering: Type.Optional(Type.String({ description: orderingDescription(commandRowOrderings) })),
});

const RowView = Type.Object({
  uuid: Type.String({ format: "uuid" }),
  name: Type.String(),
  state: choice(commandProgress),
  status: nullable(choice(["Acknowledged", "CommandFormatError", "Error", "NotNow"])),
  device: Type.Object({
    id: Type.Integer(),
    name: nullable(Type.String()),
    serial_number: Type.String(),
  }),
  time: nullable(timestamp({ description: "When it was handed to the device; null: still queued" })),
  result_time: nullable(timestamp()),
  created_at: timestamp(),
});

export const commandRowEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint<unknown, typeof Query>({
    method: "GET",
    path: "/api/mdm/devices/commands/rows/",
    operationId: "listCommandRows",
    view: "enrolled_device_command_rows",
    access: ["mdm.view_devicecommand", "mdm.view_enrolleddevice"],
    summary: "Commands of device channels, one compact row each, newest first unless asked otherwise",
    query: Query,
    response: { status: 200, schema: RowView },
    list: "envelope",
    mayCountLess: true,
    handle: async (_, op, { query, page }) => {
      const orderings = parseOrdering(commandRowOrderings, query.ordering);
      const found = await listCommandRows(op.tx, { filter: readFilter(query), orderings, page });
      return { ...found, rows: found.rows.map(viewRow) };
    },
  }),
];

function readFilter(query: Static<typeof Query>): CommandRowFilter {
  const { name, search, state: states, serial_number: serialNumber } = query;
  const since = readTime(query, "since");
  const until = readTime(query, "until");
  return {
    ...(name === undefined ? {} : { name }),
    ...(search === undefined ? {} : { search }),
    ...(states === undefined ? {} : { states }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
}

function readTime(query: Static<typeof Query>, field: "since" | "until"): Date | undefined {
  const sent = query[field];
  if (sent === undefined) return undefined;
  const time = parseWireTime(sent);
  if (time !== null) return time;
  const detail = "Not a valid time.";
  throw new OperationRefused({ kind: "invalid", code: "time_malformed", field, detail });
}

function viewRow(row: CommandRow): Record<string, unknown> {
  return {
    uuid: row.uuid,
    name: row.name,
    state: row.state,
    status: row.status,
    device: { id: row.deviceId, name: row.deviceName, serial_number: row.serialNumber },
    time: wireTime(row.sentAt),
    result_time: wireTime(row.resultTime),
    created_at: wireTime(row.createdAt),
  };
}
