/** Previews and the status of a blueprint over HTTP: what they count, what they refuse, and that nothing is written. */
import { beforeAll, describe, expect, test } from "vitest";
import type { DeviceId } from "#mdm/devices/device.ts";
import type { Tx } from "#platform/db/database.ts";
import { identifier, sql } from "#platform/db/sql.ts";
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
    for (const deviceId of deviceIds.slice(0, 2)) await install(op.tx, deviceId, linked);
    return { blueprintId, linked, free, deviceIds };
  });
});

/** A device that has the first version of an artifact. */
async function install(tx: Tx, deviceId: DeviceId, { versionIds }: InsertedArtifact): Promise<void> {
  await tx.run(sql`
    insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                  install_count, retry_count, max_retry_count, created_at, updated_at)
    values (${deviceId}, ${versionIds[0]}, 'Installed', '{}', 'x', 1, 0, 2, now(), now())`);
}

const everywhere = { ios: true, ipados: true, macos: true, tvos: true };

const preview = (body: unknown) =>
  api.call("POST", `/api/mdm/blueprints/${world.blueprintId}/preview/`, { body });

/** A digest of every row of every table of the server, but of who asks. */
const traces = async (): Promise<Record<string, unknown>> => {
  const tables = await database.database.many<{ name: string }>(sql`
    select table_name as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`);
  const digests: Record<string, unknown> = {};
  for (const { name } of tables.filter(({ name }) => !name.startsWith("session"))) {
    const { digest } = await database.database.one<{ digest: string | null }>(sql`
      select md5(string_agg(t::text, '|' order by t::text)) as digest from ${identifier(name)} t`);
    digests[name] = digest;
  }
  return digests;
};

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

  test("tells whom a narrower scope takes something from: those that have it", async () => {
    const scope = { ...everywhere, macos_min_version: "15.2" };
    const { body } = await preview({ blueprint_artifacts: [{ artifact: world.linked.id, ...scope }] });
    expect(body).toMatchObject({ devices: { examined: 3, affected: 2 }, installs: 0, removals: 2 });
  });

  test("tells what a further version does: an update where an earlier one is, else an installation", async () => {
    const item = { artifact: world.linked.id, ...everywhere };
    expect((await preview({ artifact_versions: [item] })).body).toMatchObject({
      devices: { affected: 3 },
      updates: 2,
      installs: 1,
    });
    const none = { ...item, macos: false };
    expect((await preview({ artifact_versions: [none] })).body).toMatchObject({
      updates: 0,
      devices: { affected: 0 },
      sample: [],
    });
  });

  test("tells what goes with a link", async () => {
    expect((await preview({ removed: [world.linked.id] })).body).toMatchObject({
      devices: { affected: 2 },
      removals: 2,
      sample: [{ serial_number: "SERIAL0" }, { serial_number: "SERIAL1" }],
    });
    expect((await preview({})).body).toMatchObject({ devices: { affected: 0 } });
  });

  test("does not promise what is there already, nor what waits for something that failed", async () => {
    const { present, failed, dependent } = await database.testOperation(async (op) => {
      const [deviceId] = world.deviceIds;
      const sketches = {
        present: await insertArtifact(op.tx, { type: "Provisioning Profile" }),
        failed: await insertArtifact(op.tx),
      };
      const manifest = { type: "Enterprise App", requires: [sketches.failed.id] } as const;
      const dependent = await insertArtifact(op.tx, manifest);
      if (deviceId === undefined) throw new Error("no device");
      await install(op.tx, deviceId, sketches.present);
      await install(op.tx, deviceId, sketches.failed);
      await op.tx.run(sql`
        update target_artifacts set status = 'Failed', unique_install_identifier = ''
         where artifact_version_id = ${sketches.failed.versionIds[0]}`);
      await linkArtifact(op.tx, world.blueprintId, sketches.failed.id);
      return { ...sketches, dependent };
    });
    const { body } = await preview({
      blueprint_artifacts: [present, dependent].map(({ id }) => ({ artifact: id, ...everywhere })),
    });
    // Of the first device nothing: it has the one, and the other cannot come.
    expect(body).toMatchObject({ devices: { affected: 2 }, installs: 4, removals: 0 });
    await database.testOperation(({ tx }) =>
      tx.run(sql`delete from blueprint_artifacts where artifact_id = ${failed.id}`),
    );
  });

  test("tells what the delivery of profiles by declarations brings again", async () => {
    const profile = await database.testOperation(async (op) => {
      const profile = await insertArtifact(op.tx, { type: "Profile" });
      await linkArtifact(op.tx, world.blueprintId, profile.id);
      for (const deviceId of world.deviceIds) await install(op.tx, deviceId, profile);
      await op.tx.run(
        sql`update blueprints set legacy_profiles_via_ddm = false where id = ${world.blueprintId}`,
      );
      await op.tx.run(sql`update devices set declarative_management = true`);
      return profile;
    });
    expect((await preview({ legacy_profiles_via_ddm: true })).body).toMatchObject({
      updates: 3,
      artifacts: [{ artifact: { pk: profile.id } }],
    });
    expect((await preview({ legacy_profiles_via_ddm: false })).body).toMatchObject({ updates: 0 });
    await database.testOperation(async ({ tx }) => {
      await tx.run(sql`delete from blueprint_artifacts where artifact_id = ${profile.id}`);
      await tx.run(sql`delete from target_artifacts where artifact_version_id = ${profile.versionIds[0]}`);
    });
  });

  test("names no artifact to whoever may see none, and neither does the status", async () => {
    const permissions = ["mdm.view_blueprint", "mdm.view_enrolleddevice"];
    const path = `/api/mdm/blueprints/${world.blueprintId}/`;
    const body = { removed: [world.linked.id] };
    const answers = [
      await api.call("POST", `${path}preview/`, { body, permissions }),
      await api.call("GET", `${path}status/`, { permissions }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const { artifacts } = answer.body as { artifacts: { artifact: object }[] };
      expect(artifacts.map(({ artifact }) => artifact)).toContainEqual({ pk: world.linked.id, name: null });
      expect(JSON.stringify(answer.body)).not.toMatch(/Linked|Needed|"name":"/);
    }
    const all = await api.call("GET", `${path}status/`, {
      permissions: [...permissions, "mdm.view_artifact"],
    });
    expect(JSON.stringify(all.body)).toContain('"name":"Linked"');
  });

  test("refuses what the real writes refuse, in their words and at its place", async () => {
    const [needed, macOnly, asset] = await database.testOperation(async (op) => {
      const made = [
        await insertArtifact(op.tx),
        await insertArtifact(op.tx),
        await insertArtifact(op.tx, { type: "Asset" }),
      ] as const;
      await op.tx.run(sql`update artifacts set platforms = '{macOS}' where id = ${made[1].id}`);
      return made;
    });
    const good = { artifact: needed.id, ...everywhere };
    const links = [
      good,
      { artifact: macOnly.id, macos: true, tvos: true },
      { artifact: asset.id, macos: true },
      { artifact: world.free.id },
      { ...good, artifact: world.linked.id, excluded_tags: [987_654] },
      { ...good, artifact: world.linked.id, shard_modulo: 10, default_shard: 11 },
      good,
    ];
    expect(await preview({ blueprint_artifacts: links })).toMatchObject({
      status: 400,
      body: {
        blueprint_artifacts: {
          "1": { tvos: ["Platform not available for this artifact"] },
          "2": { artifact: [expect.stringContaining("is reached through declarations")] },
          "3": { non_field_errors: ["You need to activate at least one platform"] },
          "4": { excluded_tags: ['Invalid pk "987654" - object does not exist.'] },
          "6": { non_field_errors: ["The fields blueprint, artifact must make a unique set."] },
        },
      },
    });
    const versions = [
      { ...good, shard_modulo: 10, default_shard: 11 },
      { artifact: macOnly.id, ios: true },
    ];
    expect(await preview({ artifact_versions: versions })).toMatchObject({
      status: 400,
      body: {
        artifact_versions: {
          "0": { default_shard: ["Must be less than or equal to the shard modulo"] },
          "1": { ios: ["Platform not available for this artifact"] },
        },
      },
    });
    const modulo = [{ ...good, shard_modulo: 1 }];
    expect(await preview({ blueprint_artifacts: modulo })).toMatchObject({ status: 400 });
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
      delete from target_artifacts
       where device_id <> ${deviceId} or artifact_version_id <> ${world.linked.versionIds[0]}`),
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

test("the statuses of all blueprints count targets and failures, in the order of names and by pages", async () => {
  const [used, unused] = await database.testOperation(async (op) => {
    const { tx, at } = op;
    const blueprintId = await insertBlueprint(tx, "Zebra");
    const settled = await enrollDevice(op, { udid: "UDID-Z1", serialNumber: "SERIALZ1" });
    const failing = await enrollDevice(op, { udid: "UDID-Z2", serialNumber: "SERIALZ2" });
    await tx.run(sql`
      update devices set blueprint_id = ${blueprintId} where id = any(${[settled.id, failing.id]}::integer[])`);
    await tx.run(sql`
      insert into device_users (device_id, user_id, long_name, short_name, created_at, updated_at)
      values (${settled.id}, 'USER-0', 'Anna', 'anna', ${at}, ${at})`);
    await tx.run(sql`
      insert into target_plans (device_id, plan_key, blueprint_id, revision, created_at, updated_at)
      select ${settled.id}, 'k', id, revision, ${at}, ${at} from blueprints where id = ${blueprintId}`);
    await install(tx, failing.id, world.free);
    await install(tx, failing.id, world.linked);
    await tx.run(sql`update target_artifacts set status = 'Failed' where device_id = ${failing.id}`);
    return [blueprintId, await insertBlueprint(tx, "Zoo, of nobody")];
  });
  const { body } = await api.call("GET", "/api/mdm/blueprints/status/");
  const { count, results } = body as { count: number; results: readonly { id: number }[] };
  expect(results.find(({ id }) => id === used)).toEqual({
    id: used,
    revision: "1",
    targets: { total: 3, settled: 1, pending: 2, failed: 1 },
  });
  const ids = results.map(({ id }) => id);
  expect(count).toBe(ids.length);
  expect(ids.slice(-2)).toEqual([used, unused]);
  const last = await api.call("GET", `/api/mdm/blueprints/status/?limit=1&offset=${count - 1}`);
  expect(last.body).toMatchObject({
    count,
    results: [{ id: unused, targets: { total: 0, settled: 0, pending: 0, failed: 0 } }],
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
