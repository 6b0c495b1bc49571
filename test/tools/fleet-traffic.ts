/** A fleet that goes on enrolling and reporting and an operator who goes on ordering, while a test breaks things around them. */
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { makeDevice } from "#sandbox/devices/simulated-fleet.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { fetchDirectProfile } from "#sandbox/simulate/simulate.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import type { Random } from "../fuzz/random.ts";
import type { ServedProcess } from "./served-process.ts";
import { type StubbornDevice, stubbornDevice } from "./stubborn-device.ts";

const fleetSize = 8;
const operatorPauseMilliseconds = 100;
const underWaySecondsMax = 100;

export type Traffic = {
  readonly fleet: readonly StubbornDevice[];
  /** UUIDs of the commands that the API said it has queued. */
  readonly ordered: ReadonlySet<string>;
  /** A device out of its box joins in. */
  readonly join: () => void;
  /** Waits for a device that has enrolled, and for an order: on a busy machine neither is there at once. */
  readonly underWay: () => Promise<StubbornDevice>;
  /** Ends the talking, and lets every device fetch what is left. */
  readonly finish: () => Promise<void>;
};

let devicesMade = 0;

function newDevice({ api, enrollmentId, world }: ServedProcess, random: Random): StubbornDevice {
  const device = makeDevice(world, random.pick(["Mac", "iPhone", "iPad"]), { number: devicesMade++ });
  const fetchProfile = (): Promise<Buffer> => fetchDirectProfile(api, enrollmentId, device);
  return stubbornDevice({ device, fetchProfile, repeatsReport: () => random.below(2) === 0 });
}

/** Devices that enroll, report and ask, and an operator who goes on ordering. */
export function startTraffic(server: ServedProcess, random: Random): Traffic {
  const fleet: StubbornDevice[] = [];
  const ordered = new Set<string>();
  const work: Promise<void>[] = [];
  let isOver = false;
  const join = (): void => {
    const stubborn = newDevice(server, random);
    fleet.push(stubborn);
    work.push(stubborn.enroll().then(() => stubborn.talk(() => isOver)));
  };
  const operator = async (): Promise<void> => {
    while (!isOver) {
      const ready = fleet.filter(({ isReady }) => isReady());
      if (ready.length === 0) {
        await pause(operatorPauseMilliseconds);
        continue;
      }
      const { device } = random.pick(ready);
      await order(server, device.facts.udid, random).then(
        (uuid) => uuid !== null && ordered.add(uuid),
        // Nobody was told that it is queued; whether it is does not matter.
        () => pause(operatorPauseMilliseconds),
      );
    }
  };
  for (let count = 0; count < fleetSize; count += 1) join();
  work.push(operator());
  return {
    fleet,
    ordered,
    join,
    underWay: () =>
      waitFor("an order to a device", underWaySecondsMax, () =>
        ordered.size === 0 ? null : (fleet.find(({ isReady }) => isReady()) ?? null),
      ),
    finish: async () => {
      isOver = true;
      await Promise.all(work);
      await Promise.all(fleet.map(({ drain }) => drain()));
    },
  };
}

async function order({ api }: ServedProcess, udid: string, random: Random): Promise<string | null> {
  const [row] = await api.list(`/api/mdm/devices/?udid=${udid}`);
  if (row === undefined) return null;
  const name = random.pick(["DeviceInformation", "ProfileList", "CertificateList"]);
  const path = `/api/mdm/devices/${numberOf(row, "id")}/commands/`;
  return textOf(await api.create(path, { name, arguments: {} }), "uuid").toUpperCase();
}

type Finished = {
  readonly uuid: string;
  readonly name: string;
  readonly status: string | null;
  readonly outcome: string;
  readonly result: Buffer | null;
};

/** Everything that must hold once the devices are done, whatever happened before. */
export async function expectNothingLost(database: Reader, { fleet, ordered }: Traffic): Promise<void> {
  expect(fleet.flatMap(({ problems }) => problems)).toEqual([]);
  const rows = await database.many<Finished>(sql`
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
  await expectNothingHalfWritten(database);
}

async function expectNothingHalfWritten(database: Reader): Promise<void> {
  const counts = await database.one<Record<string, number>>(sql`
    select (select count(*) from commands)::int as waiting,
           (select count(*) from commands join command_history using (uuid))::int as twice,
           (select count(*) from devices d left join enrollment_sessions s on s.id = d.session_id
             where s.status is distinct from 'COMPLETED' or s.device_id is distinct from d.id)::int as astray,
           (select count(*) from devices where token is null or push_magic is null)::int as tokenless,
           (select count(*) from devices d where 1 <> (select count(*) from device_identities i
             where i.device_id = d.id and i.state = 'pinned'))::int as unpinned`);
  expect(counts).toEqual({ waiting: 0, twice: 0, astray: 0, tokenless: 0, unpinned: 0 });
}

/** Prints what a story was made of. */
export function tell(what: string, { fleet, ordered }: Traffic): void {
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  const failures = sum(fleet.flatMap((one) => [...one.failures.values()]));
  const again = fleet
    .flatMap(({ deliveries }) => [...deliveries.values()])
    .filter((times) => times > 1).length;
  const acknowledged = sum(fleet.map((one) => one.acknowledged.size));
  const facts = `${fleet.length} devices, ${ordered.size} orders, ${acknowledged} reports taken`;
  process.stdout.write(`${what}; ${facts}, ${failures} failures, ${again} commands handed out again\n`);
}
