/** What an idle connect costs: one statement, and no write before the buffers are flushed. */
import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { Channel } from "#sandbox/devices/device-state.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

/** In one of so many tries no flush by the server's timer falls between two lines. */
const triesMax = 10;

const userMembers = ({ facts: { user } }: SimulatedDevice) =>
  user === null ? {} : { UserID: user.userId, UserShortName: user.shortName };

/** Connects with nothing to report. @returns How many statements that cost. */
async function countStatements(device: SimulatedDevice, channel: Channel = "device"): Promise<number> {
  return stories.countStatements(async () => {
    const who = channel === "user" ? userMembers(device) : {};
    const answer = await device.sendReport({ ...who, Status: "Idle" });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });
}

type Traces = { readonly events: number; readonly lastSeenAt: Date; readonly rowVersion: string };

/** Everything an idle connect leaves behind, sooner or later. */
function readTraces({ facts }: SimulatedDevice): Promise<Traces> {
  return stories.app.foundation.database.one<Traces>(sql`
    select (select count(*)::integer from events where serial_number = d.serial_number) as events,
           (select last_seen_at from device_activity a where a.device_id = d.id) as last_seen_at,
           d.xmin::text as row_version
      from devices d where d.udid = ${facts.udid}`);
}

/** Reads the traces around one idle connect that no flush by the server's own timer fell into. */
async function watchUndisturbed(device: SimulatedDevice) {
  // The push that the enrollment asked for leaves an event as well.
  await stories.app.drainPushes();
  for (let tries = 1; ; tries++) {
    await stories.app.flush();
    const before = await readTraces(device);
    stories.clock.advance(1);
    await device.sendReport({ Status: "Idle" });
    const answered = await readTraces(device);
    await stories.app.flush();
    const isDisturbed = JSON.stringify(answered) !== JSON.stringify(before);
    if (!isDisturbed || tries === triesMax) return { before, answered, flushed: await readTraces(device) };
  }
}

/** Adds finished commands, as a device gathers them over the years. */
async function addHistory(device: SimulatedDevice, count: number): Promise<void> {
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      insert into command_history (uuid, device_id, name, request_type, delivery_count, status, result_time,
                                   created_at, updated_at)
      select gen_random_uuid(), d.id, 'DeviceInformation', 'DeviceInformation', 1, 'Acknowledged', t.at, t.at, t.at
        from devices d, generate_series(1, ${count}::integer) n,
             lateral (select d.authenticated_at - n * interval '1 hour' as at) t
       where d.udid = ${device.facts.udid}`),
  );
}

describe("the idle connect of a device in order", () => {
  test("costs one statement on both channels of a Mac", async () => {
    const mac = await stories.settledDevice("Mac");
    await mac.pollUntilIdle("user");
    expect(await countStatements(mac)).toBe(1);
    expect(await countStatements(mac, "user")).toBe(1);
  });

  test("costs one statement with 500 commands in its history", async () => {
    const phone = await stories.settledDevice("iPhone");
    await addHistory(phone, 500);
    const listed = await stories.api.read(
      `/api/mdm/devices/commands/?enrolled_device=${await stories.idOf(phone)}&limit=1`,
    );
    expect(listed["count"]).toBeGreaterThan(500);
    expect(await countStatements(phone)).toBe(1);
  });

  test("does not read the history: it is answered while nobody can", async () => {
    const phone = await stories.settledDevice("iPhone");
    const { database } = stories.app.foundation;
    await database.transaction(async (tx) => {
      await tx.run(sql`lock table command_history in access exclusive mode`);
      const answer = await phone.sendReport({ Status: "Idle" });
      expect([answer.status, answer.body.length]).toEqual([200, 0]);
    });
  });

  test("writes nothing before the flush, and then an event and when it was seen", async () => {
    const pad = await stories.settledDevice("iPad");
    const { before, answered, flushed } = await watchUndisturbed(pad);
    expect(answered).toEqual(before);
    expect(flushed).toEqual({
      events: before.events + 1,
      lastSeenAt: stories.clock.now(),
      rowVersion: before.rowVersion,
    });
  });
});
