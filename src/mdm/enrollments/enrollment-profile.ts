/**
 * Enrollment profiles: what a device installs to enroll. Three of them: the Profile Service that starts OTA, the SCEP
 * profile of its second phase, and the MDM profile that enrolls (spec 3.2 to 3.5). Always signed, never stored.
 */
import type { Refusal } from "#platform/errors.ts";
import { type EnrollmentSession, type SessionStatus, directProfileSeconds } from "./enrollment-session.ts";
import type { IdentityUse } from "./identity-subject.ts";

/** The media type of profiles; devices open nothing else (spec 3.1). */
export const profileContentType = "application/x-apple-aspen-config";

/** File names without their extension, by what the profile is. */
export const profileNames = {
  profileService: "zentral_profile_service",
  otaScep: "zentral_ota_scep",
  mdm: "zentral_mdm",
} as const;

/** The statuses in which a session may ask for a certificate (spec 3.4). */
const identityStatuses: Readonly<Record<EnrollmentSession["kind"], SessionStatus>> = {
  dep: "STARTED",
  ota: "PHASE_3",
  user: "STARTED",
  re: "STARTED",
};

/** Refuses to make an identity for a session that is not waiting for one. */
export function refuseIdentityRequest(session: EnrollmentSession, use: IdentityUse): Refusal | null {
  const status = use === "ota_phase_2" ? "PHASE_2" : identityStatuses[session.kind];
  if (session.status === status) return null;
  return {
    kind: "invalid",
    code: "enrollment_session_wrong_status",
    detail: `Cannot make an identity for a session that is ${session.status}`,
  };
}

/** A device cannot be enrolled before the push certificate has a topic, without which it could never be woken. */
export const pushCertificateIncomplete: Refusal = {
  kind: "invalid",
  code: "push_certificate_incomplete",
  detail: "The push certificate has no certificate yet.",
};

/**
 * When the challenge of a session's certificate ends: with the session's secret, and a day from now at the latest;
 * null leaves it to the issuer where the secret does not end.
 */
export function challengeEnd({ secret }: EnrollmentSession, at: Date): Date | null {
  if (secret.expiresAt === null) return null;
  const latest = new Date(at.getTime() + directProfileSeconds * 1000);
  return secret.expiresAt < latest ? secret.expiresAt : latest;
}
