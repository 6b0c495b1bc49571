import { randomBytes, randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createApnsClient } from "#apple/apns/apns-client.ts";
import { secondsAfter } from "#platform/clock.ts";
import { sql } from "#platform/db/sql.ts";
import type { OperationSource } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { certificatePem, privateKeyPem, pushIdentity, useTestApns } from "../../../test/tools/push-world.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { readPushCertificate } from "./push-certificate.ts";
import { createPushCertificate, uploadPushCertificate } from "./push-certificate-operations.ts";
import { claimDuePushes, requestPush, settlePushes } from "./push-operations.ts";
import {
  attemptsMax,
  claimSeconds,
  pushExpirationSeconds,
  retrySecondsMax,
  wakePacingDefault,
} from "./push-request.ts";
import { pushesInFlightMax, type PushSender, type PushSenderDeps, startPushSender } from "./push-sender.ts";

const world = useTestDatabase();
const apns = useTestApns();
const sealer = createSealer(new Secret(randomBytes(32)));

let logged: string[];
let sender: PushSender;
let topic: string;
let certificateId: number;

/** A client that gives up is the subject of one test; in the others a busy machine shall not make it do so. */
const patient = { connectSeconds: 60, requestSeconds: 60, pingSeconds: 60 };

function startSender(
  requestSecondsOf: (topic: string) => number = () => patient.requestSeconds,
  throttle: NonNullable<PushSenderDeps["throttle"]> = { ratePerSecond: null, capacity: null },
  pacing = wakePacingDefault,
): PushSender {
  const log = pino({ level: "trace" }, { write: (line) => void logged.push(line) });
  const source: OperationSource = { ...world.source, database: world.database, clock: world.clock, log };
  return startPushSender({
    source,
    sealer,
    throttle,
    pacing,
    openApnsClient: (credentials) =>
      createApnsClient({
        url: apns.url,
        caPem: apns.caPem,
        ...credentials,
        random: () => 0,
        times: { ...patient, requestSeconds: requestSecondsOf(topicOf(credentials.certificatePem)) },
      }),
  });
}

function topicOf(pem: string): string {
  const facts = readPushCertificate(pem);
  return "topic" in facts ? facts.topic : "";
}

async function aCertificate(ofTopic: string, dates = {}): Promise<number> {
  const identity = pushIdentity(ofTopic, dates);
  const { id } = await world.testOperation((op) => createPushCertificate(op, { sealer }, { name: ofTopic }));
  await upload(id, identity);
  return id;
}

async function upload(id: number, identity = pushIdentity(topic)): Promise<void> {
  await world.testOperation((op) =>
    uploadPushCertificate(
      op,
      { sealer },
      {
        id: id as never,
        upload: {
          certificate: certificatePem(identity),
          privateKey: new Secret(privateKeyPem(identity)),
          password: null,
        },
      },
    ),
  );
}

type TestDevice = {
  readonly id: number;
  readonly udid: string;
  readonly token: Buffer;
  readonly tokenHex: string;
};

async function aDevice(changes: { readonly certificate?: number } = {}): Promise<TestDevice> {
  const token = randomBytes(32);
  const udid = randomUUID();
  const { id } = await world.database.one<{ id: number }>(sql`
    insert into devices (udid, serial_number, platform, push_certificate_id, token, push_magic, created_at, updated_at)
    values (${udid}, ${`S${udid.slice(0, 8)}`}, 'macOS', ${changes.certificate ?? certificateId}, ${token},
            ${`magic-${udid}`}, ${testStart}, ${testStart}) returning id`);
  return { id, udid, token, tokenHex: token.toString("hex") };
}

async function aUser(device: TestDevice) {
  const token = randomBytes(32);
  const userId = randomUUID();
  const { id } = await world.database.one<{ id: number }>(sql`
    insert into device_users (device_id, user_id, long_name, short_name, token, created_at, updated_at)
    values (${device.id}, ${userId}, 'Jo', 'jo', ${token}, ${testStart}, ${testStart}) returning id`);
  return { id, userId, token, tokenHex: token.toString("hex") };
}

async function request(
  { id }: { readonly id: number },
  options: { readonly userId?: number; readonly priority?: 5 | 10; readonly notBefore?: Date } = {},
): Promise<void> {
  const at = world.clock.now();
  const { userId = null, priority = 10, notBefore = at } = options;
  await world.testOperation((op) =>
    requestPush(
      op.tx,
      { deviceId: id, userId },
      { priority, expirationSeconds: pushExpirationSeconds, notBefore, at },
    ),
  );
}

async function aCommand(
  device: TestDevice,
  changes: { userId?: number; notBefore?: Date } = {},
): Promise<void> {
  const at = world.clock.now();
  await world.testOperation((op) =>
    op.tx.run(sql`
      insert into commands (uuid, device_id, device_user_id, name, request_type, arguments, state, priority,
                            not_before, created_at, updated_at)
      values (${randomUUID()}, ${device.id}, ${changes.userId ?? null}, 'DeviceInformation', 'DeviceInformation',
              '{}', 'queued', 5, ${changes.notBefore ?? null}, ${at}, ${at})`),
  );
}

async function seen(device: TestDevice): Promise<void> {
  await world.testOperation((op) =>
    op.tx.run(sql`
      insert into device_activity (device_id, last_seen_at) values (${device.id}, ${op.at})
      on conflict (device_id) do update set last_seen_at = excluded.last_seen_at`),
  );
}

function pushesTo(tokenHex: string) {
  return apns.deliveries().filter((push) => push.tokenHex === tokenHex);
}

async function waiting(device: TestDevice) {
  return world.database.many<{ attemptCount: number; claimedUntil: Date | null; requestCount: number }>(sql`
    select attempt_count, claimed_until, request_count from push_requests where device_id = ${device.id}`);
}

async function notifications(udid: string): Promise<Record<string, unknown>[]> {
  const rows = await world.database.many<{ payload: Record<string, unknown> }>(sql`
    select payload from events where type = 'mdm_device_notification' and payload ->> 'udid' = ${udid}
     order by sequence`);
  return rows.map(({ payload }) => payload);
}

async function notifiedAt(device: TestDevice): Promise<Date | null> {
  const row = await world.database.maybe<{ lastNotifiedAt: Date | null }>(
    sql`select last_notified_at from device_activity where device_id = ${device.id}`,
  );
  return row?.lastNotifiedAt ?? null;
}

beforeEach(async () => {
  world.clock.set(testStart);
  logged = [];
  topic = `com.apple.mgmt.External.${randomUUID()}`;
  certificateId = await aCertificate(topic);
  sender = startSender();
});

afterEach(async () => {
  apns.clearFaults();
  await sender.close();
  await world.testOperation((op) => op.tx.run(sql`delete from push_requests`));
  await world.testOperation((op) => op.tx.run(sql`delete from commands`));
});

describe("what is sent", () => {
  test("a requested push wakes the device under its topic, with its magic, once", async () => {
    const device = await aDevice();
    await request(device, { priority: 5 });
    await sender.drain();
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toMatchObject([
      {
        topic,
        pushMagic: `magic-${device.udid}`,
        priority: 5,
        expiresAt: secondsAfter(testStart, pushExpirationSeconds),
      },
    ]);
    expect(await waiting(device)).toEqual([]);
    expect(await notifiedAt(device)).toEqual(testStart);
    expect(await notifications(device.udid)).toEqual([
      { udid: device.udid, apns_priority: 5, apns_expiration_seconds: 3600, status: "success" },
    ]);
  });

  test("a configured throttle leaves for later what is more than its capacity", async () => {
    await sender.close();
    sender = startSender(undefined, { ratePerSecond: 0.001, capacity: 2 });
    const devices = await Promise.all(Array.from({ length: 4 }, () => aDevice()));
    for (const device of devices) await request(device);
    await sender.drain();
    expect(devices.flatMap(({ tokenHex }) => pushesTo(tokenHex))).toHaveLength(2);
    await sender.close();
    sender = startSender();
    await sender.drain();
    expect(devices.flatMap(({ tokenHex }) => pushesTo(tokenHex))).toHaveLength(4);
  });

  test("a user is woken by its own token with the magic of the device", async () => {
    const device = await aDevice();
    const user = await aUser(device);
    await request(device, { userId: user.id });
    await sender.drain();
    expect(pushesTo(user.tokenHex)).toMatchObject([{ pushMagic: `magic-${device.udid}` }]);
    expect(pushesTo(device.tokenHex)).toEqual([]);
    expect(await notifications(device.udid)).toMatchObject([{ user_id: user.userId, status: "success" }]);
    const row = await world.database.one(
      sql`select last_notified_at from device_users where id = ${user.id}`,
    );
    expect(row).toEqual({ lastNotifiedAt: testStart });
    expect(await notifiedAt(device)).toBeNull();
  });

  test("a thousand requests for one target are one push, of the highest priority", async () => {
    const device = await aDevice();
    const options = { expirationSeconds: 60, notBefore: testStart, at: testStart };
    await world.testOperation(async (op) => {
      for (let count = 0; count < 1_000; count++) {
        const priority = count === 500 ? 10 : 5;
        await requestPush(op.tx, { deviceId: device.id, userId: null }, { ...options, priority });
      }
    });
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toMatchObject([{ priority: 10 }]);
  });

  test("a request for later waits for its time, and an earlier one cuts the wait short", async () => {
    const device = await aDevice();
    await request(device, { notBefore: secondsAfter(testStart, 3600) });
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
  });

  test("a request that comes while one is under way is not lost", async () => {
    const device = await aDevice();
    const release = apns.hold();
    const before = apns.requestCount();
    await request(device);
    sender.nudge();
    await waitFor(() => apns.requestCount() > before);
    await request(device);
    release();
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
    expect(await waiting(device)).toEqual([]);
  });

  test("many devices are woken at once over one connection", async () => {
    const devices = await Promise.all(Array.from({ length: 120 }, () => aDevice()));
    const connections = apns.connectionCount();
    const release = apns.hold();
    const before = apns.requestCount();
    for (const device of devices) await request(device);
    sender.nudge();
    await waitFor(() => apns.requestCount() - before === 120);
    release();
    await sender.drain();
    expect(apns.connectionCount() - connections).toBe(1);
    for (const device of devices) expect(pushesTo(device.tokenHex)).toHaveLength(1);
  });

  test("a wave larger than what may be under way goes out by itself", async () => {
    const count = pushesInFlightMax * 2 + 100;
    const before = apns.deliveryCount();
    await world.testOperation((op) =>
      op.tx.run(sql`
        with wave as (
          insert into devices (udid, serial_number, platform, push_certificate_id, token, push_magic,
                               created_at, updated_at)
          select ${`${topic}.`} || number, 'C02', 'macOS', ${certificateId}, sha256(number::text::bytea), 'magic',
                 ${op.at}, ${op.at}
            from generate_series(1, ${count}::integer) number returning id)
        insert into push_requests (device_id, priority, expiration_seconds, not_before, requested_at)
        select id, 5, 60, ${op.at}, ${op.at} from wave`),
    );
    sender.nudge();
    await waitFor(() => apns.deliveryCount() - before === count);
    const left = sql`select count(*)::integer as count from push_requests`;
    await expect.poll(() => world.database.one(left)).toEqual({ count: 0 });
    expect(apns.deliveryCount() - before).toBe(count);
    expect(apns.openRequestsPeak()).toBeGreaterThan(100);
  });

  test("requests go out without anybody asking for them", async () => {
    const device = await aDevice();
    await request(device);
    await waitFor(() => pushesTo(device.tokenHex).length === 1);
  });

  test("closing lets what is under way end and writes it down", async () => {
    const device = await aDevice();
    const release = apns.hold();
    const before = apns.requestCount();
    await request(device);
    sender.nudge();
    await waitFor(() => apns.requestCount() > before);
    const closing = sender.close();
    release();
    await closing;
    expect(await waiting(device)).toEqual([]);
    expect(await notifications(device.udid)).toMatchObject([{ status: "success" }]);
  });

  test("two senders at once send each push once", async () => {
    const other = startSender();
    const devices = await Promise.all(Array.from({ length: 60 }, () => aDevice()));
    for (const device of devices) await request(device);
    await Promise.all([sender.drain(), other.drain()]);
    await other.close();
    for (const device of devices) expect(pushesTo(device.tokenHex)).toHaveLength(1);
  });

  test("a renewed certificate is used from the next push on", async () => {
    const device = await aDevice();
    await request(device);
    await sender.drain();
    const connections = apns.connectionCount();
    world.clock.advance(1);
    await upload(certificateId);
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
    expect(apns.connectionCount() - connections).toBe(1);
  });
});

describe("what is refused", () => {
  test("a token that Apple gave up is state of the device, and it is not tried again", async () => {
    const device = await aDevice();
    apns.unregister(device.tokenHex);
    await request(device);
    await sender.drain();
    const state = sql`select token_rejected_at, token_rejected_reason from devices where id = ${device.id}`;
    expect(await world.database.one(state)).toEqual({
      tokenRejectedAt: testStart,
      tokenRejectedReason: "Unregistered",
    });
    expect(await notifications(device.udid)).toMatchObject([{ status: "failure" }]);
    const before = apns.requestCount();
    await request(device);
    await sender.drain();
    expect(apns.requestCount()).toBe(before);
    expect(await waiting(device)).toEqual([]);
  });

  test("the refusal of a user's token leaves the device alone", async () => {
    const device = await aDevice();
    const user = await aUser(device);
    apns.unregister(user.tokenHex);
    await request(device, { userId: user.id });
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    const row = sql`select token_rejected_reason from device_users where id = ${user.id}`;
    expect(await world.database.one(row)).toEqual({ tokenRejectedReason: "Unregistered" });
  });

  test("the refusal of an old token does not touch the new one that the device reported meanwhile", async () => {
    const device = await aDevice();
    apns.unregister(device.tokenHex);
    const release = apns.hold();
    const before = apns.requestCount();
    await request(device);
    sender.nudge();
    await waitFor(() => apns.requestCount() > before);
    const token = randomBytes(32);
    await world.testOperation((op) =>
      op.tx.run(sql`update devices set token = ${token} where id = ${device.id}`),
    );
    release();
    await sender.drain();
    const row = sql`select token_rejected_at from devices where id = ${device.id}`;
    expect(await world.database.one(row)).toEqual({ tokenRejectedAt: null });
  });

  test("too many requests: nothing is sent again before Apple's time has passed", async () => {
    const device = await aDevice();
    apns.fail({ kind: "answer", status: 429, reason: "TooManyRequests", retryAfterSeconds: 60 });
    await request(device);
    await sender.drain();
    world.clock.advance(59);
    // Not even a new request hurries it.
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
    expect(await notifications(device.udid)).toEqual([]);
    world.clock.advance(2);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    expect(await notifications(device.udid)).toMatchObject([{ status: "success" }]);
  });

  test("a service that stays broken is asked less and less often, and the push is given up in the end", async () => {
    const device = await aDevice();
    apns.fail({ kind: "answer", status: 503, reason: "ServiceUnavailable" }, { count: 1_000 });
    const before = apns.requestCount();
    await request(device);
    for (let attempt = 1; attempt < attemptsMax; attempt++) {
      await sender.drain();
      expect(await waiting(device)).toMatchObject([{ attemptCount: attempt }]);
      world.clock.advance(retrySecondsMax);
    }
    await sender.drain();
    expect(apns.requestCount() - before).toBe(attemptsMax);
    expect(await waiting(device)).toEqual([]);
    expect(await notifications(device.udid)).toMatchObject([{ status: "failure" }]);
    expect(await notifiedAt(device)).toBeNull();
  });

  test("a rejected request stops at once, and only a new one tries before the long pause is over", async () => {
    const device = await aDevice();
    apns.fail({ kind: "answer", status: 403, reason: "BadCertificate" });
    await request(device);
    await sender.drain();
    world.clock.advance(60);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
    expect(await notifications(device.udid)).toMatchObject([{ status: "failure" }]);
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
  });

  test.each<[string, ReturnType<typeof sql>]>([
    ["checked out", sql`checkout_at = ${testStart}`],
    ["without token", sql`token = null`],
    ["without magic", sql`push_magic = null`],
  ])(
    "a device %s is not pushed to: the request is dropped with a log entry and without an event",
    async (_, change) => {
      const device = await aDevice();
      await world.testOperation((op) => op.tx.run(sql`update devices set ${change} where id = ${device.id}`));
      await request(device);
      await sender.drain();
      expect(await waiting(device)).toEqual([]);
      expect(await notifications(device.udid)).toEqual([]);
      expect(logged.join("")).toContain("Cannot push to a device");
    },
  );

  test("blocked devices are woken: they shall come and be told", async () => {
    const device = await aDevice();
    await world.testOperation((op) =>
      op.tx.run(sql`update devices set blocked_at = ${testStart} where id = ${device.id}`),
    );
    await request(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
  });
});

describe("what the network does", () => {
  test.each(["goaway", "reset", "refuse_stream"] as const)("%s in mid flight loses no push", async (kind) => {
    const devices = await Promise.all(Array.from({ length: 40 }, () => aDevice()));
    apns.fail({ kind }, { tokenHex: devices[20]?.tokenHex ?? "" });
    for (const device of devices) await request(device);
    await sender.drain();
    world.clock.advance(retrySecondsMax);
    await sender.drain();
    for (const device of devices) expect(pushesTo(device.tokenHex).length).toBeGreaterThan(0);
    const { count } = await world.database.one<{ count: number }>(
      sql`select count(*)::integer as count from push_requests`,
    );
    expect(count).toBe(0);
  });

  test("a stalled service is tried again later, and does not stop another certificate", async () => {
    await sender.close();
    sender = startSender((ofTopic) => (ofTopic === topic ? 1 : patient.requestSeconds));
    const stalled = await aDevice();
    const other = await aDevice({ certificate: await aCertificate(`${topic}.other`) });
    apns.fail({ kind: "stall" }, { tokenHex: stalled.tokenHex });
    await request(stalled);
    await request(other);
    await sender.drain();
    expect(pushesTo(other.tokenHex)).toHaveLength(1);
    expect(await waiting(stalled)).toMatchObject([{ attemptCount: 1 }]);
    await sender.close();
    sender = startSender();
    world.clock.advance(10);
    await sender.drain();
    expect(pushesTo(stalled.tokenHex)).toHaveLength(1);
  });

  test("a claim that was never settled is free again after its time", async () => {
    await sender.close();
    const device = await aDevice();
    await request(device);
    const claim = { limit: 10, busyCertificateIds: [] };
    const claimed = await world.testOperation((op) => claimDuePushes(op, claim));
    expect(claimed).toMatchObject([{ deviceId: device.id, attemptCount: 0 }]);
    expect(await world.testOperation((op) => claimDuePushes(op, claim))).toEqual([]);
    world.clock.advance(claimSeconds);
    const [push] = await world.testOperation((op) => claimDuePushes(op, claim));
    expect(push).toMatchObject({ deviceId: device.id });
    if (push !== undefined) {
      const settle = () =>
        world.testOperation((op) => settlePushes(op, [{ push, outcome: { kind: "sent" } }]));
      await settle();
      // Twice does no harm: the first claimer may come back late.
      await settle();
    }
    expect(await waiting(device)).toEqual([]);
  });

  test("a certificate with enough under way is left out of claims", async () => {
    await sender.close();
    const device = await aDevice();
    await request(device);
    const claim = (busyCertificateIds: number[]) =>
      world.testOperation((op) => claimDuePushes(op, { limit: 10, busyCertificateIds }));
    expect(await claim([certificateId])).toEqual([]);
    expect(await claim([certificateId + 1_000])).toHaveLength(1);
  });

  test("a key that does not open is an entry in the log and a later try, for that certificate only", async () => {
    const broken = await aCertificate(`${topic}.broken`);
    await world.testOperation((op) =>
      op.tx.run(sql`update push_certificates set private_key_sealed = '\\x00' where id = ${broken}`),
    );
    const [one, other] = [await aDevice({ certificate: broken }), await aDevice()];
    await request(one);
    await request(other);
    await sender.drain();
    expect(await waiting(one)).toMatchObject([{ attemptCount: 1 }]);
    expect(pushesTo(other.tokenHex)).toHaveLength(1);
    expect(logged.join("")).toContain("Cannot use a push certificate");
  });
});

describe("commands that wait in vain", () => {
  test("a due command is followed by a push of its own after half a minute, for a day", async () => {
    const device = await aDevice();
    await aCommand(device);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
    world.clock.advance(31);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toMatchObject([
      { priority: 5, expiresAt: secondsAfter(world.clock.now(), 86_400) },
    ]);
    world.clock.advance(3600);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    world.clock.advance(86_400);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
  });

  test("a configured pace is kept: when a command has waited too long, and when its push is repeated", async () => {
    await sender.close();
    const pacing = { ...wakePacingDefault, commandWaitingSecondsMax: 10, connectRetrySeconds: 600 };
    sender = startSender(undefined, { ratePerSecond: null, capacity: null }, pacing);
    const device = await aDevice();
    await aCommand(device);
    world.clock.advance(11);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toMatchObject([{ expiresAt: secondsAfter(world.clock.now(), 600) }]);
    world.clock.advance(599);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    world.clock.advance(2);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
  });

  test("a device that came and left a command behind is woken again after some minutes", async () => {
    const device = await aDevice();
    await aCommand(device);
    world.clock.advance(31);
    await sender.drain();
    world.clock.advance(10);
    await seen(device);
    world.clock.advance(60);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    world.clock.advance(300);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
  });

  test("a command that was handed out wakes its device when that came again without a word about it", async () => {
    const device = await aDevice();
    await aCommand(device);
    const handOut = sql`update commands set state = 'sent', sent_at = ${testStart} where device_id = ${device.id}`;
    await world.testOperation((op) => op.tx.run(handOut));
    world.clock.advance(120);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
    await seen(device);
    world.clock.advance(31);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    world.clock.advance(10);
    await seen(device);
    world.clock.advance(60);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(1);
    world.clock.advance(300);
    await sender.drain();
    expect(pushesTo(device.tokenHex)).toHaveLength(2);
  });

  test("a command that is parked, expired or taken back wakes nobody", async () => {
    const changes = [
      sql`parked_at = ${testStart}, retry_at = ${secondsAfter(testStart, 86_400)}`,
      sql`expires_at = ${secondsAfter(testStart, 20)}`,
      sql`cancelled_at = ${testStart}`,
    ];
    for (const change of changes) {
      const device = await aDevice();
      await aCommand(device);
      await world.testOperation((op) =>
        op.tx.run(sql`update commands set ${change} where device_id = ${device.id}`),
      );
    }
    world.clock.advance(60);
    await sender.drain();
    expect(apns.deliveries().filter(({ topic: sent }) => sent === topic)).toEqual([]);
  });

  test("a command for later, and one of a user without token, wake nobody", async () => {
    const device = await aDevice();
    const user = await aUser(device);
    await world.testOperation((op) =>
      op.tx.run(sql`update device_users set token = null where id = ${user.id}`),
    );
    await aCommand(device, { notBefore: secondsAfter(testStart, 86_400) });
    await aCommand(device, { userId: user.id });
    world.clock.advance(60);
    await sender.drain();
    expect(apns.deliveries().filter(({ topic: sent }) => sent === topic)).toEqual([]);
  });

  test("a command on a user channel wakes the user", async () => {
    const device = await aDevice();
    const user = await aUser(device);
    await aCommand(device, { userId: user.id });
    world.clock.advance(31);
    await sender.drain();
    expect(pushesTo(user.tokenHex)).toHaveLength(1);
    expect(pushesTo(device.tokenHex)).toHaveLength(0);
  });
});

test("neither keys nor tokens nor magics reach a log or an event", async () => {
  const device = await aDevice();
  const refused = await aDevice();
  apns.unregister(refused.tokenHex);
  await request(device);
  await request(refused);
  await sender.drain();
  const events = await world.database.many(sql`select payload, objects, request from events`);
  const everything = logged.join("") + JSON.stringify(events);
  const keyLine = privateKeyPem(pushIdentity()).split("\n")[3] ?? "";
  expect(keyLine).toHaveLength(64);
  for (const secret of [keyLine, device.tokenHex, refused.tokenHex, "magic-"]) {
    expect(everything).not.toContain(secret);
  }
});

async function waitFor(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 5 }).toBe(true);
}
