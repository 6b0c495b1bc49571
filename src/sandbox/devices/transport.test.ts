import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPushCa } from "../apple/push-ca.ts";
import { writeName, writeSelfSigned } from "../crypto/certificate-writer.ts";
import { signatureShapes } from "../crypto/cms-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";
import { isToldToUnenroll, MdmClient, proxyHeadersOf } from "./mdm-client.ts";
import { createTransport } from "./transport.ts";

const seen: { fingerprint: string; signature: string | undefined }[] = [];
let url: string;
let trustedCaPem: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const ca = await createPushCa();
  const { certificatePem, privateKeyPem } = await ca.issueServerCertificate(["127.0.0.1"]);
  trustedCaPem = ca.certificatePem;
  const options = { cert: certificatePem, key: privateKeyPem, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (request, response) => {
    const { fingerprint256 } = (request.socket as TLSSocket).getPeerCertificate();
    seen.push({
      fingerprint: fingerprint256 ?? "none",
      signature: request.headers["mdm-signature"] as string | undefined,
    });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});

afterAll(() => close());

async function anIdentity(name: string) {
  return writeSelfSigned(writeName([{ type: "CN", value: name }]), await makeKeyPair(), new Date());
}

test("a device whose profile does not ask for signatures shows its present certificate in TLS", async () => {
  const transport = createTransport({ trustedCaPem });
  const shape = signatureShapes.bareSha256;
  const client = new MdmClient({
    transport,
    trustedCaPem,
    shape,
    proof: "as_profile_says",
    now: () => new Date(),
  });
  const [first, second] = [await anIdentity("first"), await anIdentity("second")];
  const message = { url, kind: "connect" as const, body: Buffer.from("body"), signsMessages: false };
  await client.send({ ...message, identity: first });
  await client.send({ ...message, identity: first });
  await client.send({ ...message, identity: second });
  await client.send({ ...message, identity: second, signsMessages: true });
  const fingerprints = seen.map(({ fingerprint }) => fingerprint);
  expect(fingerprints[0]).toBe(fingerprints[1]);
  expect(fingerprints[2]).not.toBe(fingerprints[0]);
  expect(fingerprints[3]).toBe("none");
  expect(seen.map(({ signature }) => signature !== undefined)).toEqual([false, false, false, true]);
  client.close();
  transport.close();
});

test("a server that nobody vouches for is not spoken to", async () => {
  const transport = createTransport();
  await expect(transport.send({ url, method: "GET" })).rejects.toThrow("Cannot GET");
  transport.close();
});

test("a device can speak as a proxy in front of the server would", async () => {
  const headers = proxyHeadersOf(await anIdentity("Zoë, of $1"));
  expect(decodeURIComponent(headers["x-ssl-client-cert"] ?? "")).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  expect(headers["x-ssl-client-s-dn"]).toBe("CN=Zoë\\, of $1");
});

test("Apple's code is read from JSON and from a property list, and from nothing else", () => {
  const answer = (type: string, body: string) => ({
    status: 403,
    headers: { "content-type": type },
    body: Buffer.from(body),
  });
  const code = "com.apple.unrecognized.device";
  const plist = `<plist version="1.0"><dict><key>code</key><string>${code}</string></dict></plist>`;
  expect(isToldToUnenroll(answer("application/json; charset=utf-8", `{"code":"${code}"}`), true)).toBe(true);
  expect(isToldToUnenroll(answer("application/xml", plist), true)).toBe(true);
  expect(isToldToUnenroll(answer("application/json", plist), true)).toBe(false);
  expect(isToldToUnenroll(answer("application/json", `{"code":"other"}`), true)).toBe(false);
  expect(isToldToUnenroll(answer("text/html", "<html>"), true)).toBe(false);
});
