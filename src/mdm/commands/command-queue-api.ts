/** Our door to the queue of a device: what waits and why, handing out again, taking back. */
import { Type } from "typebox";
import { invariant, OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice } from "#platform/http/wire-fields.ts";
import type { Operation } from "#platform/operation.ts";
import { findDeviceTarget, findUser } from "#mdm/devices/device-operations.ts";
import { userUnknown } from "#mdm/devices/device.ts";
import { commandProgress, commandUnknown } from "./command.ts";
import type { CommandDeps } from "./command-delivery-operations.ts";
import { cancelLiveCommand, retryCommand } from "./command-queue-operations.ts";
import { findQueued, listQueue } from "./command-queue-store.ts";
import {
  QueuedCommandView,
  QueuedUserCommandView,
  viewQueueEntry,
  viewUserQueueEntry,
} from "./command-view-api.ts";

const Query = Type.Object({ state: Type.Optional(choice(commandProgress)) });

export const commandQueueEndpoints: readonly Endpoint<CommandDeps>[] = [
  readEndpoint<CommandDeps, typeof Query>({
    method: "GET",
    path: "/api/mdm/devices/:id/commands/",
    operationId: "listDeviceQueue",
    view: "enrolled_device_queue",
    access: "mdm.view_devicecommand",
    summary: "What was queued for a device, and what became of it",
    query: Query,
    response: { status: 200, schema: QueuedCommandView },
    list: "envelope",
    handle: async (_, op, { params, query, page }) => {
      const { device } = await findDeviceTarget(op.tx, params.id);
      const { count, rows } = await listQueue(
        op.tx,
        { deviceId: device.id, deviceUserId: null, ...query },
        page,
      );
      return { count, rows: rows.map(viewQueueEntry) };
    },
  }),
  readEndpoint<CommandDeps, typeof Query>({
    method: "GET",
    path: "/api/mdm/users/:id/commands/",
    operationId: "listUserQueue",
    view: "enrolled_user_queue",
    access: "mdm.view_usercommand",
    summary: "What was queued for a user channel, and what became of it",
    query: Query,
    response: { status: 200, schema: QueuedUserCommandView },
    list: "envelope",
    handle: async (_, op, { params, query, page }) => {
      const user = await findUser(op.tx, params.id);
      if (user === null) throw new OperationRefused(userUnknown());
      const key = { deviceId: user.deviceId, deviceUserId: user.id };
      const { count, rows } = await listQueue(op.tx, { ...key, ...query }, page);
      return { count, rows: rows.map(viewUserQueueEntry) };
    },
  }),
  writeEndpoint<CommandDeps>({
    method: "POST",
    path: "/api/mdm/devices/commands/:uuid/retry/",
    operationId: "retryDeviceCommand",
    view: "retry_enrolled_device_command",
    access: "mdm.add_devicecommand",
    summary: "Hand out a parked or postponed command again",
    response: { status: 200, schema: QueuedCommandView },
    handle: async (deps, op, { params }) => {
      await refuseUnknown(op, params.uuid);
      await retryCommand(op, deps, params.uuid);
      return viewNow(op, params.uuid);
    },
  }),
  writeEndpoint<CommandDeps>({
    method: "POST",
    path: "/api/mdm/devices/commands/:uuid/cancel/",
    operationId: "cancelDeviceCommand",
    view: "cancel_enrolled_device_command",
    access: "mdm.delete_devicecommand",
    summary: "Take back a command that has not ended",
    description: "What the device may hold already is not handed out again; its answer is still taken.",
    response: { status: 200, schema: QueuedCommandView },
    handle: async (deps, op, { params }) => {
      await refuseUnknown(op, params.uuid);
      await cancelLiveCommand(op, deps, params.uuid);
      return viewNow(op, params.uuid);
    },
  }),
];

async function refuseUnknown(op: Operation, uuid: string): Promise<void> {
  if ((await findQueued(op.tx, uuid)) === null) throw new OperationRefused(commandUnknown("DeviceCommand"));
}

async function viewNow(op: Operation, uuid: string): Promise<Record<string, unknown>> {
  const command = await findQueued(op.tx, uuid);
  invariant(command !== null, "a command that was retried or cancelled is in one of the tables");
  return viewQueueEntry(command);
}
