/** A vendor's signing service: takes push certificate requests over HTTP and signs them with a key of its own. */
import { generateKeyPairSync, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeCertificateRequest, verifyProofOfPossession } from "#protocol/x509/certificate-request.ts";

/** How the signer behaves for a while. */
export type SignerFault =
  | { readonly status: number }
  | { readonly body: string }
  | { readonly location: string };

export type FakePushCsrSigner = {
  readonly url: URL;
  /** What it was asked, in order. */
  readonly requests: readonly { readonly csr: Buffer; readonly fqdn: string }[];
  /** Answers every request in this way until null is given. */
  readonly setFault: (fault: SignerFault | null) => void;
  readonly close: () => Promise<void>;
};

/** Starts the service on a free port of loopback; the caller closes it. */
export async function startFakePushCsrSigner(): Promise<FakePushCsrSigner> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const requests: { csr: Buffer; fqdn: string }[] = [];
  let fault: SignerFault | null = null;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await readBody(request)) as { b64_csr: string; fqdn: string };
    const csr = Buffer.from(body.b64_csr, "base64");
    verifyProofOfPossession(decodeCertificateRequest(csr));
    requests.push({ csr, fqdn: body.fqdn });
    if (fault !== null) answerFault(response, fault);
    else
      respond(
        response,
        200,
        JSON.stringify({ signed_csr: signedRequest(csr, sign("sha256", csr, privateKey)) }),
      );
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => respond(response, 400, "{}"));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/sign`),
    requests,
    setFault: (next) => {
      fault = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function answerFault(response: ServerResponse, fault: SignerFault): void {
  if ("location" in fault) response.setHeader("location", fault.location);
  respond(
    response,
    "status" in fault ? fault.status : "body" in fault ? 200 : 302,
    "body" in fault ? fault.body : "{}",
  );
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

/** In the shape of the portal's file, without a chain: nobody but tests reads it. */
function signedRequest(csr: Buffer, signature: Buffer): string {
  const members = { PushCertRequestCSR: csr, PushCertSignature: signature };
  const text = Object.entries(members)
    .map(([key, value]) => `<key>${key}</key><string>${value.toString("base64")}</string>`)
    .join("");
  return Buffer.from(`<plist version="1.0"><dict>${text}</dict></plist>`).toString("base64");
}
