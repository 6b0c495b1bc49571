/** Pins the certificate a device proves itself with; the checkin slice decides when that is allowed. */
import { OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Device, DeviceRefusalCode } from "./device.ts";
import { findIdentity, insertIdentity } from "./device-identity-store.ts";
import { updateDevice } from "./device-store.ts";

/** Whose a certificate is, for the slice that decides about identities. */
export { type DeviceIdentity, findIdentity } from "./device-identity-store.ts";

/** Facts of a device certificate (protocol specification 7.5). */
export type IdentityFacts = {
  readonly sessionId: number;
  /** SHA-256 of the DER certificate. */
  readonly fingerprint: Buffer;
  readonly notAfter: Date | null;
  readonly attestedSerialNumber: string | null;
  readonly attestedUdid: string | null;
};

/**
 * Pins a certificate to a device whose row is locked. A new one replaces the pinned one, which is refused from then
 * on (decisions, "Renewal"); the pinned one again changes nothing.
 *
 * @throws {OperationRefused} `certificate_of_another_device`, `certificate_replaced`.
 */
export async function pinIdentity(
  op: Operation,
  device: Device,
  facts: IdentityFacts,
): Promise<"pinned" | "kept"> {
  const isInserted = await insertIdentity(op.tx, {
    fingerprint: facts.fingerprint,
    deviceId: device.id,
    enrollmentSessionId: facts.sessionId,
    notAfter: facts.notAfter,
    pinnedAt: op.at,
  });
  if (!isInserted) {
    await refuseKnownIdentity(op, device, facts.fingerprint);
    return "kept";
  }
  const patch = {
    certFingerprint: facts.fingerprint,
    certNotValidAfter: facts.notAfter,
    certAttSerialNumber: facts.attestedSerialNumber,
    certAttUdid: facts.attestedUdid,
  };
  await updateDevice(op.tx, { id: device.id, patch, at: op.at });
  return "pinned";
}

async function refuseKnownIdentity(op: Operation, device: Device, fingerprint: Buffer): Promise<void> {
  const known = await findIdentity(op.tx, fingerprint);
  if (known?.deviceId !== device.id) {
    throw refused("certificate_of_another_device", "This certificate belongs to another device");
  }
  if (known.state === "replaced") {
    throw refused("certificate_replaced", "This certificate was replaced by a newer one");
  }
}

function refused(code: DeviceRefusalCode, detail: string): OperationRefused {
  return new OperationRefused({ kind: "invalid", code, detail });
}
