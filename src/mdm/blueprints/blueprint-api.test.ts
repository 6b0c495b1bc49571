import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const root = "/api/mdm/blueprints/";
const create = (body: Record<string, unknown>) => server.create("blueprints", body);
const put = (id: number, body: Record<string, unknown>) => server.call("PUT", `${root}${id}/`, { body });

test("a blueprint is created with its defaults, read, listed and found by name", async () => {
  const created = await create({ name: "Design Macs" });
  expect(created).toEqual({
    id: expect.any(Number),
    name: "Design Macs",
    inventory_interval: 86_400,
    collect_apps: 0,
    collect_certificates: 0,
    collect_profiles: 0,
    legacy_profiles_via_ddm: true,
    default_location: null,
    filevault_config: null,
    recovery_password_config: null,
    software_update_enforcements: [],
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  expect((await server.call("GET", `${root}${created.id}/`)).body).toEqual(created);
  expect((await server.call("GET", `${root}?name=Design+Macs&limit=1`)).body).toEqual({
    count: 1,
    next: null,
    previous: null,
    results: [created],
  });
});

async function references() {
  const filevault = await server.create("filevault_configs", {
    name: `F ${Math.random()}`,
    escrow_location_display_name: "Vault",
  });
  const recovery = await server.create("recovery_password_configs", { name: `R ${Math.random()}` });
  const enforcement = await server.create("software_update_enforcements", {
    name: `S ${Math.random()}`,
    platforms: ["macOS"],
    max_os_version: "27",
  });
  return {
    filevault_config: filevault.id,
    recovery_password_config: recovery.id,
    software_update_enforcements: [enforcement.id],
  };
}

test("the whole of it is kept, and named in the events", async () => {
  const given = {
    name: "Whole",
    inventory_interval: 14_400,
    collect_apps: 2,
    collect_certificates: 1,
    collect_profiles: 2,
    legacy_profiles_via_ddm: false,
    ...(await references()),
  };
  const { id, ...created } = await create(given);
  expect(created).toMatchObject(given);
  expect((await put(id, { name: "Whole" })).body).toMatchObject(given);
  expect(await server.auditsOf("mdm_blueprint", id)).toMatchObject([
    {
      action: "created",
      object: {
        model: "mdm.blueprint",
        pk: String(id),
        new_value: {
          pk: id,
          collect_apps: "ALL",
          collect_certificates: "MANAGED_ONLY",
          filevault_config: { pk: given.filevault_config, name: expect.stringMatching(/^F /) },
          recovery_password_config: { pk: given.recovery_password_config },
          software_update_enforcements: [{ pk: given.software_update_enforcements[0] }],
        },
      },
    },
    { action: "updated" },
  ]);
});

describe("refusals", () => {
  const unknown = ['Invalid pk "987654" - object does not exist.'];
  test.each([
    [{ name: "" }, { name: ["This field may not be blank."] }],
    [
      { inventory_interval: 14_399, collect_apps: 3 },
      {
        inventory_interval: ["Ensure this value is greater than or equal to 14400."],
        collect_apps: ['"3" is not a valid choice.'],
      },
    ],
    [
      { inventory_interval: 604_801 },
      { inventory_interval: ["Ensure this value is less than or equal to 604800."] },
    ],
    [
      {
        default_location: 987_654,
        filevault_config: 987_654,
        recovery_password_config: 987_654,
        software_update_enforcements: [987_654],
      },
      {
        default_location: unknown,
        filevault_config: unknown,
        recovery_password_config: unknown,
        software_update_enforcements: unknown,
      },
    ],
    [{ filevault_config: "x" }, { filevault_config: ["Incorrect type. Expected pk value, received str."] }],
  ])("%j", async (body, errors) => {
    const answer = await server.call("POST", root, { body: { name: "refused", ...body } });
    expect(answer).toEqual({ status: 400, body: errors });
  });

  test("a name is taken once, and is told with what else is wrong", async () => {
    await create({ name: "taken" });
    const { id } = await create({ name: "other" });
    const name = ["blueprint with this name already exists."];
    expect(await put(id, { name: "taken" })).toEqual({ status: 400, body: { name } });
    const body = { name: "taken", filevault_config: 987_654 };
    expect(await server.call("POST", root, { body })).toEqual({
      status: 400,
      body: { name, filevault_config: unknown },
    });
  });
});

describe("changes", () => {
  test("only what devices should have is told of", async () => {
    const { id } = await create({ name: "Told" });
    const told = { kind: "blueprints", blueprintIds: [id] };
    server.takeChanges();
    await put(id, { name: "Told", inventory_interval: 20_000, collect_apps: 2 });
    expect(server.takeChanges()).toEqual([]);
    const { filevault_config, software_update_enforcements } = await references();
    for (const change of [
      { legacy_profiles_via_ddm: false },
      { filevault_config },
      { filevault_config: null },
      { software_update_enforcements },
      { software_update_enforcements: [] },
    ]) {
      expect((await put(id, { name: "Told", ...change })).body).toMatchObject(change);
      expect(server.takeChanges(), JSON.stringify(change)).toEqual([told]);
    }
  });

  test("one with artifacts is not deleted; devices and enrollments lose the reference to one that is", async () => {
    const { id } = await create({ name: "Goes" });
    const link = await server.create("blueprint_artifacts", {
      blueprint: id,
      artifact: await server.newArtifact(),
      macos: true,
    });
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({
      status: 400,
      body: ["This blueprint cannot be deleted"],
    });
    await server.call("DELETE", `/api/mdm/blueprint_artifacts/${link.id}/`);
    const device = await database.testOperation((op) => enrollDevice(op));
    await database.testOperation((op) => op.tx.run(sql`update devices set blueprint_id = ${id}`));
    server.takeChanges();
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
    expect(server.takeChanges()).toEqual([{ kind: "devices", deviceIds: [device.id] }]);
    const [row] = await database.database.many(sql`select blueprint_id from devices where id = ${device.id}`);
    expect(row).toEqual({ blueprintId: null });
    expect(await server.call("GET", `${root}${id}/`)).toEqual({
      status: 404,
      body: { detail: "No Blueprint matches the given query." },
    });
  });
});
