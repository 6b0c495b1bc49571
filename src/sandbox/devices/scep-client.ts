/** A SCEP client (RFC 8894) as devices have one: capabilities, CA certificates, one request over POST or GET. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { decodeCertificatesOnly, decodeCertRep, openCertRep } from "#protocol/scep/cert-rep.ts";
import type { CertRep } from "#protocol/scep/cert-rep.ts";
import { ScepError } from "#protocol/scep/scep-error.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import type { Certificate } from "#protocol/x509/certificate.ts";
import { writeCertificateRequest, writeName, writeSelfSigned } from "../crypto/certificate-writer.ts";
import type { Identity, SandboxHash } from "../crypto/certificate-writer.ts";
import { encryptContent, signContent } from "../crypto/cms-writer.ts";
import type { EnvelopeCipher } from "../crypto/cms-writer.ts";
import { derOctets, derPrintable } from "../crypto/der.ts";
import type { KeyPair } from "../crypto/key-pool.ts";
import type { ScepSettings } from "./configuration-profile.ts";
import { DeviceError } from "./device-error.ts";
import { mediaTypeOf } from "./transport.ts";
import type { Transport, WireAnswer } from "./transport.ts";

/** The attributes of a SCEP request (RFC 8894 3.2.1). */
const attributeOids = {
  messageType: "2.16.840.1.113733.1.9.2",
  senderNonce: "2.16.840.1.113733.1.9.5",
  transactionId: "2.16.840.1.113733.1.9.7",
} as const;

const messageTypes = { PKCSReq: "19", RenewalReq: "17" } as const;

export type ScepRequest = {
  readonly settings: ScepSettings;
  readonly keys: KeyPair;
  readonly at: Date;
  /** The identity to renew: it signs a RenewalReq, and no challenge is sent. */
  readonly renews?: Identity;
  /** Null takes what the server prefers; GET is what the oldest clients use. */
  readonly method?: "GET" | "POST" | null;
  /** The same one again makes this a repeat of an earlier request. */
  readonly transactionId?: string;
};

type Server = {
  readonly capabilities: ReadonlySet<string>;
  readonly certificates: readonly Certificate[];
  /** Whom to encrypt for. */
  readonly recipient: Buffer;
};

/**
 * Obtains a certificate.
 *
 * @returns The identity; its chain is empty, as devices send only their own certificate.
 * @throws {DeviceError} `scep_refused`, with the server's failInfo in the message.
 */
export async function enrollWithScep(transport: Transport, request: ScepRequest): Promise<Identity> {
  const { settings, keys } = request;
  const server = await askServer(transport, settings);
  const senderNonce = randomBytes(16);
  const transactionId = request.transactionId ?? randomUUID();
  const attributes = { transactionId, senderNonce };
  const { message, signer } = writePkiMessage(server, request, attributes);
  const reply = await sendPkiMessage(transport, {
    server,
    settings,
    message,
    method: request.method ?? null,
  });
  expectGrant(reply, { server, transactionId, senderNonce });
  const certificate = findIssued(reply, signer, keys);
  return { certificate, privateKey: keys.privateKey, chain: [] };
}

async function askServer(transport: Transport, settings: ScepSettings): Promise<Server> {
  const ask = (operation: string) =>
    transport.send({ url: scepUrl(settings, operation, settings.name), method: "GET" });
  const capabilities = expectOk(await ask("GetCACaps"), "GetCACaps")
    .body.toString("latin1")
    .split(/\s+/);
  const answer = expectOk(await ask("GetCACert"), "GetCACert");
  const certificates =
    mediaTypeOf(answer) === "application/x-x509-ca-cert"
      ? [decodeCertificate(answer.body)]
      : decodeCertificatesOnly(answer.body);
  // An RA is an end entity and receives the envelopes; without one, the CA does (RFC 8894 3.5.1.1).
  const isAuthority = ({ basicConstraints }: Certificate) => basicConstraints?.isCa === true;
  const recipient = certificates.find((certificate) => !isAuthority(certificate)) ?? certificates[0];
  if (recipient === undefined) throw new DeviceError("scep_refused", "GetCACert brought no certificate");
  checkFingerprint(settings, certificates);
  return { capabilities: new Set(capabilities.filter(Boolean)), certificates, recipient: recipient.raw };
}

const fingerprintHashes: Readonly<Record<number, string>> = { 16: "md5", 20: "sha1", 32: "sha256" };

function checkFingerprint({ caFingerprint }: ScepSettings, certificates: readonly Certificate[]): void {
  if (caFingerprint === null) return;
  const hash = fingerprintHashes[caFingerprint.length];
  const isKnown = certificates.some(
    ({ raw }) => hash !== undefined && createHash(hash).update(raw).digest().equals(caFingerprint),
  );
  if (!isKnown) throw new DeviceError("scep_refused", "No certificate has the fingerprint of the profile");
}

function scepUrl({ url }: ScepSettings, operation: string, message: string | null): string {
  const query = new URLSearchParams({ operation, ...(message === null ? {} : { message }) });
  return `${url}${url.includes("?") ? "&" : "?"}${query.toString()}`;
}

function expectOk(answer: WireAnswer, step: string): WireAnswer {
  if (answer.status !== 200) {
    const message = `${step} was answered with ${answer.status}`;
    throw new DeviceError("scep_refused", message, { status: answer.status });
  }
  return answer;
}

/** Writes the request and says who signed it: the old identity, or the new key for itself. */
export function writePkiMessage(
  server: { readonly capabilities: ReadonlySet<string>; readonly recipient: Buffer },
  request: ScepRequest,
  attributes: { readonly transactionId: string; readonly senderNonce: Buffer },
): { readonly message: Buffer; readonly signer: Identity } {
  const { settings, keys, at, renews } = request;
  const subject = writeName(settings.subject);
  const csr = writeCertificateRequest(subject, keys, renews === undefined ? settings.challenge : null);
  const envelope = encryptContent(csr, server.recipient, chooseCipher(server.capabilities));
  const signer = renews ?? writeSelfSigned(subject, keys, at);
  const messageType = renews === undefined ? messageTypes.PKCSReq : messageTypes.RenewalReq;
  const message = signContent(envelope, signer, {
    shape: { hash: chooseHash(server.capabilities), framing: "der", hasSignedAttributes: true },
    attributes: [
      { oid: attributeOids.messageType, value: derPrintable(messageType) },
      { oid: attributeOids.transactionId, value: derPrintable(attributes.transactionId) },
      { oid: attributeOids.senderNonce, value: derOctets(attributes.senderNonce) },
    ],
    at,
  });
  return { message, signer };
}

/** RFC 8894 3.5.2: SCEPStandard stands for AES, SHA-256 and POST. */
function chooseCipher(capabilities: ReadonlySet<string>): EnvelopeCipher {
  return capabilities.has("AES") || capabilities.has("SCEPStandard") ? "aes-128-cbc" : "des-ede3-cbc";
}

function chooseHash(capabilities: ReadonlySet<string>): SandboxHash {
  if (capabilities.has("SHA-512")) return "sha512"; // What macOS does.
  return capabilities.has("SHA-256") || capabilities.has("SCEPStandard") ? "sha256" : "sha1";
}

async function sendPkiMessage(
  transport: Transport,
  {
    server,
    settings,
    message,
    method,
  }: {
    readonly server: Server;
    readonly settings: ScepSettings;
    readonly message: Buffer;
    readonly method: "GET" | "POST" | null;
  },
): Promise<CertRep> {
  const canPost = server.capabilities.has("POSTPKIOperation") || server.capabilities.has("SCEPStandard");
  const chosen = method ?? (canPost ? "POST" : "GET");
  const answer = await transport.send(
    chosen === "POST"
      ? {
          url: scepUrl(settings, "PKIOperation", null),
          method: "POST",
          headers: { "content-type": "application/x-pki-message" },
          body: message,
        }
      : { url: scepUrl(settings, "PKIOperation", message.toString("base64")), method: "GET" },
  );
  const reply = expectOk(answer, "PKIOperation").body;
  try {
    return decodeCertRep(reply);
  } catch (error) {
    if (!(error instanceof ScepError)) throw error;
    throw new DeviceError("scep_refused", "Cannot read the server's reply", { cause: error });
  }
}

/** Checks that the reply is the server's and to this request (RFC 8894 3.2.1), and that it grants. */
function expectGrant(
  reply: CertRep,
  expected: { readonly server: Server; readonly transactionId: string; readonly senderNonce: Buffer },
): void {
  const { server, transactionId, senderNonce } = expected;
  if (!server.certificates.some(({ raw }) => raw.equals(reply.signerCertificate.raw))) {
    throw new DeviceError("scep_refused", "Reply is signed by somebody else");
  }
  if (reply.transactionId !== transactionId || reply.recipientNonce?.equals(senderNonce) !== true) {
    throw new DeviceError("scep_refused", "Reply is to another request");
  }
  if (reply.pkiStatus !== "success") {
    const message = `Request was not granted: ${reply.pkiStatus}, ${reply.failInfo ?? "no failInfo"}`;
    throw new DeviceError("scep_refused", message);
  }
}

function findIssued(reply: CertRep, signer: Identity, keys: KeyPair): Buffer {
  // The reply is encrypted for whoever signed the request.
  const recipient = { certificate: decodeCertificate(signer.certificate), privateKey: signer.privateKey };
  const certificates = openCertRep(reply, recipient);
  const issued = certificates.find(({ publicKeyInfo }) => publicKeyInfo.equals(keys.publicKeyInfo));
  if (issued === undefined)
    throw new DeviceError("scep_refused", "Reply holds no certificate of the new key");
  return issued.raw;
}
