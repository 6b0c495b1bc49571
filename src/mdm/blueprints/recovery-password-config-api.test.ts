import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const root = "/api/mdm/recovery_password_configs/";
const create = (body: Record<string, unknown>) => server.create("recovery_password_configs", body);
const put = (id: number, body: Record<string, unknown>) => server.call("PUT", `${root}${id}/`, { body });

test("a configuration is created with its defaults, read, listed and found by name", async () => {
  const created = await create({ name: "Macs" });
  expect(created).toEqual({
    id: expect.any(Number),
    name: "Macs",
    dynamic_password: true,
    static_password: null,
    rotation_interval_days: 0,
    reveal_rotation_delay: 60,
    rotate_firmware_password: false,
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  expect((await server.call("GET", `${root}${created.id}/`)).body).toEqual(created);
  expect((await server.call("GET", `${root}?name=Macs`)).body).toMatchObject({
    count: 1,
    results: [created],
  });
});

test("a static password is answered, sealed, never rotated, and in no event", async () => {
  const given = { name: "Static", dynamic_password: false, static_password: "12345678" };
  const { id } = await create(given);
  expect((await server.call("GET", `${root}${id}/`)).body).toMatchObject({
    ...given,
    rotation_interval_days: 0,
    reveal_rotation_delay: 0,
    rotate_firmware_password: false,
  });
  const [row] = await database.database.many<{ staticPasswordSealed: Buffer }>(
    sql`select static_password_sealed from recovery_password_configs where id = ${id}`,
  );
  expect(row?.staticPasswordSealed.includes("12345678")).toBe(false);
  await put(id, { ...given, static_password: "87654321" });
  await server.call("DELETE", `${root}${id}/`);
  const audits = await server.auditsOf("mdm_recovery_password_config", id);
  expect(audits.map(({ action }) => action)).toEqual(["created", "updated", "deleted"]);
  expect(JSON.stringify(audits)).not.toMatch(/12345678|87654321|static_password|sealed/);
});

test("a password that moved to another row does not open", async () => {
  const one = await create({ name: "One", dynamic_password: false, static_password: "12345678" });
  const two = await create({ name: "Two", dynamic_password: false, static_password: "abcdefgh" });
  await database.testOperation((op) =>
    op.tx.run(sql`
      update recovery_password_configs set static_password_sealed = (
        select static_password_sealed from recovery_password_configs where id = ${one.id}) where id = ${two.id}`),
  );
  expect((await server.call("GET", `${root}${two.id}/`)).status).toBe(500);
  await server.call("DELETE", `${root}${two.id}/`);
});

describe("refusals", () => {
  const withStatic = "Cannot be set with a static password";
  const never = "Cannot be set without a rotation interval or a rotation delay after reveal";
  const fixed = { dynamic_password: false, static_password: "12345678" };
  test.each([
    [{ static_password: "12345678" }, { static_password: ["Cannot be set when dynamic_password is true"] }],
    [{ dynamic_password: false }, { static_password: ["Required when dynamic_password is false"] }],
    [
      { ...fixed, rotation_interval_days: 1, reveal_rotation_delay: 60, rotate_firmware_password: true },
      {
        rotation_interval_days: [withStatic],
        reveal_rotation_delay: [withStatic],
        rotate_firmware_password: [withStatic],
      },
    ],
    [
      { dynamic_password: false, reveal_rotation_delay: 30 },
      {
        static_password: ["Required when dynamic_password is false"],
        reveal_rotation_delay: [withStatic],
      },
    ],
    [{ rotate_firmware_password: true }, { rotate_firmware_password: [never] }],
    [{ rotate_firmware_password: true, rotation_interval_days: 0 }, { rotate_firmware_password: [never] }],
    [{ reveal_rotation_delay: 3 }, { reveal_rotation_delay: ["Must be 0, or at least 5 minutes."] }],
    [
      { rotation_interval_days: 367 },
      { rotation_interval_days: ["Ensure this value is less than or equal to 366."] },
    ],
    [{ static_password: "" }, { static_password: ["This field may not be blank."] }],
  ])("%j", async (body, errors) => {
    const answer = await server.call("POST", root, { body: { name: "refused", ...body } });
    expect(answer).toEqual({ status: 400, body: errors });
  });

  test("a name is taken once", async () => {
    await create({ name: "taken" });
    const { id } = await create({ name: "other" });
    const body = { name: ["recovery password config with this name already exists."] };
    expect(await server.call("POST", root, { body: { name: "taken" } })).toEqual({ status: 400, body });
    expect(await put(id, { name: "taken" })).toEqual({ status: 400, body });
  });
});

describe("changes", () => {
  test("the firmware password may rotate with a delay alone", async () => {
    const given = { name: "Firmware", reveal_rotation_delay: 5, rotate_firmware_password: true };
    expect(await create(given)).toMatchObject({ ...given, rotation_interval_days: 0 });
  });

  test("what is omitted stays", async () => {
    const { id } = await create({ name: "Kept", rotation_interval_days: 90, rotate_firmware_password: true });
    expect((await put(id, { name: "Kept" })).body).toMatchObject({
      rotation_interval_days: 90,
      rotate_firmware_password: true,
    });
  });

  test("taking rotation away from what rotates the firmware password is refused", async () => {
    const { id } = await create({ name: "Away", rotation_interval_days: 90, rotate_firmware_password: true });
    const body = { name: "Away", rotation_interval_days: 0, reveal_rotation_delay: 0 };
    expect(await put(id, body)).toMatchObject({
      status: 400,
      body: { rotate_firmware_password: [expect.stringMatching(/^Cannot/)] },
    });
  });

  test("an omitted static password is cleared, which a static configuration cannot be without", async () => {
    const { id } = await create({ name: "Cleared", dynamic_password: false, static_password: "12345678" });
    expect(await put(id, { name: "Cleared" })).toEqual({
      status: 400,
      body: { static_password: ["Required when dynamic_password is false"] },
    });
    expect((await put(id, { name: "Cleared", dynamic_password: true })).body).toMatchObject({
      dynamic_password: true,
      static_password: null,
    });
  });

  test("turning static takes rotation along", async () => {
    const { id } = await create({
      name: "Turns",
      rotation_interval_days: 90,
      rotate_firmware_password: true,
    });
    const body = { name: "Turns", dynamic_password: false, static_password: "12345678" };
    expect((await put(id, body)).body).toMatchObject({
      rotation_interval_days: 0,
      reveal_rotation_delay: 0,
      rotate_firmware_password: false,
    });
  });

  test("blueprints that use it are told of, and hold it", async () => {
    const { id } = await create({ name: "used" });
    const blueprint = await server.create("blueprints", { name: "User", recovery_password_config: id });
    server.takeChanges();
    await put(id, { name: "used", rotation_interval_days: 7 });
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint.id] }]);
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({
      status: 400,
      body: ["This recovery password configuration cannot be deleted"],
    });
  });
});
