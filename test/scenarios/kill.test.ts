/**
 * What a server that dies leaves behind. The real process is killed at random moments while devices enroll and report
 * and an operator orders; then the database drops everyone, again and again. Nothing that was acknowledged is lost,
 * no command is lost or carried out twice, nothing is half written.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { createRandom, type Random } from "../fuzz/random.ts";
import { type ServedProcess, startServedProcess } from "../tools/served-process.ts";
import { type StubbornDevice, stubbornDevice } from "../tools/stubborn-device.ts";
import { useTestDatabase } from "../tools/test-database.ts";

const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000_000);
const killsMin = Number(process.env["KILLS"] ?? "5");
/** A kill between two transactions proves little, so there are more until one was inside. */
const killsMax = killsMin * 4;
const fleetSize = 8;
const lifeMilliseconds = { min: 100, max: 2_500 };
const minute = 60_000;

const database = useTestDatabase();
let server: ServedProcess | undefined;
let devicesMade = 0;

beforeAll(async () => {
  server = await startServedProcess(database);
}, 2 * minute);
afterAll(async () => server?.close(), minute);

function served(): ServedProcess {
  if (server === undefined) throw new Error("The server is not started yet");
  return server;
}

function newDevice(random: Random): StubbornDevice {
  const { api, enrollmentId, world } = served();
  const device = makeDevice(world, random.pick(["Mac", "iPhone", "iPad"]), { number: devicesMade++ });
  const fetchProfile = (): Promise<Buffer> => fetchDirectProfile(api, enrollmentId, device);
  return stubbornDevice({ device, fetchProfile, repeatsReport: () => random.below(2) === 0 });
}

type Traffic = {
  readonly fleet: readonly StubbornDevice[];
  /** UUIDs of the commands that the API said it has queued. */
  readonly ordered: ReadonlySet<string>;
  /** A device out of its box joins in. */
  readonly join: () => void;
  /** Ends the talking, and lets every device fetch what is left. */
  readonly finish: () => Promise<void>;
};

/** Devices that enroll, report and ask, and an operator who goes on ordering. */
function startTraffic(random: Random): Traffic {
  const fleet: StubbornDevice[] = [];
  const ordered = new Set<string>();
  const work: Promise<void>[] = [];
  let isOver = false;
  const join = (): void => {
    const stubborn = newDevice(random);
    fleet.push(stubborn);
    work.push(stubborn.enroll().then(() => stubborn.talk(() => isOver)));
  };
  const operator = async (): Promise<void> => {
    while (!isOver) {
      const ready = fleet.filter(({ isReady }) => isReady());
      if (ready.length === 0) {
        await pause(lifeMilliseconds.min);
        continue;
      }
      const { device } = random.pick(ready);
      await order(device.facts.udid, random).then(
        (uuid) => uuid !== null && ordered.add(uuid),
        // Nobody was told that it is queued; whether it is does not matter.
        () => pause(lifeMilliseconds.min),
      );
    }
  };
  for (let count = 0; count < fleetSize; count += 1) join();
  work.push(operator());
  return {
    fleet,
    ordered,
    join,
    finish: async () => {
      isOver = true;
      await Promise.all(work);
      await Promise.all(fleet.map(({ drain }) => drain()));
    },
  };
}

async function order(udid: string, random: Random): Promise<string | null> {
  const { api } = served();
  const [row] = await api.list(`/api/mdm/devices/?udid=${udid}`);
  if (row === undefined) return null;
  const name = random.pick(["DeviceInformation", "ProfileList", "CertificateList"]);
  const path = `/api/mdm/devices/${numberOf(row, "id")}/commands/`;
  return textOf(await api.create(path, { name, arguments: {} }), "uuid").toUpperCase();
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

type Finished = {
  readonly uuid: string;
  readonly name: string;
  readonly status: string | null;
  readonly outcome: string;
  readonly result: Buffer | null;
};

/** Everything that must hold once the devices are done, whatever happened before. */
async function expectNothingLost({ fleet, ordered }: Traffic): Promise<void> {
  expect(fleet.flatMap(({ problems }) => problems)).toEqual([]);
  const rows = await database.database.many<Finished>(sql`
    select upper(uuid::text) as uuid, name, status, outcome, result from command_history`);
  const finished = new Map(rows.map((row) => [row.uuid, row]));
  const unfinished = [...ordered].filter((uuid) => finished.get(uuid)?.status !== "Acknowledged");
  expect(unfinished.map((uuid) => `${uuid} ${finished.get(uuid)?.outcome ?? "is gone"}`)).toEqual([]);
  const acknowledged = fleet.flatMap((stubborn) => [...stubborn.acknowledged]);
  expect(acknowledged.filter((uuid) => finished.get(uuid)?.outcome !== "answered")).toEqual([]);
  for (const { uuid, result } of rows) {
    if (result !== null) expect(readPlistDictionary(result)["AnswerOf"]).toBe(uuid);
  }
  const lists = rows.filter(({ name }) => name === "ProfileList" || name === "CertificateList");
  expect(lists.filter(({ result }) => result === null)).toEqual([]);
  await expectNothingHalfWritten();
}

async function expectNothingHalfWritten(): Promise<void> {
  const counts = await database.database.one<Record<string, number>>(sql`
    select (select count(*) from commands)::int as waiting,
           (select count(*) from commands join command_history using (uuid))::int as twice,
           (select count(*) from devices d left join enrollment_sessions s on s.id = d.session_id
             where s.status is distinct from 'COMPLETED' or s.device_id is distinct from d.id)::int as astray,
           (select count(*) from devices where token is null or push_magic is null)::int as tokenless,
           (select count(*) from devices d where 1 <> (select count(*) from device_identities i
             where i.device_id = d.id and i.state = 'pinned'))::int as unpinned`);
  expect(counts).toEqual({ waiting: 0, twice: 0, astray: 0, tokenless: 0, unpinned: 0 });
}

function tell(what: string, { fleet, ordered }: Traffic): void {
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  const failures = sum(fleet.flatMap((one) => [...one.failures.values()]));
  const again = fleet
    .flatMap(({ deliveries }) => [...deliveries.values()])
    .filter((times) => times > 1).length;
  const acknowledged = sum(fleet.map((one) => one.acknowledged.size));
  const facts = `${fleet.length} devices, ${ordered.size} orders, ${acknowledged} reports taken`;
  process.stdout.write(`${what}; ${facts}, ${failures} failures, ${again} commands handed out again\n`);
}

test(
  "a server killed at any moment loses nothing that it acknowledged",
  async () => {
    const random = createRandom(seed);
    const traffic = startTraffic(random);
    let [kills, inside] = [0, 0];
    while (kills < killsMin || ((inside === 0 || traffic.ordered.size === 0) && kills < killsMax)) {
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
    await expectNothingLost(traffic);
  },
  8 * minute,
);

test(
  "a database that drops every connection costs devices an error, and nothing else",
  async () => {
    const random = createRandom(seed + 1);
    const { pid } = served().process();
    const traffic = startTraffic(random);
    let dropped = 0;
    for (let count = 0; count < killsMin; count += 1) {
      await pause(lifeMilliseconds.min + random.below(lifeMilliseconds.max - lifeMilliseconds.min));
      const { ended } = await database.database.one<{ ended: number }>(sql`
        select count(*) filter (where pg_terminate_backend(pid))::int as ended from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`);
      dropped += ended;
      traffic.join();
    }
    await traffic.finish();
    tell(`Seed ${seed}: the database dropped ${dropped} connections in ${killsMin} blows`, traffic);
    expect(dropped).toBeGreaterThan(0);
    expect(served().process().pid).toBe(pid);
    await expectNothingLost(traffic);
  },
  4 * minute,
);
