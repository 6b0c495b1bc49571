/**
 * What a server that dies leaves behind. The real process is killed at random moments while devices enroll and report
 * and an operator orders; then the database drops everyone, again and again. Nothing that was acknowledged is lost,
 * no command is lost or carried out twice, nothing is half written.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { createRandom } from "../fuzz/random.ts";
import { expectNothingLost, startTraffic, tell } from "../tools/fleet-traffic.ts";
import { type ServedProcess, startServedProcess } from "../tools/served-process.ts";
import { useTestDatabase } from "../tools/test-database.ts";

const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000_000);
const killsMin = Number(process.env["KILLS"] ?? "5");
/** A kill between two transactions proves little, so there are more until one was inside. */
const killsMax = killsMin * 4;
const lifeMilliseconds = { min: 100, max: 2_500 };
const minute = 60_000;

const database = useTestDatabase();
let server: ServedProcess | undefined;

beforeAll(async () => {
  server = await startServedProcess(database);
});
afterAll(async () => server?.close());

function served(): ServedProcess {
  if (server === undefined) throw new Error("The server is not started yet");
  return server;
}

/** Stops the process where it is, looks how many write transactions it has open, and kills it. */
async function killServer(): Promise<number> {
  const { pid, stop } = served().process();
  process.kill(pid, "SIGSTOP");
  const open = await database.database.one<{ count: number }>(sql`
    select count(*)::int as count from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and xact_start is not null and backend_xid is not null`);
  await stop("SIGKILL");
  await waitFor("the database to end what the killed server began", 30, async () => {
    const { count } = await database.database.one<{ count: number }>(sql`
      select count(*)::int as count from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`);
    return count === 0 ? true : null;
  });
  return open.count;
}

test(
  "a server killed at any moment loses nothing that it acknowledged",
  async () => {
    const random = createRandom(seed);
    const traffic = startTraffic(served(), random);
    let [kills, inside] = [0, 0];
    while (kills < killsMin || (inside === 0 && kills < killsMax)) {
      // The first ones fall among enrollments, the last among orders, however slowly all of that goes.
      if (kills >= killsMin - 1) await traffic.underWay();
      await pause(lifeMilliseconds.min + random.below(lifeMilliseconds.max - lifeMilliseconds.min));
      if ((await killServer()) > 0) inside += 1;
      kills += 1;
      await served().restart();
      traffic.join();
    }
    await traffic.finish();
    tell(`Seed ${seed}: killed ${kills} times, ${inside} of them inside a write transaction`, traffic);
    expect(inside).toBeGreaterThan(0);
    expect(traffic.ordered.size).toBeGreaterThan(0);
    await expectNothingLost(database.database, traffic);
  },
  8 * minute,
);

test(
  "a database that drops every connection costs devices an error, and nothing else",
  async () => {
    const random = createRandom(seed + 1);
    const { pid } = served().process();
    const traffic = startTraffic(served(), random);
    let dropped = 0;
    for (let count = 0; count < killsMin; count += 1) {
      await pause(lifeMilliseconds.min + random.below(lifeMilliseconds.max - lifeMilliseconds.min));
      // Each is waited for: one that ends a moment after the blow breaks what is planned when all is said to be well.
      const { ended } = await database.database.one<{ ended: number }>(sql`
        select count(*) filter (where pg_terminate_backend(pid, 5000))::int as ended from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`);
      dropped += ended;
      traffic.join();
    }
    await traffic.finish();
    tell(`Seed ${seed}: the database dropped ${dropped} connections in ${killsMin} blows`, traffic);
    expect(dropped).toBeGreaterThan(0);
    expect(served().process().pid).toBe(pid);
    await expectNothingLost(database.database, traffic);
  },
  4 * minute,
);
