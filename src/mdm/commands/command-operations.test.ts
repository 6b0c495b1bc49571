import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictionary, enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { Target } from "#mdm/devices/device.ts";
import { findDevice, lockDevice, purgeDevice } from "#mdm/devices/device-operations.ts";
import { revealDeviceLockPin } from "#mdm/device-secrets/device-secret-operations.ts";
import { secondsAfter } from "#platform/clock.ts";
import { sql } from "#platform/db/sql.ts";
import { invariant, OperationRefused } from "#platform/errors.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistValue } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import {
  type CommandArguments,
  type CommandName,
  type CommandStatus,
  commandsLiveMax,
  notNowBackOffSecondsMin,
} from "./command.ts";
import {
  type ConnectStatus,
  deleteQueuedCommand,
  planInventory,
  queueCommand,
  startCommand,
  takeNextCommand,
} from "./command-operations.ts";
import { acceptReport } from "./command-report-operations.ts";
import { findListedCommand } from "./command-store.ts";
import { inventoryCollectionDefault } from "./inventory-plan.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };

const aMac = async (facts = {}): Promise<Target> => ({
  device: await run((op) => enrollDevice(op, facts)),
  user: null,
});

function queue(
  target: Target,
  name: CommandName,
  args: CommandArguments = {},
  notBefore: Date | null = null,
) {
  return run((op) => queueCommand(op, deps, { target, request: { name, arguments: args, notBefore } }));
}

/** A poll as the connect route makes it: the device row is locked first. */
function poll(target: Target, connectStatus: ConnectStatus = "Idle", answered: string | null = null) {
  return run(async (op) => {
    const device = await lockDevice(op.tx, target.device.id);
    invariant(device !== null, "the device is enrolled");
    return takeNextCommand(op, deps, { target: { ...target, device }, connectStatus, answered });
  });
}

function answer(
  target: Target,
  uuid: string,
  status: CommandStatus,
  members: Record<string, PlistValue> = {},
) {
  return run(async (op) => {
    const device = await lockDevice(op.tx, target.device.id);
    invariant(device !== null, "the device is enrolled");
    const report = {
      commandUuid: uuid.toUpperCase(),
      status,
      errorChain: status === "Error" ? [{ ErrorCode: 12021, Text: "bad \ud800 \0 text" }] : null,
      response: dictionary({ Status: status, CommandUUID: uuid, ...members }),
    };
    const taken = await acceptReport(op, deps, { target: { ...target, device }, report });
    return taken.outcome;
  });
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationRefused) return error.refusal.code;
    throw error;
  }
  return "nothing";
}

const now = async (target: Target) => {
  const device = await findDevice(database.database, target.device.id);
  invariant(device !== null, "the device is enrolled");
  return device;
};
const listed = (uuid: string) => findListedCommand(database.database, "Device", uuid);
const count = async (table: "commands" | "command_history", target: Target) => {
  const rows = await database.database.many<{ uuid: string }>(
    table === "commands"
      ? sql`select uuid from commands where device_id = ${target.device.id}`
      : sql`select uuid from command_history where device_id = ${target.device.id}`,
  );
  return rows.length;
};
const pinOf = async (target: Target) => {
  const { secret: pin } = await run((op) =>
    revealDeviceLockPin(op, deps, { deviceId: target.device.id, reason: null }),
  );
  return pin?.reveal() ?? null;
};

describe("queue", () => {
  test("a lock goes before an inventory that waits longer, then age decides", async () => {
    const target = await aMac();
    const list = await queue(target, "ProfileList");
    database.clock.advance(1);
    const first = await queue(target, "RemoveProfile", { Identifier: "a" });
    database.clock.advance(1);
    const second = await queue(target, "RemoveProfile", { Identifier: "b" });
    const lock = await queue(target, "DeviceLock", { PIN: "271828" });
    const order = [];
    for (let next = await poll(target); next !== null; next = await poll(target, "Acknowledged")) {
      order.push(next.uuid);
    }
    expect(order).toEqual([lock.uuid, first.uuid, second.uuid, list.uuid]);
  });

  test("every command asks for a push of priority 10 in its own transaction", async () => {
    const target = await aMac();
    await queue(target, "SecurityInfo");
    const pushes = await database.database.many(
      sql`select priority, expiration_seconds from push_requests where device_id = ${target.device.id}`,
    );
    expect(pushes).toEqual([{ priority: 10, expirationSeconds: 3600 }]);
  });

  test("a command is not delivered before its time", async () => {
    const target = await aMac();
    await queue(target, "SecurityInfo", {}, secondsAfter(database.clock.now(), 60));
    expect(await poll(target)).toBeNull();
    database.clock.advance(61);
    expect(await poll(target)).toMatchObject({ name: "SecurityInfo" });
  });

  test("a command out of scope is refused, and one that became so stays queued without blocking others", async () => {
    const target = await aMac({ userEnrollment: true });
    expect(await refusalOf(queue(target, "DeviceLock", { PIN: "271828" }))).toBe("target_invalid");
    const before: Target = { device: { ...target.device, userEnrollment: false }, user: null };
    const lock = await queue(before, "DeviceLock", { PIN: "271828" });
    const erase = await queue(before, "EraseDevice");
    expect((await poll(target))?.uuid).toBe(erase.uuid);
    expect(await listed(lock.uuid)).toMatchObject({ sentAt: null });
  });

  test("what Apple's schema does not have for the target is refused, and nothing is queued", async () => {
    const target = await aMac({ platform: "tvOS" });
    expect(await refusalOf(queue(target, "DeviceLock"))).toBe("target_unsupported");
    const command = writePlist({ RequestType: "ProfileList", ManagedOnly: 1 }).toString();
    expect(await refusalOf(queue(target, "CustomCommand", { command }))).toBe("command_invalid");
    expect(await count("commands", target)).toBe(0);
  });

  test("a full queue refuses further commands", async () => {
    const target = await aMac();
    await run((op) =>
      op.tx.run(sql`
        insert into commands (uuid, device_id, name, request_type, arguments, state, priority, created_at, updated_at)
        select gen_random_uuid(), ${target.device.id}, 'ProfileList', 'ProfileList', '{}', 'queued', 1, ${op.at},
               ${op.at} from generate_series(1, ${commandsLiveMax})`),
    );
    expect(await refusalOf(queue(target, "DeviceLock", { PIN: "271828" }))).toBe("commands_too_many");
  });

  test("two polls at once put one command in flight", async () => {
    const target = await aMac();
    const command = await queue(target, "SecurityInfo");
    const first = async (op: Operation) => {
      await lockDevice(op.tx, target.device.id);
      const taken = await takeNextCommand(op, deps, { target, connectStatus: "Acknowledged" });
      expect(taken?.uuid).toBe(command.uuid);
    };
    expect(await runDuring(database, first, () => poll(target, "Acknowledged"))).toBeNull();
  });

  test("an operator's command does not wait for an answer that is being taken", async () => {
    const target = await aMac();
    const command = await run(async (op) => {
      await lockDevice(op.tx, target.device.id);
      return queue(target, "DeviceLock", { PIN: "271828" });
    });
    expect((await poll(target))?.uuid).toBe(command.uuid);
  });

  test("a sent command whose answer was lost goes out again, under its UUID, on the next Idle only", async () => {
    const target = await aMac();
    const { uuid } = await queue(target, "SecurityInfo");
    expect((await poll(target))?.uuid).toBe(uuid);
    expect(await poll(target, "Acknowledged")).toBeNull();
    expect((await poll(target))?.uuid).toBe(uuid);
    const row = await database.database.one(
      sql`select delivery_count, state from commands where uuid = ${uuid}`,
    );
    expect(row).toEqual({ deliveryCount: 2, state: "sent" });
  });

  test("what left before the answered command and was lost goes out in the same session", async () => {
    const target = await aMac();
    const { uuid: lost } = await queue(target, "SecurityInfo");
    expect((await poll(target))?.uuid).toBe(lost);
    const { uuid: lock } = await queue(target, "DeviceLock", { PIN: "271828" });
    database.clock.advance(1);
    expect((await poll(target))?.uuid).toBe(lock);
    expect(await poll(target, "NotNow", lock)).toBeNull();
    expect(await answer(target, lock, "Acknowledged", { MessageResult: "Success" })).toBe("finished");
    expect((await poll(target, "Acknowledged", lock))?.uuid).toBe(lost);
    // The same report again says nothing of what left with its answer.
    expect(await poll(target, "Acknowledged", lock)).toBeNull();
    expect(await answer(target, lost, "Acknowledged")).toBe("finished");
    expect(await poll(target, "Acknowledged", lost)).toBeNull();
    expect(await count("commands", target)).toBe(0);
  });

  test("a command that is taken back while it is about to leave costs those behind it nothing", async () => {
    const target = await aMac();
    const [first, second] = [await queue(target, "SecurityInfo"), await queue(target, "ProfileList")];
    const takeBack = (op: Operation) => op.tx.run(sql`delete from commands where uuid = ${first.uuid}`);
    expect((await runDuring(database, takeBack, () => poll(target)))?.uuid).toBe(second.uuid);
  });

  test("user and device channels have queues of their own", async () => {
    const device = await aMac();
    const user: Target = { ...device, user: await run((op) => enrollUser(op, device.device)) };
    const { uuid } = await queue(user, "ProfileList");
    expect(await poll(device)).toBeNull();
    expect((await poll(user))?.uuid).toBe(uuid);
    expect(await answer(device, uuid, "Acknowledged")).toBe("command_of_another_target");
    expect(await answer(user, uuid, "Acknowledged", { ProfileList: [] })).toBe("finished");
    expect(await findListedCommand(database.database, "User", uuid)).toMatchObject({
      status: "Acknowledged",
    });
    expect((await now(device)).profilesUpdatedAt).toBeNull();
  });

  test("a purge empties the queue and keeps the history", async () => {
    const target = await aMac();
    const done = await queue(target, "SecurityInfo");
    await poll(target);
    await answer(target, done.uuid, "Error");
    await queue(target, "ProfileList");
    await run((op) => purgeDevice(op, target.device, "authenticate"));
    expect(await count("commands", target)).toBe(0);
    expect(await listed(done.uuid)).toMatchObject({ status: "Error" });
  });

  test("a queued command can be taken back, a sent or answered one cannot", async () => {
    const target = await aMac();
    const lock = await queue(target, "DeviceLock", { PIN: "271828" });
    await run((op) => deleteQueuedCommand(op, deps, lock.uuid));
    expect(await listed(lock.uuid)).toBeNull();
    const sent = await queue(target, "SecurityInfo");
    await poll(target);
    expect(await refusalOf(run((op) => deleteQueuedCommand(op, deps, sent.uuid)))).toBe("command_sent");
    await answer(target, sent.uuid, "Acknowledged");
    expect(await refusalOf(run((op) => deleteQueuedCommand(op, deps, sent.uuid)))).toBe("command_sent");
  });

  test("a PIN is neither in the row, nor in an event, and reaches the device alone", async () => {
    const target = await aMac();
    const pin = "914273";
    const { uuid } = await queue(target, "DeviceLock", { PIN: pin, Message: "Call IT" });
    const row = await database.database.one<Record<string, unknown>>(
      sql`select * from commands where uuid = ${uuid}`,
    );
    expect(row["arguments"]).toEqual({ Message: "Call IT" });
    expect(Buffer.from(row["secretsSealed"] as Buffer).includes(pin)).toBe(false);
    const events = await database.database.many<{ payload: unknown }>(
      sql`select payload from events where serial_number = ${target.device.serialNumber}`,
    );
    expect(JSON.stringify(events)).not.toContain(pin);
    expect(JSON.stringify(events)).toContain("<redacted>");
    expect((await poll(target))?.command).toMatchObject({
      RequestType: "DeviceLock",
      PIN: pin,
      Message: "Call IT",
    });
  });
});

describe("answers", () => {
  test("NotNow keeps a rescheduling command in place; new ones flow, it comes back later under its UUID", async () => {
    const target = await aMac();
    const postponed = await queue(target, "DeviceInformation");
    await poll(target);
    expect(await answer(target, postponed.uuid, "NotNow")).toBe("not_now");
    expect(await answer(target, postponed.uuid, "NotNow")).toBe("not_now");
    expect(await listed(postponed.uuid)).toMatchObject({ status: "NotNow", result: null });
    const fresh = await queue(target, "SecurityInfo");
    expect((await poll(target, "NotNow"))?.uuid).toBe(fresh.uuid);
    expect(await poll(target, "NotNow")).toBeNull();
    await answer(target, fresh.uuid, "Acknowledged");
    expect(await poll(target)).toBeNull();
    database.clock.advance(notNowBackOffSecondsMin);
    expect((await poll(target))?.uuid).toBe(postponed.uuid);
    const members = { QueryResponses: dictionary({ DeviceName: "Ada's Mac" }) };
    expect(await answer(target, postponed.uuid, "Acknowledged", members)).toBe("finished");
    expect(await now(target)).toMatchObject({ name: "Ada's Mac" });
  });

  test("NotNow ends a command that does not reschedule", async () => {
    const target = await aMac();
    const { uuid } = await queue(target, "RestartDevice");
    await poll(target);
    expect(await answer(target, uuid, "NotNow")).toBe("finished");
    expect(await poll(target)).toBeNull();
    expect(await listed(uuid)).toMatchObject({ status: "NotNow" });
    expect((await now(target)).restartedAt).toBeNull();
  });

  test.each(["Error", "CommandFormatError"] as const)(
    "%s ends a command without its effects",
    async (status) => {
      const target = await aMac();
      const { uuid } = await queue(target, "DeviceLock", { PIN: "271828" });
      await poll(target);
      expect(await answer(target, uuid, status)).toBe("finished");
      expect(await listed(uuid)).toMatchObject({
        status,
        errorChain: status === "Error" ? [{ ErrorCode: 12021, Text: "bad \uFFFD  text" }] : null,
      });
      expect(await now(target)).toMatchObject({ lockedAt: null, hasDeviceLockPin: false });
    },
  );

  test("the same answer any number of times is one answer", async () => {
    const target = await aMac();
    const { uuid } = await queue(target, "DeviceLock", { PIN: "271828" });
    await poll(target);
    expect(await answer(target, uuid, "Acknowledged", { MessageResult: "Success" })).toBe("finished");
    for (const status of ["Acknowledged", "Error", "NotNow", "CommandFormatError"] as const) {
      expect(await answer(target, uuid, status)).toBe("already_finished");
    }
    expect(await listed(uuid)).toMatchObject({ status: "Acknowledged" });
    const { serialNumber } = target.device;
    const events = await database.database.many(
      sql`select id from events where type = 'device_lock_pin_set' and serial_number = ${serialNumber}`,
    );
    expect(events).toHaveLength(1);
  });

  test("the same answer at once is taken once", async () => {
    const target = await aMac();
    const { uuid } = await queue(target, "SecurityInfo");
    await poll(target);
    const outcomes = await Promise.all([1, 2, 3].map(() => answer(target, uuid, "Acknowledged")));
    expect(outcomes.sort()).toEqual(["already_finished", "already_finished", "finished"]);
  });

  test("unknown and malformed UUIDs are ignored, another device's command is not touched", async () => {
    const [target, other] = [await aMac(), await aMac()];
    const { uuid } = await queue(target, "SecurityInfo");
    await poll(target);
    expect(await answer(other, uuid, "Acknowledged")).toBe("command_of_another_target");
    expect(await listed(uuid)).toMatchObject({ status: null });
    await answer(target, uuid, "Acknowledged");
    expect(await answer(other, uuid, "Acknowledged")).toBe("command_of_another_target");
    expect(await answer(other, randomUUID(), "Acknowledged")).toBe("unknown");
    for (const malformed of ["", "x", "'; drop table commands", `${uuid}\0`, uuid.repeat(9)]) {
      expect(await answer(other, malformed, "Error")).toBe("unknown");
    }
  });

  test("the whole answer is kept as a binary plist for the kinds that keep it", async () => {
    const target = await aMac();
    const custom = await queue(target, "CustomCommand", {
      command: writePlist({ RequestType: "Settings", Settings: [] }).toString(),
    });
    const taken = await poll(target);
    expect({ ...taken?.command }).toEqual({ RequestType: "Settings", Settings: [] });
    await answer(target, custom.uuid, "Acknowledged", { Answer: Buffer.from([1, 2, 3]) });
    const result = (await listed(custom.uuid))?.result ?? Buffer.alloc(0);
    expect(result.subarray(0, 8).toString()).toBe("bplist00");
    expect({ ...readPlistDictionary(result) }).toMatchObject({ Answer: Buffer.from([1, 2, 3]) });
    const security = await queue(target, "SecurityInfo");
    await poll(target);
    await answer(target, security.uuid, "Acknowledged", { SecurityInfo: dictionary({ FDE_Enabled: true }) });
    expect((await listed(security.uuid))?.result).toBeNull();
    expect(await now(target)).toMatchObject({ filevaultEnabled: true });
  });

  test("an acknowledged lock leaves its PIN, time and message result", async () => {
    const target = await aMac();
    const { uuid } = await queue(target, "DeviceLock", { PIN: "271828", Message: "Call IT" });
    await poll(target);
    expect(await pinOf(target)).toBeNull();
    await answer(target, uuid, "Acknowledged", { MessageResult: "Success" });
    expect(await pinOf(target)).toBe("271828");
    expect(await now(target)).toMatchObject({ lockMessageResult: "Success", lockedAt: database.clock.now() });
  });

  test("an acknowledged erase empties every queue of the device", async () => {
    const target = await aMac();
    const user: Target = { ...target, user: await run((op) => enrollUser(op, target.device)) };
    const erase = await queue(target, "EraseDevice");
    await queue(target, "RemoveProfile", { Identifier: "a" });
    await queue(user, "ProfileList");
    expect((await poll(target))?.uuid).toBe(erase.uuid);
    await answer(target, erase.uuid, "Acknowledged");
    expect(await count("commands", target)).toBe(0);
    expect((await now(target)).erasedAt).toEqual(database.clock.now());
  });

  test("an installed profile is known at once, and its command stays known after the next list", async () => {
    const target = await aMac();
    const bytes = writePlist({
      PayloadIdentifier: "com.example.wifi",
      PayloadUUID: "0B3C2F1E-9C1D-4F6A-8A52-6D0B7F0A9E11",
      PayloadDisplayName: "Wi-Fi",
      PayloadScope: "System",
    });
    const install = await queue(target, "InstallProfile", { Payload: bytes.toString("base64") });
    expect((await poll(target))?.command).toMatchObject({ Payload: bytes });
    await answer(target, install.uuid, "Acknowledged");
    const list = await poll(target, "Acknowledged");
    expect(list?.name).toBe("ProfileList");
    const reported = dictionary({ PayloadIdentifier: "com.example.wifi", IsManaged: true });
    await answer(target, list?.uuid ?? "", "Acknowledged", { ProfileList: [reported] });
    const profiles = await database.database.many(
      sql`select identifier, installed_by, is_managed from device_profiles where device_id = ${target.device.id}`,
    );
    expect(profiles).toEqual([
      { identifier: "com.example.wifi", installedBy: install.uuid, isManaged: true },
    ]);
    const remove = await queue(target, "RemoveProfile", { Identifier: "com.example.wifi" });
    await poll(target);
    await answer(target, remove.uuid, "Acknowledged");
    const left = await database.database.many(
      sql`select id from device_profiles where device_id = ${target.device.id}`,
    );
    expect(left).toEqual([]);
  });
});

test("answers delivered twice each leave what they leave once", async () => {
  const statuses = fc.constantFrom<CommandStatus>("Acknowledged", "Error", "CommandFormatError", "NotNow");
  const names = fc.constantFrom<CommandName>(
    "DeviceInformation",
    "RestartDevice",
    "EraseDevice",
    "ProfileList",
  );
  const story = fc.array(fc.tuple(names, fc.array(statuses, { minLength: 1, maxLength: 3 })), {
    maxLength: 4,
  });
  const members = { QueryResponses: dictionary({ DeviceName: "Ada's Mac" }), ProfileList: [] };
  await fc.assert(
    fc.asyncProperty(story, async (commands) => {
      const play = async (repeats: number) => {
        const target = await aMac();
        for (const [name, sent] of commands) {
          const { uuid } = await queue(target, name);
          await run((op) =>
            op.tx.run(sql`update commands set state = 'sent', sent_at = ${op.at} where uuid = ${uuid}`),
          );
          for (const status of sent) {
            for (let time = 0; time < repeats; time++) await answer(target, uuid, status, members);
          }
        }
        const rows = await database.database.many(sql`
          select name, status, error_chain from command_history where device_id = ${target.device.id} order by name, status`);
        const live = await database.database.many(
          sql`select name, state from commands where device_id = ${target.device.id} order by name, state`,
        );
        const { name, restartedAt, erasedAt, profilesUpdatedAt } = await now(target);
        return { rows, live, name, restartedAt, erasedAt, profilesUpdatedAt };
      };
      expect(await play(2)).toEqual(await play(1));
    }),
    { numRuns: 25 },
  );
});

describe("inventory plan", () => {
  async function inventory(target: Target) {
    const request = await run(async (op) => planInventory(op, await now(target), inventoryCollectionDefault));
    if (request === null) return null;
    return run((op) => startCommand(op, deps, { target, request }));
  }

  test("each kind is asked for once an enrollment, in order, and then no statement is spent", async () => {
    const target = await aMac();
    const answers: Record<string, Record<string, PlistValue>> = {
      DeviceInformation: { QueryResponses: dictionary({ DeviceName: "x" }) },
      SecurityInfo: { SecurityInfo: dictionary({ FDE_Enabled: false }) },
      InstalledApplicationList: { InstalledApplicationList: [] },
      CertificateList: { CertificateList: [] },
      ProfileList: { ProfileList: [] },
    };
    const asked = [];
    for (let next = await inventory(target); next !== null; next = await inventory(target)) {
      asked.push(next.name);
      await answer(target, next.uuid, "Acknowledged", answers[next.name] ?? {});
    }
    expect(asked).toEqual(Object.keys(answers));
    const device = await now(target);
    const before = database.database.statementCount();
    expect(await run((op) => planInventory(op, device, inventoryCollectionDefault))).toBeNull();
    expect(database.database.statementCount()).toBe(before);
  });

  test.each([
    ["Error", {}],
    ["CommandFormatError", {}],
    ["Acknowledged", { QueryResponses: "nonsense" }],
  ] as const)("a device that answers %s %o is not asked again for four hours", async (status, members) => {
    const target = await aMac();
    const first = await inventory(target);
    expect(first?.name).toBe("DeviceInformation");
    await answer(target, first?.uuid ?? "", status, members);
    expect((await inventory(target))?.name).toBe("SecurityInfo");
    database.clock.advance(4 * 3600 + 1);
    expect((await inventory(target))?.name).toBe("DeviceInformation");
  });

  test("a kind that waits for its answer is not asked for twice", async () => {
    const target = await aMac();
    const first = await inventory(target);
    await answer(target, first?.uuid ?? "", "NotNow");
    expect((await inventory(target))?.name).toBe("SecurityInfo");
  });

  test("answers of an earlier enrollment do not hold the next one back", async () => {
    const target = await aMac();
    const first = await inventory(target);
    await answer(target, first?.uuid ?? "", "Acknowledged", {
      QueryResponses: dictionary({ DeviceName: "x" }),
    });
    database.clock.advance(60);
    await run(async (op) => {
      await purgeDevice(op, target.device, "authenticate");
      await op.tx.run(sql`update devices set authenticated_at = ${op.at} where id = ${target.device.id}`);
    });
    expect((await inventory(target))?.name).toBe("DeviceInformation");
  });

  test("kinds out of scope are left out", async () => {
    const target = await aMac({ userEnrollment: true, deviceInformationUpdatedAt: new Date() });
    await answer(target, (await inventory(target))?.uuid ?? "", "Error");
    expect((await inventory(target))?.name).toBe("CertificateList");
    const request = { name: "DeviceLock" as const, arguments: {} };
    expect(await run((op) => startCommand(op, deps, { target, request }))).toBeNull();
  });
});
