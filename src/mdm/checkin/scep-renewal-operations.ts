/** Renewal by SCEP: a device asks for a new certificate with the one it is pinned to (RFC 8894 2.4, RenewalReq). */
import type { Refusal } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { lockKnownDevice } from "#mdm/devices/device-operations.ts";
import { openEnrollmentSecret, type SecretDeps } from "#mdm/enrollments/enrollment-secret-operations.ts";
import { findSessionById } from "#mdm/enrollments/enrollment-session-operations.ts";
import { identitySubjectInput, planIdentity } from "#mdm/enrollments/identity-subject.ts";
import type { Grant, RenewalPolicy } from "#mdm/identities/scep-operations.ts";
import { findIdentityByFingerprint } from "./checkin-store.ts";

const refused: Refusal = {
  kind: "forbidden",
  code: "scep_renewal_refused",
  detail: "Only the pinned certificate of an enrolled device renews itself",
};

/**
 * Makes the policy of renewals: granted to the pinned certificate of a device that is enrolled and not blocked, with
 * the subject of its session, so that the new certificate speaks for the same enrollment.
 */
export function createRenewalPolicy(deps: SecretDeps): RenewalPolicy {
  return async (op: Operation, signerFingerprint: Buffer): Promise<Grant | Refusal> => {
    const question = { userKey: null, at: op.at, renewalDueBefore: op.at, inventoryDueBefore: op.at };
    const known = await findIdentityByFingerprint(op.tx, signerFingerprint, question);
    if (known?.state !== "pinned" || known.device.blockedAt !== null || known.device.checkoutAt !== null) {
      return refused;
    }
    const device = await lockKnownDevice(op, known.device.id);
    const session = await findSessionById(op.tx, known.session.id);
    if (session === null || device.certFingerprint?.equals(signerFingerprint) !== true) return refused;
    const secret = openEnrollmentSecret(deps, session.secret).reveal();
    const subject = planIdentity(session, secret, { use: "mdm", serialNumber: device.serialNumber });
    return { boundTo: `device:${device.id}`, subject: identitySubjectInput(subject) };
  };
}
