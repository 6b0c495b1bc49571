/**
 * Tries a push certificate at Apple. There is no request for that, so a notification goes to a device that does not
 * exist: Apple looks at the certificate first, and says of a good one only that it does not know the device.
 */
import type { ApnsClient, ApnsCredentials } from "#apple/apns/apns-client.ts";
import type { PushOutcome } from "#apple/apns/push-outcome.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { openText, type Sealer } from "#platform/sealer.ts";
import type { PushCertificateId } from "./push-certificate.ts";
import { contextOf, requirePushCertificate } from "./push-certificate-operations.ts";
import { findPushClientMaterial } from "./push-request-store.ts";

/** Longest wait for Apple: somebody looks at the button. */
export const checkSecondsMax = 10;
const tokenBytes = 32;

/** What Apple said: `accepted`, a word of Apple's, or one of ours about why nothing was said. */
export type PushCheck = { readonly isOk: boolean; readonly reason: string };

export type PushCheckDeps = {
  readonly sealer: Sealer;
  readonly openApnsClient: (credentials: ApnsCredentials) => ApnsClient;
  readonly randomBytes: (size: number) => Buffer;
};

export type CheckPushCertificate = (op: ReadOperation, id: PushCertificateId) => Promise<PushCheck>;

/** Makes the check; who asks while one is under way for the same certificate shares its answer. */
export function createPushCertificateCheck(deps: PushCheckDeps): CheckPushCertificate {
  const underWay = new Map<PushCertificateId, Promise<PushCheck>>();
  return async (op, id) => {
    const running = underWay.get(id) ?? check(op, deps, id).finally(() => underWay.delete(id));
    underWay.set(id, running);
    return running;
  };
}

async function check(op: ReadOperation, deps: PushCheckDeps, id: PushCertificateId): Promise<PushCheck> {
  const { topic, notAfter } = await requirePushCertificate(op.tx, id);
  const material = await findPushClientMaterial(op.tx, id);
  if (topic === null || material === null) return { isOk: false, reason: "no_certificate" };
  // Apple closes the connection without a word.
  if (notAfter !== null && notAfter <= op.at) return { isOk: false, reason: "expired" };
  const privateKeyPem = openText(deps.sealer, material.privateKeySealed, contextOf(id));
  const client = openClient(deps, { certificatePem: material.certificate, privateKeyPem });
  if (client === null) return { isOk: false, reason: "unusable" };
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<PushCheck>((done) => {
    timer = setTimeout(() => done({ isOk: false, reason: "no_answer" }), checkSecondsMax * 1000);
  });
  const token = deps.randomBytes(tokenBytes);
  const notification = { token, topic, pushMagic: "test", priority: 5, expiration: op.at } as const;
  try {
    return await Promise.race([client.push(notification).then(judge), tooLong]);
  } finally {
    clearTimeout(timer);
    await client.close();
  }
}

function openClient(deps: PushCheckDeps, credentials: ApnsCredentials): ApnsClient | null {
  try {
    return deps.openApnsClient(credentials);
  } catch {
    // Only this certificate and key can be at fault, which is what is asked.
    return null;
  }
}

function judge(outcome: PushOutcome): PushCheck {
  if (outcome.kind === "sent" || outcome.kind === "token_rejected") return { isOk: true, reason: "accepted" };
  return { isOk: false, reason: outcome.reason };
}
