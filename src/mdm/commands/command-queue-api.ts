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

const channelWords = {
  Device: {
    folder: "devices",
    model: "devicecommand",
    viewed: "enrolled_device",
    schema: QueuedCommandView,
    view: viewQueueEntry,
  },
  User: {
    folder: "users",
    model: "usercommand",
    viewed: "enrolled_user",
    schema: QueuedUserCommandView,
    view: viewUserQueueEntry,
  },
} as const;

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
  retryEndpoint("Device"),
  retryEndpoint("User"),
  cancelEndpoint("Device"),
  cancelEndpoint("User"),
];

type Channel = "Device" | "User";

function retryEndpoint(channel: Channel): Endpoint<CommandDeps> {
  const { folder, model, viewed, schema } = channelWords[channel];
  return writeEndpoint<CommandDeps>({
    method: "POST",
    path: `/api/mdm/${folder}/commands/:uuid/retry/`,
    operationId: `retry${channel}Command`,
    view: `retry_${viewed}_command`,
    access: `mdm.add_${model}`,
    summary: `Hand out a parked or postponed command of a ${channel.toLowerCase()} channel again`,
    response: { status: 200, schema },
    handle: async (deps, op, { params: { uuid } }) => {
      await refuseUnknown(op, { channel, uuid });
      await retryCommand(op, deps, uuid);
      return viewNow(op, { channel, uuid });
    },
  });
}

function cancelEndpoint(channel: Channel): Endpoint<CommandDeps> {
  const { folder, model, viewed, schema } = channelWords[channel];
  return writeEndpoint<CommandDeps>({
    method: "POST",
    path: `/api/mdm/${folder}/commands/:uuid/cancel/`,
    operationId: `cancel${channel}Command`,
    view: `cancel_${viewed}_command`,
    access: `mdm.delete_${model}`,
    summary: `Take back a command of a ${channel.toLowerCase()} channel that has not ended`,
    description: "What the device may hold already is not handed out again; its answer is still taken.",
    response: { status: 200, schema },
    handle: async (deps, op, { params: { uuid } }) => {
      await refuseUnknown(op, { channel, uuid });
      await cancelLiveCommand(op, deps, uuid);
      return viewNow(op, { channel, uuid });
    },
  });
}

type CommandKey = { readonly channel: Channel; readonly uuid: string };

async function refuseUnknown(op: Operation, key: CommandKey): Promise<void> {
  if ((await findQueued(op.tx, key)) === null)
    throw new OperationRefused(commandUnknown(`${key.channel}Command`));
}

async function viewNow(op: Operation, key: CommandKey): Promise<Record<string, unknown>> {
  const command = await findQueued(op.tx, key);
  invariant(command !== null, "a command that was retried or cancelled is in one of the tables");
  return channelWords[key.channel].view(command);
}
