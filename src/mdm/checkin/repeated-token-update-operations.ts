/**
 * The TokenUpdate of a device that is enrolled and in order: the message devices send again and again. It is planned on
 * what the identity look-up read, without a lock, and costs at most the update and its event (anchors 4.4, test 29).
 */
import type { TokenUpdateMessage } from "#protocol/mdm/checkin.ts";
import { deviceKey, userKey } from "#protocol/mdm/identifiers.ts";
import type { Operation } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import { type DeviceSecretDeps, sealDeviceSecret } from "#mdm/device-secrets/device-secret-operations.ts";
import type { DevicePatch } from "#mdm/devices/device.ts";
import { releasePostponed } from "#mdm/commands/command-queue-operations.ts";
import { applyTokenPatch } from "#mdm/devices/device-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { pushExpirationSeconds } from "#mdm/push/push-request.ts";
import type { CheckinOutcome } from "./checkin-operations.ts";
import type { AuthenticatedDevice } from "./device-authentication-operations.ts";
import type { KnownDevice } from "./device-authentication.ts";
import { planTokenUpdate, type TokenUpdatePlan, tokenUpdateFacts } from "./token-update.ts";

type Repeated = { readonly caller: AuthenticatedDevice; readonly message: TokenUpdateMessage };

/**
 * Handles a TokenUpdate when nothing about it is out of the ordinary.
 *
 * @returns Null when the whole way must be gone: a first TokenUpdate, a user channel, another identity or topic, or a
 *   row that changed meanwhile. Nothing is written then.
 */
export async function handleRepeatedTokenUpdate(
  op: Operation,
  deps: DeviceSecretDeps,
  { caller, message }: Repeated,
): Promise<CheckinOutcome | null> {
  const device = ordinaryDevice({ caller, message });
  if (device === null) return null;
  const { pushCertificateId } = device;
  const enrollment = { sessionId: caller.session.id, blueprintId: caller.session.blueprintId };
  const plan = planTokenUpdate({ device, enrollment, pushCertificateId, message });
  if ("code" in plan) return null;
  const facts = tokenUpdateFacts(message, { pushCertificateId, plan });
  const patch = changesOnly(device, plan);
  const isSame = Object.keys(patch).length === 0 && plan.unlockToken === null;
  if (plan.isStale) return { answer: { kind: "empty" }, facts };
  if (device.hasPostponedCommand) {
    await releasePostponed(op, { deviceId: device.id, deviceUserId: null });
    await wake(op, device);
  }
  if (isSame) return { answer: { kind: "empty" }, facts };
  const isWritten = await applyTokenPatch(op, {
    id: device.id,
    patch,
    unlockTokenSealed: sealUnlockToken(deps, device, plan),
    sessionId: caller.session.id,
    token: device.token,
    pushMagic: device.pushMagic,
  });
  if (!isWritten) return null;
  // A push for what waits may have gone to the former token.
  if (device.hasDueCommand && patch.token !== undefined) await wake(op, device);
  return { answer: { kind: "empty" }, facts };
}

/** The device of the message, when everything about both is as it always is. */
function ordinaryDevice({ caller, message }: Repeated): KnownDevice | null {
  const { device, session, pin } = caller;
  const isOrdinary =
    device !== null &&
    pin === "pinned" &&
    session.status === "COMPLETED" &&
    device.sessionId === session.id &&
    device.checkoutAt === null &&
    userKey(message.identifiers) === null &&
    deviceKey(message.identifiers) === device.udid &&
    message.topic === device.pushTopic;
  return isOrdinary ? device : null;
}

/** Members of the patch that differ from what is stored. */
function changesOnly(device: KnownDevice, { patch }: TokenUpdatePlan): DevicePatch {
  const stored: Readonly<Record<string, unknown>> = device;
  const changed = Object.entries(patch).filter(([member, value]) => !isSame(stored[member] ?? null, value));
  return Object.fromEntries(changed);
}

function isSame(stored: unknown, value: unknown): boolean {
  if (Buffer.isBuffer(stored) && Buffer.isBuffer(value)) return stored.equals(value);
  if (!Array.isArray(stored) || !Array.isArray(value)) return stored === value;
  return stored.length === value.length && stored.every((item, index) => isSame(item, value[index]));
}

function sealUnlockToken(
  deps: DeviceSecretDeps,
  { udid }: KnownDevice,
  { unlockToken }: TokenUpdatePlan,
): Buffer | null {
  if (unlockToken === null) return null;
  return sealDeviceSecret(deps, { udid, name: "unlockToken", secret: new Secret(unlockToken) });
}

function wake(op: Operation, { id }: KnownDevice): Promise<void> {
  const expirationSeconds = pushExpirationSeconds;
  const options = { priority: 10, expirationSeconds, notBefore: op.at, at: op.at } as const;
  return requestPush(op.tx, { deviceId: id, userId: null }, options);
}
