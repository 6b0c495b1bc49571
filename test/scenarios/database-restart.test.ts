/**
 * PostgreSQL is stopped under a working server and started again, in order and as by a power cut. The server stays,
 * refuses what it cannot keep, and goes on by itself; nothing it acknowledged is lost, and nothing waits for ever.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { claimSeconds } from "#mdm/push/push-request.ts";
import { sql } from "#platform/db/sql.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { createRandom } from "../fuzz/random.ts";
import { expectNothingLost, startTraffic, tell, type Traffic } from "../tools/fleet-traffic.ts";
import { type RestartableDatabase, startRestartableDatabase } from "../tools/restartable-database.ts";
import { type ServedProcess, startServedProcess } from "../tools/served-process.ts";

const seed = Number(process.env["RESTART_SEED"] ?? Date.now() % 1_000_000_000);
const stops = ["fast", "immediate", "fast", "immediate"] as const;
/** The longest is more than a flush of the buffers and a poll of the push sender. */
const downMilliseconds = [100, 3_000, 1_000, 300];
const upMilliseconds = { min: 300, spread: 1_500 };
const recoverySeconds = 60;
const minute = 60_000;

let database: RestartableDatabase | undefined;
let server: ServedProcess | undefined;

beforeAll(async () => {
  database = await startRestartableDatabase();
  server = await startServedProcess(database);
});
afterAll(async () => {
  await server?.close();
  await database?.close();
});

function world(): { readonly database: RestartableDatabase; readonly server: ServedProcess } {
  if (database === undefined || server === undefined) throw new Error("Nothing is started yet");
  return { database, server };
}

async function probe(path: string): Promise<number> {
  const { server } = world();
  try {
    return (await fetch(new URL(path, server.baseUrl))).status;
  } catch (cause) {
    throw new Error(`No answer from ${path}; the server wrote: ${server.process().errors()}`, { cause });
  }
}

/** An operator's order still wakes its device. */
async function expectPushes(traffic: Traffic): Promise<void> {
  const { server } = world();
  const { device } = await traffic.underWay();
  const token = device.state.push?.token.toString("hex");
  const [row] = await server.api.list(`/api/mdm/devices/?udid=${device.facts.udid}`);
  const path = `/api/mdm/devices/${numberOf(row ?? {}, "id")}/commands/`;
  const since = new Date();
  await server.api.create(path, { name: "ProfileList", arguments: {} });
  // What was claimed when the database went, and nobody heard of, is free again after its time.
  await waitFor("a push", claimSeconds + recoverySeconds, () =>
    server.apple.apns
      .deliveries()
      .some(({ tokenHex, receivedAt }) => tokenHex === token && receivedAt >= since)
      ? true
      : null,
  );
}

const platforms = ["iOS", "iPadOS", "macOS"];

/** A job that is enqueued now runs. */
async function expectJobs(): Promise<void> {
  const { api } = world().server;
  const bulk = await api.create("/api/mdm/bulk_commands/", {
    name: "CertificateList",
    filter: { platforms },
  });
  const path = `/api/mdm/bulk_commands/${textOf(bulk, "id")}/`;
  await waitFor("a job", recoverySeconds, async () => {
    const { finished_at: finishedAt } = await api.read(path);
    return finishedAt ?? null;
  });
}

/** What was in memory while the database was away was written afterwards: an event for every idle connect. */
async function expectIdleEvents({ fleet }: Traffic): Promise<void> {
  const answered = fleet.reduce((sum, { idleCount }) => sum + idleCount(), 0);
  await waitFor(`${answered} events of idle connects`, recoverySeconds, async () => {
    const { count } = await world().database.database.one<{ count: number }>(sql`
      select count(*)::int as count from events
       where type = 'mdm_request' and payload->>'request_status' = 'Idle' and payload->>'status' = 'success'`);
    return count >= answered ? true : null;
  });
}

test(
  "a server whose database stops and comes back loses nothing, and goes on without a restart",
  async () => {
    const { database, server } = world();
    const { pid, errors } = server.process();
    const random = createRandom(seed);
    const traffic = startTraffic(server, random);
    await traffic.underWay();
    for (const [index, mode] of stops.entries()) {
      await pause(upMilliseconds.min + random.below(upMilliseconds.spread));
      await database.stop(mode);
      expect([await probe("/healthz"), await probe("/readyz")]).toEqual([200, 503]);
      await pause(downMilliseconds[index]);
      await database.start();
      await waitFor("the server to be ready", recoverySeconds, async () =>
        (await probe("/readyz")) === 200 ? true : null,
      );
      traffic.join();
    }
    await pause(upMilliseconds.spread);
    await expectJobs();
    await expectPushes(traffic);
    await traffic.finish();
    tell(`Seed ${seed}: the database was stopped ${stops.length} times`, traffic);
    const failures = new Set(traffic.fleet.flatMap((one) => [...one.failures.keys()]));
    expect(failures).toContain("500");
    expect(server.process().pid).toBe(pid);
    expect(errors()).not.toContain("uncaught");
    expect(traffic.ordered.size).toBeGreaterThan(0);
    await expectNothingLost(database.database, traffic);
    await expectIdleEvents(traffic);
  },
  5 * minute,
);
