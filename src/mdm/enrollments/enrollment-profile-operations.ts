/** Builds and signs the profiles devices enroll with. */
import { type ScepPayloadDeps, requestScepPayload } from "#mdm/identities/identity-operations.ts";
import {
  type FetchedChallenge,
  type FetchScepChallenge,
  type ScepChallengeOrder,
  isScepChallengeOrder,
} from "#mdm/identities/scep-backends/scep-challenge-order.ts";
import { type ProfileSigner, signProfile } from "#mdm/identities/profile-signing.ts";
import { invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import type { Secret } from "#platform/secret.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { deviceUrls } from "#protocol/profile/device-urls.ts";
import { identifierPrefix } from "#protocol/profile/identifier.ts";
import { type ScepSettings, otaIdentityProfile, scepPayload } from "#protocol/profile/identity-payload.ts";
import { mdmPayload, mdmProfile } from "#protocol/profile/mdm-payload.ts";
import { profileServiceProfile } from "#protocol/profile/profile-service.ts";
import { rootCaPayload } from "#protocol/profile/root-ca.ts";
import { challengeEnd, pushCertificateIncomplete, refuseIdentityRequest } from "./enrollment-profile.ts";
import { type SecretDeps, openEnrollmentSecret } from "./enrollment-secret-operations.ts";
import { type EnrollmentSession, sessionBearer } from "./enrollment-session.ts";
import { type IdentityOptions, identitySubjectInput, planIdentity } from "./identity-subject.ts";

/** What profiles need beyond secrets. */
export type ProfileDeps = SecretDeps &
  ScepPayloadDeps & {
    /** Where people and enrolling devices reach the server; its host makes the identifiers of payloads. */
    readonly baseUrl: URL;
    /** Where enrolled devices check in and connect: the proxy's listener in proxy mode, else the base URL. */
    readonly deviceBaseUrl: URL;
    /** Behind a proxy that checks client certificates, devices need not sign their messages. */
    readonly isMtlsProxy: boolean;
    /** The root of the own TLS chain, PEM, when it is known: devices are made to trust it. */
    readonly rootCaPem: string | null;
    readonly profileSigner: ProfileSigner;
    /** A source of version 4 UUIDs. */
    readonly randomUuid: () => string;
    /** Fetches a challenge from the issuer of another organisation; never called while a device's row is locked. */
    readonly fetchScepChallenge: FetchScepChallenge;
  };

/** A profile, or the challenge that must be fetched before it can be built. */
export type BuiltProfile = Buffer | ScepChallengeOrder;

/** The starting profile: of an enrollment with its secret, or of a session that began with a login. */
export type ProfileServiceFacts = {
  readonly displayName: string;
  readonly challenge: Secret<string>;
  readonly flavour: OtaFlavour;
};

/** Which of the two OTA doors. */
export type OtaFlavour = "enrollment" | "session";

/** Builds the signed profile that starts an enrollment over the air (spec 3.3). */
export function buildProfileService(
  deps: ProfileDeps,
  { displayName, challenge, flavour }: ProfileServiceFacts,
): Buffer {
  const { otaEnroll, otaSessionEnroll } = deviceUrls(deps.baseUrl.href);
  return sign(
    deps,
    profileServiceProfile({
      ...outer(deps, displayName),
      url: flavour === "enrollment" ? otaEnroll : otaSessionEnroll,
      challenge: challenge.reveal(),
    }),
  );
}

/**
 * Builds the signed profile of OTA's second phase: nothing but an identity, of which the third phase is signed.
 *
 * @param fetched What came of the order that an earlier call answered with.
 * @throws {OperationRefused} `enrollment_session_wrong_status`, `scep_issuer_unknown`.
 */
export async function buildOtaScepProfile(
  op: Operation,
  deps: ProfileDeps,
  session: EnrollmentSession,
  fetched: FetchedChallenge | null = null,
): Promise<BuiltProfile> {
  const options = { use: "ota_phase_2" } as const;
  const identity = await buildIdentity(op, deps, { session, options, fetched });
  if (isScepChallengeOrder(identity)) return identity;
  const { displayName } = session.enrollment;
  return sign(deps, otaIdentityProfile({ ...outer(deps, displayName), identity: identity.payload }));
}

/**
 * Builds the signed profile that enrolls a device (spec 3.5): the root CA when it is known, an identity with a
 * challenge of its own, the MDM payload.
 *
 * @param options.serialNumber Named in the certificate when the session is not bound to one machine.
 * @param options.fetched What came of the order that an earlier call answered with.
 * @throws {OperationRefused} `enrollment_session_wrong_status`, `push_certificate_incomplete`, `scep_issuer_unknown`.
 */
export async function buildMdmProfile(
  op: Operation,
  deps: ProfileDeps,
  session: EnrollmentSession,
  {
    serialNumber = null,
    fetched = null,
  }: { readonly serialNumber?: string | null; readonly fetched?: FetchedChallenge | null } = {},
): Promise<BuiltProfile> {
  const { pushTopic: topic, displayName } = session.enrollment;
  throwIfRefused(topic === null ? pushCertificateIncomplete : null);
  invariant(topic !== null, "a push certificate without topic was refused");
  const options = { use: "mdm", serialNumber } as const;
  const identity = await buildIdentity(op, deps, { session, options, fetched });
  if (isScepChallengeOrder(identity)) return identity;
  const { prefix } = outer(deps, displayName);
  const mdm = mdmPayload({
    uuid: deps.randomUuid(),
    prefix,
    identityUuid: identity.uuid,
    topic,
    urls: deviceUrls(deps.deviceBaseUrl.href),
    isMessageSigned: !deps.isMtlsProxy,
    managedAppleId: null,
  });
  const certificatePem = deps.rootCaPem;
  const rootCa =
    certificatePem === null ? null : rootCaPayload({ uuid: deps.randomUuid(), prefix, certificatePem });
  return sign(deps, mdmProfile({ ...outer(deps, displayName), rootCa, identity: identity.payload, mdm }));
}

async function buildIdentity(
  op: Operation,
  deps: ProfileDeps,
  {
    session,
    options,
    fetched,
  }: {
    readonly session: EnrollmentSession;
    readonly options: IdentityOptions;
    readonly fetched: FetchedChallenge | null;
  },
) {
  throwIfRefused(refuseIdentityRequest(session, options.use));
  const subject = planIdentity(session, openEnrollmentSecret(deps, session.secret).reveal(), options);
  const expiresAt = challengeEnd(session, op.at);
  const settings = await requestScepPayload(op, deps, {
    scepIssuerId: session.enrollment.scepIssuerId,
    boundTo: sessionBearer(session.id),
    subject: identitySubjectInput(subject),
    ...(expiresAt === null ? {} : { expiresAt }),
    fetched,
  });
  if (isScepChallengeOrder(settings)) return settings;
  const scep: ScepSettings = {
    ...settings,
    // Issuers are stored with these sizes and uses only (spec 8.1).
    keySize: settings.keySize as ScepSettings["keySize"],
    keyUsage: settings.keyUsage as ScepSettings["keyUsage"],
    challenge: settings.challenge.reveal(),
  };
  const uuid = deps.randomUuid();
  return { uuid, payload: scepPayload({ uuid, prefix: prefixOf(deps), subject, scep }) };
}

function outer(deps: ProfileDeps, displayName: string) {
  return { uuid: deps.randomUuid(), prefix: prefixOf(deps), displayName };
}

function prefixOf({ baseUrl }: ProfileDeps): string {
  return identifierPrefix(baseUrl.hostname);
}

function sign(deps: ProfileDeps, profile: PlistWritableDictionary): Buffer {
  return signProfile(deps, writePlist(profile));
}
