/**
 * The SCEP server's door (RFC 8894): GetCACaps, GetCACert, and PKIOperation over GET and POST. Whoever signed a
 * readable message gets a signed answer, which says no more than `badRequest` when it is no; the named reason goes to
 * an event and the log.
 */
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import type { EventBuffer } from "#platform/events/event-buffer.ts";
import { deviceActor, type RawRequest, type RawResponse, type RawRoute } from "#platform/http/raw-route.ts";
import { type OperationSource, operate } from "#platform/operation.ts";
import { type CertRepOutcome, encodeCertRep } from "#protocol/scep/cert-rep.ts";
import { ScepError } from "#protocol/scep/scep-error.ts";
import { type PkiMessage, decodePkiMessage } from "#protocol/scep/scep-message.ts";
import { type ScepRequestFacts, scepRequestFailed } from "./scep-events.ts";
import { scepPath } from "./scep-issuer.ts";
import { type ScepDeps, certifyScepRequest } from "./scep-operations.ts";
import {
  type ScepRefusalCode,
  type ScepRequest,
  admitScepRequest,
  scepMessageBytesMax,
} from "./scep-request.ts";

export type ScepRouteDeps = ScepDeps & {
  readonly source: OperationSource;
  readonly eventBuffer: EventBuffer;
};

/**
 * What the server can do (RFC 8894 3.5.2). Renewal is offered whatever the policy, because policy is per device. DES3
 * is there for strongSwan, which refuses to go on without it; SHA-1 is accepted but not advertised.
 */
export const scepCapabilities = [
  "AES",
  "DES3",
  "POSTPKIOperation",
  "Renewal",
  "SCEPStandard",
  "SHA-256",
  "SHA-512",
] as const;

/** Clients compare this content type as a whole: it must have no parameters. */
const caCertificateType = "application/x-x509-ca-cert";
/** RFC 8894 3.2.1.5. */
const senderNonceBytes = 16;
/** Longest operation name that is looked at; PKIOperation has 12. */
const operationCharactersMax = 64;

/** The route; the server answers it without the trailing slash too. */
export function scepRoute(deps: ScepRouteDeps): RawRoute {
  return {
    methods: ["GET", "POST"],
    path: scepPath,
    bodyBytesMax: scepMessageBytesMax,
    handle: (request) => answerScep(deps, request),
    recordRefusal: (request, { code: reason }) =>
      recordRefusal(deps, request, { reason, transactionId: null, messageType: null }),
  };
}

async function answerScep(deps: ScepRouteDeps, request: RawRequest): Promise<RawResponse> {
  switch (operationOf(request)) {
    case "GetCACaps":
      return textAnswer(200, scepCapabilities.join("\n"));
    case "GetCACert":
      // The CA is its own RA, so its certificate alone is the whole answer (RFC 8894 4.2.1.1).
      return {
        status: 200,
        headers: { "content-type": caCertificateType },
        body: deps.authority.certificate.raw,
      };
    case "PKIOperation":
      return answerPkiOperation(deps, request);
    default:
      return refuseUnanswered(deps, request, "scep_operation_unknown");
  }
}

async function answerPkiOperation(deps: ScepRouteDeps, request: RawRequest): Promise<RawResponse> {
  const bytes = readMessage(request);
  if (bytes === null) return refuseUnanswered(deps, request, "scep_message_missing");
  const message = decodeOrNull(bytes);
  if (message === null) return refuseUnanswered(deps, request, "scep_message_malformed");
  const admitted = admitScepRequest(deps.authority, message);
  if ("code" in admitted) return refuseAnswered(deps, request, { message, refusal: admitted });
  try {
    const raw = await operate(deps.source, deviceActor(request, null), (op) =>
      certifyScepRequest(op, deps, admitted),
    );
    return answer(deps, message, grantOutcome(admitted, raw));
  } catch (error) {
    if (!(error instanceof OperationRefused)) throw error;
    return refuseAnswered(deps, request, { message, refusal: error.refusal });
  }
}

/**
 * The message of a request: the body of a POST, even when the query repeats it, or base64 in the query of a GET, in
 * either alphabet and with a `+` that nobody escaped.
 */
function readMessage({ method, query, body }: RawRequest): Buffer | null {
  if (method === "POST") return body.length === 0 ? null : body;
  const text = (query.get("message") ?? "").replaceAll(" ", "+").replace(/[\r\n]/g, "");
  const isUsable = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) && text.length <= (scepMessageBytesMax * 4) / 3 + 4;
  return isUsable ? Buffer.from(text, "base64") : null;
}

function decodeOrNull(bytes: Buffer): PkiMessage | null {
  try {
    return decodePkiMessage(bytes);
  } catch (error) {
    // Hostile bytes are an answer, not a fault.
    if (error instanceof ScepError) return null;
    throw error;
  }
}

function grantOutcome({ signer, cipher }: ScepRequest, raw: Buffer): CertRepOutcome {
  return { status: "success", certificates: [{ raw }], recipientCertificate: signer, cipher };
}

function answer(deps: ScepRouteDeps, message: PkiMessage, outcome: CertRepOutcome): RawResponse {
  const body = encodeCertRep({
    outcome,
    transactionId: message.transactionId,
    recipientNonce: message.senderNonce,
    senderNonce: deps.randomBytes(senderNonceBytes),
    signer: deps.authority,
  });
  return { status: 200, headers: { "content-type": "application/x-pki-message" }, body };
}

/** Whoever signed a message is told that it is refused, in the one way that says nothing else. */
function refuseAnswered(
  deps: ScepRouteDeps,
  request: RawRequest,
  { message, refusal }: { readonly message: PkiMessage; readonly refusal: Refusal },
): RawResponse {
  const messageType = message.messageTypeName ?? String(message.messageType);
  recordRefusal(deps, request, { reason: refusal.code, transactionId: message.transactionId, messageType });
  return answer(deps, message, { status: "failure", failInfo: "badRequest" });
}

/** There is nobody to answer in SCEP's terms. */
function refuseUnanswered(deps: ScepRouteDeps, request: RawRequest, reason: ScepRefusalCode): RawResponse {
  recordRefusal(deps, request, { reason, transactionId: null, messageType: null });
  return textAnswer(400, "Bad Request\n");
}

function recordRefusal(
  deps: ScepRouteDeps,
  request: RawRequest,
  { reason, ...message }: Omit<ScepRequestFacts, "operation"> & { readonly reason: string },
): void {
  const facts = { operation: operationOf(request), ...message };
  const actor = deviceActor(request, null);
  deps.eventBuffer.add(scepRequestFailed(facts, reason), { actor, at: deps.source.clock.now() });
  deps.source.log.warn(
    { requestId: request.requestId, ip: request.ip, ...facts, reason },
    "SCEP request refused",
  );
}

/** What was asked for; as much of it as an event may repeat. */
function operationOf({ query }: RawRequest): string {
  return (query.get("operation") ?? "").slice(0, operationCharactersMax);
}

function textAnswer(status: number, text: string): RawResponse {
  return { status, headers: { "content-type": "text/plain" }, body: Buffer.from(text) };
}
