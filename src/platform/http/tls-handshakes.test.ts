import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect as connectPlain } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { createPushCa } from "#sandbox/apple/push-ca.ts";
import { observeHandshakes } from "./tls-handshakes.ts";

test("each handshake that succeeds is timed once, and one that fails is not", async () => {
  const seen: number[] = [];
  const { certificatePem, privateKeyPem } = await (await createPushCa()).issueServerCertificate([
    "localhost",
  ]);
  const server = createServer({ cert: certificatePem, key: privateKeyPem });
  observeHandshakes(server, (seconds) => void seen.push(seconds));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (let times = 0; times < 2; times++) {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    // The client is done first: were it to leave then, the server would not be.
    await Promise.all([once(socket, "secureConnect"), once(server, "secureConnection")]);
    socket.destroy();
  }
  const stranger = connectPlain(port, "127.0.0.1");
  stranger.write("GET / HTTP/1.1\r\n\r\n");
  stranger.resume();
  await once(stranger, "close");
  await new Promise((done) => server.close(done));
  expect(seen).toHaveLength(2);
  for (const seconds of seen) expect(seconds).toBeGreaterThan(0);
});
