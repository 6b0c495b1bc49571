import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { findDevice } from "#mdm/devices/device-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { invariant } from "#platform/errors.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer, SealError } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { deviceSecretEndpoints } from "./device-secret-api.ts";
import {
  clearDeviceLockPin,
  findBootstrapToken,
  storeBootstrapToken,
  storeDeviceLockPin,
  storeUnlockToken,
} from "./device-secret-operations.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const api = useApiServer(database, () => bindEndpoints(deps, deviceSecretEndpoints));
const commandUuid = "0b3c2f1e-9c1d-4f6a-8a52-6d0b7f0a9e11";

const eventsOf = (serialNumber: string) =>
  database.database.many<{ type: string; payload: unknown; tags: string[] }>(
    sql`select type, payload, tags from events where serial_number = ${serialNumber} order by sequence`,
  );

test("a PIN is shown to who may see it, and each reading is an event; no PIN is none", async () => {
  const device = await run((op) => enrollDevice(op));
  const path = `/api/mdm/devices/${device.id}/device_lock_pin/`;
  const nothing = { id: device.id, serial_number: device.serialNumber, device_lock_pin: null };
  expect(await api.call("GET", path)).toEqual({ status: 200, body: nothing });
  await run((op) => storeDeviceLockPin(op, deps, { device, pin: new Secret("914273"), commandUuid }));
  expect((await api.call("GET", path)).body).toEqual({ ...nothing, device_lock_pin: "914273" });
  const events = await eventsOf(device.serialNumber);
  expect(events).toEqual([
    {
      type: "device_lock_pin_set",
      payload: { command: { request_type: "DeviceLock", uuid: commandUuid } },
      tags: ["mdm", "device_lock_pin"],
    },
    { type: "device_lock_pin_viewed", payload: {}, tags: ["mdm"] },
  ]);
  expect(JSON.stringify(events)).not.toContain("914273");
  expect((await api.call("GET", path, { permissions: ["mdm.view_enrolleddevice"] })).status).toBe(403);
  expect((await api.call("GET", "/api/mdm/devices/999999/device_lock_pin/")).status).toBe(404);
});

test("clearing a PIN is recorded once, and costs nothing when there is none", async () => {
  const fresh = await run((op) => enrollDevice(op));
  await run((op) => storeDeviceLockPin(op, deps, { device: fresh, pin: new Secret("914273"), commandUuid }));
  const locked = await findDevice(database.database, fresh.id);
  invariant(locked !== null, "the device is enrolled");
  expect(locked.hasDeviceLockPin).toBe(true);
  await run((op) => clearDeviceLockPin(op, locked));
  const before = database.database.statementCount();
  await run((op) => clearDeviceLockPin(op, fresh));
  expect(database.database.statementCount()).toBe(before);
  const types = (await eventsOf(fresh.serialNumber)).map(({ type }) => type);
  expect(types).toEqual(["device_lock_pin_set", "device_lock_pin_cleared"]);
});

test("tokens are sealed, opened again, and forgotten with null", async () => {
  const device = await run((op) => enrollDevice(op));
  const token = randomBytes(100);
  await run(async (op) => {
    await storeBootstrapToken(op, deps, { device, token: new Secret(token) });
    await storeUnlockToken(op, deps, { device, token: new Secret(token) });
  });
  const row = await database.database.one<Record<string, Buffer>>(
    sql`select bootstrap_token_sealed, unlock_token_sealed from devices where id = ${device.id}`,
  );
  for (const sealed of Object.values(row)) expect(sealed.includes(token)).toBe(false);
  expect((await findBootstrapToken(database.database, deps, device.id))?.reveal()).toEqual(token);
  await run((op) => storeBootstrapToken(op, deps, { device, token: null }));
  expect(await findBootstrapToken(database.database, deps, device.id)).toBeNull();
});

test("a sealed token moved to another device or column does not open", async () => {
  const [one, other] = await run(async (op) => [await enrollDevice(op), await enrollDevice(op)] as const);
  await run((op) => storeUnlockToken(op, deps, { device: one, token: new Secret(randomBytes(20)) }));
  const move = (target: number) =>
    run((op) =>
      op.tx.run(sql`update devices set bootstrap_token_sealed =
        (select unlock_token_sealed from devices where id = ${one.id}) where id = ${target}`),
    );
  for (const { id } of [one, other]) {
    await move(id);
    await expect(findBootstrapToken(database.database, deps, id)).rejects.toThrow(SealError);
  }
});

test("why a secret was read is part of its event, and no part of its answer", async () => {
  const device = await run((op) => enrollDevice(op));
  await run((op) => storeDeviceLockPin(op, deps, { device, pin: new Secret("914273"), commandUuid }));
  const path = `/api/mdm/devices/${device.id}/device_lock_pin/`;
  const read = async (reason: string) =>
    api.call("GET", `${path}?reason=${encodeURIComponent(reason)}`, {
      permissions: ["mdm.view_device_lock_pin"],
    });
  const shown = { id: device.id, serial_number: device.serialNumber, device_lock_pin: "914273" };
  expect(await read(" Ticket 4711: Zoë’s Mac ")).toEqual({ status: 200, body: shown });
  expect(await read("  ")).toEqual({ status: 200, body: shown });
  const viewed = (await eventsOf(device.serialNumber)).filter(({ type }) => type.endsWith("_viewed"));
  expect(viewed.map(({ payload }) => payload)).toEqual([{ reason: "Ticket 4711: Zoë’s Mac" }, {}]);
});

test.each([
  ["too long", "x".repeat(501)],
  ["with a zero byte", "ticket\u0000"],
  ["of several lines", "ticket\n4711"],
])("a reason %s is refused, and nothing is shown", async (_, reason) => {
  const device = await run((op) => enrollDevice(op));
  await run((op) => storeDeviceLockPin(op, deps, { device, pin: new Secret("914273"), commandUuid }));
  const path = `/api/mdm/devices/${device.id}/device_lock_pin/?reason=${encodeURIComponent(reason)}`;
  const { status, body } = await api.call("GET", path);
  expect(status).toBe(400);
  expect(Object.keys(body as object)).toEqual(["reason"]);
  expect(JSON.stringify(body)).not.toContain("914273");
});
