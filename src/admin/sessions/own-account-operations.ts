/** What people do to their own account: the password, and what else they prove themselves with. */
import { randomUUID } from "node:crypto";
import { OperationRefused, throwIfRefused } from "#platform/errors.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { asUuid } from "#platform/ids.ts";
import { type Actor, type Operation, operate } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import { hashPassword, isPasswordRight } from "../users/password.ts";
import { refusePassword } from "../users/password-rules.ts";
import {
  findLoginAccountById,
  type LoginAccount,
  lockLoginAccount,
  updatePassword,
} from "./login-account-store.ts";
import { judgeNewPasskey, passkeyCreationOptions, type RelyingParty } from "./passkey.ts";
import { countedAttempt, type FactorDeps, keepChallenge, sealContextOf } from "./second-factor-operations.ts";
import { noPendingSession, type SessionId } from "./session.ts";
import { verificationDeviceCreated, verificationDeviceDeleted } from "./session-events.ts";
import { beginSession } from "./session-operations.ts";
import { deleteSessionsOf, takeSessionChallenge } from "./session-store.ts";
import { matchTotp, provisionTotp, type TotpProvisioning, totpSecretBytes } from "./totp.ts";
import {
  deviceUnknown,
  passkeysNeedName,
  tooManyDevices,
  type VerificationDevice,
  type VerificationDeviceId,
  verificationDevicesMax,
  wrongCode,
  wrongPasskey,
} from "./verification-device.ts";
import {
  countVerificationDevices,
  deleteVerificationDevice,
  findUnconfirmedTotp,
  insertPasskey,
  insertTotpDevice,
  listPasskeys,
  takeTotpStep,
} from "./verification-device-store.ts";

/** A logged-in person. */
export type Person = { readonly accountId: number; readonly sessionId: SessionId };

/** Asks for the present password again; wrong ones count. */
export async function confirmPassword(
  deps: FactorDeps,
  actor: Actor,
  { accountId, password, field }: { accountId: number; password: Secret<string>; field: string },
): Promise<LoginAccount> {
  const confirmed = await countedAttempt(deps.source, actor, {
    kind: "confirmation",
    accountId,
    attempt: async (op) => {
      const account = await findLoginAccountById(op.tx, accountId);
      return account !== null && (await isPasswordRight(account.passwordHash, password)) ? account : null;
    },
  });
  if (confirmed !== null) return confirmed;
  const detail = "This is not your present password.";
  throw new OperationRefused({ kind: "invalid", code: "password_wrong", field, detail });
}

/**
 * Changes a person's password. All its sessions end, and a new one begins.
 *
 * @returns The key of the new session.
 */
export async function changePassword(
  deps: FactorDeps,
  actor: Actor,
  change: {
    readonly accountId: number;
    readonly isMfaAuthenticated: boolean;
    readonly currentPassword: Secret<string>;
    readonly newPassword: Secret<string>;
  },
): Promise<Secret<string>> {
  const { accountId, currentPassword, newPassword, isMfaAuthenticated } = change;
  const known = { accountId, password: currentPassword, field: "current_password" };
  const account = await confirmPassword(deps, actor, known);
  throwIfRefused(refusePassword(newPassword, { ...account, currentPassword }));
  const passwordHash = await hashPassword(newPassword);
  return operate(deps.source, actor, async (op) => {
    const locked = await lockLoginAccount(op.tx, accountId);
    if (locked?.passwordHash !== account.passwordHash) throw new OperationRefused(noPendingSession);
    await updatePassword(op.tx, { id: accountId, passwordHash, at: op.at });
    await deleteSessionsOf(op.tx, accountId, null);
    op.record(passwordChanged(account));
    return beginSession(op, deps, { account, isOpen: true, isMfaAuthenticated });
  });
}

function passwordChanged({ id, username }: LoginAccount): ReturnType<typeof auditEvent> {
  const value = { pk: id, username };
  return auditEvent({
    action: "updated",
    model: "accounts.user",
    pk: id,
    prevValue: value,
    newValue: { ...value, password_changed: true },
    objectKey: "accounts_user",
    app: "accounts",
  });
}

/** Locks the account first: whoever else adds devices to it, or ends its sessions, waits. */
async function refuseFurther(op: Operation, accountId: number): Promise<void> {
  await lockLoginAccount(op.tx, accountId);
  if ((await countVerificationDevices(op.tx, accountId)) >= verificationDevicesMax)
    throw new OperationRefused(tooManyDevices);
}

/** Makes a device of codes, which counts after its first code. Its secret is shown this once. */
export async function addTotpDevice(
  op: Operation,
  { sealer, randomBytes }: FactorDeps,
  { account, name }: { readonly account: LoginAccount; readonly name: string },
): Promise<TotpProvisioning & { readonly id: VerificationDeviceId }> {
  await refuseFurther(op, account.id);
  const id = asUuid<"VerificationDevice">(randomUUID());
  const secret = new Secret(Buffer.from(randomBytes(totpSecretBytes)));
  const sealedSecret = sealer.seal(secret, sealContextOf(id));
  await insertTotpDevice(op.tx, { id, accountId: account.id, name, sealedSecret, at: op.at });
  return { id, ...provisionTotp(secret, account.username) };
}

/** Confirms a device of codes by its first code; the account's other sessions, which had no need of it, end. */
export async function confirmTotpDevice(
  op: Operation,
  { sealer }: FactorDeps,
  { person, id, code }: { readonly person: Person; readonly id: VerificationDeviceId; readonly code: string },
): Promise<VerificationDevice> {
  // First, as whoever ends the sessions of the account does.
  await lockLoginAccount(op.tx, person.accountId);
  const device = await findUnconfirmedTotp(op.tx, person.accountId, id);
  if (device === null) throw new OperationRefused(deviceUnknown);
  const step = matchTotp(sealer.open(device.sealedSecret, sealContextOf(id)), code, op.at);
  const isTaken = step !== null && (await takeTotpStep(op.tx, { id, step, at: op.at }));
  if (!isTaken) throw new OperationRefused(wrongCode);
  await finishDevice(op, person, device);
  return { ...device, confirmedAt: op.at, lastUsedAt: op.at };
}

async function finishDevice(op: Operation, person: Person, device: VerificationDevice): Promise<void> {
  await deleteSessionsOf(op.tx, person.accountId, person.sessionId);
  op.record(verificationDeviceCreated(person.accountId, device));
}

/** Begins to make a passkey: the options for the browser. */
export async function offerPasskey(
  op: Operation,
  { person, account, party }: { person: Person; account: LoginAccount; party: RelyingParty | null },
): Promise<{ readonly challenge: string }> {
  if (party === null) throw new OperationRefused(passkeysNeedName);
  await refuseFurther(op, person.accountId);
  const options = await passkeyCreationOptions(party, account, await listPasskeys(op.tx, person.accountId));
  await keepChallenge(op, person.sessionId, options.challenge);
  return options;
}

/** Takes the passkey that a browser made. */
export async function addPasskey(
  op: Operation,
  {
    person,
    party,
    name,
    registration,
  }: {
    readonly person: Person;
    readonly party: RelyingParty | null;
    readonly name: string;
    readonly registration: Readonly<Record<string, unknown>>;
  },
): Promise<VerificationDevice> {
  await refuseFurther(op, person.accountId);
  const challenge = await takeSessionChallenge(op.tx, person.sessionId, op.at);
  const made =
    challenge === null || party === null ? null : await judgeNewPasskey(party, challenge, registration);
  if (made === null) throw new OperationRefused(wrongPasskey("registration"));
  const id = asUuid<"VerificationDevice">(randomUUID());
  const { accountId } = person;
  const device = await insertPasskey(op.tx, { ...made, id, accountId, name, at: op.at });
  if (device === null) throw new OperationRefused(wrongPasskey("registration"));
  await finishDevice(op, person, device);
  return device;
}

/** Deletes one of a person's devices. */
export async function removeVerificationDevice(
  op: Operation,
  accountId: number,
  id: VerificationDeviceId,
): Promise<void> {
  const device = await deleteVerificationDevice(op.tx, accountId, id);
  if (device === null) throw new OperationRefused(deviceUnknown);
  op.record(verificationDeviceDeleted(accountId, device));
}
