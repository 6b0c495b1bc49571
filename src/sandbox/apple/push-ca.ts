/** Apple's push certificate portal and its TLS side, for a world without Apple: signs push requests, names topics. */
import { randomUUID } from "node:crypto";
import { decodeCertificateRequest, verifyProofOfPossession } from "#protocol/x509/certificate-request.ts";
import { makeAuthority, pemOf, writeCertificate, writeName } from "../crypto/certificate-writer.ts";
import type { Authority } from "../crypto/certificate-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";

const daySeconds = 86_400;

export type PushCa = {
  /** What a push service checks client certificates against, and servers check it against. */
  readonly certificatePem: string;
  /** Signs a request for an MDM push certificate; a renewal names the topic it had. */
  readonly issuePushCertificate: (
    requestDer: Buffer,
    options?: { readonly topic?: string; readonly at?: Date; readonly days?: number },
  ) => { readonly topic: string; readonly certificatePem: string };
  /** A certificate for the push service itself. */
  readonly issueServerCertificate: (
    hosts: readonly string[],
  ) => Promise<{ readonly certificatePem: string; readonly privateKeyPem: string }>;
};

/** Makes a push authority with a key of its own. */
export async function createPushCa(): Promise<PushCa> {
  const authority = makeAuthority({
    subject: [
      { type: "C", value: "US" },
      { type: "O", value: "Pomona Sandbox" },
      { type: "CN", value: "Sandbox Application Integration Certification Authority" },
    ],
    keys: await makeKeyPair(),
    ...validity(new Date(), 3650),
  });
  return {
    certificatePem: pemOf(authority.certificate),
    issuePushCertificate: (requestDer, options = {}) => issuePushCertificate(authority, requestDer, options),
    issueServerCertificate: (hosts) => issueServerCertificate(authority, hosts),
  };
}

function validity(at: Date, days: number): { notBefore: Date; notAfter: Date } {
  const milliseconds = (seconds: number) => at.getTime() + seconds * 1000;
  return { notBefore: new Date(milliseconds(-3600)), notAfter: new Date(milliseconds(days * daySeconds)) };
}

function issuePushCertificate(
  authority: Authority,
  requestDer: Buffer,
  options: { readonly topic?: string; readonly at?: Date; readonly days?: number },
) {
  const { topic = `com.apple.mgmt.External.${randomUUID()}`, at = new Date(), days = 365 } = options;
  const request = decodeCertificateRequest(requestDer);
  verifyProofOfPossession(request);
  const certificate = writeCertificate({
    // Whatever the request names: Apple's portal sets UID, the topic, and a CN that begins with APSP.
    subject: writeName([
      { type: "UID", value: topic },
      { type: "CN", value: `APSP:${topic.split(".").at(-1) ?? topic}` },
      { type: "C", value: "US" },
    ]),
    publicKeyInfo: request.publicKeyInfo,
    issuer: authority,
    ...validity(at, days),
    use: "push",
  });
  return { topic, certificatePem: pemOf(certificate) };
}

async function issueServerCertificate(authority: Authority, hosts: readonly string[]) {
  const keys = await makeKeyPair();
  const certificate = writeCertificate({
    subject: writeName([{ type: "CN", value: hosts[0] ?? "localhost" }]),
    publicKeyInfo: keys.publicKeyInfo,
    issuer: authority,
    ...validity(new Date(), 365),
    use: "server",
    hosts,
  });
  const privateKeyPem = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem: pemOf(certificate), privateKeyPem };
}
