import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { insertBlueprint } from "../../../test/tools/blueprints.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { artifactEndpoints } from "./artifact-api.ts";

const database = useTestDatabase();
const changes: DesiredStateChange[] = [];
const deps = {
  noteDesiredStateChange: async (_: unknown, change: DesiredStateChange) => void changes.push(change),
};
const { call } = useApiServer(database, () => bindEndpoints(deps, artifactEndpoints));
const root = "/api/mdm/artifacts/";

type Json = Readonly<Record<string, unknown>>;
let names = 0;
const bodyOf = (more: Json = {}): Json => ({
  name: `artifact ${++names}`,
  type: "Profile",
  channel: "Device",
  ...more,
});
const post = (body: Json) => call("POST", root, { body });
const put = (id: string, body: Json) => call("PUT", `${root}${id}/`, { body });
const remove = (id: string) => call("DELETE", `${root}${id}/`);

async function create(more: Json = {}): Promise<Json & { id: string }> {
  const created = await post(bodyOf(more));
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  return created.body as Json & { id: string };
}

async function lastEvent(): Promise<Json> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Json;
}

/** A version as a row: its payload does not matter here. */
async function insertVersion(artifactId: string, table?: string): Promise<string> {
  const id = randomUUID();
  await database.testOperation(async (op) => {
    await op.tx.run(sql`
      insert into artifact_versions
      select ${id}::uuid, ${artifactId}::uuid, 1, false, '', '', false, '', '', true, '', '', false, '', '', 100, 100,
             ${op.at}::timestamptz, ${op.at}::timestamptz`);
    if (table === "provisioning_profiles")
      await op.tx.run(sql`insert into provisioning_profiles values (${id}, '', '', ${id})`);
    if (table === "declarations") {
      await op.tx.run(sql`
        insert into declarations (artifact_version_id, type, identifier, server_token, payload)
        values (${id}, 'com.apple.configuration.passcode.settings', ${id}, ${id}, '{}')`);
    }
  });
  return id;
}

test("an artifact has the defaults of the reference, and is read, found by name and listed", async () => {
  const created = await post({
    name: " Firewall on ",
    type: "Profile",
    channel: "Device",
    platforms: ["macOS"],
  });
  const artifact = created.body as Json;
  expect(created).toEqual({
    status: 201,
    body: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "Firewall on",
      type: "Profile",
      channel: "Device",
      platforms: ["macOS"],
      requires: [],
      install_during_setup_assistant: false,
      auto_update: true,
      reinstall_interval: 0,
      reinstall_on_os_update: "No",
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
    },
  });
  expect((await call("GET", `${root}${String(artifact["id"])}/`)).body).toEqual(artifact);
  expect((await call("GET", `${root}?name=Firewall+on`)).body).toMatchObject({
    count: 1,
    results: [artifact],
  });
  expect((await call("GET", `${root}?name=firewall+on`)).body).toMatchObject({ count: 0 });
  expect(await lastEvent()).toMatchObject({
    type: "zentral_audit",
    objects: { mdm_artifact: [artifact["id"]] },
    payload: { action: "created", object: { model: "mdm.artifact", new_value: { name: "Firewall on" } } },
  });
});

test("platforms are all four when nobody says, and what a PUT omits stays", async () => {
  const required = await create();
  const { id } = await create({
    requires: [required.id, required.id],
    install_during_setup_assistant: true,
    auto_update: false,
    reinstall_interval: "366",
    reinstall_on_os_update: "Minor",
  });
  database.clock.advance(60);
  const body = bodyOf({ channel: "User", requires: null });
  expect(await put(id, body)).toMatchObject({
    status: 200,
    body: {
      name: body["name"],
      channel: "User",
      platforms: ["iOS", "iPadOS", "macOS", "tvOS"],
      requires: [],
      install_during_setup_assistant: true,
      auto_update: false,
      reinstall_interval: 366,
      reinstall_on_os_update: "Minor",
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:01:00",
    },
  });
  expect(changes.at(-1)).toEqual({ kind: "artifacts", artifactIds: [id] });
  expect(await lastEvent()).toMatchObject({
    payload: {
      action: "updated",
      object: {
        prev_value: { requires: [{ pk: required.id, name: required["name"] }] },
        new_value: { requires: [] },
      },
    },
  });
});

const unknownId = "00000000-0000-4000-8000-000000000000";
test.each<[Json, Json]>([
  [
    { name: "", type: "Profil", channel: "Both" },
    {
      name: ["This field may not be blank."],
      type: ['"Profil" is not a valid choice.'],
      channel: ['"Both" is not a valid choice.'],
    },
  ],
  [{ name: "x".repeat(257) }, { name: ["Ensure this field has no more than 256 characters."] }],
  [{ platforms: [] }, { platforms: ["This list may not be empty."] }],
  [{ platforms: ["macOS", "BeOS"] }, { platforms: { "1": ['"BeOS" is not a valid choice.'] } }],
  [
    { reinstall_interval: 367, reinstall_on_os_update: "Always" },
    {
      reinstall_interval: ["Ensure this value is less than or equal to 366."],
      reinstall_on_os_update: ['"Always" is not a valid choice.'],
    },
  ],
  [{ requires: [unknownId] }, { requires: [`Invalid pk "${unknownId}" - object does not exist.`] }],
])("the body %j is refused", async (more, errors) => {
  expect(await post(bodyOf(more))).toEqual({ status: 400, body: errors });
});

test("a name is taken once, on create and on update", async () => {
  const [one, other] = [await create(), await create()];
  const refusal = { status: 400, body: { name: ["artifact with this name already exists."] } };
  expect(await post(bodyOf({ name: one["name"] }))).toEqual(refusal);
  expect(await put(other.id, bodyOf({ name: one["name"] }))).toEqual(refusal);
});

test("an artifact cannot require itself, nor a chain come back to it", async () => {
  const first = await create({ name: "first" });
  const second = await create({ name: "second", requires: [first.id] });
  const third = await create({ name: "third", requires: [second.id, first.id] });
  expect(await put(first.id, bodyOf({ name: "first", requires: [first.id] }))).toEqual({
    status: 400,
    body: { requires: ["An artifact cannot require itself"] },
  });
  expect(await put(first.id, bodyOf({ name: "first", requires: [third.id] }))).toEqual({
    status: 400,
    body: { requires: ["No artifact can need itself: first → third → first"] },
  });
  expect((await call("GET", `${root}${first.id}/`)).body).toMatchObject({ requires: [] });
});

test("a chain through what a declaration refers to is refused too", async () => {
  const asset = await create({ name: "asset" });
  const configuration = await create({ name: "configuration", type: "Configuration" });
  const version = await insertVersion(configuration.id, "declarations");
  await database.testOperation((op) =>
    op.tx.run(sql`insert into declaration_refs values (${version}, array['Reference'], ${asset.id})`),
  );
  expect(await put(asset.id, bodyOf({ name: "asset", requires: [configuration.id] }))).toEqual({
    status: 400,
    body: { requires: ["No artifact can need itself: asset → configuration → asset"] },
  });
});

test("two halves of a cycle that race do not both win", async () => {
  for (let round = 0; round < 10; round++) {
    const [one, other] = [await create(), await create()];
    // With new names, which lock more of a row than other changes do.
    const both = await Promise.all([
      put(one.id, bodyOf({ requires: [other.id] })),
      put(other.id, bodyOf({ requires: [one.id] })),
    ]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 400]));
  }
});

test("the type changes only while no version is of another", async () => {
  const { id } = await create();
  expect((await put(id, bodyOf({ type: "Data Asset" }))).status).toBe(200);
  expect((await put(id, bodyOf({ type: "Provisioning Profile" }))).status).toBe(200);
  await insertVersion(id, "provisioning_profiles");
  expect(await put(id, bodyOf({ type: "Profile" }))).toEqual({
    status: 400,
    body: { type: ['The artifact has versions that are no "Profile": provisioning profile'] },
  });
  const configuration = await create({ type: "Configuration" });
  await insertVersion(configuration.id, "declarations");
  expect((await put(configuration.id, bodyOf({ type: "Configuration (manual)" }))).status).toBe(200);
  expect(await put(configuration.id, bodyOf({ type: "Asset" }))).toMatchObject({
    body: { type: [expect.stringContaining("com.apple.configuration.passcode.settings")] },
  });
});

test("an artifact is deleted with its versions and leaves those that required it", async () => {
  const { id } = await create();
  const version = await insertVersion(id);
  const dependent = await create({ requires: [id] });
  expect(await remove(id)).toEqual({ status: 204, body: null });
  expect(changes.at(-1)).toEqual({ kind: "artifacts", artifactIds: [id] });
  expect(await lastEvent()).toMatchObject({ payload: { action: "deleted", object: { pk: id } } });
  expect((await call("GET", `${root}${dependent.id}/`)).body).toMatchObject({ requires: [] });
  const { rows } = await database.database.pool.query("select from artifact_versions where id = $1", [
    version,
  ]);
  expect(rows).toEqual([]);
  const gone = { status: 404, body: { detail: "No Artifact matches the given query." } };
  expect(await call("GET", `${root}${id}/`)).toEqual(gone);
  expect(await remove(id)).toEqual(gone);
});

test("what a blueprint, a declaration, a target or a command holds on to is not deleted", async () => {
  const inBlueprint = await create();
  const referred = await create();
  const installed = await create();
  const commanded = await create();
  const configuration = await create({ type: "Configuration" });
  const declaration = await insertVersion(configuration.id, "declarations");
  const [given, named] = [await insertVersion(installed.id), await insertVersion(commanded.id)];
  await database.testOperation(async (op) => {
    const device = await enrollDevice(op);
    const blueprint = await insertBlueprint(op.tx, op.at);
    await op.tx.run(sql`
      insert into blueprint_artifacts
        (blueprint_id, artifact_id, ios, ios_min_version, ios_max_version, ipados, ipados_min_version,
         ipados_max_version, macos, macos_min_version, macos_max_version, tvos, tvos_min_version, tvos_max_version,
         shard_modulo, default_shard, created_at, updated_at)
      select ${blueprint}::integer, ${inBlueprint.id}::uuid, ios, '', '', ipados, '', '', macos, '', '', tvos, '', '',
             100, 100, ${op.at}::timestamptz, ${op.at}::timestamptz from artifact_versions where id = ${given}`);
    await op.tx.run(sql`insert into declaration_refs values (${declaration}, array['Ref'], ${referred.id})`);
    await op.tx.run(sql`
      insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                    install_count, retry_count, max_retry_count, created_at, updated_at)
      values (${device.id}, ${given}, 'Installed', '{}', '', 1, 0, 0, ${op.at}, ${op.at})`);
    await op.tx.run(sql`
      insert into command_history (uuid, device_id, name, request_type, artifact_version, delivery_count, status,
                                   result_time, created_at, updated_at)
      values (${randomUUID()}, ${device.id}, 'InstallProfile', 'InstallProfile', ${named}, 1, 'Acknowledged',
              ${op.at}, ${op.at}, ${op.at})`);
  });
  for (const { id } of [inBlueprint, referred, installed, commanded]) {
    expect(await remove(id)).toEqual({ status: 400, body: ["This artifact cannot be deleted"] });
  }
});

test("artifacts come newest first, or as asked", async () => {
  database.clock.advance(60);
  const one = await create();
  database.clock.advance(60);
  const two = await create();
  const idsOf = async (query: string): Promise<unknown[]> => {
    const { body } = await call("GET", `${root}?${query}`);
    return (body as { results: { id: string }[] }).results.map(({ id }) => id);
  };
  expect((await idsOf("limit=2")).slice(0, 2)).toEqual([two.id, one.id]);
  expect((await idsOf("ordering=nothing&limit=2")).slice(0, 2)).toEqual([two.id, one.id]);
  expect((await idsOf("ordering=created_at&limit=500")).slice(-2)).toEqual([one.id, two.id]);
});

test("artifacts are found by a part of the name, by type and by platform", async () => {
  const name = `Needle ${randomUUID()}`;
  const { body } = await post({ name, type: "Profile", channel: "User", platforms: ["tvOS"] });
  const found = async (query: Record<string, string>): Promise<unknown> => {
    const search = name.slice(3).toUpperCase();
    const path = `${root}?${new URLSearchParams({ search, ...query }).toString()}`;
    return ((await call("GET", path)).body as { results: unknown[] }).results;
  };
  expect(await found({})).toEqual([body]);
  expect(await found({ type: "Profile", channel: "User", platform: "tvOS", ordering: "name" })).toEqual([
    body,
  ]);
  for (const other of [{ type: "Asset" }, { channel: "Device" }, { platform: "iOS" }])
    expect(await found(other)).toEqual([]);
});
