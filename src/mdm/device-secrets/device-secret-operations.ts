/** Seals, opens and forgets the secrets of a device. */
import type { Reader } from "#platform/db/database.ts";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Sealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type Device, deviceUnknown } from "#mdm/devices/device.ts";
import {
  type DeviceSecretName,
  deviceSecretBytesMax,
  deviceSecretContext,
  refuseReason,
  writeStoredLocation,
} from "./device-secret.ts";
import {
  activationLockBypassCodeSet,
  activationLockBypassCodeViewed,
  deviceLocationSet,
  deviceLocationViewed,
  deviceLockPinCleared,
  deviceLockPinSet,
  deviceLockPinViewed,
  type Reading,
} from "./device-secret-events.ts";
import type { DeviceLocation } from "#protocol/mdm/answers/device-location.ts";
import type { DomainEvent } from "#platform/events/event.ts";
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

/** Whose secret somebody asks for, and why; the reason becomes part of the event. */
export type AskedSecret = { readonly deviceId: number; readonly reason: string | null };

/** Shows the PIN to somebody who may see it, and records that when there was one to see (http-api 2.26). */
export function revealDeviceLockPin(
  op: Operation,
  deps: DeviceSecretDeps,
  asked: AskedSecret,
): Promise<RevealedSecret> {
  return revealSecret(op, deps, { ...asked, name: "deviceLockPin", viewed: deviceLockPinViewed });
}

/** The token that unlocks an iPhone or iPad, or null when none is escrowed. */
export function findUnlockToken(
  reader: Reader,
  deps: DeviceSecretDeps,
  deviceId: number,
): Promise<Secret<Buffer> | null> {
  return openSecret(reader, deps, { deviceId, name: "unlockToken" });
}

/** Keeps the code that opens the Activation Lock and records that there is one. */
export async function storeActivationLockBypassCode(
  op: Operation,
  deps: DeviceSecretDeps,
  found: { readonly device: Device; readonly code: Secret<string>; readonly commandUuid: string },
): Promise<void> {
  const secret = new Secret(Buffer.from(found.code.reveal(), "utf8"));
  await storeSecret(op, deps, { device: found.device, name: "activationLockBypassCode", secret });
  op.record(activationLockBypassCodeSet(found.device, found.commandUuid));
}

/** Shows the bypass code to somebody who may see it, and records that when there was one to see. */
export function revealActivationLockBypassCode(
  op: Operation,
  deps: DeviceSecretDeps,
  asked: AskedSecret,
): Promise<RevealedSecret> {
  const viewed = activationLockBypassCodeViewed;
  return revealSecret(op, deps, { ...asked, name: "activationLockBypassCode", viewed });
}

/** Keeps where a lost device is: only the last place. */
export async function storeDeviceLocation(
  op: Operation,
  deps: DeviceSecretDeps,
  found: { readonly device: Device; readonly location: DeviceLocation; readonly commandUuid: string },
): Promise<void> {
  const known = { ...found.location, reportedAt: op.at, commandUuid: found.commandUuid };
  const secret = new Secret(Buffer.from(writeStoredLocation(known), "utf8"));
  await storeSecret(op, deps, { device: found.device, name: "location", secret });
  op.record(deviceLocationSet(found.device, found.commandUuid));
}

/** Shows where a device was to somebody who may see it, as JSON, and records that when there was a place. */
export function revealDeviceLocation(
  op: Operation,
  deps: DeviceSecretDeps,
  asked: AskedSecret,
): Promise<RevealedSecret> {
  return revealSecret(op, deps, { ...asked, name: "location", viewed: deviceLocationViewed });
}

/** A secret of a device, shown to somebody; null when there is none. */
export type RevealedSecret = {
  readonly id: number;
  readonly serialNumber: string;
  readonly secret: Secret<string> | null;
};

async function revealSecret(
  op: Operation,
  deps: DeviceSecretDeps,
  wanted: AskedSecret & {
    readonly name: DeviceSecretName;
    readonly viewed: (reading: Reading) => DomainEvent;
  },
): Promise<RevealedSecret> {
  const { deviceId, name, reason } = wanted;
  throwIfRefused(refuseReason(reason));
  const row = await findSealedSecret(op.tx, deviceId, name);
  if (row === null) throw new OperationRefused(deviceUnknown());
  const bearer = { id: deviceId, serialNumber: row.serialNumber };
  if (row.sealed === null) return { ...bearer, secret: null };
  op.record(wanted.viewed({ ...bearer, reason }));
  const opened = deps.sealer.open(row.sealed, deviceSecretContext(name, row.udid));
  return { ...bearer, secret: new Secret(opened.reveal().toString("utf8")) };
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
  const sealed = secret === null ? null : sealDeviceSecret(deps, { udid: device.udid, name, secret });
  await updateSealedSecret(op.tx, device.id, { name, sealed, at: op.at });
}

/**
 * Seals a secret for the row of its device, for writing it together with other columns.
 *
 * @throws {OperationRefused} `device_secret_too_large`.
 */
export function sealDeviceSecret(
  deps: DeviceSecretDeps,
  {
    udid,
    name,
    secret,
  }: { readonly udid: string; readonly name: DeviceSecretName; readonly secret: Secret<Buffer> },
): Buffer {
  if (secret.reveal().length > deviceSecretBytesMax) {
    throw new OperationRefused({
      kind: "too_large",
      code: "device_secret_too_large",
      detail: `A device secret has at most ${deviceSecretBytesMax} bytes`,
    });
  }
  return deps.sealer.seal(secret, deviceSecretContext(name, udid));
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
