import { connect } from "node:http2";
import { expect, test, vi } from "vitest";
import { startFakeApns } from "../apple/apns/fake-apns.ts";
import { createPushCa } from "../apple/push-ca.ts";
import { writeCertificateRequest, writeName } from "../crypto/certificate-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";
import { createEventReader, openPushFeed } from "./push-feed.ts";
import type { PushNotice } from "./push-feed.ts";

test("events are read however the text is cut; comments and other events are left out", () => {
  const pushes: PushNotice[] = [];
  const read = createEventReader((push) => pushes.push(push));
  const event = `event: push\ndata: {"token":"ab","topic":"t","mdm":"m","priority":10}\n\n`;
  for (const character of `: waiting\n\n${event}event: other\ndata: {}\n\n${event}`) read(character);
  const push = { tokenHex: "ab", topic: "t", pushMagic: "m" };
  expect(pushes).toEqual([push, push]);
});

test("a device in another process hears of a push through the fake push service", async () => {
  const [ca, keys] = await Promise.all([createPushCa(), makeKeyPair()]);
  const apns = await startFakeApns({
    ...(await ca.issueServerCertificate(["localhost"])),
    clientCaPem: ca.certificatePem,
  });
  const request = writeCertificateRequest(writeName([{ type: "CN", value: "push" }]), keys, null);
  const { topic, certificatePem } = ca.issuePushCertificate(request);
  const token = "ab".repeat(32);
  const pushes: PushNotice[] = [];
  const stop = openPushFeed(apns.eventsUrl).onPush(token, (push) => pushes.push(push));
  const session = connect(apns.url, {
    ca: ca.certificatePem,
    cert: certificatePem,
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
  });
  const stream = session.request({
    ":method": "POST",
    ":path": `/3/device/${token}`,
    "apns-topic": topic,
    "apns-push-type": "mdm",
    "apns-priority": "10",
    "apns-expiration": String(Math.floor(Date.now() / 1000) + 3600),
  });
  stream.end(JSON.stringify({ mdm: "MAGIC" }));
  await vi.waitFor(() => expect(pushes).toEqual([{ tokenHex: token, topic, pushMagic: "MAGIC" }]), 10_000);
  stop();
  session.close();
  await apns.close();
});
