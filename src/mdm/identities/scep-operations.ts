/** Grants SCEP requests: finds what allows the certificate, issues it once, and remembers for whom. */
import { OperationRefused, type Refusal, invariant, throwIfRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { type Sealer, openText } from "#platform/sealer.ts";
import { certificateFingerprint, decodeCertificate } from "#protocol/x509/certificate.ts";
import { issueCertificate, serialBytesMax } from "#protocol/x509/issue.ts";
import { type NameInput, nameOids } from "#protocol/x509/name.ts";
import { type Authority, planDeviceCertificate, serialOf } from "./authority.ts";
import type { RandomBytes } from "./authority-operations.ts";
import { subjectContext } from "./identity-operations.ts";
import {
  findIssuedCertificate,
  findRecentlyIssued,
  insertIssuedCertificate,
  lockBearer,
} from "./issued-certificate-store.ts";
import {
  type ScepChallenge,
  challengeMissing,
  decideChallenge,
  scepChallengeSecondsDefault,
} from "./scep-challenge.ts";
import {
  type ScepChallengeRow,
  findScepChallengeForUpdate,
  markScepChallengeUsed,
} from "./scep-challenge-store.ts";
import { scepRequestSucceeded } from "./scep-events.ts";
import type { ScepRefusal, ScepRequest } from "./scep-request.ts";
import { verifyDeviceCertificate } from "./verify-device-certificate.ts";

/** What a certificate says, and for whom it is. */
export type Grant = { readonly boundTo: string; readonly subject: readonly NameInput[] };

/**
 * Whether the bearer of a certificate may renew it, and with which subject. Devices belong to a higher slice, which
 * gives this function; it refuses certificates that are not the pinned one of an enrolled, unblocked device.
 */
export type RenewalPolicy = (op: Operation, signerFingerprint: Buffer) => Promise<Grant | Refusal>;

/** The policy of a server that renews by re-enrollment only. */
export const refuseRenewals: RenewalPolicy = () =>
  Promise.resolve({
    kind: "forbidden",
    code: "scep_renewal_refused",
    detail: "Renewal by SCEP is not offered",
  });

export type ScepDeps = {
  readonly authority: Authority;
  readonly sealer: Sealer;
  readonly randomBytes: RandomBytes;
  readonly renewalPolicy: RenewalPolicy;
};

/**
 * Issues the certificate that a request may have.
 *
 * @returns Its DER encoding; for the repetition of a request, that of the certificate issued before.
 * @throws {OperationRefused} with one of the `scep_challenge_…` and `scep_renewal_…` codes.
 */
export async function certifyScepRequest(
  op: Operation,
  deps: ScepDeps,
  request: ScepRequest,
): Promise<Buffer> {
  return request.kind === "PKCSReq" ? certifyFirst(op, deps, request) : certifyRenewal(op, deps, request);
}

async function certifyFirst(op: Operation, deps: ScepDeps, request: ScepRequest): Promise<Buffer> {
  const { challengeHash } = request;
  if (challengeHash === null) throw new OperationRefused(challengeMissing());
  const challenge = await findChallenge(op, deps, challengeHash);
  const decision = decideChallenge(challenge, { ...request, at: op.at });
  if ("code" in decision) throw new OperationRefused(decision);
  if (decision.decision === "repeat") {
    const issued = await findIssuedCertificate(op.tx, decision.issuedCertificateId);
    invariant(issued !== null && challenge !== null, "a used challenge has its certificate");
    return answer(op, request, { certificate: issued.certificate, grant: challenge, isRepeat: true });
  }
  const { id, certificate } = await issueOnce(op, deps, { request, grant: decision.challenge });
  await markScepChallengeUsed(op.tx, decision.challenge.id, {
    ...request,
    issuedCertificateId: id,
    at: op.at,
  });
  return answer(op, request, { certificate, grant: decision.challenge, isRepeat: false });
}

async function findChallenge(
  op: Operation,
  deps: ScepDeps,
  challengeHash: Buffer,
): Promise<ScepChallenge | null> {
  const row = await findScepChallengeForUpdate(op.tx, challengeHash);
  if (row === null) return null;
  const subject = openText(deps.sealer, row.subjectSealed, subjectContext(challengeHash));
  // Written by requestScepPayload, sealed with this very row.
  return { ...row, subject: JSON.parse(subject.reveal()) as NameInput[], use: readUse(row) };
}

function readUse({ transactionId, publicKeyFingerprint, issuedCertificateId }: ScepChallengeRow) {
  const isUsed = transactionId !== null && publicKeyFingerprint !== null && issuedCertificateId !== null;
  return isUsed ? { transactionId, publicKeyFingerprint, issuedCertificateId } : null;
}

/** A renewal needs no challenge: the certificate it is signed with, still valid and still pinned, is the permission. */
async function certifyRenewal(op: Operation, deps: ScepDeps, request: ScepRequest): Promise<Buffer> {
  throwIfRefused(refuseRenewalSigner(deps, request, op.at));
  const grant = await deps.renewalPolicy(op, certificateFingerprint(request.signer.raw));
  if ("code" in grant) throw new OperationRefused(grant);
  await lockBearer(op.tx, grant.boundTo);
  // A device that did not get our answer asks again with the same key and gets the same certificate.
  const issuedSince = new Date(op.at.getTime() - scepChallengeSecondsDefault * 1000);
  const { publicKeyFingerprint } = request;
  const issued = await findRecentlyIssued(op.tx, {
    boundTo: grant.boundTo,
    publicKeyFingerprint,
    issuedSince,
  });
  const { certificate } = issued ?? (await issueOnce(op, deps, { request, grant }));
  return answer(op, request, { certificate, grant, isRepeat: issued !== null });
}

function refuseRenewalSigner(deps: ScepDeps, { signer }: ScepRequest, at: Date): ScepRefusal | null {
  const verified = verifyDeviceCertificate({ authority: deps.authority }, signer.raw, at);
  if ("issuerId" in verified && verified.validity === "valid") return null;
  const detail = "Renewals are signed with a valid certificate of this server";
  return { kind: "forbidden", code: "scep_renewal_signer_refused", detail };
}

async function issueOnce(
  op: Operation,
  deps: ScepDeps,
  { request, grant }: { readonly request: ScepRequest; readonly grant: Grant },
): Promise<{ id: string; certificate: Buffer }> {
  const { publicKeyInfo, publicKeyFingerprint } = request;
  const serial = serialOf(deps.randomBytes(serialBytesMax));
  const plan = planDeviceCertificate(deps.authority, {
    publicKeyInfo,
    serial,
    at: op.at,
    subject: grant.subject,
  });
  const certificate = decodeCertificate(issueCertificate(plan));
  const id = await insertIssuedCertificate(op.tx, {
    authorityId: deps.authority.id,
    serialNumber: serial,
    boundTo: grant.boundTo,
    publicKeyFingerprint,
    fingerprint: certificateFingerprint(certificate.raw),
    certificate: certificate.raw,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    issuedAt: op.at,
  });
  return { id, certificate: certificate.raw };
}

function answer(
  op: Operation,
  request: ScepRequest,
  issued: { readonly certificate: Buffer; readonly grant: Grant; readonly isRepeat: boolean },
): Buffer {
  const { boundTo, subject } = issued.grant;
  const serialNumber = subject.find(({ oid }) => oid === nameOids.serialNumber)?.value ?? null;
  const facts = {
    operation: "PKIOperation",
    transactionId: request.transactionId,
    messageType: request.kind,
  };
  op.record(scepRequestSucceeded(facts, { boundTo, serialNumber, isRepeat: issued.isRepeat }));
  return issued.certificate;
}
