import { findFreePort as findFreePortOf } from "#platform/http/free-port.ts";

/** A TCP port of the loopback interface that nobody listens on now. */
export function findFreePort(): Promise<number> {
  return findFreePortOf("127.0.0.1");
}
