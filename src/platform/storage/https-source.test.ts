import type { ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPushCa } from "../../sandbox/apple/push-ca.ts";
import { createHttpsSource, isReservedAddress } from "./https-source.ts";

let server: Server;
let base: string;
let ca: string;
beforeAll(async () => {
  const issuer = await createPushCa();
  const { certificatePem, privateKeyPem } = await issuer.issueServerCertificate(["localhost"]);
  ca = issuer.certificatePem;
  server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    const path = request.url ?? "";
    if (path === "/file.zip") return void response.end("bytes");
    if (path === "/moved") return void response.writeHead(302, { location: "/file.zip" }).end();
    if (path === "/around") return void response.writeHead(302, { location: "/around" }).end();
    if (path === "/plain") return void response.writeHead(302, { location: "http://localhost/" }).end();
    if (path === "/inside") return void response.writeHead(302, { location: "https://127.0.0.1/" }).end();
    if (path === "/slow.zip" || path === "/never.zip") return drip(response, path === "/slow.zip");
    response.writeHead(404).end("none");
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  base = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends a byte at a time, without an end; or nothing at all. */
function drip(response: ServerResponse, sends: boolean): void {
  const timer = setInterval(() => sends && response.write("x"), 10);
  response.once("close", () => clearInterval(timer));
}

const open = (path: string, privateHosts: readonly string[] = ["localhost"]) =>
  createHttpsSource({ privateHosts, ca })(new URL(path, base));

test("a file is read from a host that may be private, also where it was moved to", async () => {
  expect(await text(await open("/file.zip"))).toBe("bytes");
  expect(await text(await open("/moved"))).toBe("bytes");
});

test.each([
  ["an error", "/missing", /answered 404/],
  ["a move to another scheme", "/plain", /not served by https/],
  ["a move into the network", "/inside", /private network/],
  ["a move without end", "/around", /too often/],
])("%s is refused", async (_, path, message) => {
  await expect(open(path)).rejects.toThrow(message);
});

test.each([
  "localhost",
  "127.0.0.1",
  "[::1]",
  "[::ffff:10.0.0.1]",
  "169.254.169.254",
  "2130706433",
  "0x7f.1",
])("%s is refused unless it is named", async (host) => {
  await expect(createHttpsSource({ privateHosts: [] })(new URL(`https://${host}:9/a`))).rejects.toThrow(
    /private network/,
  );
});

test.each([
  ["arrives byte by byte without an end", "/slow.zip"],
  ["never begins", "/never.zip"],
])("a file that %s is given up when its time is over", async (_, path) => {
  const hurried = createHttpsSource({ privateHosts: ["localhost"], ca, secondsMax: 0.3 });
  const arrived = async (): Promise<string> => text(await hurried(new URL(path, base)));
  await expect(arrived()).rejects.toMatchObject({
    code: "storage_failed",
    message: "The file takes too long to arrive",
  });
});

test("a certificate that nobody vouches for is refused", async () => {
  const strict = createHttpsSource({ privateHosts: ["localhost"] });
  await expect(strict(new URL("/file.zip", base))).rejects.toMatchObject({ code: "storage_failed" });
});

test.each([
  ["8.8.8.8", false],
  ["2606:4700::1111", false],
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["100.100.0.1", true],
  ["0.0.0.0", true],
  ["255.255.255.255", true],
  ["::", true],
  ["::1", true],
  ["::127.0.0.1", true],
  ["::ffff:192.168.0.1", true],
  ["::ffff:8.8.8.8", false],
  ["64:ff9b::a00:1", true],
  ["2002:a00:1::", true],
  ["fd00::1", true],
  ["fe80::1", true],
  ["ff02::1", true],
])("the address %s is reserved: %s", (address, isReserved) => {
  expect(isReservedAddress(address)).toBe(isReserved);
});
