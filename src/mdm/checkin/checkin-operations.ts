/** What each check-in message does: load, decide, write, record. One transaction a message. */
import type {
  AuthenticateMessage,
  CheckinMessage,
  GetTokenMessage,
  SetBootstrapTokenMessage,
  TokenUpdateMessage,
} from "#protocol/mdm/checkin.ts";
import { deviceKey, userKey } from "#protocol/mdm/identifiers.ts";
import { inferPlatform } from "#protocol/mdm/platform.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { invariant, OperationRefused, type Refusal } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import {
  findBootstrapToken,
  storeBootstrapToken,
  storeUnlockToken,
  type DeviceSecretDeps,
} from "#mdm/device-secrets/device-secret-operations.ts";
import { type Device, type DevicePatch, storableText } from "#mdm/devices/device.ts";
import { pinIdentity } from "#mdm/devices/device-identity-operations.ts";
import {
  applyDevicePatch,
  isDeviceBlocked,
  lockKnownDevice,
  purgeDevice,
  removeDeviceUser,
  upsertDeviceAtAuthenticate,
  upsertDeviceUser,
} from "#mdm/devices/device-operations.ts";
import {
  authenticateSession,
  completeSession,
  findSessionById,
} from "#mdm/enrollments/enrollment-session-operations.ts";
import { isAtOrBeyond, type EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import { releasePostponed } from "#mdm/commands/command-queue-operations.ts";
import { findReturnToService } from "#mdm/commands/return-to-service-operations.ts";
import { addMachineTags } from "#mdm/inventory/machine-tag-operations.ts";
import { findTopicCertificate } from "#mdm/push/push-certificate-operations.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import type { DeclarativeDeps } from "#mdm/reconcile/declarative-management-operations.ts";
import { type MdmRequestFacts } from "./checkin-events.ts";
import { handleDeclarativeManagement } from "./declarative-management-operations.ts";
import type { AuthenticatedDevice } from "./device-authentication-operations.ts";
import { refuseDeviceMismatch } from "./device-authentication.ts";
import { handleRepeatedTokenUpdate } from "./repeated-token-update-operations.ts";
import { planTokenUpdate, tokenUpdateFacts } from "./token-update.ts";

export type CheckinDeps = DeviceSecretDeps &
  DeclarativeDeps & { readonly tokenProviders: readonly TokenProvider[] };

/** Issues the tokens of one service, such as the pairing of watches (Apple, GetToken). */
export type TokenProvider = {
  /** Apple's word: `com.apple.maid`, `com.apple.watch.pairing`. */
  readonly serviceType: string;
  /** @throws {OperationRefused} What the parameters lack. */
  readonly issueToken: (op: Operation, device: Device, message: GetTokenMessage) => Promise<Secret<Buffer>>;
};

/** What a message led to: the answer in words of the door, and what its event says beyond success. */
export type CheckinOutcome = {
  readonly answer:
    | { readonly kind: "empty" }
    | { readonly kind: "user_not_managed" }
    | { readonly kind: "bootstrap_token"; readonly token: Secret<Buffer> | null }
    | { readonly kind: "token"; readonly token: Secret<Buffer> }
    | { readonly kind: "json"; readonly json: string }
    /** Nothing is given, and what was written on the way stays. */
    | { readonly kind: "refused"; readonly refusal: Refusal }
    | { readonly kind: "return_to_service"; readonly configuration: PlistWritableDictionary };
  readonly facts: Partial<MdmRequestFacts>;
};

/** How long Apple keeps the wake-up of a device that has just enrolled or moved its token. */
const tokenPushExpirationSeconds = 24 * 3600;

const empty = { kind: "empty" } as const;

/** What is for enrolled devices alone, as commands are: whoever kept the key of an enrollment that ended is given nothing. */
const messagesOfEnrolled: ReadonlySet<CheckinMessage["messageType"]> = new Set([
  "DeclarativeManagement",
  "GetToken",
]);

/** Handles one message of an authenticated device; a message type without a case does not compile. */
export async function handleCheckin(
  op: Operation,
  deps: CheckinDeps,
  { caller, message }: { readonly caller: AuthenticatedDevice; readonly message: CheckinMessage },
): Promise<CheckinOutcome> {
  if (message.messageType === "Authenticate") return handleAuthenticate(op, caller, message);
  if (message.messageType === "TokenUpdate") {
    const repeated = await handleRepeatedTokenUpdate(op, deps, { caller, message });
    if (repeated !== null) return repeated;
  }
  const device = await lockCaller(op, caller, message);
  if (device.checkoutAt !== null && messagesOfEnrolled.has(message.messageType)) {
    throw refused("device_checked_out", "device has checked out");
  }
  switch (message.messageType) {
    case "TokenUpdate":
      return handleTokenUpdate(op, deps, { caller, device, message });
    case "CheckOut":
      return handleCheckOut(op, device, userKey(message.identifiers));
    case "SetBootstrapToken":
      return handleSetBootstrapToken(op, deps, { device, message });
    case "GetBootstrapToken":
      return handleGetBootstrapToken(op, deps, device);
    case "UserAuthenticate":
      return {
        answer: { kind: "user_not_managed" },
        facts: { status: "warning", userId: userKey(message.identifiers) },
      };
    case "DeclarativeManagement":
      return handleDeclarativeManagement(op, deps, { caller, device, message });
    case "GetToken":
      return handleGetToken(op, deps, { device, message });
    case "ReturnToService":
      return handleReturnToService(op, deps, device);
    default:
      return message satisfies never;
  }
}

/** The device of every message but Authenticate: locked, and the one of the certificate. */
async function lockCaller(
  op: Operation,
  caller: AuthenticatedDevice,
  message: CheckinMessage,
): Promise<Device> {
  const mismatch = refuseDeviceMismatch(caller.device, deviceKey(message.identifiers));
  if (mismatch !== null) throw new OperationRefused(mismatch);
  invariant(caller.device !== null, "a device that matched is there");
  const device = await lockKnownDevice(op, caller.device.id);
  // The first use of a renewed identity pins it, whatever the message (decisions, "Renewal").
  if (caller.pin === "new" && caller.identity !== null) await pinIdentity(op, device, caller.identity);
  return device;
}

async function handleAuthenticate(
  op: Operation,
  caller: AuthenticatedDevice,
  message: AuthenticateMessage,
): Promise<CheckinOutcome> {
  const session = caller.unpinnedSession ?? (await findSessionById(op.tx, caller.session.id));
  invariant(session !== null, "the session of a certificate is there");
  const pushCertificate = await findKnownPushCertificate(op, message.topic);
  const serialNumber = caller.serialNumber ?? message.serialNumber ?? message.identifiers.enrollmentId;
  if (serialNumber === null) throw refused("serial_number_missing", "missing serial number");
  const udid = deviceKey(message.identifiers);
  const mismatch = caller.device === null ? null : refuseDeviceMismatch(caller.device, udid);
  if (mismatch !== null) throw new OperationRefused(mismatch);
  if (await isDeviceBlocked(op.tx, { udid, serialNumber })) throw refused("device_blocked", "Device blocked");
  const isRepeat = caller.device?.checkoutAt === null && isAtOrBeyond(session, "AUTHENTICATED");
  const { device, isNew } = await upsertDeviceAtAuthenticate(op, {
    udid,
    serialNumber: storableText(serialNumber),
    pushCertificateId: pushCertificate.id,
    platform: inferPlatform(message),
    patch: { ...reportedPatch(message), ...(isRepeat ? {} : enrollmentPatch(session)) },
    purges: !isRepeat && session.kind !== "re",
  });
  await authenticateSession(op, session, { deviceId: device.id, serialNumber, udid });
  if (caller.identity !== null) await pinIdentity(op, device, caller.identity);
  if (session.kind !== "re") await addMachineTags(op, device.serialNumber, session.secret.tagIds);
  return {
    answer: empty,
    facts: {
      pushCertificate: { pk: pushCertificate.id, topic: message.topic },
      newEnrolledDevice: isNew,
      reenrollment: session.kind === "re",
    },
  };
}

/** What the device said of itself; absent and malformed members leave the stored ones alone. */
function reportedPatch(message: AuthenticateMessage): DevicePatch {
  const { deviceName, model, modelName, productName, osVersion, buildVersion } = message;
  const reportedModel = productName ?? model ?? modelName;
  return {
    enrollmentId: message.identifiers.enrollmentId,
    ...(deviceName === null ? {} : { name: storableText(deviceName) }),
    ...(reportedModel === null ? {} : { model: storableText(reportedModel) }),
    ...(osVersion === null ? {} : { osVersion: storableText(osVersion) }),
    ...(osVersion === null ? {} : { osVersionExtra: storableText(message.supplementalOsVersionExtra ?? "") }),
    ...(buildVersion === null ? {} : { buildVersion: storableText(buildVersion) }),
  };
}

/** The flags that the kind of enrollment sets (spec 1.2); a renewal touches none of them. */
function enrollmentPatch(session: EnrollmentSession): DevicePatch {
  switch (session.kind) {
    case "re":
      return {};
    case "dep":
      return { depEnrollment: true, userEnrollment: false, supervised: true };
    case "ota":
      return { depEnrollment: false, userEnrollment: false, awaitingConfiguration: false };
    case "user":
      return { depEnrollment: false, userEnrollment: true, supervised: false, awaitingConfiguration: false };
    default:
      return session.kind satisfies never;
  }
}

async function handleTokenUpdate(
  op: Operation,
  deps: CheckinDeps,
  {
    caller,
    device,
    message,
  }: { readonly caller: AuthenticatedDevice; readonly device: Device; readonly message: TokenUpdateMessage },
): Promise<CheckinOutcome> {
  const pushCertificate = await findKnownPushCertificate(op, message.topic);
  const session = caller.unpinnedSession ?? (await findSessionById(op.tx, caller.session.id));
  invariant(session !== null, "the session of a certificate is there");
  const plan = planTokenUpdate({
    device,
    enrollment: { sessionId: session.id, blueprintId: session.enrollment.blueprintId },
    pushCertificateId: pushCertificate.id,
    message,
  });
  if ("code" in plan) throw new OperationRefused(plan);
  const facts = tokenUpdateFacts(message, { pushCertificateId: pushCertificate.id, plan });
  if (plan.isStale) return { answer: empty, facts };
  const updated = await applyDevicePatch(op, device.id, plan.patch);
  if (plan.unlockToken !== null) {
    await storeUnlockToken(op, deps, { device, token: new Secret(plan.unlockToken) });
  }
  if (caller.device?.hasPostponedCommand === true) {
    await releasePostponed(op, { deviceId: device.id, deviceUserId: caller.device.deviceUserId });
  }
  if (plan.completesSession && session.status !== "COMPLETED") await completeSession(op, session, device.id);
  const user = plan.user === null ? null : await upsertDeviceUser(op, updated, plan.user);
  if (plan.user !== null || userKey(message.identifiers) === null) {
    await requestPush(
      op.tx,
      { deviceId: device.id, userId: user?.user.id ?? null },
      { priority: 10, expirationSeconds: tokenPushExpirationSeconds, notBefore: op.at, at: op.at },
    );
  }
  return { answer: empty, facts: { ...facts, userCreated: user?.isNew ?? false } };
}

/** A user who logs out for good takes only the user channel away (spec 1.8 speaks of the device's). */
async function handleCheckOut(op: Operation, device: Device, key: string | null): Promise<CheckinOutcome> {
  if (key === null) await purgeDevice(op, device, "checkout");
  else await removeDeviceUser(op, device, key);
  return { answer: empty, facts: { userId: key } };
}

async function handleSetBootstrapToken(
  op: Operation,
  deps: CheckinDeps,
  { device, message }: { readonly device: Device; readonly message: SetBootstrapTokenMessage },
): Promise<CheckinOutcome> {
  const { awaitingConfiguration, bootstrapToken } = message;
  const token = bootstrapToken === null ? null : new Secret(bootstrapToken);
  await storeBootstrapToken(op, deps, { device, token });
  if (awaitingConfiguration !== null) await applyDevicePatch(op, device.id, { awaitingConfiguration });
  return { answer: empty, facts: { awaitingConfiguration } };
}

async function handleGetBootstrapToken(
  op: Operation,
  deps: CheckinDeps,
  device: Device,
): Promise<CheckinOutcome> {
  const token = await findBootstrapToken(op.tx, deps, device.id);
  if (token !== null) return { answer: { kind: "bootstrap_token", token }, facts: {} };
  const reason = `Enrolled device ${device.udid} has no bootstrap token`;
  return { answer: { kind: "bootstrap_token", token: null }, facts: { status: "warning", reason } };
}

async function handleGetToken(
  op: Operation,
  deps: CheckinDeps,
  { device, message }: { readonly device: Device; readonly message: GetTokenMessage },
): Promise<CheckinOutcome> {
  const provider = deps.tokenProviders.find(({ serviceType }) => serviceType === message.tokenServiceType);
  // Apple: a service type that the server does not recognize is a 400.
  if (provider === undefined) throw refused("token_service_type_unknown", "unknown token service type");
  return { answer: { kind: "token", token: await provider.issueToken(op, device, message) }, facts: {} };
}

/** Answered from the erase command that asked for it, else not enabled (decisions, "ReturnToService message"). */
async function handleReturnToService(
  op: Operation,
  deps: CheckinDeps,
  device: Device,
): Promise<CheckinOutcome> {
  const configuration = (await findReturnToService(op, deps, device)) ?? { Enabled: false };
  return { answer: { kind: "return_to_service", configuration }, facts: {} };
}

async function findKnownPushCertificate(op: Operation, topic: string): Promise<{ readonly id: number }> {
  const certificate = await findTopicCertificate(op.tx, topic);
  if (certificate === null) throw refused("push_topic_unknown", "unknown topic");
  return certificate;
}

function refused(code: string, detail: string): OperationRefused {
  return new OperationRefused({ kind: "invalid", code, detail });
}
