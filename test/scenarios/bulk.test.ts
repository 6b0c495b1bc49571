/** One request for a fleet: stored at once, carried out in batches, with a result for each device. */
import { expect, test } from "vitest";
import { readArguments } from "#mdm/commands/command-arguments-api.ts";
import { bulkBatchDevicesMax } from "#mdm/commands/bulk-command.ts";
import { runBulkBatch } from "#mdm/commands/bulk-command-operations.ts";
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { jobActor, operate } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const secretKey = new Secret(Buffer.alloc(32, 7));
const stories = useDeviceStories({ config: { secretKey } });
const path = "/api/mdm/bulk_commands/";

/** More statements than a batch needs would show here. */
const batchStatementsMax = 9;
const fleetSize = 10_000;
const finishSecondsMax = 100;

const profile = writePlist({
  PayloadType: "Configuration",
  PayloadVersion: 1,
  PayloadIdentifier: "com.example.fleet",
  PayloadUUID: "5B0C1A5E-0000-4000-8000-000000000007",
  PayloadContent: [],
}).toString("base64");

async function order(body: Record<string, unknown>): Promise<string> {
  return String((await stories.api.create(path, body))["id"]);
}

const statusOf = (id: string) => stories.api.read(`${path}${id}/`);
const targetsOf = (id: string, query = "") => stories.api.list(`${path}${id}/targets/?limit=500${query}`);

function finished(id: string) {
  return waitFor("the bulk command to finish", finishSecondsMax, async () => {
    const bulk = await statusOf(id);
    return bulk["finished_at"] === null ? null : bulk;
  });
}

test("a command reaches the devices it is for, and the others say why not", async () => {
  const mac = await stories.settledDevice("Mac");
  const phone = await stories.settledDevice("iPhone");
  const ids = await Promise.all([stories.idOf(mac), stories.idOf(phone)]);
  const id = await order({ name: "DeviceLock", arguments: { PIN: 271828, Message: "Lost" }, devices: ids });
  expect(await finished(id)).toMatchObject({ count: 2, counts: { queued: 2 } });
  await Promise.all([mac.pollUntilIdle(), phone.pollUntilIdle()]);
  expect(mac.state.lock).toMatchObject({ pin: "271828", message: "Lost" });
  expect(phone.state.lock).toMatchObject({ pin: null, message: "Lost" });
  expect(await statusOf(id)).toMatchObject({ counts: { acknowledged: 2 } });
  const macsOnly = await order({ name: "RestartDevice", filter: { platforms: ["tvOS", "iOS"] } });
  await finished(macsOnly);
  const other = await order({ name: "DeviceLock", arguments: { Message: "No PIN" }, devices: ids });
  expect(await finished(other)).toMatchObject({ counts: { queued: 1, refused: 1 } });
  expect(await targetsOf(other, "&status=refused")).toEqual([
    expect.objectContaining({
      enrolled_device: ids[0],
      command: null,
      refusal: expect.stringContaining("PIN"),
    }),
  ]);
});

test("no secret of it is in events, answers or the clear", async () => {
  const mac = await stories.settledDevice("Mac");
  const devices = [await stories.idOf(mac)];
  const id = await order({ name: "DeviceLock", arguments: { PIN: "975318" }, devices });
  await finished(id);
  const { database } = stories.app.foundation;
  const rows = await database.many(sql`select payload from events union all
    select to_jsonb(b) from bulk_commands b union all select to_jsonb(c) from commands c`);
  // Sealed bytes and identifiers are hexadecimal, and hold any digits by chance.
  expect(JSON.stringify(rows)).not.toMatch(/(?<![0-9a-f])975318(?![0-9a-f])/);
  expect(JSON.stringify(rows)).toContain("mdm.bulkcommand");
});

test("tags and serial numbers choose devices, and both must match", async () => {
  const [one, two] = [await stories.settledDevice("Mac"), await stories.settledDevice("Mac")];
  const { serialNumber } = one.facts;
  const tagId = await stories.app.foundation.database.transaction(async (tx) => {
    const { id } = await tx.one<{ id: number }>(
      sql`insert into tags (name, slug, color) values ('Lab', 'lab', '000000') returning id`,
    );
    await tx.run(sql`insert into machine_tags (serial_number, tag_id)
      select s, ${id} from unnest(${[serialNumber, two.facts.serialNumber]}::text[]) s`);
    return id;
  });
  const both = await order({ name: "ProfileList", filter: { tags: [tagId] } });
  expect(await finished(both)).toMatchObject({ count: 2 });
  const filter = { tags: [tagId], serial_numbers: [serialNumber] };
  expect(await finished(await order({ name: "ProfileList", filter }))).toMatchObject({ count: 1 });
});

test("a request that names nobody, or is wrong for every device, is refused at once", async () => {
  for (const body of [{}, { filter: {} }]) {
    expect((await stories.call("POST", path, { name: "RestartDevice", ...body })).status).toBe(400);
  }
  const broken = { name: "InstallProfile", arguments: { Payload: "bm8=" }, devices: [1] };
  expect(await stories.call("POST", path, broken)).toMatchObject({
    status: 400,
    body: { arguments: { Payload: [expect.any(String)] } },
  });
  expect((await stories.call("GET", `${path}6e2f4e62-0000-4000-8000-000000000000/`)).status).toBe(404);
});

test("all that a list shows are meant, as they were when it was asked for", async () => {
  const kept = await stories.settledDevice("iPhone");
  const left = await stories.settledDevice("iPhone");
  const { serialNumber } = kept.facts;
  const serials = [serialNumber, left.facts.serialNumber];
  const tag = await stories.api.create("/api/inventory/tags/", { name: "Lobby" });
  const tagging = (kind: string, serial_numbers: readonly string[]) =>
    stories.call("POST", "/api/inventory/machines/tags/", {
      serial_numbers,
      operations: [{ kind, taxonomy: null, names: ["Lobby"] }],
    });
  expect((await tagging("ADD", serials)).status).toBe(200);
  const matching = {
    tags: [tag["id"]],
    platform: ["iOS"],
    state: ["enrolled"],
    search: "e",
    os_version_min: "9",
  };
  const shown = await finished(await order({ name: "DeviceInformation", matching }));
  expect(shown).toMatchObject({ count: 2, total: 2, refusal: null, counts: { queued: 2 } });
  const one = await order({ name: "ProfileList", matching, filter: { serial_numbers: [serialNumber] } });
  expect(await finished(one)).toMatchObject({ count: 1, total: 1 });
  // Who was found is kept: what changes before a batch runs changes nobody's part in it.
  const { source } = stories.app.foundation;
  const deps = { sealer: createSealer(secretKey), readArguments };
  const staged = await operate(source, jobActor("test"), async (op) => {
    const id = await stageBulk(op.tx, one, { asked: {}, filter: { tags: [tag["id"]], search: "e" } });
    // In one transaction: the job of every minute would take up what it sees.
    expect(await runBulkBatch(op, deps, id)).toBe(true);
    return id;
  });
  expect((await tagging("REMOVE", [left.facts.serialNumber])).status).toBe(200);
  await operate(source, jobActor("test"), async (op) =>
    op.enqueue({ name: "resume_bulk_commands", payload: {} }),
  );
  expect(await finished(staged)).toMatchObject({ count: 2, total: 2 });
});

test("who confirmed a number reaches no more than that", async () => {
  await stories.settledDevice("iPad");
  await stories.settledDevice("iPad");
  const matching = { platform: ["iPadOS"] };
  const id = await order({ name: "RestartDevice", matching, devices_max: 1 });
  expect(await finished(id)).toMatchObject({
    count: 0,
    total: 2,
    refusal: "2 devices match, more than 1: none got the command.",
  });
  const nobody = { name: "RestartDevice", matching: { serial_number: "NOBODY" } };
  expect(await finished(await order(nobody))).toMatchObject({ count: 0, total: 0, refusal: null });
});

test("each Mac is locked with a PIN of its own, which is a secret of that Mac alone", async () => {
  const macs = [await stories.settledDevice("Mac"), await stories.settledDevice("Mac")];
  const phone = await stories.settledDevice("iPhone");
  const devices = await Promise.all([...macs, phone].map(stories.idOf));
  const id = await order({
    name: "DeviceLock",
    arguments: { Message: "Back to the office" },
    generate_secrets: true,
    devices,
  });
  expect(await finished(id)).toMatchObject({ counts: { queued: 3 } });
  await Promise.all([...macs, phone].map((device) => device.pollUntilIdle()));
  const pins = macs.map(({ state }) => state.lock?.pin ?? "");
  expect(pins).toEqual([expect.stringMatching(/^\d{6}$/), expect.stringMatching(/^\d{6}$/)]);
  expect(pins[0]).not.toBe(pins[1]);
  expect(macs[0]?.state.lock).toMatchObject({ message: "Back to the office" });
  expect(phone.state.lock).toMatchObject({ pin: null, message: "Back to the office" });
  for (const [index, pin] of pins.entries()) {
    const secret = await stories.api.read(`/api/mdm/devices/${devices[index] ?? 0}/device_lock_pin/`);
    expect(secret).toMatchObject({ device_lock_pin: pin });
  }
  const { database } = stories.app.foundation;
  const rows = await database.many(sql`select payload from events union all
    select to_jsonb(b) from bulk_commands b union all select to_jsonb(t) from bulk_command_targets t union all
    select to_jsonb(c) from commands c union all select to_jsonb(h) from command_history h`);
  const told = JSON.stringify([rows, await statusOf(id), await targetsOf(id)]);
  for (const pin of pins) expect(told).not.toContain(`"${pin}"`);
  const [sent] = await targetsOf(id);
  const payload = await stories.api.read(`/api/mdm/devices/commands/${String(sent?.["command"])}/payload/`);
  expect(payload).toMatchObject({ command: { Message: "Back to the office", PIN: "<redacted>" } });
});

test.each([
  [{ name: "RestartDevice", generate_secrets: true, devices: [1] }, "generate_secrets"],
  [{ name: "RestartDevice", matching: { last_seen_before: "yesterday" } }, "matching"],
  [{ name: "RestartDevice", matching: { tags: [987_654] } }, "matching"],
  [{ name: "RestartDevice", matching: { state: ["tired"] } }, "matching"],
  [{ name: "RestartDevice", matching: {}, devices_max: 0 }, "devices_max"],
])("%j is refused at once, with what is wrong", async (body, field) => {
  const { status, body: answer } = await stories.call("POST", path, body);
  expect([status, Object.keys(answer as object)]).toEqual([400, [field]]);
});

/** Rows of devices that never connect. */
async function seedFleet(count: number): Promise<void> {
  await stories.app.foundation.database.transaction((tx) =>
    tx.run(sql`
      insert into devices (udid, serial_number, platform, os_version, supervised, push_certificate_id, created_at,
                           updated_at)
      select 'FLEET-' || n, 'FLEET' || n, 'tvOS', '26.1', true, (select min(id) from push_certificates),
             ${stories.clock.now()}, ${stories.clock.now()}
        from generate_series(1, ${count}::integer) n`),
  );
}

test("ten thousand devices are one small request, and a bounded number of statements", async () => {
  await seedFleet(fleetSize);
  const { database, source } = stories.app.foundation;
  // Not due yet, so that the sender leaves the pushes where they can be counted.
  const notBefore = new Date(stories.clock.now().getTime() + 3_600_000).toISOString();
  const filter = { platforms: ["tvOS"] };
  const body = { name: "InstallProfile", arguments: { Payload: profile }, filter, not_before: notBefore };
  const created = await stories.api.create(path, body);
  // The request has not even found out whom it is for.
  expect(created).toMatchObject({ total: null, finished_at: null });
  const first = String(created["id"]);
  expect(await finished(first)).toMatchObject({ count: fleetSize, counts: { queued: fleetSize } });
  const counts = await database.one(sql`
    select count(*)::integer as pushes, count(distinct p.not_before)::integer as moments
      from push_requests p join devices d on d.id = p.device_id where d.platform = 'tvOS'`);
  expect(counts).toMatchObject({ pushes: fleetSize });
  expect(Number((counts as { moments: number }).moments)).toBeGreaterThan(10);
  // The second is carried out by hand, so that its statements can be counted, with a crash in the middle.
  const second = await database.transaction((tx) => stageBulk(tx, first));
  const deps = { sealer: createSealer(secretKey), readArguments };
  const crash = operate(source, jobActor("test"), async (op) => {
    await runBulkBatch(op, deps, second);
    throw new Error("crash");
  });
  await expect(crash).rejects.toThrow("crash");
  const costs: number[] = [];
  for (let isUnfinished = true; isUnfinished; ) {
    await operate(source, jobActor("test"), async (op) => {
      let count = 0;
      const counting = <Run extends (...args: never[]) => unknown>(run: Run) =>
        ((...args: Parameters<Run>) => {
          count += 1;
          return run(...args);
        }) as Run;
      const { many, maybe, one, run } = op.tx;
      const tx = {
        ...op.tx,
        many: counting(many),
        maybe: counting(maybe),
        one: counting(one),
        run: counting(run),
      };
      isUnfinished = await runBulkBatch({ ...op, tx }, deps, second);
      costs.push(count);
    });
  }
  expect(costs.length).toBeLessThanOrEqual(fleetSize / bulkBatchDevicesMax + 1);
  expect(Math.max(...costs)).toBeLessThanOrEqual(batchStatementsMax);
  expect(await finished(second)).toMatchObject({ count: fleetSize, counts: { queued: fleetSize } });
  expect(await statusOf(first)).toMatchObject({ counts: { superseded: fleetSize } });
});

/** Another request like one that is there, of which no job knows; for others, where they are given. */
async function stageBulk(tx: Tx, like: string, matching: unknown = null): Promise<string> {
  const selection = matching === null ? null : JSON.stringify({ matching });
  const { id } = await tx.one<{ id: string }>(sql`
    insert into bulk_commands (id, name, arguments, selection, supersede_key, spread_seconds, created_at)
    select gen_random_uuid(), name, ${JSON.stringify({ Payload: profile })}::jsonb,
           coalesce(${selection}::jsonb, selection), supersede_key, spread_seconds, ${stories.clock.now()}
      from bulk_commands where id = ${like} returning id`);
  return id;
}
