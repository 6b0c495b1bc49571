/** Seals, opens and forgets the secrets of a device. */
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type Device, deviceUnknown } from "#mdm/devices/device.ts";
import { type DeviceSecretName, deviceSecretBytesMax, deviceSecretContext } from "./device-secret.ts";
import { deviceLockPinCleared, deviceLockPinSet, deviceLockPinViewed } from "./device-secret-events.ts";
import { findSealedSecret, updateSealedSecret } from "./device-secret-store.ts";

export type DeviceSecretDeps = { readonly sealer: Sealer };

/** Keeps the token that unlocks an iPhone or iPad; null forgets it. */
export function storeUnlockToken(
  op: Operation,
  deps: DeviceSecretDeps,
  update: { readonly device: Device; readonly token: Secret<Buffer> | null },
): Promise<void> {
  return storeSecret(op, deps, { ...update, name: "unlockToken", secret: update.token });
}

/** Keeps the bootstrap token of a Mac; null forgets it. */
export function storeBootstrapToken(
  op: Operation,
  deps: DeviceSecretDeps,
  update: { readonly device: Device; readonly token: Secret<Buffer> | null },
): Promise<void> {
  return storeSecret(op, deps, { ...update, name: "bootstrapToken", secret: update.token });
}

/** The bootstrap token of a Mac, or null when none is escrowed. */
export function findBootstrapToken(
  reader: Reader,
  deps: DeviceSecretDeps,
  deviceId: number,
): Promise<Secret<Buffer> | null> {
  return openSecret(reader, deps, { deviceId, name: "bootstrapToken" });
}

/** Keeps the PIN of an acknowledged lock and records that there is one (protocol specification 9.4). */
export async function storeDeviceLockPin(
  op: Operation,
  deps: DeviceSecretDeps,
  lock: { readonly device: Device; readonly pin: Secret<string>; readonly commandUuid: string },
): Promise<void> {
  const secret = new Secret(Buffer.from(lock.pin.reveal(), "utf8"));
  await storeSecret(op, deps, { device: lock.device, name: "deviceLockPin", secret });
  op.record(deviceLockPinSet(lock.device, lock.commandUuid));
}

/** Forgets the PIN of a device that came without an answer: it is unlocked (9.4). No statement when there is none. */
export async function clearDeviceLockPin(op: Operation, device: Device): Promise<void> {
  if (!device.hasDeviceLockPin) return;
  await updateSealedSecret(op.tx, device.id, { name: "deviceLockPin", sealed: null, at: op.at });
  op.record(deviceLockPinCleared(device));
}

/** Shows the PIN to somebody who may see it, and records that when there was one to see (http-api 2.26). */
export async function revealDeviceLockPin(
  op: Operation,
  deps: DeviceSecretDeps,
  deviceId: number,
): Promise<{ readonly id: number; readonly serialNumber: string; readonly pin: Secret<string> | null }> {
  const row = await findSealedSecret(op.tx, deviceId, "deviceLockPin");
  if (row === null) throw new OperationRefused(deviceUnknown());
  const bearer = { id: deviceId, serialNumber: row.serialNumber };
  if (row.sealed === null) return { ...bearer, pin: null };
  op.record(deviceLockPinViewed(bearer));
  const opened = deps.sealer.open(row.sealed, deviceSecretContext("deviceLockPin", row.udid));
  return { ...bearer, pin: new Secret(opened.reveal().toString("utf8")) };
}

async function storeSecret(
  op: Operation,
  deps: DeviceSecretDeps,
  update: {
    readonly device: Device;
    readonly name: DeviceSecretName;
    readonly secret: Secret<Buffer> | null;
  },
): Promise<void> {
  const { device, name, secret } = update;
  if (secret !== null && secret.reveal().length > deviceSecretBytesMax) {
    throw new OperationRefused({
      kind: "too_large",
      code: "device_secret_too_large",
      detail: `A device secret has at most ${deviceSecretBytesMax} bytes`,
    });
  }
  const sealed = secret === null ? null : deps.sealer.seal(secret, deviceSecretContext(name, device.udid));
  await updateSealedSecret(op.tx, device.id, { name, sealed, at: op.at });
}

async function openSecret(
  reader: Reader,
  deps: DeviceSecretDeps,
  wanted: { readonly deviceId: number; readonly name: DeviceSecretName },
): Promise<Secret<Buffer> | null> {
  const row = await findSealedSecret(reader, wanted.deviceId, wanted.name);
  if (row === null || row.sealed === null) return null;
  return deps.sealer.open(row.sealed, deviceSecretContext(wanted.name, row.udid));
}
