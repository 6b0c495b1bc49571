/**
 * A client that costs as little as it can: one kept connection, requests made beforehand, one at a time. The sandbox's
 * transport spends more on a request than the server does, and would be what is measured.
 */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where to connect to. */
export type Peer = {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority of its certificate; null without TLS. */
  readonly caPem: string | null;
};

/** A whole answer. */
export type HttpAnswer = { readonly status: number; readonly body: Buffer };

export type HttpConnection = {
  /** Sends the bytes of a request, and waits until the whole answer is there. */
  readonly send: (request: Buffer) => Promise<HttpAnswer>;
  readonly close: () => void;
};

const answerSecondsMax = 60;
const headEnd = Buffer.from("\r\n\r\n");

/** Opens a connection, handshake included. */
export async function openConnection({ host, port, caPem }: Peer): Promise<HttpConnection> {
  const socket = caPem === null ? connect(port, host) : connectTls({ host, port, ca: caPem });
  socket.setNoDelay(true);
  await new Promise<void>((done, fail) => {
    socket.once(caPem === null ? "connect" : "secureConnect", done);
    socket.once("error", fail);
  });
  return talk(socket);
}

function talk(socket: Socket): HttpConnection {
  let waiting: PromiseWithResolvers<HttpAnswer> | null = null;
  let received: Buffer = Buffer.alloc(0);
  const fail = (error: Error): void => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer === null) return;
    received = received.subarray(answer.end);
    waiting?.resolve(answer);
    waiting = null;
  });
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("The server closed the connection")));
  socket.setTimeout(answerSecondsMax * 1000, () => socket.destroy(new Error("No answer")));
  return {
    send: (request) => {
      const answer = Promise.withResolvers<HttpAnswer>();
      waiting = answer;
      socket.write(request);
      return answer.promise;
    },
    close: () => {
      socket.removeAllListeners("close");
      socket.destroy();
    },
  };
}

/** The first whole answer of what was received, and where it ends; null when it is not there yet. */
function readAnswer(received: Buffer): (HttpAnswer & { readonly end: number }) | null {
  const headBytes = received.indexOf(headEnd);
  if (headBytes === -1) return null;
  const head = received.toString("latin1", 0, headBytes);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`An answer without a length: ${head.slice(0, 100)}`);
  const start = headBytes + headEnd.length;
  const end = start + Number(length);
  if (received.length < end) return null;
  return { status: Number(head.slice(9, 12)), body: received.subarray(start, end), end };
}

/** The bytes of a request. */
export function requestBytes(
  target: { readonly method: string; readonly path: string; readonly host: string },
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Buffer {
  const lines = Object.entries({ host: target.host, ...headers, "content-length": String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${target.method} ${target.path} HTTP/1.1\r\n${head}\r\n`), body]);
}
