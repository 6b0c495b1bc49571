/**
 * Renewal of a device's identity: when a device is given a new one, so that it is never stranded by the end of the old.
 * Planned at connect, carried out by the device with a profile (re-enrollment) or by itself (SCEP renewal).
 * It never takes the old identity away: the first use of the new one does (decisions, "Renewal").
 */

/** A certificate is renewed when it ends within this time (protocol specification 5.2, step 3). */
export const renewalWindowSeconds = 90 * 24 * 3600;

/** A renewal that was begun is not begun again before this time; the session's own creation is the throttle (5.2). */
export const renewalRetrySeconds = 4 * 3600;

/** What decides whether a renewal is due. */
export type RenewalFacts = {
  /** Null when unknown: then it is renewed too. */
  readonly certNotValidAfter: Date | null;
  readonly lastRenewalAt: Date | null;
};

/** Whether a device shall be given a new identity now. */
export function isRenewalDue({ certNotValidAfter, lastRenewalAt }: RenewalFacts, at: Date): boolean {
  const isNearEnd =
    certNotValidAfter === null || certNotValidAfter.getTime() - at.getTime() < renewalWindowSeconds * 1000;
  if (!isNearEnd) return false;
  return lastRenewalAt === null || at.getTime() - lastRenewalAt.getTime() >= renewalRetrySeconds * 1000;
}
