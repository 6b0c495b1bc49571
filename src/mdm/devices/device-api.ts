/** The operators' door to devices (http-api 2.23 and 2.24), and our detail and inventory lists. */
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
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
import { deviceListEndpoints, DeviceListQuery, findDevicePage } from "./device-list-api.ts";
import { listApplications, listCertificates, listProfiles } from "./device-inventory-store.ts";
import { blockDevice, type DeviceDeps, unblockDevice } from "./device-operations.ts";
import {
  findDetailedDevice,
  findDevice,
  findListedDevice,
  findUser,
  type ListedDevice,
  listDeviceUsers,
  listListedDevices,
} from "./device-store.ts";

const view = "mdm.view_enrolleddevice";

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
  mayCountLess: true,
  handle: async (_, op, { query, page }) => {
    const found = await findDevicePage(op, query, page);
    const devices = await listListedDevices(op.tx, found.rows);
    return { ...found, rows: await viewWithUsers(op.tx, devices) };
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
  ...deviceListEndpoints,
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
