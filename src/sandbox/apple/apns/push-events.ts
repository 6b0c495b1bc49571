/**
 * The side channel of the fake push service: simulated devices of other processes wait here for their pushes, as
 * real ones wait on their own connection to Apple. `GET /events?token=HEX[&token=HEX…]` answers server-sent events
 * named `push`, whose data is `{"token", "topic", "mdm", "priority", "expires_at"}`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AcceptedPush, PushShelf } from "./push-shelf.ts";

/** Most tokens of one subscription: the longest request line that Node accepts holds about this many. */
export const subscribedTokensMax = 200;
/** A comment line this often keeps the connection open and shows a gone reader. */
const heartbeatSeconds = 15;

/** Makes the server; it is not listening yet. */
export function createPushEventsServer(shelf: PushShelf): Server {
  return createServer((request, response) => {
    const tokens = readTokens(request);
    if (tokens === null) {
      response.writeHead(400, { "content-type": "text/plain" }).end("GET /events?token=HEX\n");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": waiting\n\n");
    stream(shelf, tokens, response);
  });
}

function readTokens(request: IncomingMessage): string[] | null {
  const url = new URL(request.url ?? "/", "http://localhost");
  const tokens = url.searchParams.getAll("token").map((token) => token.toLowerCase());
  const isUsable = tokens.length > 0 && tokens.length <= subscribedTokensMax;
  const isHex = tokens.every((token) => /^(?:[0-9a-f]{2}){1,100}$/.test(token));
  return request.method === "GET" && url.pathname === "/events" && isUsable && isHex ? tokens : null;
}

function stream(shelf: PushShelf, tokens: readonly string[], response: ServerResponse): void {
  const send = (push: AcceptedPush): void => {
    const data = {
      token: push.tokenHex,
      topic: push.topic,
      mdm: push.pushMagic,
      priority: push.priority,
      expires_at: push.expiresAt.toISOString(),
    };
    response.write(`event: push\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const unsubscribes = tokens.map((token) => shelf.subscribe(token, send));
  const heartbeat = setInterval(() => response.write(": still here\n\n"), heartbeatSeconds * 1000);
  response.on("close", () => {
    clearInterval(heartbeat);
    for (const unsubscribe of unsubscribes) unsubscribe();
  });
}
