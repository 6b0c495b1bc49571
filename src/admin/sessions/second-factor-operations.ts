/** The second half of a login. */
import { secondsAfter } from "#platform/clock.ts";
import { OperationRefused } from "#platform/errors.ts";
import { type Actor, type Operation, type OperationSource, operate } from "#platform/operation.ts";
import type { Sealer } from "#platform/sealer.ts";
import type { Secret } from "#platform/secret.ts";
import { lockLoginAccount } from "./login-account-store.ts";
import { accountAttempt, addressAttempt } from "./login-attempt.ts";
import { countAttempt, forgetAttempts } from "./login-attempt-operations.ts";
import { judgePasskey, passkeyRequestOptions, type RelyingParty } from "./passkey.ts";
import { noPendingSession, type SessionId } from "./session.ts";
import { verificationFailed } from "./session-events.ts";
import { beginSession, type SessionDeps, sessionUser } from "./session-operations.ts";
import {
  deleteSession,
  type SessionAccount,
  takeSessionChallenge,
  updateSessionChallenge,
} from "./session-store.ts";
import { matchTotp } from "./totp.ts";
import {
  challengeSeconds,
  passkeysNeedName,
  type VerificationDeviceId,
  wrongCode,
  wrongPasskey,
} from "./verification-device.ts";
import { listPasskeys, listTotpDevices, takeSignCount, takeTotpStep } from "./verification-device-store.ts";

export type FactorDeps = SessionDeps & { readonly sealer: Sealer };

/** What a person proves itself with. */
export type Proof =
  | { readonly kind: "totp"; readonly code: string }
  | {
      readonly kind: "webauthn";
      readonly assertion: Readonly<Record<string, unknown>>;
      readonly party: RelyingParty | null;
    };

/** The secret of a device of codes stays where it was sealed. */
export const sealContextOf = (id: VerificationDeviceId) => ({
  table: "verification_devices",
  column: "sealed_secret",
  row: id,
});

/** Begins to ask for a passkey: the options for the browser, whose challenge counts once and for five minutes. */
export async function askForPasskey(
  op: Operation,
  session: SessionAccount,
  party: RelyingParty | null,
): Promise<{ readonly challenge: string }> {
  if (party === null) throw new OperationRefused(passkeysNeedName);
  const passkeys = await listPasskeys(op.tx, session.accountId);
  if (passkeys.length === 0) throw new OperationRefused(wrongPasskey("assertion"));
  const options = await passkeyRequestOptions(party, passkeys);
  await keepChallenge(op, session.id, options.challenge);
  return options;
}

/** Keeps the challenge that the session's next passkey answers. */
export async function keepChallenge(op: Operation, id: SessionId, challenge: string): Promise<void> {
  await updateSessionChallenge(op.tx, { id, challenge, endsAt: secondsAfter(op.at, challengeSeconds) });
}

/**
 * Judges the proof of a session that waits for it, and opens a new one with a new key.
 *
 * The attempt counts although it is refused, and a refused proof has still used up its challenge.
 */
export async function verifySecondFactor(
  deps: FactorDeps,
  actor: Actor,
  { session, proof }: { readonly session: SessionAccount; readonly proof: Proof },
): Promise<Secret<string>> {
  const { source } = deps;
  if (session.isOpen) throw new OperationRefused(noPendingSession);
  const account = { ...session, id: session.accountId };
  const person = {
    ...actor,
    id: String(account.id),
    name: account.username,
    account: sessionUser(account, true),
  };
  const key = await countedAttempt(source, person, {
    kind: "factor",
    accountId: account.id,
    attempt: async (op) => {
      // As everybody who ends sessions of the account: it first, and null when it was deactivated meanwhile.
      if ((await lockLoginAccount(op.tx, account.id)) === null) return null;
      if (!(await isProven(op, deps, { session, proof }))) {
        op.record(verificationFailed(account.id, proof.kind));
        return null;
      }
      // Two right proofs at the same time open one session.
      if (!(await deleteSession(op.tx, account.id, session.id))) return null;
      return beginSession(op, deps, { account, isOpen: true, isMfaAuthenticated: true });
    },
  });
  if (key === null) throw new OperationRefused(proof.kind === "totp" ? wrongCode : wrongPasskey("assertion"));
  return key;
}

/** Runs what may be a guess: counted before, forgotten when it was right, which is when it answers anything. */
export async function countedAttempt<T>(
  source: OperationSource,
  actor: Actor,
  {
    kind,
    accountId,
    attempt,
  }: {
    readonly kind: "factor" | "confirmation";
    readonly accountId: number;
    readonly attempt: (op: Operation) => Promise<T | null>;
  },
): Promise<T | null> {
  const account = accountAttempt(kind, String(accountId));
  const address = addressAttempt(actor.request?.ip ?? null);
  await operate(source, actor, (op) => countAttempt(op, [account, address]));
  return operate(source, actor, async (op) => {
    const result = await attempt(op);
    if (result !== null) await forgetAttempts(op, { account, address });
    return result;
  });
}

async function isProven(
  op: Operation,
  deps: FactorDeps,
  { session, proof }: { readonly session: SessionAccount; readonly proof: Proof },
): Promise<boolean> {
  return proof.kind === "totp"
    ? isCodeRight(op, deps, { accountId: session.accountId, code: proof.code })
    : isPasskeyRight(op, session, proof);
}

async function isCodeRight(
  op: Operation,
  { sealer }: FactorDeps,
  { accountId, code }: { readonly accountId: number; readonly code: string },
): Promise<boolean> {
  for (const { id, sealedSecret } of await listTotpDevices(op.tx, accountId)) {
    const step = matchTotp(sealer.open(sealedSecret, sealContextOf(id)), code, op.at);
    if (step !== null && (await takeTotpStep(op.tx, { id, step, at: op.at }))) return true;
  }
  return false;
}

async function isPasskeyRight(
  op: Operation,
  session: SessionAccount,
  { assertion, party }: Extract<Proof, { readonly kind: "webauthn" }>,
): Promise<boolean> {
  const challenge = await takeSessionChallenge(op.tx, session.id, op.at);
  if (challenge === null || party === null) return false;
  const passkeys = await listPasskeys(op.tx, session.accountId);
  const passkey = passkeys.find(({ credentialId }) => credentialId === assertion["id"]);
  if (passkey === undefined) return false;
  const signCount = await judgePasskey(party, challenge, { assertion, passkey });
  return signCount !== null && takeSignCount(op.tx, { id: passkey.id, signCount, at: op.at });
}
