/** Verbs on a device: its enrollment life (check-in calls), and block and unblock (operators call). */
import type { Reader, Tx } from "#platform/db/database.ts";
import { invariant, OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import {
  type Device,
  type DeviceAuthentication,
  type DeviceId,
  type DevicePatch,
  type DeviceUser,
  type DeviceUserUpdate,
  deviceUnknown,
  deviceUsersMax,
  type PurgeKind,
  type Target,
  purgedSecrets,
  purgePatch,
  refuseBlock,
  refuseUnblock,
} from "./device.ts";
import { type BlueprintNames, deviceUpdated } from "./device-events.ts";
import { deleteOutcomes } from "./device-outcome-store.ts";
import {
  countDeviceUsers,
  deleteDeviceUser,
  deleteEnrollmentState,
  findDevice,
  findDeviceByUdid,
  findUser,
  insertDevice,
  isSerialBlocked,
  listBlueprintNames,
  lockDevice,
  lockDeviceRows,
  lockDeviceByUdid,
  markUserDeclarative,
  type TokenGuardedUpdate,
  updateDevice,
  updateDeviceIfTokenIs,
  upsertDeviceUserRow,
} from "./device-store.ts";

/** What higher slices read and lock; their stores keep to their own tables. */
export {
  findDevice,
  findDeviceBySerialNumber,
  findDeviceByUdid,
  findDeviceUser,
  findUser,
  isSerialBlocked,
  listDevicesByIds,
  lockDevice,
  lockDeviceByUdid,
} from "./device-store.ts";

/** Asks for a push in the caller's transaction. The push slice stands above this one, so `app.ts` hands it in. */
export type RequestPush = (
  tx: Tx,
  target: { readonly deviceId: number; readonly userId: number | null },
  options: {
    readonly priority: 5 | 10;
    readonly expirationSeconds: number;
    readonly notBefore: Date;
    readonly at: Date;
  },
) => Promise<void>;

export type DeviceDeps = { readonly requestPush: RequestPush };

/** How long Apple keeps a push for a device that is away, when an operator asked for something (spec 6.2). */
export const operatorPushExpirationSeconds = 3600;

/**
 * Makes or renews the row of a device that authenticates. The patch is written after the purge, so the enrollment
 * flags it carries stay (hazard 7). The row is locked until the end of the transaction.
 */
export async function upsertDeviceAtAuthenticate(
  op: Operation,
  authentication: DeviceAuthentication,
): Promise<{ readonly device: Device; readonly isNew: boolean }> {
  const insertedId = await insertDevice(op.tx, authentication, op.at);
  const known = await lockDeviceByUdid(op.tx, authentication.udid);
  invariant(known !== null, "a device that was inserted or known is there");
  if (insertedId === null && authentication.purges) await purgeDevice(op, known, "authenticate");
  const { serialNumber, pushCertificateId, platform, patch } = authentication;
  const device = await applyDevicePatch(op, known.id, {
    serialNumber,
    pushCertificateId,
    ...(platform === null ? {} : { platform }),
    authenticatedAt: op.at,
    ...patch,
  });
  return { device, isNew: insertedId !== null };
}

/** Writes what a message said of a device; the row is locked by the caller. */
export function applyDevicePatch(op: Operation, id: DeviceId, patch: DevicePatch): Promise<Device> {
  return updateDevice(op.tx, { id, patch, at: op.at });
}

/** Writes what a message said of a device whose row is not locked; false when its push token is another by now. */
export function applyTokenPatch(op: Operation, update: Omit<TokenGuardedUpdate, "at">): Promise<boolean> {
  return updateDeviceIfTokenIs(op.tx, { ...update, at: op.at });
}

/**
 * Ends the old life of a device (protocol specification 1.8): live commands, pending pushes, user channels, activity,
 * tokens and enrollment flags go; the block, the blueprint and the history of commands stay.
 */
export async function purgeDevice(op: Operation, device: Device, kind: PurgeKind): Promise<Device> {
  await deleteEnrollmentState(op.tx, device.id, {
    bootstrapToken: purgedSecrets(kind).includes("bootstrapToken"),
  });
  await deleteOutcomes(op.tx, device.id);
  return updateDevice(op.tx, { id: device.id, patch: purgePatch(kind, op.at), at: op.at });
}

/**
 * Makes or updates a user channel. User ids are unique on their device only: an account of a directory has the same one
 * on every Mac where that person signs in, and each of these channels has a push token of its own.
 *
 * @throws {OperationRefused} `device_users_too_many`.
 */
export async function upsertDeviceUser(
  op: Operation,
  device: Device,
  update: DeviceUserUpdate,
): Promise<{ readonly user: DeviceUser; readonly isNew: boolean }> {
  const { isNew, ...user } = await upsertDeviceUserRow(op.tx, device.id, { update, at: op.at });
  // The device is locked by whoever calls, so nobody adds another one meanwhile.
  if (isNew && (await countDeviceUsers(op.tx, device.id)) > deviceUsersMax) {
    throw new OperationRefused({
      kind: "invalid",
      code: "device_users_too_many",
      detail: `This device has ${deviceUsersMax} users already`,
    });
  }
  return { user, isNew };
}

/** Blocks a device and wakes it, so that it comes, is refused and leaves management (http-api 2.24). */
export async function blockDevice(op: Operation, deps: DeviceDeps, id: number): Promise<Device> {
  const device = await lockKnownDevice(op, id);
  throwIfRefused(refuseBlock(device));
  const blocked = await applyDevicePatch(op, device.id, { blockedAt: op.at });
  op.record(deviceUpdated(device, blocked, await findBlueprintNames(op.tx, [device])));
  const expirationSeconds = operatorPushExpirationSeconds;
  await deps.requestPush(
    op.tx,
    { deviceId: id, userId: null },
    { priority: 10, expirationSeconds, notBefore: op.at, at: op.at },
  );
  return blocked;
}

/** The names of the blueprints of some devices, for their events; no statement when they have none. */
export async function findBlueprintNames(
  reader: Reader,
  devices: readonly Pick<Device, "blueprintId">[],
): Promise<BlueprintNames> {
  const ids = [...new Set(devices.map(({ blueprintId }) => blueprintId).filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  return new Map((await listBlueprintNames(reader, ids)).map(({ id, name }) => [id, name]));
}

/** Lifts a block. No push: the device has left, or comes on its own (http-api 2.24). */
export async function unblockDevice(op: Operation, id: number): Promise<Device> {
  const device = await lockKnownDevice(op, id);
  throwIfRefused(refuseUnblock(device));
  const free = await applyDevicePatch(op, device.id, { blockedAt: null });
  op.record(deviceUpdated(device, free, await findBlueprintNames(op.tx, [device])));
  return free;
}

/**
 * Removes one user channel: its commands and pending push go with it.
 *
 * @param userKey The id under which the user came; unknown ones are gone already.
 */
export function removeDeviceUser(op: Operation, device: Device, userKey: string): Promise<void> {
  return deleteDeviceUser(op.tx, device.id, userKey);
}

/** Notes that declarative management is active on a channel; its device is locked by the caller. */
export async function markDeclarative(op: Operation, { device, user }: Target): Promise<void> {
  if (user === null) await applyDevicePatch(op, device.id, { declarativeManagement: true });
  else await markUserDeclarative(op.tx, user.id, op.at);
}

/** A user channel by its row; null when it is gone. */
export function findDeviceUserById(reader: Reader, id: number): Promise<DeviceUser | null> {
  return findUser(reader, id);
}

/** Whether an operator blocked this machine, under this UDID or under any other of its serial number. */
export async function isDeviceBlocked(
  reader: Reader,
  machine: { readonly udid: string; readonly serialNumber: string },
): Promise<boolean> {
  if (await isSerialBlocked(reader, machine.serialNumber)) return true;
  return ((await findDeviceByUdid(reader, machine.udid))?.blockedAt ?? null) !== null;
}

/**
 * Locks a device until the end of the transaction.
 *
 * @throws {OperationRefused} `device_unknown`.
 */
export async function lockKnownDevice(op: Operation, id: number): Promise<Device> {
  const device = await lockDevice(op.tx, id);
  if (device === null) throw new OperationRefused(deviceUnknown());
  return device;
}

/** Locks many devices: before anything else of them is written, so that nobody waits in a circle. */
export function lockDevicesInOrder(op: Operation, ids: readonly number[]): Promise<void> {
  return lockDeviceRows(op.tx, ids);
}

/**
 * The device channel of a device.
 *
 * @throws {OperationRefused} `device_unknown`.
 */
export async function findDeviceTarget(reader: Reader, id: number): Promise<Target> {
  const device = await findDevice(reader, id);
  if (device === null) throw new OperationRefused(deviceUnknown());
  return { device, user: null };
}
