import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { queueCommand } from "./command-operations.ts";
import { commandRowEndpoints } from "./command-row-api.ts";
import { commandRowsCountMax } from "./command-row.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
const api = useApiServer(database, () => bindEndpoints({}, commandRowEndpoints));
const path = "/api/mdm/devices/commands/rows/";

type Listed = { readonly count: number; readonly results: readonly Record<string, unknown>[] };
const list = async (query = ""): Promise<Listed> => (await api.call("GET", path + query)).body as Listed;

test("a row says which device it is for and how far it is, of device channels alone", async () => {
  const { device, uuid } = await run(async (op) => {
    const mac = await enrollDevice(op, { serialNumber: "C02ROWS", name: "Ada's Mac" });
    const user = await enrollUser(op, mac, "ROW-USER");
    const target = { device: mac, user: null };
    await queueCommand(op, deps, {
      target: { device: mac, user },
      request: { name: "ProfileList", arguments: {} },
    });
    const made = await queueCommand(op, deps, {
      target,
      request: { name: "CertificateList", arguments: {} },
    });
    return { device: mac, uuid: made.uuid };
  });
  const row = {
    uuid,
    name: "CertificateList",
    state: "queued",
    status: null,
    device: { id: device.id, name: "Ada's Mac", serial_number: "C02ROWS" },
    time: null,
    result_time: null,
    created_at: "2026-11-21T12:00:00",
  };
  expect(await list()).toMatchObject({ count: 1, results: [row] });
  expect(await list("?state=queued&state=parked&name=CertificateList")).toMatchObject({ count: 1 });
  expect(await list("?state=answered")).toMatchObject({ count: 0 });
  expect(await list("?name=ProfileList")).toMatchObject({ count: 0 });
  expect((await api.call("GET", `${path}?state=tired`)).status).toBe(400);
});

test("commands are found by device, part of the name and time, in both orders", async () => {
  await run(async (op) => {
    for (const [serialNumber, name, minutes] of [
      ["C02FIND1", "RestartDevice", 1],
      ["C02FIND1", "DeviceInformation", 2],
      ["C02FIND2", "ShutDownDevice", 3],
    ] as const) {
      const known = await op.tx.maybe<{ id: number }>(
        sql`select id from devices where serial_number = ${serialNumber}`,
      );
      const { id } = known ?? (await enrollDevice(op, { serialNumber }));
      await op.tx.run(sql`
        insert into command_history (uuid, device_id, name, request_type, delivery_count, outcome, created_at, updated_at)
        values (gen_random_uuid(), ${id}, ${name}, ${name}, 0, 'expired',
                timestamptz '2026-11-20T10:00:00Z' + ${minutes} * interval '1 minute', ${op.at})`);
    }
  });
  const names = async (query: string) =>
    (await list(`?since=2026-11-20T10:00:00&until=2026-11-20T11:00:00&${query}`)).results.map(
      ({ name }) => name,
    );
  expect(await names("")).toEqual(["ShutDownDevice", "DeviceInformation", "RestartDevice"]);
  expect(await names("ordering=created_at&search=devicE")).toEqual([
    "RestartDevice",
    "DeviceInformation",
    "ShutDownDevice",
  ]);
  expect(await names("ordering=-created_at&limit=1")).toEqual(["ShutDownDevice"]);
  expect(await names("search=device_")).toEqual([]);
  expect(await names("serial_number=C02FIND1")).toEqual(["DeviceInformation", "RestartDevice"]);
  expect(await names("serial_number=C02FIND")).toEqual([]);
  expect((await list("?since=2026-11-20T10:02:00&until=2026-11-20T10:03:00")).count).toBe(1);
  const refused = await api.call("GET", `${path}?until=yesterday`);
  expect(refused).toMatchObject({ status: 400, body: { until: ["Not a valid time."] } });
});

test("who may not see devices, or not their commands, sees no rows", async () => {
  for (const permission of ["mdm.view_devicecommand", "mdm.view_enrolleddevice"]) {
    expect((await api.call("GET", path, { permissions: [permission] })).status).toBe(403);
  }
});

test("a long history is not counted to its end, and can be paged through", async () => {
  await run(async (op) => {
    const { id } = await enrollDevice(op, { serialNumber: "C02LONG" });
    await op.tx.run(sql`
      insert into command_history (uuid, device_id, name, request_type, delivery_count, status, result_time, created_at,
                                   updated_at)
      select gen_random_uuid(), ${id}, 'SecurityInfo', 'SecurityInfo', 1, 'Acknowledged', ${op.at},
             ${op.at}::timestamptz - n * interval '1 second', ${op.at}
        from generate_series(1, ${commandRowsCountMax + 5}::integer) n`);
  });
  const query = "?name=SecurityInfo&limit=2";
  expect(await list(`${query}&offset=10001`)).toMatchObject({
    count: commandRowsCountMax,
    count_is_minimum: true,
    next: expect.stringContaining("offset=10003"),
    results: [{ state: "answered", status: "Acknowledged" }, {}],
  });
});
