/** What a connect does: take the report in one transaction, then plan the next command in another (hazard 1). */
import type { ConnectMessage, ReportMessage } from "#protocol/mdm/connect.ts";
import { invariant, OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { HandedOut } from "#mdm/commands/command-delivery-operations.ts";
import { planInventory, startCommand, takeNextCommand } from "#mdm/commands/command-operations.ts";
import { acceptReport, readCommandUuid, type TakenReport } from "#mdm/commands/command-report-operations.ts";
import type { FetchedChallenges } from "#mdm/commands/artifact-command.ts";
import type { DeliverableCommand } from "#mdm/commands/command.ts";
import { baseInventoryOf, type InventoryCollection } from "#mdm/commands/inventory-plan.ts";
import { handOutFetched } from "#mdm/commands/planned-command-operations.ts";
import { clearDeviceLockPin } from "#mdm/device-secrets/device-secret-operations.ts";
import type { Target } from "#mdm/devices/device.ts";
import { pinIdentity } from "#mdm/devices/device-identity-operations.ts";
import { findDeviceUserById, lockKnownDevice } from "#mdm/devices/device-operations.ts";
import { buildMdmProfile, type ProfileDeps } from "#mdm/enrollments/enrollment-profile-operations.ts";
import {
  createReenrollmentSession,
  findSessionById,
} from "#mdm/enrollments/enrollment-session-operations.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import {
  type FetchedChallenge,
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { isPlanDue } from "#mdm/reconcile/plan-key.ts";
import { type ReconcileDeps, takeNextStep } from "#mdm/reconcile/reconcile-operations.ts";
import type { AuthenticatedDevice } from "./device-authentication-operations.ts";
import type { KnownDevice } from "./device-authentication.ts";
import { findLastRenewal } from "./checkin-store.ts";
import { isRenewalDue } from "./renewal.ts";

export type ConnectDeps = ReconcileDeps & ProfileDeps;

/** A device that was found, and how it came. */
export type ConnectCaller = AuthenticatedDevice & { readonly device: KnownDevice };

/**
 * Whether there is anything to write or to hand out. False for the connect of a device that is in order: one that
 * costs its one read and nothing else.
 */
export function isConnectBusy(caller: ConnectCaller, message: ConnectMessage, at: Date): boolean {
  const { device } = caller;
  if (message.status !== "Idle" || device.hasDueCommand || caller.pin === "new") return true;
  if (isPlanDue(device, device.hasPlan ? device : null, at)) return true;
  if (device.deviceUserId !== null) return false;
  const needsRenewal = isRenewalDue(device, at);
  return device.hasDeviceLockPin || device.lacksInventory || needsRenewal;
}

/** Takes what a device reports of a command. The same report twice changes nothing the second time. */
export async function handleReport(
  op: Operation,
  deps: ConnectDeps,
  { caller, message }: { readonly caller: ConnectCaller; readonly message: ReportMessage },
): Promise<TakenReport> {
  const target = await lockTarget(op, caller);
  const { status, commandUuid, errorChain, response } = message;
  return acceptReport(op, deps, { target, report: { status, commandUuid, errorChain, response } });
}

/**
 * Plans what to hand to a device: what is queued, then what it has not said of itself yet, then a new identity, then what
 * brings it nearer to what it should have, then the lists of what it has (5.1). A user channel has the first and the
 * fourth of these.
 */
export async function handOutCommand(
  op: Operation,
  deps: ConnectDeps,
  { caller, message }: { readonly caller: ConnectCaller; readonly message: ConnectMessage },
): Promise<HandedOut | RenewalOrder | null> {
  const target = await lockTarget(op, caller);
  // A connect that reports nothing comes from a Mac somebody has unlocked (spec 1.7, step 4).
  if (message.status === "Idle" && target.user === null) await clearDeviceLockPin(op, target.device);
  if (caller.validity === "expired") return renew(op, deps, { caller, target });
  const answered = message.status === "Idle" ? null : readCommandUuid(message.commandUuid);
  const queued = await takeNextCommand(op, deps, { target, connectStatus: message.status, answered });
  // Only what is queued may follow a NotNow (5.1).
  if (queued !== null || message.status === "NotNow") return queued;
  if (target.user !== null) return takeNextStep(op, deps, target);
  // What is collected was read with the device: the blueprint it had a moment ago.
  return (
    (await askForInventory(op, deps, { target, collection: baseInventoryOf(caller.device) })) ??
    (await renew(op, deps, { caller, target })) ??
    (await takeNextStep(op, deps, target)) ??
    (await askForInventory(op, deps, { target, collection: caller.device }))
  );
}

async function askForInventory(
  op: Operation,
  deps: ConnectDeps,
  { target, collection }: { readonly target: Target; readonly collection: InventoryCollection },
): Promise<DeliverableCommand | null> {
  const request = await planInventory(op, target.device, collection);
  return request === null ? null : startCommand(op, deps, { target, request });
}

/** Hands out the command whose challenges were fetched. */
export async function handOutAwaited(
  op: Operation,
  deps: ConnectDeps,
  awaited: {
    readonly caller: ConnectCaller;
    readonly uuid: string;
    readonly fetched: FetchedChallenges;
  },
): Promise<HandedOut | null> {
  const { caller, uuid, fetched } = awaited;
  return handOutFetched(op, deps, { target: await lockTarget(op, caller), uuid, fetched });
}

/** The device, and its user when the message speaks for one that is known, locked. */
async function lockTarget(op: Operation, caller: ConnectCaller): Promise<Target> {
  const device = await lockKnownDevice(op, caller.device.id);
  if (caller.pin === "new" && caller.identity !== null) await pinIdentity(op, device, caller.identity);
  if (caller.device.deviceUserId === null) return { device, user: null };
  const user = await findDeviceUserById(op.tx, caller.device.deviceUserId);
  if (user === null) throw new OperationRefused(userGone);
  return { device, user };
}

const userGone = { kind: "invalid", code: "device_user_unknown", detail: "user channel is gone" } as const;

async function renew(
  op: Operation,
  deps: ConnectDeps,
  { caller, target }: { readonly caller: ConnectCaller; readonly target: Target },
): Promise<DeliverableCommand | RenewalOrder | null> {
  const { id, sessionId, serialNumber, udid } = caller.device;
  if (target.user !== null || sessionId === null || !isRenewalDue(caller.device, op.at)) return null;
  invariant(target.device.id === id, "the device was locked");
  // What the caller read is older than the lock: another connect may have begun one meanwhile.
  const lastRenewalAt = await findLastRenewal(op.tx, id);
  if (!isRenewalDue({ ...caller.device, lastRenewalAt }, op.at)) return null;
  const session = await createReenrollmentSession(op, deps, {
    deviceId: id,
    currentSessionId: sessionId,
    serialNumber,
    udid,
  });
  const profile = await buildMdmProfile(op, deps, session, { serialNumber });
  if (isScepChallengeOrder(profile)) return { order: profile, sessionId: session.id };
  return startReenroll(op, deps, { target, session, profile });
}

/** A renewal that waits for a challenge. Its session is stored, so a failure is tried again when the next one is due. */
export type RenewalOrder = {
  readonly order: ScepChallengeOrder;
  readonly sessionId: EnrollmentSession["id"];
};

/** Hands out the renewal whose challenge was fetched; null when its session is no longer waiting for it. */
export async function handOutRenewal(
  op: Operation,
  deps: ConnectDeps,
  {
    caller,
    sessionId,
    fetched,
  }: Pick<RenewalOrder, "sessionId"> & {
    readonly caller: ConnectCaller;
    readonly fetched: FetchedChallenge;
  },
): Promise<DeliverableCommand | null> {
  const device = await lockKnownDevice(op, caller.device.id);
  const session = await findSessionById(op.tx, sessionId);
  if (session?.status !== "STARTED") return null;
  const { serialNumber } = caller.device;
  const profile = await buildMdmProfile(op, deps, session, { serialNumber, fetched });
  // The issuer was changed while it was asked: the next renewal asks the changed one.
  if (isScepChallengeOrder(profile)) return null;
  return startReenroll(op, deps, { target: { device, user: null }, session, profile });
}

function startReenroll(
  op: Operation,
  deps: ConnectDeps,
  facts: { readonly target: Target; readonly session: EnrollmentSession; readonly profile: Buffer },
): Promise<DeliverableCommand | null> {
  const { target, session, profile } = facts;
  const request = {
    name: "Reenroll" as const,
    arguments: { Payload: profile.toString("base64"), session_id: session.id },
  };
  return startCommand(op, deps, { target, request });
}
