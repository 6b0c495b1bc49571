/** Our door to the commands of all devices: compact rows, with the device of each (the reference's list has its id alone). */
import { Type } from "typebox";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { commandProgress } from "./command.ts";
import type { CommandRow } from "./command-row.ts";
import { listCommandRows } from "./command-row-store.ts";

const Query = Type.Object({
  name: Type.Optional(Type.String({ description: "Exactly this name" })),
  state: Type.Optional(Type.Array(choice(commandProgress), { description: "In any of these" })),
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
    summary: "Commands of device channels, one compact row each, newest first",
    query: Query,
    response: { status: 200, schema: RowView },
    list: "envelope",
    mayCountLess: true,
    handle: async (_, op, { query, page }) => {
      const { name, state: states } = query;
      const filter = { ...(name === undefined ? {} : { name }), ...(states === undefined ? {} : { states }) };
      const found = await listCommandRows(op.tx, filter, page);
      return { ...found, rows: found.rows.map(viewRow) };
    },
  }),
];

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
