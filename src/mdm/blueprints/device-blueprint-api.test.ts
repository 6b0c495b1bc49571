import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { insertBlueprint } from "../../../test/tools/blueprints.ts";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { assignmentAuditsMax } from "./device-blueprint-operations.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const many = "/api/mdm/devices/assign_blueprint/";

let macs: number;
let phones: number;
beforeAll(async () => {
  [macs, phones] = await database.testOperation(async (op) => [
    await insertBlueprint(op.tx, op.at, { name: "Macs" }),
    await insertBlueprint(op.tx, op.at, { name: "Phones" }),
  ]);
});
beforeEach(() => void server.takeChanges());

const newDevice = () => database.testOperation((op) => enrollDevice(op));
const put = (id: number, body: unknown) => server.call("PUT", `/api/mdm/devices/${id}/`, { body });
const assign = (body: unknown) => server.call("POST", many, { body });

async function blueprintsOf(ids: readonly number[]): Promise<(number | null)[]> {
  const rows = await database.database.many<{ blueprintId: number | null }>(
    sql`select blueprint_id from devices where id = any(${ids}::integer[]) order by id`,
  );
  return rows.map(({ blueprintId }) => blueprintId);
}

describe("one device", () => {
  test("gets a blueprint, keeps it, and loses it; each change is told once", async () => {
    const { id, serialNumber } = await newDevice();
    expect(await put(id, { blueprint: macs })).toMatchObject({ status: 200, body: { id, blueprint: macs } });
    expect(server.takeChanges()).toEqual([{ kind: "devices", deviceIds: [id] }]);
    expect(await put(id, { blueprint: macs })).toMatchObject({ status: 200, body: { blueprint: macs } });
    expect(server.takeChanges()).toEqual([]);
    expect(await put(id, { blueprint: null })).toMatchObject({ status: 200, body: { blueprint: null } });
    expect(server.takeChanges()).toEqual([{ kind: "devices", deviceIds: [id] }]);
    const named = { pk: macs, name: "Macs" };
    expect(await server.auditsOf("mdm_enrolled_device", id)).toMatchObject([
      { action: "updated", object: { prev_value: { blueprint: null }, new_value: { blueprint: named } } },
      { action: "updated", object: { prev_value: { blueprint: named }, new_value: { blueprint: null } } },
    ]);
    const [event] = await database.database.many<{ serialNumber: string }>(
      sql`select serial_number from events order by sequence desc limit 1`,
    );
    expect(event).toEqual({ serialNumber });
  });

  test("an unknown blueprint, none at all, and an unknown device are refused", async () => {
    const { id } = await newDevice();
    expect(await put(id, { blueprint: 987_654 })).toEqual({
      status: 400,
      body: { blueprint: ['Invalid pk "987654" - object does not exist.'] },
    });
    expect(await put(id, {})).toEqual({ status: 400, body: { blueprint: ["This field is required."] } });
    expect(await put(987_654, { blueprint: macs })).toEqual({
      status: 404,
      body: { detail: "No EnrolledDevice matches the given query." },
    });
    const options = { body: { blueprint: macs }, permissions: ["mdm.view_enrolleddevice"] };
    expect((await server.call("PUT", `/api/mdm/devices/${id}/`, options)).status).toBe(403);
  });
});

describe("many devices", () => {
  test("get a blueprint in one statement; those that have it are left alone", async () => {
    const devices = [await newDevice(), await newDevice(), await newDevice()];
    const ids = devices.map(({ id }) => id);
    await put(ids[0] ?? 0, { blueprint: phones });
    await put(ids[1] ?? 0, { blueprint: macs });
    server.takeChanges();
    expect(await assign({ blueprint: macs, devices: ids })).toEqual({ status: 200, body: { devices: 2 } });
    expect(await blueprintsOf(ids)).toEqual([macs, macs, macs]);
    expect(server.takeChanges()).toEqual([{ kind: "devices", deviceIds: [ids[0], ids[2]] }]);
    expect((await server.auditsOf("mdm_enrolled_device", ids[0] ?? 0)).at(-1)).toMatchObject({
      object: {
        prev_value: { blueprint: { pk: phones, name: "Phones" } },
        new_value: { blueprint: { pk: macs, name: "Macs" } },
      },
    });
    const [event] = await database.database.many<{ payload: unknown; objects: unknown }>(
      sql`select payload, objects from events where type = 'blueprint_assigned' order by sequence desc limit 1`,
    );
    expect(event).toEqual({
      payload: { blueprint: { pk: macs, name: "Macs" }, devices: 2, selection: { devices: ids } },
      objects: { mdm_blueprint: [String(macs)] },
    });
    expect(await assign({ blueprint: macs, devices: ids })).toEqual({ status: 200, body: { devices: 0 } });
    expect(server.takeChanges()).toEqual([]);
  });

  test("are chosen as bulk commands choose them, by their blueprint too", async () => {
    const { id, serialNumber } = await newDevice();
    await assign({ blueprint: phones, filter: { serial_numbers: [serialNumber] } });
    expect(await blueprintsOf([id])).toEqual([phones]);
    const moved = await assign({ blueprint: null, filter: { blueprint: phones } });
    expect(moved.body).toMatchObject({ devices: expect.any(Number) });
    expect(await blueprintsOf([id])).toEqual([null]);
  });

  test("a request that chooses nobody, or an unknown blueprint, is refused", async () => {
    expect(await assign({ blueprint: macs })).toMatchObject({
      status: 400,
      body: { detail: expect.any(String) },
    });
    expect(await assign({ blueprint: 987_654, devices: [1] })).toEqual({
      status: 400,
      body: { blueprint: ['Invalid pk "987654" - object does not exist.'] },
    });
  });

  test("a fleet costs no more statements than a handful, and one event", async () => {
    const { pushCertificateId } = await newDevice();
    const count = assignmentAuditsMax + 1;
    await database.testOperation((op) =>
      op.tx.run(sql`
        insert into devices (udid, serial_number, platform, push_certificate_id, created_at, updated_at)
        select 'FLEET-' || n, 'FLEET' || n, 'tvOS', ${pushCertificateId}, ${op.at}, ${op.at}
          from generate_series(1, ${count}::integer) n`),
    );
    const before = database.database.statementCount();
    const answer = await assign({ blueprint: macs, filter: { platforms: ["tvOS"] } });
    expect(answer).toEqual({ status: 200, body: { devices: count } });
    expect(database.database.statementCount() - before).toBeLessThan(10);
    const [{ events } = { events: 0 }] = await database.database.many<{ events: number }>(sql`
      select count(*)::integer as events from events where serial_number like 'FLEET%'`);
    expect(events).toBe(0);
  });
});
