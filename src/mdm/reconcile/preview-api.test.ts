/** Previews and the status of a blueprint over HTTP: what they count, what they refuse, and that nothing is written. */
import { beforeAll, describe, expect, test } from "vitest";
import type { DeviceId } from "#mdm/devices/device.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import {
  type InsertedArtifact,
  insertArtifact,
  insertBlueprint,
  linkArtifact,
} from "../../../test/tools/desired-state.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import { deviceArtifactEndpoints } from "./device-artifact-api.ts";
import { previewEndpoints } from "./preview-api.ts";

const database = useTestDatabase();
const deps = { trees: createBlueprintTrees(), identifierPrefix: "com.example" };
const api = useApiServer(database, () => [
  ...bindEndpoints(deps, deviceArtifactEndpoints),
  ...bindEndpoints(deps, previewEndpoints),
]);

type World = {
  readonly blueprintId: number;
  readonly linked: InsertedArtifact;
  readonly free: InsertedArtifact;
  readonly deviceIds: readonly DeviceId[];
};
let world: World;

beforeAll(async () => {
  world = await database.testOperation(async (op) => {
    const blueprintId = await insertBlueprint(op.tx);
    const needed = await insertArtifact(op.tx, { name: "Needed" });
    const linked = await insertArtifact(op.tx, { name: "Linked" });
    const free = await insertArtifact(op.tx, { name: "Free", requires: [needed.id] });
    await linkArtifact(op.tx, blueprintId, linked.id);
    const deviceIds: DeviceId[] = [];
    for (let number = 0; number < 3; number++) {
      const device = await enrollDevice(op, { udid: `UDID-${number}`, serialNumber: `SERIAL${number}` });
      deviceIds.push(device.id);
    }
    await op.tx.run(sql`update devices set blueprint_id = ${blueprintId}, os_version = '15.1'`);
    return { blueprintId, linked, free, deviceIds };
  });
});

const everywhere = { ios: true, ipados: true, macos: true, tvos: true };

const preview = (body: unknown) =>
  api.call("POST", `/api/mdm/blueprints/${world.blueprintId}/preview/`, { body });

/** Everything a preview could have written to. */
const traces = () =>
  database.database.one(sql`
    select (select count(*) from events) as events, (select count(*) from blueprint_artifacts) as links,
           (select count(*) from artifact_versions) as versions, (select count(*) from push_requests) as pushes,
           (select sum(revision) from blueprints) as revisions`);

describe("a preview", () => {
  test("tells what a link brings, with what that needs, and writes nothing", async () => {
    const before = await traces();
    const { status, body } = await preview({
      blueprint_artifacts: [{ artifact: world.free.id, ...everywhere }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      is_complete: true,
      devices: { total: 3, examined: 3, affected: 3 },
      installs: 6,
      updates: 0,
      removals: 0,
      artifacts: [
        { artifact: { pk: world.free.id, name: "Free" }, installs: 3, updates: 0, removals: 0 },
        { artifact: { name: "Needed" }, installs: 3, updates: 0, removals: 0 },
      ],
    });
    expect((body as { sample: unknown[] }).sample[0]).toMatchObject({
      enrolled_device: world.deviceIds[0],
      serial_number: "SERIAL0",
      enrolled_user: null,
      updates: [],
      removals: [],
    });
    expect(await traces()).toEqual(before);
  });

  test("tells whom a narrower scope leaves out", async () => {
    const scope = { ...everywhere, macos_min_version: "15.2" };
    const { body } = await preview({ blueprint_artifacts: [{ artifact: world.linked.id, ...scope }] });
    expect(body).toMatchObject({ devices: { affected: 3 }, installs: 0, removals: 3 });
  });

  test("tells what a further version updates, and only for whom it is meant", async () => {
    const item = { artifact: world.linked.id, ...everywhere };
    expect((await preview({ artifact_versions: [item] })).body).toMatchObject({ updates: 3, installs: 0 });
    const none = { ...item, macos: false };
    expect((await preview({ artifact_versions: [none] })).body).toMatchObject({
      updates: 0,
      devices: { affected: 0 },
      sample: [],
    });
  });

  test("tells what goes with a link", async () => {
    expect((await preview({ removed: [world.linked.id] })).body).toMatchObject({ removals: 3 });
    expect((await preview({})).body).toMatchObject({ devices: { affected: 0 } });
  });

  test("refuses artifacts and blueprints that are not there", async () => {
    const unknown = "00000000-0000-4000-8000-000000000001";
    expect(await preview({ removed: [unknown] })).toMatchObject({
      status: 400,
      body: { removed: [`Invalid pk "${unknown}" - object does not exist.`] },
    });
    expect(await api.call("POST", "/api/mdm/blueprints/999999/preview/", { body: {} })).toMatchObject({
      status: 404,
    });
    expect(await api.call("GET", "/api/mdm/blueprints/999999/status/")).toMatchObject({ status: 404 });
  });
});

test("the status of a blueprint counts who has caught up", async () => {
  const [deviceId] = world.deviceIds;
  await database.testOperation(({ tx, at }) =>
    tx.run(sql`
      with planned as (
        insert into target_plans (device_id, plan_key, blueprint_id, revision, created_at, updated_at)
        values (${deviceId}, 'k', ${world.blueprintId}, 1, ${at}, ${at}))
      insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                    install_count, retry_count, max_retry_count, created_at, updated_at)
      values (${deviceId}, ${world.linked.versionIds[0]}, 'Installed', '{}', 'x', 1, 0, 2, ${at}, ${at})`),
  );
  const { body } = await api.call("GET", `/api/mdm/blueprints/${world.blueprintId}/status/`);
  expect(body).toEqual({
    revision: "1",
    targets: { total: 3, settled: 1, pending: 2 },
    artifacts: [
      { artifact: { pk: world.linked.id, name: "Linked" }, version: 1, status: "Installed", count: 1 },
    ],
  });
});

test("the artifacts of a device say why", async () => {
  const { blueprintId, linked, deviceIds } = world;
  await database.testOperation(({ tx }) =>
    tx.run(sql`
      update blueprint_artifacts set macos_min_version = '15.2' where artifact_id = ${linked.id}
        and blueprint_id = ${blueprintId}`),
  );
  await database.testOperation(({ tx }) =>
    tx.run(sql`update blueprints set revision = revision + 1 where id = ${blueprintId}`),
  );
  const { body } = await api.call("GET", `/api/mdm/devices/${deviceIds[1]}/artifacts/`);
  expect(body).toMatchObject({
    count: 1,
    results: [
      {
        artifact: { pk: linked.id, name: "Linked", type: "Configuration" },
        state: "excluded",
        reason: { code: "os_too_old", facts: { os_version: "15.1", minimum: "15.2" } },
        reason_text: expect.stringContaining("15.1"),
        stored: [],
      },
    ],
  });
  const path = `/api/mdm/devices/${deviceIds[1]}/`;
  expect(await api.call("GET", `${path}artifacts/?user=999`)).toMatchObject({ status: 404 });
  expect(await api.call("POST", `${path}artifacts/${linked.id}/retry/`)).toMatchObject({ status: 404 });
  expect(await api.call("GET", "/api/mdm/devices/999999/artifacts/")).toMatchObject({ status: 404 });
});
