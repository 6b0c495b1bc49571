/** The operators' door to commands (http-api 2.25 and 2.27), and our door to every kind. */
import { type Static, type TStringOptions, Type } from "typebox";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { filterRelationText } from "#platform/http/field-texts.ts";
import { choice, foreignId, judgedByHandler } from "#platform/http/wire-fields.ts";
import type { Operation } from "#platform/operation.ts";
import { findDevice, findDeviceTarget, findUser } from "#mdm/devices/device-operations.ts";
import { type Target, userUnknown } from "#mdm/devices/device.ts";
import { type CommandName, type CommandRecord, commandUnknown } from "./command.ts";
import {
  type ArgumentNames,
  nameOfBody,
  placeRefusals,
  prepareArguments,
  readArguments,
} from "./command-arguments-api.ts";
import { timeOf, timing } from "./command-timing-api.ts";
import {
  DeviceCommandView,
  UserCommandView,
  viewDeviceCommand,
  viewQueuedCommand,
  viewQueuedUserCommand,
  viewUserCommand,
} from "./command-view-api.ts";
import type { CommandDeps } from "./command-delivery-operations.ts";
import { type CommandRequest, deleteQueuedCommand, queueCommand } from "./command-operations.ts";
import { obliterationBehaviors } from "./erase-device.ts";
import { orderableNames } from "./command-kinds.ts";
import { refuseUnsupported } from "./command-schema.ts";
import { refuseTarget } from "./command-scope.ts";
import { findListedCommand, listCommands } from "./command-store.ts";

const add = "mdm.add_devicecommand";

// Bodies are read only after the target was found suitable (http-api 2.25), with the schema of that target.
const flag = (description: string) => judgedByHandler(Type.Boolean({ description }));
const text = (description: string, options: TStringOptions = {}) =>
  judgedByHandler(Type.String({ description, ...options }));

const EraseBody = Type.Object({
  disallow_proximity_setup: flag("Required on iOS and iPadOS"),
  preserve_data_plan: flag("Required on iOS and iPadOS"),
  pin: text("Required on Macs without Apple silicon and manageable Activation Lock", {
    pattern: "^[0-9A-Za-z]{6}$",
  }),
  obliteration_behavior: judgedByHandler(
    choice(obliterationBehaviors, {
      description: "What a Mac does that cannot erase its contents and settings",
    }),
  ),
  return_to_service: judgedByHandler(
    Type.Object(
      {
        enabled: Type.Boolean(),
        wifi_profile_data: Type.Optional(
          Type.String({ description: "The profile that brings it online, base64" }),
        ),
        mdm_profile_data: Type.Optional(
          Type.String({ description: "The MDM profile to enroll with, base64" }),
        ),
        bootstrap_token: Type.Optional(Type.String({ description: "Keeps the applications, base64" })),
        should_retry_enrollment: Type.Optional(Type.Boolean()),
      },
      { description: "iOS, iPadOS, tvOS: enrolls again without anybody touching the device" },
    ),
  ),
});
const eraseNames: ArgumentNames = {
  disallow_proximity_setup: "DisallowProximitySetup",
  preserve_data_plan: "PreserveDataPlan",
  pin: "PIN",
  obliteration_behavior: "ObliterationBehavior",
  return_to_service: "ReturnToService",
  "return_to_service.enabled": "ReturnToService.Enabled",
  "return_to_service.wifi_profile_data": "ReturnToService.WiFiProfileData",
  "return_to_service.mdm_profile_data": "ReturnToService.MDMProfileData",
  "return_to_service.bootstrap_token": "ReturnToService.BootstrapToken",
  "return_to_service.should_retry_enrollment": "ReturnToService.ShouldRetryEnrollment",
};

const LockBody = Type.Object({
  message: text("Text of the lock screen", { maxLength: 255 }),
  phone_number: text("Number on the lock screen", { maxLength: 15 }),
  pin: text("Required on macOS and ignored elsewhere", { pattern: "^[0-9]{6}$" }),
});
const lockNames: ArgumentNames = { message: "Message", phone_number: "PhoneNumber", pin: "PIN" };

const CustomBody = Type.Object({
  command: text("The Command dictionary as a property list, required; a bare <dict> is wrapped"),
});

const CommandBody = Type.Object({
  name: choice(orderableNames),
  arguments: Type.Optional(
    Type.Unknown({
      description: 'What the kind and the target take, under Apple\'s names: {"PIN": "271828"}',
    }),
  ),
  ...timing,
});

const eraseEndpoint = writeEndpoint<CommandDeps>({
  method: "POST",
  path: "/api/mdm/devices/:id/erase/",
  operationId: "eraseDevice",
  view: "erase_enrolled_device",
  access: add,
  summary: "Queue an EraseDevice command",
  body: EraseBody,
  response: { status: 201, schema: DeviceCommandView },
  handle: (deps, op, { params, body }) =>
    order(op, deps, { id: params.id, name: "EraseDevice", body, names: eraseNames }),
});

const lockEndpoint = writeEndpoint<CommandDeps>({
  method: "POST",
  path: "/api/mdm/devices/:id/lock/",
  operationId: "lockDevice",
  view: "lock_enrolled_device",
  access: add,
  summary: "Queue a DeviceLock command",
  body: LockBody,
  response: { status: 201, schema: DeviceCommandView },
  handle: (deps, op, { params, body }) =>
    order(op, deps, { id: params.id, name: "DeviceLock", body, names: lockNames }),
});

const customEndpoint = writeEndpoint<CommandDeps>({
  method: "POST",
  path: "/api/mdm/devices/:id/send_custom_command/",
  operationId: "sendCustomCommand",
  view: "send_custom_enrolled_device_command",
  access: add,
  summary: "Queue any command",
  body: CustomBody,
  response: { status: 201, schema: DeviceCommandView },
  handle: (deps, op, { params, body }) =>
    order(op, deps, { id: params.id, name: "CustomCommand", body, names: {} }),
});

const createEndpoint = writeEndpoint<CommandDeps, typeof CommandBody, typeof CommandBody>({
  method: "POST",
  path: "/api/mdm/devices/:id/commands/",
  operationId: "createDeviceCommand",
  view: "create_enrolled_device_command",
  access: add,
  summary: "Queue a command of any kind",
  body: CommandBody,
  response: { status: 201, schema: DeviceCommandView },
  handle: (deps, op, { params, body }) => order(op, deps, { id: params.id, ...ofAnyKind(body) }),
});

const createUserEndpoint = writeEndpoint<CommandDeps, typeof CommandBody, typeof CommandBody>({
  method: "POST",
  path: "/api/mdm/users/:id/commands/",
  operationId: "createUserCommand",
  view: "create_enrolled_user_command",
  access: "mdm.add_usercommand",
  summary: "Queue a command for a user channel",
  body: CommandBody,
  response: { status: 201, schema: UserCommandView },
  handle: async (deps, op, { params, body }) => {
    const target = await findUserTarget(op, params.id);
    return viewQueuedUserCommand(await queueOrder(op, deps, { target, ...ofAnyKind(body) }));
  },
});

const DeviceCommandsQuery = Type.Object({
  name: Type.Optional(Type.String()),
  enrolled_device: Type.Optional(foreignId()),
});
const UserCommandsQuery = Type.Object({
  name: Type.Optional(Type.String()),
  enrolled_user: Type.Optional(foreignId()),
});

const listDeviceCommandsEndpoint = readEndpoint<CommandDeps, typeof DeviceCommandsQuery>({
  method: "GET",
  path: "/api/mdm/devices/commands/",
  operationId: "listDeviceCommands",
  view: "enrolled_device_commands",
  access: "mdm.view_devicecommand",
  summary: "Commands of device channels, queued and answered",
  query: DeviceCommandsQuery,
  response: { status: 200, schema: DeviceCommandView },
  list: "envelope",
  handle: async (_, op, { query, page }) => {
    const id = query.enrolled_device;
    if (id !== undefined && (await findDevice(op.tx, id)) === null) throw filterUnknown("enrolled_device");
    const { count, rows } = await listCommands(
      op.tx,
      {
        channel: "Device",
        ...(query.name === undefined ? {} : { name: query.name }),
        ...(id === undefined ? {} : { deviceId: id }),
      },
      page,
    );
    return { count, rows: rows.map(viewDeviceCommand) };
  },
});

const findDeviceCommandEndpoint = readEndpoint<CommandDeps>({
  method: "GET",
  path: "/api/mdm/devices/commands/:uuid/",
  operationId: "findDeviceCommand",
  view: "enrolled_device_command",
  access: "mdm.view_devicecommand",
  summary: "One command of a device channel",
  response: { status: 200, schema: DeviceCommandView },
  handle: async (_, op, { params }) => {
    const command = await findListedCommand(op.tx, "Device", params.uuid);
    if (command === null) throw new OperationRefused(commandUnknown("DeviceCommand"));
    return viewDeviceCommand(command);
  },
});

const deleteDeviceCommandEndpoint = writeEndpoint<CommandDeps>({
  method: "DELETE",
  path: "/api/mdm/devices/commands/:uuid/",
  operationId: "deleteDeviceCommand",
  view: "enrolled_device_command",
  access: "mdm.delete_devicecommand",
  summary: "Take back a queued command",
  response: { status: 204, schema: null },
  handle: async (deps, op, { params }) => {
    const command = await findListedCommand(op.tx, "Device", params.uuid);
    if (command === null) throw new OperationRefused(commandUnknown("DeviceCommand"));
    await deleteQueuedCommand(op, deps, params.uuid);
    return null;
  },
});

const listUserCommandsEndpoint = readEndpoint<CommandDeps, typeof UserCommandsQuery>({
  method: "GET",
  path: "/api/mdm/users/commands/",
  operationId: "listUserCommands",
  view: "enrolled_user_commands",
  access: "mdm.view_usercommand",
  summary: "Commands of user channels, queued and answered",
  query: UserCommandsQuery,
  response: { status: 200, schema: UserCommandView },
  list: "envelope",
  handle: async (_, op, { query, page }) => {
    const id = query.enrolled_user;
    if (id !== undefined && (await findUser(op.tx, id)) === null) throw filterUnknown("enrolled_user");
    const { count, rows } = await listCommands(
      op.tx,
      {
        channel: "User",
        ...(query.name === undefined ? {} : { name: query.name }),
        ...(id === undefined ? {} : { deviceUserId: id }),
      },
      page,
    );
    return { count, rows: rows.map(viewUserCommand) };
  },
});

const findUserCommandEndpoint = readEndpoint<CommandDeps>({
  method: "GET",
  path: "/api/mdm/users/commands/:uuid/",
  operationId: "findUserCommand",
  view: "enrolled_user_command",
  access: "mdm.view_usercommand",
  summary: "One command of a user channel",
  response: { status: 200, schema: UserCommandView },
  handle: async (_, op, { params }) => {
    const command = await findListedCommand(op.tx, "User", params.uuid);
    if (command === null) throw new OperationRefused(commandUnknown("UserCommand"));
    return viewUserCommand(command);
  },
});

export const commandEndpoints: readonly Endpoint<CommandDeps>[] = [
  eraseEndpoint,
  lockEndpoint,
  customEndpoint,
  createEndpoint,
  createUserEndpoint,
  listDeviceCommandsEndpoint,
  findDeviceCommandEndpoint,
  deleteDeviceCommandEndpoint,
  listUserCommandsEndpoint,
  findUserCommandEndpoint,
];

type Order = {
  readonly name: CommandName;
  readonly body: unknown;
  readonly names: ArgumentNames;
  /** Where a field of the arguments is in the body. */
  readonly place?: (field: string) => string;
} & Pick<CommandRequest, "notBefore" | "expiresAt" | "supersedeKey">;

/** Where a field of an order with `arguments` is in its body. */
export function placeArgument(field: string): string {
  if (field === "expires_at") return field;
  return field === "non_field_errors" ? "arguments" : `arguments.${field}`;
}

/** The order in a body that names its kind. */
function ofAnyKind(body: Static<typeof CommandBody>): Order {
  return {
    // The schema's choice.
    name: body.name as CommandName,
    body: body.arguments ?? {},
    names: {},
    notBefore: timeOf(body.not_before),
    expiresAt: timeOf(body.expires_at),
    supersedeKey: body.supersede_key ?? null,
    place: placeArgument,
  };
}

async function order(
  op: Operation,
  deps: CommandDeps,
  wanted: Order & { readonly id: number },
): Promise<unknown> {
  const target = await findDeviceTarget(op.tx, wanted.id);
  return viewQueuedCommand(await queueOrder(op, deps, { ...wanted, target }));
}

async function queueOrder(
  op: Operation,
  deps: CommandDeps,
  order: Order & { readonly target: Target },
): Promise<CommandRecord> {
  const { name, target } = order;
  throwIfRefused(refuseTarget(name, target), refuseUnsupported(name, target));
  try {
    const args = readArguments(name, target, { body: order.body, names: order.names });
    const { notBefore = null, expiresAt = null, supersedeKey = null } = order;
    const prepared = await prepareArguments(name, args);
    const request = { name, arguments: prepared, notBefore, expiresAt, supersedeKey };
    return await queueCommand(op, deps, { target, request });
  } catch (error) {
    throw placeRefusals(error, order.place ?? ((field) => nameOfBody(field, order.names)));
  }
}

async function findUserTarget(op: Operation, id: number): Promise<Target> {
  const user = await findUser(op.tx, id);
  if (user === null) throw new OperationRefused(userUnknown());
  const { device } = await findDeviceTarget(op.tx, user.deviceId);
  return { device, user };
}

function filterUnknown(field: string): OperationRefused {
  return new OperationRefused({ kind: "invalid", code: "filter_unknown", field, detail: filterRelationText });
}
