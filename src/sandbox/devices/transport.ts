/** How devices reach a server: HTTP with kept connections, and the TLS client certificate where one is asked for. */
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pemOf } from "../crypto/certificate-writer.ts";
import type { Identity } from "../crypto/certificate-writer.ts";

/** One request as it goes out. */
export type WireRequest = {
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
};

/** What came back, whatever the status. */
export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type Transport = {
  readonly send: (request: WireRequest) => Promise<WireAnswer>;
  /** Closes the connections kept; a closed transport may be used again. */
  readonly close: () => void;
};

export type TransportOptions = {
  /** PEM of the authorities to trust besides the system's, for a server with a test certificate. */
  readonly trustedCaPem?: string;
  /** Shown to a TLS server that asks. */
  readonly clientIdentity?: Identity;
};

const answerSecondsMax = 60;
const connectionsMax = 64;

/** Makes a transport; devices that sign their messages can share one. */
export function createTransport(options: TransportOptions = {}): Transport {
  const plainAgent = new HttpAgent({ keepAlive: true, maxSockets: connectionsMax });
  const tlsAgent = new HttpsAgent({ keepAlive: true, maxSockets: connectionsMax, ...tlsOptions(options) });
  return {
    send: async (request) => {
      const agent = request.url.startsWith("https:") ? tlsAgent : plainAgent;
      const first = await attempt(request, agent);
      // The server may close a kept connection at the moment it is used: that request was never read.
      return first === "stale_connection" ? expectAnswer(await attempt(request, agent)) : first;
    },
    close: () => {
      plainAgent.destroy();
      tlsAgent.destroy();
    },
  };
}

function tlsOptions({ trustedCaPem, clientIdentity }: TransportOptions) {
  return {
    ...(trustedCaPem === undefined ? {} : { ca: trustedCaPem }),
    ...(clientIdentity === undefined
      ? {}
      : {
          cert: [clientIdentity.certificate, ...clientIdentity.chain].map((der) => pemOf(der)).join(""),
          key: clientIdentity.privateKey.export({ type: "pkcs8", format: "pem" }),
        }),
  };
}

function expectAnswer(answer: WireAnswer | "stale_connection"): WireAnswer {
  if (answer === "stale_connection") throw new Error("The server closed the connection twice");
  return answer;
}

function attempt(wire: WireRequest, agent: HttpAgent): Promise<WireAnswer | "stale_connection"> {
  const { url, method, headers = {}, body } = wire;
  const open = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const request = open(url, { method, agent, headers: { ...headers, ...length } });
    request.setTimeout(answerSecondsMax * 1000, () => request.destroy(new Error(`No answer from ${url}`)));
    request.on("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      if (isStale) resolve("stale_connection");
      else reject(new Error(`Cannot ${method} ${url}`, { cause: error }));
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

/** The media type of an answer without its parameters. */
export function mediaTypeOf(answer: WireAnswer): string {
  const value = answer.headers["content-type"];
  return (typeof value === "string" ? value : "").split(";")[0]?.trim().toLowerCase() ?? "";
}
