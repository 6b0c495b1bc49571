/** The operators' door to devices (http-api 2.23 and 2.24), and our detail and inventory lists. */
import { Type } from "typebox";
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import { filterChoiceText } from "#platform/http/field-texts.ts";
import { type Endpoint, type PageRequest, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { type DeviceUser, deviceUnknown, type PageOf, userUnknown } from "./device.ts";
import {
  ApplicationView,
  CertificateView,
  DeviceDetailView,
  DeviceView,
  ProfileView,
  UserView,
  viewApplication,
  viewCertificate,
  viewDevice,
  viewDeviceDetail,
  viewProfile,
  viewUser,
} from "./device-view-api.ts";
import { listApplications, listCertificates, listProfiles } from "./device-inventory-store.ts";
import { blockDevice, type DeviceDeps, unblockDevice } from "./device-operations.ts";
import {
  type DeviceOrdering,
  deviceOrderings,
  findDetailedDevice,
  findDevice,
  findListedDevice,
  findUser,
  type ListedDevice,
  listDeviceUsers,
  listDevices,
  listUnknownTags,
} from "./device-store.ts";

const view = "mdm.view_enrolleddevice";

const DeviceListQuery = Type.Object({
  serial_number: Type.Optional(Type.String()),
  udid: Type.Optional(Type.String()),
  short_name: Type.Optional(Type.String({ description: "Short name of a user channel" })),
  email: Type.Optional(Type.String({ description: "E-mail address of the newest realm user" })),
  tags: Type.Optional(Type.Array(Type.Integer(), { description: "Devices with any of these tags" })),
  excluded_tags: Type.Optional(Type.Array(Type.Integer(), { description: "Devices with none of these" })),
  ordering: Type.Optional(
    Type.String({ description: `Any of ${deviceOrderings.join(", ")}; "-" before one for descending` }),
  ),
});

/** Reads `ordering`: comma-separated, `-` for descending, names outside the list ignored (http-api 1.11). */
export function parseDeviceOrdering(text: string): DeviceOrdering[] {
  return text.split(",").flatMap((part) => {
    const name = part.trim().replace(/^-/, "");
    const column = deviceOrderings.find((known) => known === name);
    return column === undefined ? [] : [{ column, isDescending: part.trim().startsWith("-") }];
  });
}

const listDevicesEndpoint = readEndpoint<DeviceDeps, typeof DeviceListQuery>({
  method: "GET",
  path: "/api/mdm/devices/",
  operationId: "listDevices",
  view: "enrolled_devices",
  access: view,
  summary: "Enrolled devices",
  query: DeviceListQuery,
  response: { status: 200, schema: DeviceView },
  list: "envelope",
  handle: async (_, op, { query, page }) => {
    await refuseUnknownTags(op.tx, query);
    const found = await listDevices(
      op.tx,
      {
        ...(query.serial_number === undefined ? {} : { serialNumber: query.serial_number }),
        ...(query.udid === undefined ? {} : { udid: query.udid }),
        ...(query.short_name === undefined ? {} : { shortName: query.short_name }),
        ...(query.email === undefined ? {} : { email: query.email }),
        ...(query.tags === undefined ? {} : { tags: query.tags }),
        ...(query.excluded_tags === undefined ? {} : { excludedTags: query.excluded_tags }),
      },
      { orderings: parseDeviceOrdering(query.ordering ?? ""), page },
    );
    return { count: found.count, rows: await viewWithUsers(op.tx, found.rows) };
  },
});

const findDeviceEndpoint = readEndpoint<DeviceDeps>({
  method: "GET",
  path: "/api/mdm/devices/:id/",
  operationId: "findDevice",
  view: "enrolled_device",
  access: view,
  summary: "One device, with what it reported and what commands left behind",
  response: { status: 200, schema: DeviceDetailView },
  handle: (_, op, { params }) => viewDetail(op.tx, params.id),
});

const findUserEndpoint = readEndpoint<DeviceDeps>({
  method: "GET",
  path: "/api/mdm/users/:id/",
  operationId: "findUser",
  view: "enrolled_user",
  access: "mdm.view_enrolleduser",
  summary: "One user channel",
  response: { status: 200, schema: UserView },
  handle: async (_, op, { params }) => {
    const user = await findUser(op.tx, params.id);
    if (user === null) throw new OperationRefused(userUnknown());
    return { enrolled_device: user.deviceId, ...viewUser(user) };
  },
});

const inventoryEndpoints: readonly Endpoint<DeviceDeps>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/applications/",
    operationId: "listDeviceApplications",
    view: "enrolled_device_applications",
    access: view,
    summary: "Applications a device reported",
    response: { status: 200, schema: ApplicationView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listApplications, view: viewApplication }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/profiles/",
    operationId: "listDeviceProfiles",
    view: "enrolled_device_profiles",
    access: view,
    summary: "Profiles a device reported or acknowledged",
    response: { status: 200, schema: ProfileView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listProfiles, view: viewProfile }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/certificates/",
    operationId: "listDeviceCertificates",
    view: "enrolled_device_certificates",
    access: view,
    summary: "Certificates a device reported",
    response: { status: 200, schema: CertificateView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listCertificates, view: viewCertificate }),
  }),
];

const blockEndpoint = writeEndpoint<DeviceDeps>({
  method: "POST",
  path: "/api/mdm/devices/:id/block/",
  operationId: "blockDevice",
  view: "block_enrolled_device",
  access: "mdm.change_enrolleddevice",
  summary: "Block a device: it is told to leave management and may not come back",
  response: { status: 200, schema: DeviceView },
  handle: async (deps, op, { params }) => {
    await blockDevice(op, deps, params.id);
    return viewOne(op.tx, params.id);
  },
});

const unblockEndpoint = writeEndpoint<DeviceDeps>({
  method: "POST",
  path: "/api/mdm/devices/:id/unblock/",
  operationId: "unblockDevice",
  view: "unblock_enrolled_device",
  access: "mdm.change_enrolleddevice",
  summary: "Lift the block of a device",
  response: { status: 200, schema: DeviceView },
  handle: async (_, op, { params }) => {
    await unblockDevice(op, params.id);
    return viewOne(op.tx, params.id);
  },
});

export const deviceEndpoints: readonly Endpoint<DeviceDeps>[] = [
  listDevicesEndpoint,
  findDeviceEndpoint,
  findUserEndpoint,
  ...inventoryEndpoints,
  blockEndpoint,
  unblockEndpoint,
];

/** The detail of a device; 404 when there is none. */
export async function viewDetail(reader: Reader, id: number): Promise<unknown> {
  const device = await findDetailedDevice(reader, id);
  if (device === null) throw new OperationRefused(deviceUnknown());
  return viewDeviceDetail(device, await listDeviceUsers(reader, [id]));
}

async function viewOne(reader: Reader, id: number): Promise<unknown> {
  const device = await findListedDevice(reader, id);
  if (device === null) throw new OperationRefused(deviceUnknown());
  return viewDevice(device, await listDeviceUsers(reader, [id]));
}

async function viewWithUsers(reader: Reader, devices: readonly ListedDevice[]): Promise<unknown[]> {
  if (devices.length === 0) return [];
  const users = await listDeviceUsers(
    reader,
    devices.map(({ id }) => id),
  );
  const usersOf = Map.groupBy(users, ({ deviceId }: DeviceUser) => deviceId);
  return devices.map((device) => viewDevice(device, usersOf.get(device.id) ?? []));
}

/** One page of a list of one device; 404 when there is no such device. */
export async function listOfDevice<Row>(
  reader: Reader,
  wanted: {
    readonly id: number;
    readonly page: PageRequest;
    readonly list: (reader: Reader, id: number, page: PageRequest) => Promise<PageOf<Row>>;
    readonly view: (row: Row) => Record<string, unknown>;
  },
): Promise<PageOf<unknown>> {
  if ((await findDevice(reader, wanted.id)) === null) throw new OperationRefused(deviceUnknown());
  const { count, rows } = await wanted.list(reader, wanted.id, wanted.page);
  return { count, rows: rows.map(wanted.view) };
}

/** An unknown tag is a mistake of the caller, not an empty list (http-api 2.23). */
async function refuseUnknownTags(
  reader: Reader,
  query: { readonly tags?: number[]; readonly excluded_tags?: number[] },
): Promise<void> {
  for (const field of ["tags", "excluded_tags"] as const) {
    const ids = query[field];
    if (ids === undefined) continue;
    const [unknown] = await listUnknownTags(reader, ids);
    if (unknown === undefined) continue;
    const detail = filterChoiceText(String(unknown));
    throw new OperationRefused({ kind: "invalid", code: "tag_unknown", field, detail });
  }
}
