/** Makes secrets and lets devices use them. */
import type { EventBuffer } from "#platform/events/event-buffer.ts";
import { invariant } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type SealContext, type Sealer, openText, sealText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type SecretOwner, enrollmentSecretVerification } from "./enrollment-events.ts";
import {
  type EnrollmentSecret,
  type SecretFailure,
  type SecretInput,
  type SecretPurpose,
  findSecretFailure,
  generateSecretText,
  hashSecret,
} from "./enrollment-secret.ts";
import {
  findEnrollmentSecret,
  insertEnrollmentSecret,
  insertSecretRequest,
  lockEnrollmentSecret,
} from "./enrollment-secret-store.ts";

/** What secrets need: to be sealed, to be random, and a place for the events of requests that are rolled back. */
export type SecretDeps = {
  readonly sealer: Sealer;
  /** A cryptographic source of random bytes. */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly eventBuffer: Pick<EventBuffer, "add">;
};

/** The hash names the row as the id does, and is known before the row is. */
function secretContext(secretHash: Buffer): SealContext {
  return { table: "enrollment_secrets", column: "secret", row: secretHash.toString("hex") };
}

/** Makes a secret and stores it. */
export async function createEnrollmentSecret(
  op: Operation,
  deps: SecretDeps,
  input: SecretInput,
): Promise<EnrollmentSecret> {
  const text = generateSecretText(input.purpose, deps.randomBytes);
  const secretHash = hashSecret(text);
  const secretSealed = sealText(deps.sealer, text, secretContext(secretHash));
  const id = await insertEnrollmentSecret(op.tx, { ...input, secretHash, secretSealed }, op.at);
  const secret = await findEnrollmentSecret(op.tx, id);
  invariant(secret !== null, "a secret just inserted is there");
  return secret;
}

/** The text of a secret: for those who may view its enrollment, and for profiles. */
export function openEnrollmentSecret(
  deps: Pick<SecretDeps, "sealer">,
  secret: EnrollmentSecret,
): Secret<string> {
  return openText(deps.sealer, secret.secretSealed, secretContext(secret.secretHash));
}

/** Who wants to be let in with which secret. */
export type SecretVerification = {
  readonly purpose: SecretPurpose;
  readonly secret: Secret<string>;
  readonly serialNumber: string | null;
  readonly udid: string | null;
  readonly metaBusinessUnitId?: number | null;
  /** Finds whose secret it is, for the events; called with the locked row. */
  readonly findOwner?: (secret: EnrollmentSecret) => Promise<SecretOwner | null>;
  /** Tells whether this device was let in before and asks again; called with the locked row. */
  readonly isRepeat?: (secret: EnrollmentSecret) => Promise<boolean>;
};

export type VerifiedSecret = { readonly secret: EnrollmentSecret; readonly failure: null };
export type FailedSecret = { readonly failure: SecretFailure };

/**
 * Lets a device in by a secret, or says why not (spec 0.5): locks the row, decides, counts, keeps the request.
 *
 * The event of a failure goes to the buffer, because the caller refuses and its transaction rolls back.
 */
export async function verifyEnrollmentSecret(
  op: Operation,
  deps: SecretDeps,
  verification: SecretVerification,
): Promise<VerifiedSecret | FailedSecret> {
  const { purpose, serialNumber, udid, metaBusinessUnitId = null } = verification;
  const secret = await lockEnrollmentSecret(op.tx, purpose, hashSecret(verification.secret.reveal()));
  const isRepeat = secret !== null && ((await verification.isRepeat?.(secret)) ?? false);
  const failure = findSecretFailure(secret, { serialNumber, udid, metaBusinessUnitId, at: op.at, isRepeat });
  const owner = secret === null ? null : ((await verification.findOwner?.(secret)) ?? null);
  const event = enrollmentSecretVerification({ purpose, failure, owner, serialNumber });
  if (failure !== null) {
    deps.eventBuffer.add(event, { actor: op.actor, at: op.at });
    return { failure };
  }
  invariant(secret !== null, "a secret that is not there has failed");
  op.record(event);
  const { ip = null, userAgent = null } = op.actor.request ?? {};
  const request = { secretId: secret.id, ip, userAgent, serialNumber, udid, isCounted: !isRepeat };
  await insertSecretRequest(op.tx, request, op.at);
  return { secret, failure: null };
}
