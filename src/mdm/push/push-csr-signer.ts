/**
 * The signer of push certificate requests: a vendor's service that turns our CSR into what Apple's portal takes.
 * Asked over HTTP when an operator wants the signed request (console-ops 1.3); without one, operators sign themselves.
 * It never gets a key, and never sees more than the request and the name of this server.
 */
import { type Refusal } from "#platform/errors.ts";

/** How long the signer may take (console-ops 1.3). */
export const signerSecondsMax = 10;
/** A signed request has about 15 KB. */
export const signerAnswerBytesMax = 256 * 1024;

/** Signs a request. @returns The text for Apple's portal, base64; or a refusal that says what went wrong. */
export type SignPushCsr = (csr: Uint8Array) => Promise<string | PushCsrSignerRefusal>;

export type PushCsrSignerRefusal = Refusal & { readonly code: "push_csr_signer_failed" };

/** Makes the client of one signer. */
export function createPushCsrSigner(signer: {
  readonly url: URL;
  /** The name under which devices know this server. */
  readonly fqdn: string;
}): SignPushCsr {
  return async (csr) => {
    try {
      return await ask(signer, csr);
    } catch (error) {
      return refusal(error instanceof SignerFailure ? error.message : describeFailure(error));
    }
  };
}

/** An answer that is no signed request. */
class SignerFailure extends Error {}

async function ask(signer: { readonly url: URL; readonly fqdn: string }, csr: Uint8Array): Promise<string> {
  const response = await fetch(signer.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ b64_csr: Buffer.from(csr).toString("base64"), fqdn: signer.fqdn }),
    // Whom to trust was configured; nobody else is asked.
    redirect: "error",
    signal: AbortSignal.timeout(signerSecondsMax * 1000),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SignerFailure(`it answered ${response.status}`);
  }
  return readAnswer(await readBody(response));
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > signerAnswerBytesMax) throw new SignerFailure("its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readAnswer(body: string): string {
  const signed = signedCsrOf(body);
  const compact = typeof signed === "string" ? signed.replace(/\s+/g, "") : "";
  if (compact === "" || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw new SignerFailure("its answer holds no signed request");
  }
  return compact;
}

function signedCsrOf(body: string): unknown {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null && "signed_csr" in answer ? answer.signed_csr : null;
  } catch {
    // Whatever is not JSON is no signed request either.
    return null;
  }
}

/** Time-outs and broken connections, without what the runtime says of addresses inside. */
function describeFailure(error: unknown): string {
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  return isTimeout ? `it did not answer within ${signerSecondsMax} seconds` : "it cannot be reached";
}

function refusal(reason: string): PushCsrSignerRefusal {
  const detail = `The push CSR signer did not sign: ${reason}`;
  return { kind: "invalid", code: "push_csr_signer_failed", detail };
}
