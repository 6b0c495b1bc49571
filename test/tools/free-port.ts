/** Ports that nobody else of this test run takes before they are listened on. */
import { findFreePort as findFreePortOf } from "#platform/http/free-port.ts";

/** Each worker has a range of its own, below the one from which servers that are told no port take theirs. */
const rangesFrom = 12_000;
const rangePorts = 4_000;
/** As many workers as take ports (vitest.config.ts). */
const rangeCount = 2;

const given = new Set<number>();

/** A TCP port of the loopback interface that nobody listens on now, and that was not given to another in this file. */
export async function findFreePort(): Promise<number> {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 0) % rangeCount;
  const from = rangesFrom + worker * rangePorts;
  for (;;) {
    const port = await findFreePortOf("127.0.0.1", { from, to: from + rangePorts });
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
