/** Apple's push service is slow, overloaded or broken while a fleet connects and reports: nobody waits for it. */
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { PushFault } from "#sandbox/apple/apns/push-faults.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
const fleetSize = 20;
/** More than a device's waiting commands that one push stands for. */
const ordersEach = 3;
const endless = 1_000_000;
/** Steps of the server's clock while the service fails: ten minutes in all. */
const outage = { steps: 20, stepSeconds: 30 };
/** Tries within ten minutes when the pauses double from 5 to 300 seconds (spec 6.1), and one under way. */
const triesMax = 9;
const healSeconds = 301;
/** A connection that breaks is not opened again at once; how often it is tried in this test's time is counted. */
const connectionsMax = 20;

let enrolling: Promise<SimulatedDevice[]> | null = null;

/** Devices that are in order and owe nobody a push: the same ones for every test. */
async function quietFleet(): Promise<SimulatedDevice[]> {
  enrolling ??= Promise.all(Array.from({ length: fleetSize }, () => stories.settledDevice("iPhone")));
  const fleet = await enrolling;
  await stories.app.drainPushes();
  return fleet;
}

/** Queues commands for every device. @returns Their UUIDs. */
async function orderForAll(fleet: readonly SimulatedDevice[]): Promise<string[]> {
  const uuids: string[] = [];
  for (let round = 0; round < ordersEach; round += 1) {
    uuids.push(...(await Promise.all(fleet.map((device) => stories.order(device, "DeviceInformation")))));
  }
  return uuids;
}

/** Every device connects by itself and carries out what there is. */
async function pollAll(fleet: readonly SimulatedDevice[]): Promise<string[]> {
  const seen = await Promise.all(fleet.map((device) => device.pollUntilIdle()));
  return seen.flat().map(({ uuid }) => uuid.toLowerCase());
}

async function countPushRequests(): Promise<number> {
  const { database } = stories.app.foundation;
  const { count } = await database.one<{ count: number }>(
    sql`select count(*)::int as count from push_requests`,
  );
  return count;
}

function tokensOf(fleet: readonly SimulatedDevice[]): string[] {
  return fleet.map(({ state }) => state.push?.token.toString("hex") ?? "");
}

/** Tokens that were pushed to since a count of deliveries. */
function pushedSince(count: number): Set<string> {
  const { apns } = stories.apple;
  const fresh = apns.deliveryCount() - count;
  return new Set(
    fresh === 0
      ? []
      : apns
          .deliveries()
          .slice(-fresh)
          .map(({ tokenHex }) => tokenHex),
  );
}

test("a service that does not answer holds up no order, no connect and no report", async () => {
  const fleet = await quietFleet();
  const { apns } = stories.apple;
  const before = { requests: apns.requestCount(), deliveries: apns.deliveryCount() };
  const release = apns.hold();
  const ordered = await orderForAll(fleet);
  await expect.poll(() => apns.requestCount()).toBeGreaterThan(before.requests);
  const carriedOut = await pollAll(fleet);
  // All of that happened while no push was answered.
  expect(apns.deliveryCount()).toBe(before.deliveries);
  expect(new Set(carriedOut)).toEqual(new Set(ordered));
  expect(await countPushRequests()).toBe(fleetSize);
  expect(apns.requestCount() - before.requests).toBeLessThanOrEqual(fleetSize);
  release();
  stories.clock.advance(healSeconds);
  await stories.app.drainPushes();
  expect(pushedSince(before.deliveries)).toEqual(new Set(tokensOf(fleet)));
  expect(await countPushRequests()).toBe(0);
});

const faults: readonly (readonly [string, PushFault])[] = [
  ["too many requests", { kind: "answer", status: 429, reason: "TooManyRequests", retryAfterSeconds: 20 }],
  ["an internal error", { kind: "answer", status: 500, reason: "InternalServerError" }],
  ["streams that are refused", { kind: "refuse_stream" }],
];

test.each(faults)(
  "%s for ten minutes: few tries, every connect served, every push made up for",
  async (_, fault) => {
    const fleet = await quietFleet();
    const { apns } = stories.apple;
    const deliveries = apns.deliveryCount();
    apns.fail(fault, { count: endless });
    const requests = apns.requestCount();
    const answers = await outageWithTraffic(fleet);
    expect(answers.carriedOut).toEqual(answers.ordered);
    expect(apns.deliveryCount()).toBe(deliveries);
    expect(await countPushRequests()).toBe(fleetSize);
    const tries = (apns.requestCount() - requests) / fleetSize;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThanOrEqual(fault.kind === "refuse_stream" ? triesMax * triesPerPush : triesMax);
    apns.clearFaults();
    stories.clock.advance(healSeconds);
    await stories.app.drainPushes();
    expect(pushedSince(deliveries)).toEqual(new Set(tokensOf(fleet)));
    expect(await countPushRequests()).toBe(0);
  },
);

/** A stream that is refused is known not to have been processed: the client itself tries it so often. */
const triesPerPush = 4;

/** Ten minutes of failing pushes with orders and connects in between. */
async function outageWithTraffic(fleet: readonly SimulatedDevice[]) {
  const ordered = new Set<string>();
  const carriedOut = new Set<string>();
  for (let step = 0; step < outage.steps; step += 1) {
    if (step % 10 === 0) for (const uuid of await orderForAll(fleet)) ordered.add(uuid);
    await stories.app.drainPushes();
    for (const uuid of await pollAll(fleet)) carriedOut.add(uuid);
    stories.clock.advance(outage.stepSeconds);
  }
  return { ordered, carriedOut };
}

test("connections that break: they are not opened again and again, and the pushes come when they hold", async () => {
  const fleet = await quietFleet();
  const { apns } = stories.apple;
  const [deliveries, connections] = [apns.deliveryCount(), apns.connectionCount()];
  apns.fail({ kind: "reset" }, { count: endless });
  const ordered = await orderForAll(fleet);
  await stories.app.drainPushes();
  expect(new Set(await pollAll(fleet))).toEqual(new Set(ordered));
  stories.clock.advance(healSeconds);
  await stories.app.drainPushes();
  expect(apns.connectionCount() - connections).toBeLessThanOrEqual(connectionsMax);
  expect(await countPushRequests()).toBe(fleetSize);
  apns.clearFaults();
  stories.clock.advance(healSeconds);
  await stories.app.drainPushes();
  expect(pushedSince(deliveries)).toEqual(new Set(tokensOf(fleet)));
  expect(await countPushRequests()).toBe(0);
});
