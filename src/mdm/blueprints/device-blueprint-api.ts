/** The operators' door to the blueprint of devices (ours; the reference has it in its console). */
import { Type } from "typebox";
import { selectionFields, selectionOf } from "#mdm/commands/bulk-command-api.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { viewDetail } from "#mdm/devices/device-api.ts";
import { DeviceDetailView } from "#mdm/devices/device-view-api.ts";
import { type Endpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { foreignId, nullable } from "#platform/http/wire-fields.ts";
import { assignBlueprint, assignBlueprintToMany } from "./device-blueprint-operations.ts";

const access = "mdm.change_enrolleddevice";
const blueprint = nullable(foreignId({ description: "Null: none" }));
const Body = Type.Object({ blueprint });
const ManyBody = Type.Object({ blueprint, ...selectionFields });
const ManyView = Type.Object({
  devices: Type.Integer({ description: "How many have another blueprint than before" }),
});

export const deviceBlueprintEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  writeEndpoint<DesiredStateDeps, typeof Body, typeof Body>({
    method: "PUT",
    path: "/api/mdm/devices/:id/",
    operationId: "updateDevice",
    view: "enrolled_device",
    access,
    summary: "Gives a device its blueprint",
    body: Body,
    response: { status: 200, schema: DeviceDetailView },
    handle: async (deps, op, { params, body }) => {
      await assignBlueprint(op, deps, { deviceId: params.id, blueprintId: body.blueprint });
      return viewDetail(op.tx, params.id);
    },
  }),
  writeEndpoint<DesiredStateDeps, typeof ManyBody, typeof ManyBody>({
    method: "POST",
    path: "/api/mdm/devices/assign_blueprint/",
    operationId: "assignBlueprint",
    view: "enrolled_devices_assign_blueprint",
    access,
    summary: "Gives many devices a blueprint",
    description: "Devices that have it are left alone. They are woken over some minutes when they are many.",
    body: ManyBody,
    response: { status: 200, schema: ManyView },
    handle: async (deps, op, { body }) => {
      const selection = await selectionOf(op.tx, body);
      return {
        devices: await assignBlueprintToMany(op, deps, { selection, blueprintId: body.blueprint }),
      };
    },
  }),
];
