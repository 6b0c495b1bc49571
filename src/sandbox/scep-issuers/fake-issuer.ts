/**
 * Issuers of other organisations, as HTTP servers: a page with a challenge like Microsoft's and Okta's, a JSON service
 * like Ident, and DigiCert's seats and enrollments. They hold callers to their credentials and keep what they were asked.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";

export type IssuerCall = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, or null. */
  readonly body: unknown;
};

export type FakeAnswer = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | Readonly<Record<string, unknown>>;
  /** Never answered: the caller must give up. */
  readonly hangs?: boolean;
};

export type FakeIssuer = {
  readonly url: string;
  readonly calls: readonly IssuerCall[];
  readonly close: () => Promise<void>;
};

/** Starts an issuer on loopback that answers with what `answer` says. */
export async function startFakeIssuer(
  answer: (call: IssuerCall, count: number) => FakeAnswer,
): Promise<FakeIssuer> {
  const calls: IssuerCall[] = [];
  const server = createServer((request, response) => {
    void readCall(request).then((call) => {
      calls.push(call);
      send(response, answer(call, calls.length));
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readCall(request: IncomingMessage): Promise<IssuerCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    body: text === "" ? null : JSON.parse(text),
  };
}

function send(response: ServerResponse, { status = 200, headers = {}, body = "", hangs }: FakeAnswer): void {
  if (hangs === true) return;
  response.writeHead(status, headers);
  response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("A listening server has an address");
  return address.port;
}

/** The page of an NDES server, as it is sent. */
export function ndesPage(challenge: string): Buffer {
  const page = `<HTML><P> The enrollment challenge password is: <B> ${challenge} </B> <P></HTML>`;
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(page, "utf16le")]);
}

/** The page of Okta's service. */
export function oktaPage(challenge: string): Buffer {
  return Buffer.from(`<HTML>\u00e9 challenge password is: <B> ${challenge} </B></HTML>`, "latin1");
}
