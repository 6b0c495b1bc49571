import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Secret } from "../../platform/secret.ts";
import {
  pushCredentials,
  pushIdentity,
  startTestApns,
  type TestApns,
  testTopic,
  until,
} from "../../../test/tools/push-world.ts";
import {
  type ApnsClient,
  type ApnsClientOptions,
  createApnsClient,
  type PushNotification,
} from "./apns-client.ts";
import type { PushOutcome } from "./push-outcome.ts";

const open: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const resource of open.splice(0).reverse()) await resource.close();
});

async function anApns(options: Parameters<typeof startTestApns>[0] = {}): Promise<TestApns> {
  const apns = await startTestApns(options);
  open.push(apns);
  return apns;
}

/** Longer than a busy machine takes for anything, and shorter than a notification waits. */
const secondsMax = 20;

/** From here on the limits of the client are over when a test says so, and not when its machine was busy for so long. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

/** The next limit is over. */
function endLimit(): void {
  vi.advanceTimersByTime(secondsMax * 1000);
}

function aClient(apns: TestApns, options: Partial<ApnsClientOptions> = {}): ApnsClient {
  const client = createApnsClient({
    url: apns.url,
    caPem: apns.caPem,
    ...pushCredentials(),
    times: { connectSeconds: secondsMax, requestSeconds: secondsMax, pingSeconds: secondsMax },
    // Pauses between connections are waited for nowhere in these tests.
    random: () => 0,
    ...options,
  });
  open.push(client);
  return client;
}

function aNotification(changes: Partial<PushNotification> = {}): PushNotification {
  return {
    token: randomBytes(32),
    topic: testTopic,
    pushMagic: "8A1C2D3E-0000-4000-8000-000000000001",
    priority: 10,
    expiration: new Date("2026-11-21T13:00:00Z"),
    ...changes,
  };
}

/** A line to a local port whose connections can be made to carry nothing any more, without closing. */
async function aFreezableLine(targetPort: number) {
  const sockets = new Set<Socket>();
  let isNextFrozen = false;
  const server = createServer((near) => {
    sockets.add(near.on("error", () => undefined).on("close", () => sockets.delete(near)));
    if (isNextFrozen) {
      isNextFrozen = false;
      return;
    }
    const far = createConnection(targetPort, "localhost").on("error", () => undefined);
    near.on("close", () => far.destroy());
    near.pipe(far).pipe(near);
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  open.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return {
    // A listening TCP server has such an address.
    port: (server.address() as AddressInfo).port,
    openCount: () => sockets.size,
    freeze: () => {
      // Still read, so that a close is noticed, but carried nowhere.
      for (const socket of sockets) socket.unpipe().resume();
    },
    freezeNext: () => {
      isNextFrozen = true;
    },
  };
}

function countOf(outcomes: readonly PushOutcome[], kind: PushOutcome["kind"]): number {
  return outcomes.filter((outcome) => outcome.kind === kind).length;
}

describe("what is sent", () => {
  test("token, topic, magic, priority and expiration arrive as the caller gave them", async () => {
    const apns = await anApns();
    const notification = aNotification({ priority: 5 });
    expect(await aClient(apns).push(notification)).toEqual({ kind: "sent" });
    expect(apns.deliveries()).toMatchObject([
      {
        tokenHex: notification.token.toString("hex"),
        topic: testTopic,
        pushMagic: notification.pushMagic,
        priority: 5,
        expiresAt: notification.expiration,
      },
    ]);
  });

  test("many notifications share one connection and its streams", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    const release = apns.hold();
    const pushes = Array.from({ length: 300 }, () => client.push(aNotification()));
    await until(() => apns.openRequestsPeak() === 300);
    release();
    expect(countOf(await Promise.all(pushes), "sent")).toBe(300);
    expect(apns.connectionCount()).toBe(1);
  });

  test("never more are in flight than the server allows", async () => {
    const apns = await anApns({ concurrentStreamsMax: 10 });
    const client = aClient(apns);
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => client.push(aNotification())));
    expect(countOf(outcomes, "sent")).toBe(200);
    expect(apns.openRequestsPeak()).toBeLessThanOrEqual(10);
    expect(apns.openRequestsPeak()).toBeGreaterThan(1);
  });
});

describe("what APNs refuses", () => {
  test("a token that is gone, a bad request and too many requests are told apart", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    const gone = aNotification();
    const goneAt = new Date("2026-11-20T00:00:00Z");
    apns.unregister(gone.token.toString("hex"), goneAt);
    expect(await client.push(gone)).toEqual({
      kind: "token_rejected",
      reason: "Unregistered",
      timestamp: goneAt,
    });
    expect(await client.push(aNotification({ token: Buffer.from("short") }))).toMatchObject({
      kind: "token_rejected",
      reason: "BadDeviceToken",
    });
    expect(await client.push(aNotification({ topic: "com.example.other" }))).toEqual({
      kind: "rejected",
      status: 400,
      reason: "TopicDisallowed",
    });
    apns.fail({ kind: "answer", status: 429, reason: "TooManyRequests", retryAfterSeconds: 7 });
    expect(await client.push(aNotification())).toEqual({
      kind: "retry_later",
      reason: "TooManyRequests",
      retryAfterSeconds: 7,
    });
  });

  test("an expired push certificate is an outcome, not an exception", async () => {
    const apns = await anApns();
    const expired = pushIdentity(testTopic, { notAfter: new Date("2021-01-01T00:00:00Z") });
    const client = aClient(apns, pushCredentials(expired));
    expect(await client.push(aNotification())).toMatchObject({ kind: "retry_later" });
    expect(apns.requestCount()).toBe(0);
  });

  test("a server of another authority gets nothing", async () => {
    const apns = await anApns();
    const client = aClient(apns, { caPem: pushCredentials().certificatePem });
    expect(await client.push(aNotification())).toMatchObject({ kind: "retry_later" });
    expect(apns.requestCount()).toBe(0);
  });

  test("a key that is not one is refused when the client is made", () => {
    expect(() =>
      createApnsClient({
        url: new URL("https://localhost"),
        caPem: null,
        certificatePem: pushCredentials().certificatePem,
        privateKeyPem: new Secret("not a key"),
      }),
    ).toThrow();
  });
});

describe("what the network does", () => {
  test("GOAWAY in mid flight loses nothing: what was left out goes over a new connection", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    const release = apns.hold();
    const first = aNotification();
    apns.fail({ kind: "goaway" }, { tokenHex: first.token.toString("hex") });
    const early = Array.from({ length: 50 }, () => client.push(aNotification()));
    const left = client.push(first);
    const pushes = Array.from({ length: 100 }, () => client.push(aNotification()));
    await until(() => apns.openRequestsPeak() === 151);
    release();
    expect(countOf(await Promise.all([...early, left, ...pushes]), "sent")).toBe(151);
    expect(apns.connectionCount()).toBe(2);
    expect(apns.deliveryCount()).toBe(152);
  });

  test("GOAWAY for the first request of a connection", async () => {
    const apns = await anApns();
    apns.fail({ kind: "goaway" });
    expect(await aClient(apns).push(aNotification())).toEqual({ kind: "sent" });
    expect(apns.connectionCount()).toBe(2);
  });

  test("GOAWAY with an error code repeats what was left out", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    apns.fail({ kind: "goaway", errorCode: 2 });
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    expect(apns.connectionCount()).toBe(2);
  });

  test("a server that refuses again and again ends as a later try", async () => {
    const apns = await anApns();
    apns.fail({ kind: "refuse_stream" }, { count: 100 });
    expect(await aClient(apns).push(aNotification())).toMatchObject({
      kind: "retry_later",
      reason: "refused",
    });
    expect(apns.requestCount()).toBe(4);
  });

  test("a broken connection is a later try for what was under way, and a new connection for the next", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    apns.fail({ kind: "reset" });
    expect(await client.push(aNotification())).toMatchObject({ kind: "retry_later" });
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    expect(apns.connectionCount()).toBe(2);
  });

  test("a stalled request ends in time while others are answered", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    const stalled = aNotification();
    apns.fail({ kind: "stall" }, { tokenHex: stalled.token.toString("hex") });
    stopTimers();
    const outcome = client.push(stalled);
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    endLimit();
    expect(await outcome).toMatchObject({ kind: "retry_later", reason: "request_timeout" });
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    expect(apns.connectionCount()).toBe(1);
  });

  test("a peer that fell silent is found out by a ping, and replaced", async () => {
    const apns = await anApns();
    const line = await aFreezableLine(Number(apns.url.port));
    const client = aClient(apns, { url: new URL(`https://localhost:${line.port}`) });
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    line.freeze();
    stopTimers();
    const outcome = client.push(aNotification());
    endLimit();
    expect(await outcome).toMatchObject({ reason: "request_timeout" });
    expect(line.openCount()).toBe(1);
    endLimit();
    vi.useRealTimers();
    await until(() => line.openCount() === 0);
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    expect(apns.connectionCount()).toBe(2);
  });

  test("a listener that never answers the handshake is a later try", async () => {
    const apns = await anApns();
    const line = await aFreezableLine(Number(apns.url.port));
    line.freezeNext();
    const url = new URL(`https://localhost:${line.port}`);
    const client = aClient(apns, { url });
    stopTimers();
    const outcome = client.push(aNotification());
    while (line.openCount() === 0) await setImmediate();
    endLimit();
    vi.useRealTimers();
    expect(await outcome).toMatchObject({ kind: "retry_later", reason: "connect_timeout" });
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
  });

  test("nobody listening is a later try", async () => {
    const apns = await startTestApns();
    await apns.close();
    expect(await aClient(apns).push(aNotification())).toMatchObject({
      kind: "retry_later",
      reason: "ECONNREFUSED",
    });
  });

  test("a closed client tells what still comes to try later", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    expect(await client.push(aNotification())).toEqual({ kind: "sent" });
    await client.close();
    expect(await client.push(aNotification())).toMatchObject({ kind: "retry_later", reason: "closed" });
  });

  test("closing lets what was sent be answered", async () => {
    const apns = await anApns();
    const client = aClient(apns);
    const release = apns.hold();
    const push = client.push(aNotification());
    await until(() => apns.openRequestsPeak() === 1);
    const closing = client.close();
    release();
    expect(await push).toEqual({ kind: "sent" });
    await closing;
  });
});
