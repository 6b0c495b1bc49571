/** The operators' door to what was sent with a command and what came back: without the secrets of the one. */
import { Type } from "typebox";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { FileAnswer } from "#platform/http/file-answer.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import { commandUnknown, resultNotKept } from "./command.ts";
import { showCommand } from "./command-payload.ts";
import { type CommandPayload, findPayload } from "./command-payload-store.ts";

const uuid = Type.String({ format: "uuid" });
const fields = {
  name: Type.String(),
  request_type: Type.String(),
  command: nullable(
    Type.Unsafe<Record<string, unknown>>({
      type: "object",
      additionalProperties: true,
      description:
        "The Command dictionary. Secrets are `<redacted>`, what is not known to be harmless is `<omitted>`; of a " +
        "profile its identifier is shown, of a custom command its keys. Null: not kept",
    }),
  ),
  artifact_version: nullable(Type.String({ format: "uuid", description: "What it brings or takes away" })),
  artifact_operation: nullable(choice(["INSTALLATION", "REMOVAL"])),
};
const DevicePayloadView = Type.Object({ uuid, enrolled_device: Type.Integer(), ...fields });
const UserPayloadView = Type.Object({ uuid, enrolled_user: Type.Integer(), ...fields });

const summary = "What was sent with a command, without its secrets";
const resultSummary = "The answer to a command as a property list";
const resultDescription =
  "404 when the command was not answered, or its answer is of a kind that is not kept.";
const plistType = "application/x-plist";

export const commandPayloadEndpoints: readonly Endpoint<unknown>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/commands/:uuid/payload/",
    operationId: "findDeviceCommandPayload",
    view: "enrolled_device_command_payload",
    access: "mdm.view_devicecommand",
    summary,
    response: { status: 200, schema: DevicePayloadView },
    handle: async (_, op, { params }) => {
      const payload = await findKnown(op.tx, "Device", params.uuid);
      return { uuid: payload.uuid, enrolled_device: payload.deviceId, ...viewPayload(payload) };
    },
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/users/commands/:uuid/payload/",
    operationId: "findUserCommandPayload",
    view: "enrolled_user_command_payload",
    access: "mdm.view_usercommand",
    summary,
    response: { status: 200, schema: UserPayloadView },
    handle: async (_, op, { params }) => {
      const payload = await findKnown(op.tx, "User", params.uuid);
      return { uuid: payload.uuid, enrolled_user: payload.deviceUserId, ...viewPayload(payload) };
    },
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/commands/:uuid/result/",
    operationId: "downloadDeviceCommandResult",
    view: "download_enrolled_device_command_result",
    access: "mdm.view_devicecommand",
    summary: resultSummary,
    description: resultDescription,
    response: { status: 200, schema: null, contentType: plistType },
    handle: async (_, op, { params }) =>
      resultFile(await findKnown(op.tx, "Device", params.uuid), `device_command_${params.uuid}-result.plist`),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/users/commands/:uuid/result/",
    operationId: "downloadUserCommandResult",
    view: "download_enrolled_user_command_result",
    access: "mdm.view_usercommand",
    summary: resultSummary,
    description: resultDescription,
    response: { status: 200, schema: null, contentType: plistType },
    handle: async (_, op, { params }) =>
      resultFile(await findKnown(op.tx, "User", params.uuid), `user_command_${params.uuid}-result.plist`),
  }),
];

async function findKnown(
  reader: Reader,
  channel: "Device" | "User",
  commandUuid: string,
): Promise<CommandPayload> {
  const payload = await findPayload(reader, channel, commandUuid);
  if (payload === null) throw new OperationRefused(commandUnknown(`${channel}Command`));
  return payload;
}

function viewPayload(payload: CommandPayload): Record<string, unknown> {
  return {
    name: payload.name,
    request_type: payload.requestType,
    command: showCommand(payload),
    artifact_version: payload.artifactVersion,
    artifact_operation: payload.artifactOperation,
  };
}

function resultFile({ result }: CommandPayload, filename: string): FileAnswer {
  if (result === null) throw new OperationRefused(resultNotKept());
  return new FileAnswer({ contentType: plistType, filename, bytes: result });
}
