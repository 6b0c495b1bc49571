/** Who counts as one client where requests are counted. */
import { isIPv6 } from "node:net";

/**
 * The network of a client: an IPv4 address itself, of IPv6 the /64, which is what one customer has.
 *
 * @returns One text for each network, however the address was written; the text itself for what is no address.
 */
export function clientNetwork(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = ip.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
