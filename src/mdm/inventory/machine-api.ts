/** The operators' door to machines: their tags in bulk, and what is known of one (http-api 3.8). */
import { type Static, Type } from "typebox";
import { selectionFields, selectionOf } from "#mdm/commands/bulk-command-api.ts";
import { findDeviceBySerialNumber } from "#mdm/devices/device-operations.ts";
import type { DesiredStateDeps } from "#mdm/devices/desired-state-change.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable } from "#platform/http/wire-fields.ts";
import {
  machineSerialCharactersMax,
  machineType,
  machinesPerRequestMax,
  namesPerStepMax,
  parseUrlsafeSerialNumber,
  refuseMachines,
  type TaggingOutcome,
  type TaggingStep,
  taggingStepsMax,
  urlsafeSerialNumber,
} from "./machine-tag.ts";
import { tagDevices, tagMachines } from "./machine-tag-operations.ts";
import { listMachineTags } from "./machine-tag-store.ts";
import { tagNameCharactersMax } from "./tag.ts";
import { taxonomyNameCharactersMax } from "./taxonomy.ts";

const words = Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: machinesPerRequestMax });

const operations = Type.Array(
  Type.Object({
    kind: choice(["SET", "ADD", "REMOVE"]),
    taxonomy: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: taxonomyNameCharactersMax }))),
    names: Type.Array(Type.String({ minLength: 1, maxLength: tagNameCharactersMax }), {
      maxItems: namesPerStepMax,
    }),
  }),
  { minItems: 1, maxItems: taggingStepsMax },
);

const TaggingBody = Type.Object({
  serial_numbers: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: machineSerialCharactersMax }), {
      minItems: 1,
      maxItems: machinesPerRequestMax,
    }),
  ),
  principal_users: Type.Optional(
    Type.Object({ unique_ids: Type.Optional(words), principal_names: Type.Optional(words) }),
  ),
  operations,
});
const DeviceTaggingBody = Type.Object({ ...selectionFields, operations });

const TaggingView = Type.Object({
  machines: Type.Object({ found: Type.Integer() }),
  tags: Type.Object({ added: Type.Integer(), removed: Type.Integer() }),
});

const MachineView = Type.Object({
  serial_number: Type.String(),
  urlsafe_serial_number: Type.String(),
  computer_name: nullable(Type.String()),
  platform: nullable(Type.String()),
  type: nullable(Type.String()),
  tags: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() })),
});

const tagRights = [
  "inventory.add_tag",
  "inventory.add_taxonomy",
  "inventory.add_machinetag",
  "inventory.delete_machinetag",
] as const;

function stepsOf(body: Pick<Static<typeof TaggingBody>, "operations">): TaggingStep[] {
  return body.operations.map(({ kind, taxonomy = null, names }) => ({ kind, taxonomy, names }));
}

function viewTagging({ machines, added, removed }: TaggingOutcome): Static<typeof TaggingView> {
  return { machines: { found: machines }, tags: { added, removed } };
}

const tagDevicesEndpoint = writeEndpoint<
  DesiredStateDeps,
  typeof DeviceTaggingBody,
  typeof DeviceTaggingBody
>({
  method: "POST",
  path: "/api/mdm/devices/tags/",
  operationId: "tagDevices",
  view: "enrolled_devices_tags",
  access: [...tagRights, "mdm.view_enrolleddevice"],
  summary: "Update the tags of the machines of many devices",
  description: `Steps as \`POST /api/inventory/machines/tags/\` takes them, for ${machinesPerRequestMax} devices at most.`,
  body: DeviceTaggingBody,
  response: { status: 200, schema: TaggingView },
  handle: async (deps, op, { body }) => {
    const selection = await selectionOf(op.tx, body);
    return viewTagging(await tagDevices(op, deps, { selection, steps: stepsOf(body) }));
  },
});

const tagMachinesEndpoint = writeEndpoint<DesiredStateDeps, typeof TaggingBody, typeof TaggingBody>({
  method: "POST",
  path: "/api/inventory/machines/tags/",
  operationId: "tagMachines",
  view: "update_machine_tags",
  access: tagRights,
  summary: "Update machine tags",
  description: "Steps are taken in order. Tags and taxonomies that are not there yet are made.",
  body: TaggingBody,
  response: { status: 200, schema: TaggingView },
  handle: async (deps, op, { body }): Promise<Static<typeof TaggingView>> => {
    const { serial_numbers: serialNumbers, principal_users: users } = body;
    throwIfRefused(refuseMachines(serialNumbers !== undefined, users !== undefined));
    // Machines have no principal users before people log in to enroll them: none is found by one.
    const order = { serialNumbers: serialNumbers ?? [], steps: stepsOf(body) };
    return viewTagging(await tagMachines(op, deps, order));
  },
});

const readMachineEndpoint = readEndpoint({
  method: "GET",
  path: "/api/inventory/machines/:key/meta/",
  operationId: "readMachineMeta",
  view: "meta_machine",
  access: "inventory.view_machinesnapshot",
  summary: "Meta machine",
  description:
    "The key is the serial number, or a point and its unpadded base64url when it has other characters than " +
    "letters, digits and -_.~",
  response: { status: 200, schema: MachineView },
  handle: async (_, op, { params }): Promise<Static<typeof MachineView>> => {
    const serialNumber = parseUrlsafeSerialNumber(params.key);
    if (serialNumber === null) throw new OperationRefused({ ...machineUnknown, detail: "Not found." });
    const device = await findDeviceBySerialNumber(op.tx, serialNumber);
    const tags = await listMachineTags(op.tx, serialNumber);
    if (device === null && tags.length === 0) throw new OperationRefused(machineUnknown);
    return {
      serial_number: serialNumber,
      urlsafe_serial_number: urlsafeSerialNumber(serialNumber),
      computer_name: device?.name ?? null,
      platform: device?.platform.toUpperCase() ?? null,
      type: machineType(device?.model ?? null),
      tags: [...tags],
    };
  },
});

const machineUnknown = {
  kind: "not_found",
  code: "machine_unknown",
  detail: "No MetaMachine matches the given query.",
} as const;

/** Machine tagging, and what is known of one machine. */
export const machineEndpoints: readonly Endpoint<DesiredStateDeps>[] = [
  tagMachinesEndpoint,
  tagDevicesEndpoint,
  readMachineEndpoint,
];
