/** Who is at the other end: forwarded headers count only when a trusted proxy sends them. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export type Peer = {
  /** The socket's other end, IPv4 in its plain form. */
  readonly address: string;
  readonly isTrusted: boolean;
  /** The client: `X-Real-IP` of a trusted peer when it is an address, else the peer. */
  readonly ip: string;
};

export type PeerReader = (message: IncomingMessage) => Peer;

/**
 * Prepares the reading of peers. Addresses and networks are those of `POMONA_TRUSTED_PROXIES`, already
 * checked.
 */
export function createPeerReader(trustedProxies: readonly string[]): PeerReader {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [host = "", bits] = entry.split("/");
    const family = isIP(host) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) trusted.addAddress(host, family);
    else trusted.addSubnet(host, Number(bits), family);
  }
  return (message) => {
    const address = plainAddress(message.socket.remoteAddress ?? "");
    const isTrusted = isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
    const real = message.headers["x-real-ip"];
    const isForwarded = isTrusted && typeof real === "string" && isIP(real.trim()) !== 0;
    return { address, isTrusted, ip: isForwarded ? plainAddress(real.trim()) : address };
  };
}

/** IPv4 clients of a socket that listens on both show up mapped into IPv6. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/**
 * The origin under which the client reached us, for absolute links: the configured base URL, else what a
 * trusted proxy forwards, else the request's own host.
 */
export function requestOrigin(message: IncomingMessage, peer: Peer, baseUrl: URL | null): string {
  if (baseUrl !== null) return baseUrl.origin;
  const isTls = "encrypted" in message.socket;
  const forwardedHost = peer.isTrusted ? firstOf(message.headers["x-forwarded-host"]) : null;
  const forwardedProto = peer.isTrusted ? firstOf(message.headers["x-forwarded-proto"]) : null;
  const scheme =
    forwardedProto === "https" || forwardedProto === "http" ? forwardedProto : isTls ? "https" : "http";
  const hosts = [forwardedHost, message.headers.host ?? null, "localhost"];
  const host = hosts.find(
    (each) => each !== null && hostPattern.test(each) && URL.canParse(`${scheme}://${each}`),
  );
  return `${scheme}://${host ?? "localhost"}`;
}

function firstOf(header: string | string[] | undefined): string | null {
  const value = Array.isArray(header) ? header[0] : header;
  return value?.split(",")[0]?.trim().toLowerCase() ?? null;
}
