import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  pushCredentials,
  pushIdentity,
  startTestApns,
  type TestApns,
  testTopic,
  until,
} from "../../../../test/tools/push-world.ts";
import type { AcceptedPush } from "./push-shelf.ts";

let apns: TestApns;
let session: ClientHttp2Session;

beforeEach(async () => {
  apns = await startTestApns();
  session = connectWith();
});

afterEach(async () => {
  session.destroy();
  await apns.close();
});

function connectWith(credentials = pushCredentials()): ClientHttp2Session {
  const { certificatePem: cert, privateKeyPem } = credentials;
  return connect(apns.url, { ca: apns.caPem, cert, key: privateKeyPem.reveal() }).on(
    "error",
    () => undefined,
  );
}

const token = "0f".repeat(32);
const valid = {
  ":method": "POST",
  ":path": `/3/device/${token}`,
  "apns-topic": testTopic,
  "apns-push-type": "mdm",
  "apns-priority": "10",
  "apns-expiration": String(Math.floor(Date.now() / 1000) + 3600),
};

async function send(changes: Record<string, string | undefined> = {}, body = '{"mdm":"magic"}') {
  const headers = Object.entries({ ...valid, ...changes }).filter(([, value]) => value !== undefined);
  const stream = session.request(Object.fromEntries(headers));
  stream.end(body);
  const [answer] = await once(stream, "response");
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  const { reason = "" } = text === "" ? {} : (JSON.parse(text) as { reason?: string });
  return { status: Number(answer[":status"]), reason, retryAfter: answer["retry-after"] };
}

describe("what the fake APNs demands", () => {
  test("a whole request is accepted and remembered", async () => {
    expect(await send()).toMatchObject({ status: 200 });
    expect(apns.deliveries()).toMatchObject([
      { tokenHex: token, topic: testTopic, pushMagic: "magic", priority: 10 },
    ]);
  });

  test.each<[string, Record<string, string | undefined>, number, string]>([
    ["another method", { ":method": "PUT" }, 405, "MethodNotAllowed"],
    ["another path", { ":path": "/2/device/00" }, 404, "BadPath"],
    ["no token", { ":path": "/3/device/" }, 400, "MissingDeviceToken"],
    ["a short token", { ":path": "/3/device/0f0f" }, 400, "BadDeviceToken"],
    ["a token in capitals", { ":path": `/3/device/${token.toUpperCase()}` }, 400, "BadDeviceToken"],
    ["another push type", { "apns-push-type": "alert" }, 400, "InvalidPushType"],
    ["no push type", { "apns-push-type": undefined }, 400, "InvalidPushType"],
    ["an unknown priority", { "apns-priority": "7" }, 400, "BadPriority"],
    ["an expiration that is no number", { "apns-expiration": "soon" }, 400, "BadExpirationDate"],
    ["no topic", { "apns-topic": undefined }, 400, "MissingTopic"],
    ["a topic that is not the certificate's", { "apns-topic": "com.example" }, 400, "TopicDisallowed"],
  ])("%s is refused", async (_, changes, status, reason) => {
    expect(await send(changes)).toMatchObject({
      status,
      reason,
    });
    expect(apns.deliveryCount()).toBe(0);
  });

  test.each([
    ["", 400, "PayloadEmpty"],
    ["not json", 400, "BadMessageId"],
    ['{"mdm":""}', 400, "BadMessageId"],
    ['{"mdm":"magic","aps":{}}', 400, "BadMessageId"],
    [JSON.stringify({ mdm: "x".repeat(5000) }), 413, "PayloadTooLarge"],
  ])("the body %j is refused", async (body, status, reason) => {
    expect(await send({}, body)).toMatchObject({ status, reason });
  });

  test("an expired push certificate does not get through the handshake", async () => {
    const expired = connectWith(
      pushCredentials(pushIdentity(testTopic, { notAfter: new Date("2021-01-01") })),
    );
    await once(expired, "close");
    expect(apns.requestCount()).toBe(0);
  });
});

describe("devices that wait", () => {
  const later: Record<string, string> = { "apns-priority": "5" };

  test("a listener is called for its token only, until it stops", async () => {
    const seen: AcceptedPush[] = [];
    const stop = apns.onPush(token, (push) => seen.push(push));
    await send();
    await send({ ":path": `/3/device/${"aa".repeat(32)}` });
    expect(seen).toHaveLength(1);
    stop();
    await send();
    expect(seen).toHaveLength(1);
  });

  test("only the newest push is kept for a device that is away, and it is handed out once", async () => {
    await send();
    await send(later);
    const seen: number[] = [];
    apns.onPush(token, (push) => seen.push(push.priority))();
    apns.onPush(token, (push) => seen.push(push.priority))();
    expect(seen).toEqual([5]);
  });

  test("an expired push is not handed out", async () => {
    await send({ "apns-expiration": "1" });
    const seen: AcceptedPush[] = [];
    apns.onPush(token, (push) => seen.push(push));
    expect(seen).toEqual([]);
  });

  test("a device of another process is told over the side channel", async () => {
    const url = new URL(apns.eventsUrl);
    url.searchParams.append("token", token);
    const [response] = (await once(get(url), "response")) as [IncomingMessage];
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    response.on("error", () => undefined);
    await until(() => text.includes("waiting"));
    await send();
    await until(() => text.includes("event: push"));
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? "";
    expect(JSON.parse(data)).toMatchObject({ token, topic: testTopic, mdm: "magic", priority: 10 });
    response.destroy();
  });

  test.each(["/events", "/events?token=zz", "/other?token=00"])(
    "the side channel refuses %s",
    async (path) => {
      const [response] = (await once(get(new URL(path, apns.eventsUrl)), "response")) as [IncomingMessage];
      expect(response.statusCode).toBe(400);
      response.resume();
    },
  );
});

describe("faults to order", () => {
  test("an ordered answer is given as often as ordered, and only to its token", async () => {
    apns.fail(
      { kind: "answer", status: 429, reason: "TooManyRequests", retryAfterSeconds: 3 },
      { tokenHex: token },
    );
    expect(await send({ ":path": `/3/device/${"aa".repeat(32)}` })).toMatchObject({ status: 200 });
    expect(await send()).toEqual({ status: 429, reason: "TooManyRequests", retryAfter: "3" });
    expect(await send()).toMatchObject({ status: 200 });
  });

  test("a token that was given up is refused with 410", async () => {
    apns.unregister(token);
    expect(await send()).toMatchObject({ status: 410, reason: "Unregistered" });
  });

  test("faults can be called off", async () => {
    apns.fail({ kind: "stall" }, { count: 5 });
    apns.clearFaults();
    expect(await send()).toMatchObject({ status: 200 });
  });
});
