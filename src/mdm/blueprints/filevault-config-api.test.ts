import { describe, expect, test } from "vitest";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const root = "/api/mdm/filevault_configs/";
const least = (name: string) => ({ name, escrow_location_display_name: "Pomona" });
const create = (body: Record<string, unknown>) => server.create("filevault_configs", body);

test("a configuration is created with its defaults, read, listed and found by name", async () => {
  const created = await create({ ...least(" Macs ") });
  expect(created).toEqual({
    id: expect.any(Number),
    name: "Macs",
    escrow_location_display_name: "Pomona",
    at_login_only: false,
    bypass_attempts: -1,
    show_recovery_key: false,
    destroy_key_on_standby: false,
    prk_rotation_interval_days: 0,
    prk_reveal_rotation_delay: 60,
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  expect((await server.call("GET", `${root}${created.id}/`)).body).toEqual(created);
  expect((await server.call("GET", `${root}?name=Macs`)).body).toMatchObject({
    count: 1,
    results: [created],
  });
  expect((await server.call("GET", `${root}?name=macs`)).body).toMatchObject({ count: 0 });
  await create(least("Air"));
  const { results } = (await server.call("GET", root)).body as { results: { name: string }[] };
  expect(results.map(({ name }) => name)).toEqual(["Air", "Macs"]);
});

test("the whole of it is kept as it was given", async () => {
  const given = {
    name: "Whole",
    escrow_location_display_name: "Vault",
    at_login_only: true,
    bypass_attempts: 1,
    show_recovery_key: true,
    destroy_key_on_standby: true,
    prk_rotation_interval_days: 90,
    prk_reveal_rotation_delay: 5,
  };
  expect(await create(given)).toMatchObject(given);
});

const attempts = "bypass_attempts";
describe("refusals", () => {
  test.each([
    [{}, { name: ["This field is required."], escrow_location_display_name: ["This field is required."] }],
    [{ bypass_attempts: 10_000 }, { [attempts]: ["Ensure this value is less than or equal to 9999."] }],
    [{ bypass_attempts: -2 }, { [attempts]: ["Ensure this value is greater than or equal to -1."] }],
    [{ bypass_attempts: 3 }, { [attempts]: ["Must be -1 when at_login_only is False"] }],
    [{ at_login_only: true }, { [attempts]: ["Must be >= 0 when at_login_only is True"] }],
    [{ at_login_only: true, [attempts]: -1 }, { [attempts]: ["Must be >= 0 when at_login_only is True"] }],
    [
      { prk_rotation_interval_days: 367 },
      { prk_rotation_interval_days: ["Ensure this value is less than or equal to 366."] },
    ],
    [{ prk_reveal_rotation_delay: 4 }, { prk_reveal_rotation_delay: ["Must be 0, or at least 5 minutes."] }],
    [
      { prk_reveal_rotation_delay: 1441 },
      { prk_reveal_rotation_delay: ["Ensure this value is less than or equal to 1440."] },
    ],
  ])("%j", async (body, errors) => {
    const whole = Object.keys(body).length === 0 ? body : { ...least("refused"), ...body };
    expect(await server.call("POST", root, { body: whole })).toEqual({ status: 400, body: errors });
  });

  test("a name is taken once, on create and on update", async () => {
    await create(least("taken"));
    const other = await create(least("other"));
    const refused = { status: 400, body: { name: ["filevault config with this name already exists."] } };
    expect(await server.call("POST", root, { body: least("taken") })).toEqual(refused);
    expect(await server.call("PUT", `${root}${other.id}/`, { body: least("taken") })).toEqual(refused);
  });

  test("what is not there is not found", async () => {
    const body = { detail: "No FileVaultConfig matches the given query." };
    expect(await server.call("GET", `${root}987654/`)).toEqual({ status: 404, body });
    expect(await server.call("DELETE", `${root}987654/`)).toEqual({ status: 404, body });
  });
});

describe("changes", () => {
  test("what is omitted stays, and attempts end with the question at login", async () => {
    const { id } = await create({ ...least("kept"), at_login_only: true, bypass_attempts: 2 });
    database.clock.advance(60);
    const kept = await server.call("PUT", `${root}${id}/`, { body: least("renamed") });
    expect(kept.body).toMatchObject({
      name: "renamed",
      at_login_only: true,
      bypass_attempts: 2,
      updated_at: "2026-11-21T12:01:00",
    });
    const off = { ...least("renamed"), at_login_only: false };
    const switched = await server.call("PUT", `${root}${id}/`, { body: off });
    expect(switched.body).toMatchObject({ at_login_only: false, bypass_attempts: -1 });
  });

  test("attempts that do not go with what is stored are refused", async () => {
    const { id } = await create({ ...least("stored"), at_login_only: true, bypass_attempts: 2 });
    const body = { ...least("stored"), bypass_attempts: -1 };
    expect(await server.call("PUT", `${root}${id}/`, { body })).toMatchObject({
      status: 400,
      body: { bypass_attempts: ["Must be >= 0 when at_login_only is True"] },
    });
  });

  test("the blueprints that use it are told of, and nobody else", async () => {
    const { id } = await create(least("used"));
    server.takeChanges();
    await server.call("PUT", `${root}${id}/`, { body: least("used") });
    expect(server.takeChanges()).toEqual([]);
    const blueprint = await server.create("blueprints", { name: "User", filevault_config: id });
    await server.call("PUT", `${root}${id}/`, { body: least("used again") });
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint.id] }]);
  });

  test("one in use is not deleted, an unused one is", async () => {
    const { id } = await create(least("goes"));
    const blueprint = await server.create("blueprints", { name: "Holds", filevault_config: id });
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({
      status: 400,
      body: ["This FileVault configuration cannot be deleted"],
    });
    await server.call("DELETE", `/api/mdm/blueprints/${blueprint.id}/`);
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
    expect(await server.auditsOf("mdm_filevault_config", id)).toMatchObject([
      {
        action: "created",
        object: { model: "mdm.filevaultconfig", pk: String(id), new_value: { pk: id, name: "goes" } },
      },
      { action: "deleted", object: { prev_value: { escrow_location_display_name: "Pomona" } } },
    ]);
  });
});

test("each verb needs its permission", async () => {
  const { id } = await create(least("guarded"));
  const verbs = { GET: "view", PUT: "change", DELETE: "delete" } as const;
  for (const [method, verb] of Object.entries(verbs)) {
    const others = ["view", "add", "change", "delete"].filter((other) => other !== verb);
    const permissions = others.map((other) => `mdm.${other}_filevaultconfig`);
    expect((await server.call(method, `${root}${id}/`, { permissions })).status, method).toBe(403);
  }
});
