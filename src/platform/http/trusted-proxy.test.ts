import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { createPeerReader, requestOrigin } from "./trusted-proxy.ts";

const readPeer = createPeerReader(["10.0.0.1", "192.168.0.0/16", "fd00::/8"]);
/** As much of a message as the reader looks at. */
function message(
  remoteAddress: string,
  headers: Record<string, string> = {},
  isTls = false,
): IncomingMessage {
  const socket = isTls ? { remoteAddress, encrypted: true } : { remoteAddress };
  return { socket, headers } as unknown as IncomingMessage;
}

test.each([
  ["10.0.0.1", "10.0.0.1", true],
  ["::ffff:10.0.0.1", "10.0.0.1", true],
  ["10.0.0.2", "10.0.0.2", false],
  ["192.168.3.4", "192.168.3.4", true],
  ["fd12::1", "fd12::1", true],
  ["fe80::1", "fe80::1", false],
  ["", "", false],
])("the peer %j is %j, trusted: %s", (remote, address, isTrusted) => {
  expect(readPeer(message(remote))).toEqual({ address, isTrusted, ip: address });
});

test.each([
  ["10.0.0.1", "203.0.113.9", "203.0.113.9"],
  ["10.0.0.1", " 2001:db8::1 ", "2001:db8::1"],
  ["10.0.0.1", "nonsense", "10.0.0.1"],
  ["10.0.0.1", "1.2.3.4, 5.6.7.8", "10.0.0.1"],
  ["10.0.0.2", "203.0.113.9", "10.0.0.2"],
])("from %j the client address %j becomes %j", (remote, header, ip) => {
  expect(readPeer(message(remote, { "x-real-ip": header })).ip).toBe(ip);
});

const forwarded = {
  "x-forwarded-proto": "https",
  "x-forwarded-host": "mdm.example.com:8443",
  host: "inner:80",
};
test.each([
  [
    "a configured base URL wins",
    "10.0.0.1",
    forwarded,
    "https://set.example.com/",
    "https://set.example.com",
  ],
  ["a trusted proxy is believed", "10.0.0.1", forwarded, null, "https://mdm.example.com:8443"],
  ["anyone else is not", "10.0.0.2", forwarded, null, "http://inner:80"],
  [
    "a malformed forwarded host is passed over",
    "10.0.0.1",
    { ...forwarded, "x-forwarded-host": "a/b" },
    null,
    "https://inner:80",
  ],
  ["a malformed host is not repeated", "10.0.0.2", { host: "<script>" }, null, "http://localhost"],
  ["an impossible port is not repeated", "10.0.0.2", { host: "a:99999" }, null, "http://localhost"],
])("%s", (_name, remote, headers, baseUrl, origin) => {
  const request = message(remote, headers);
  expect(requestOrigin(request, readPeer(request), baseUrl === null ? null : new URL(baseUrl))).toBe(origin);
});

test("a TLS socket makes https links", () => {
  const request = message("10.0.0.2", { host: "mdm.example.com" }, true);
  expect(requestOrigin(request, readPeer(request), null)).toBe("https://mdm.example.com");
});
