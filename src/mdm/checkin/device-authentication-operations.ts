/** Authenticates a device: the one place where signature, chain, pin and session come together (spec 2.1, hazard 3). */
import { LRUCache } from "lru-cache";
import { type Certificate, attested, decodeCertificate } from "#protocol/x509/certificate.ts";
import { importPublicKey } from "#protocol/x509/public-key.ts";
import { secondsAfter } from "#platform/clock.ts";
import type { Reader } from "#platform/db/database.ts";
import type { Refusal } from "#platform/errors.ts";
import type { IdentityFacts } from "#mdm/devices/device-identity-operations.ts";
import type { EnrollmentSession } from "#mdm/enrollments/enrollment-session.ts";
import { findSessionForIdentity } from "#mdm/enrollments/enrollment-session-operations.ts";
import { type DeviceTrust, verifyDeviceCertificate } from "#mdm/identities/verify-device-certificate.ts";
import { findDeviceOfSession, findIdentityByFingerprint } from "./checkin-store.ts";
import {
  decidePin,
  decideValidity,
  type KnownDevice,
  type KnownSession,
  type Pin,
} from "./device-authentication.ts";
import { type KeyedCertificate, type PresentedIdentity } from "./presented-identity.ts";
import { renewalWindowSeconds } from "./renewal.ts";

/** Certificates kept with their keys, some 4 KB each: enough for the devices that come within an hour. */
const certificatesCachedMax = 20_000;

export type ImportCertificate = (der: Buffer, fingerprint: Buffer) => KeyedCertificate;

/** Makes the cache of certificates by fingerprint. What is cached is public and never changes. */
export function createCertificateCache(): ImportCertificate {
  const cache = new LRUCache<string, KeyedCertificate>({ max: certificatesCachedMax });
  return (der, fingerprint) => {
    const key = fingerprint.toString("base64");
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    // A copy: the bytes of the header would keep the whole request alive.
    const certificate = decodeCertificate(Buffer.from(der));
    const keyed = {
      fingerprint: Buffer.from(fingerprint),
      certificate,
      publicKey: importPublicKey(certificate),
    };
    cache.set(key, keyed);
    return keyed;
  };
}

/** A device that proved who it is, or a session that no device is attached to yet. */
export type AuthenticatedDevice = {
  readonly session: KnownSession;
  /** The whole session when the certificate is not pinned yet: Authenticate and the first use of a renewal need it. */
  readonly unpinnedSession: EnrollmentSession | null;
  readonly device: KnownDevice | null;
  readonly pin: Pin;
  readonly validity: "valid" | "expired";
  readonly identity: IdentityFacts | null;
  /** The serial number in the certificate: authoritative over the body (spec 2.2). */
  readonly serialNumber: string | null;
};

export type AuthenticationDeps = DeviceTrust;

export type AuthenticationQuestion = {
  readonly presented: PresentedIdentity;
  readonly userKey: string | null;
  readonly at: Date;
};

/**
 * A refusal, with what was known by then for its event. The serial number of a certificate that nobody vouches for is
 * not known: what a stranger claims does not belong on a machine's timeline.
 */
export type AuthenticationRefused = {
  readonly refusal: Refusal;
  readonly session: KnownSession | null;
  readonly serialNumber: string | null;
};

/** Finds the device a presented identity speaks for. One statement when the certificate is pinned. */
export async function authenticateDevice(
  reader: Reader,
  deps: AuthenticationDeps,
  { presented, userKey, at }: AuthenticationQuestion,
): Promise<AuthenticatedDevice | AuthenticationRefused> {
  const question = {
    userKey,
    at,
    renewalDueBefore: secondsAfter(at, renewalWindowSeconds),
  };
  const { fingerprint, subject } = presented;
  const known = fingerprint === null ? null : await findIdentityByFingerprint(reader, fingerprint, question);
  if (known !== null) {
    return conclude({
      presented,
      at,
      session: known.session,
      full: null,
      device: known.device,
      state: known.state,
    });
  }
  const untrusted = refuseChain(deps, presented, at);
  if (untrusted !== null) return { refusal: untrusted, session: null, serialNumber: null };
  const session = await findSessionForIdentity(reader, subject);
  if ("code" in session) return { refusal: session, session: null, serialNumber: subject.serialNumber };
  const device = session.deviceId === null ? null : await findDeviceOfSession(reader, session.id, question);
  return conclude({ presented, at, session: knownSession(session), full: session, device, state: null });
}

/** In proxy mode the proxy enforces the authority; in signature mode we do, when we first see the certificate. */
function refuseChain(deps: AuthenticationDeps, presented: PresentedIdentity, at: Date): Refusal | null {
  if (presented.source === "proxy" || presented.certificate === null) return null;
  const verdict = verifyDeviceCertificate(deps, presented.certificate.raw, at);
  return "code" in verdict ? verdict : null;
}

function conclude(facts: {
  readonly presented: PresentedIdentity;
  readonly at: Date;
  readonly session: KnownSession;
  readonly full: EnrollmentSession | null;
  readonly device: KnownDevice | null;
  readonly state: "pinned" | "replaced" | null;
}): AuthenticatedDevice | AuthenticationRefused {
  const { presented, session, device } = facts;
  const notAfter = presented.certificate?.notAfter ?? null;
  const { serialNumber } = presented.subject;
  const pin = decidePin({
    fingerprint: presented.fingerprint,
    state: facts.state,
    sessionId: session.id,
    notAfter,
    device,
  });
  if (typeof pin === "object") return { refusal: pin, session, serialNumber };
  const validity = decideValidity(notAfter, facts.at);
  if (typeof validity === "object") return { refusal: validity, session, serialNumber };
  return {
    session,
    unpinnedSession: facts.full,
    device,
    pin,
    validity,
    identity:
      presented.certificate === null
        ? null
        : identityFacts(presented.certificate, session.id, presented.fingerprint),
    serialNumber,
  };
}

function identityFacts(
  certificate: Certificate,
  sessionId: number,
  fingerprint: Buffer | null,
): IdentityFacts {
  const claims = attested(certificate);
  return {
    sessionId,
    fingerprint: fingerprint as Buffer,
    notAfter: certificate.notAfter,
    attestedSerialNumber: claims.serialNumber,
    attestedUdid: claims.udid,
  };
}

function knownSession(session: EnrollmentSession): KnownSession {
  return {
    id: session.id,
    kind: session.kind,
    status: session.status,
    otaEnrollmentId: session.enrollment.id,
    otaEnrollmentName: session.enrollment.name,
    blueprintId: session.enrollment.blueprintId,
  };
}
