/** A TCP port to listen on later, for addresses that must be known before anything listens. */
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Ports to choose from: the first, and the one after the last. */
export type PortRange = { readonly from: number; readonly to: number };

/** Below the range from which systems take the ports of outgoing connections: those cannot take it meanwhile. */
const freePorts: PortRange = { from: 20_000, to: 32_000 };
const triesMax = 50;

/**
 * Finds a port that nobody listens on now.
 *
 * @throws {Error} The last refusal, when fifty ports in turn cannot be listened on: then it is the host's fault.
 */
export async function findFreePort(host: string, { from, to }: PortRange = freePorts): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(from, to);
    try {
      await probe(host, port);
      return port;
    } catch (error) {
      if (tries === triesMax) throw error;
    }
  }
}

async function probe(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once("error", fail).listen(port, host, done));
  await new Promise((done) => server.close(done));
}
