import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const root = "/api/mdm/software_update_enforcements/";
const create = (body: Record<string, unknown>) => server.create("software_update_enforcements", body);
const put = (id: number, body: Record<string, unknown>) => server.call("PUT", `${root}${id}/`, { body });
const latest = { platforms: ["macOS"], max_os_version: "15" };
const oneTime = { platforms: ["macOS"], os_version: "14.1", local_datetime: "2023-11-05T09:30:00" };

let tag: number;
beforeAll(async () => {
  tag = await server.newTag("ring");
});

test("the latest mode has its defaults", async () => {
  const created = await create({ name: "Latest", ...latest });
  expect(created).toEqual({
    id: expect.any(Number),
    name: "Latest",
    details_url: "",
    platforms: ["macOS"],
    tags: [],
    os_version: "",
    build_version: "",
    local_datetime: null,
    max_os_version: "15",
    delay_days: 14,
    local_time: "09:30:00",
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  expect((await server.call("GET", `${root}${created.id}/`)).body).toEqual(created);
  expect((await server.call("GET", `${root}?name=Latest`)).body).toMatchObject({ results: [created] });
});

test("the wall clock of the device is kept as it was written, in whatever zone the database is", async () => {
  const given = {
    name: "Once",
    ...oneTime,
    details_url: "https://example.com/why",
    platforms: ["macOS", "iPadOS"],
    tags: [tag],
    build_version: "23B74",
  };
  const created = await create(given);
  expect(created).toMatchObject({ ...given, max_os_version: "", delay_days: null, local_time: null });
  const [row] = await database.database.many<{ stored: string }>(
    sql`select local_datetime::text as stored from software_update_enforcements where id = ${created.id}`,
  );
  expect(row?.stored).toBe("2023-11-05 09:30:00");
  const half = await put(created.id, { ...given, local_datetime: "2023-11-05T09:30:00.5" });
  expect(half.body).toMatchObject({ local_datetime: "2023-11-05T09:30:00.500000" });
});

describe("refusals", () => {
  const oneTimeOnly = "This field cannot be set if os_version is used";
  const latestOnly = "This field cannot be set if max_os_version is used";
  const notNull = "This field cannot be null if max_os_version is used";
  test.each([
    [
      { ...latest, os_version: "14" },
      { non_field_errors: ["os_version and max_os_version cannot be both set"] },
    ],
    [{ platforms: ["iOS"] }, { non_field_errors: ["os_version or max_os_version are required"] }],
    [{ ...latest, max_os_version: "Sonoma" }, { max_os_version: ["Not a valid OS version"] }],
    [{ ...latest, max_os_version: "0.0" }, { max_os_version: ["Not a valid OS version"] }],
    [
      { platforms: ["iOS"], os_version: "17 (a)", delay_days: 3, local_time: "10:00" },
      {
        os_version: ["Not a valid OS version"],
        local_datetime: ["This field is required if os_version is used"],
        delay_days: [oneTimeOnly],
        local_time: [oneTimeOnly],
      },
    ],
    [
      { ...latest, build_version: "23B74", local_datetime: "2026-01-01T00:00:00" },
      { build_version: [latestOnly], local_datetime: [latestOnly] },
    ],
    [
      { ...latest, delay_days: null, local_time: null },
      { delay_days: [notNull], local_time: [notNull] },
    ],
    [{ ...latest, delay_days: 121 }, { delay_days: ["Ensure this value is less than or equal to 120."] }],
    [{ ...latest, platforms: [] }, { platforms: ["This list may not be empty."] }],
    [
      { ...latest, platforms: ["iOS", "watchOS"] },
      { platforms: { 1: ['"watchOS" is not a valid choice.'] } },
    ],
    [{ ...latest, tags: [987_654] }, { tags: ['Invalid pk "987654" - object does not exist.'] }],
    [{ ...latest, details_url: "nowhere" }, { details_url: ["Enter a valid URL."] }],
    [
      { ...oneTime, local_datetime: "9999-12-31T23:59:59-10:00" },
      { local_datetime: ["Outside of the calendar"] },
    ],
    [
      { ...oneTime, local_datetime: "0001-01-01T00:00:00+10:00" },
      { local_datetime: ["Outside of the calendar"] },
    ],
  ])("%j", async (body, errors) => {
    const answer = await server.call("POST", root, { body: { name: "refused", ...body } });
    expect(answer).toEqual({ status: 400, body: errors });
  });

  test("a name is taken once", async () => {
    await create({ name: "taken", ...latest });
    const { id } = await create({ name: "other", ...latest });
    const body = { name: ["software update enforcement with this name already exists."] };
    expect(await server.call("POST", root, { body: { name: "taken", ...latest } })).toEqual({
      status: 400,
      body,
    });
    expect(await put(id, { name: "taken", ...latest })).toEqual({ status: 400, body });
  });
});

describe("changes", () => {
  test("an omitted delay, time, address and tag stay", async () => {
    const given = {
      ...latest,
      delay_days: 3,
      local_time: "04:05:06",
      details_url: "https://example.com/",
      tags: [tag],
    };
    const { id } = await create({ name: "Kept", ...given });
    expect((await put(id, { name: "Kept", ...latest })).body).toMatchObject(given);
    expect((await put(id, { name: "Kept", ...latest, details_url: "", tags: [] })).body).toMatchObject({
      details_url: "",
      tags: [],
    });
  });

  test("the other mode empties what belonged to the first, and back again the defaults return", async () => {
    const { id } = await create({ name: "Turns", ...latest, delay_days: 3 });
    expect((await put(id, { name: "Turns", ...oneTime })).body).toMatchObject({
      os_version: "14.1",
      max_os_version: "",
      delay_days: null,
      local_time: null,
    });
    expect((await put(id, { name: "Turns", ...latest })).body).toMatchObject({
      os_version: "",
      build_version: "",
      local_datetime: null,
      delay_days: 14,
      local_time: "09:30:00",
    });
  });

  test("blueprints that use it are told of, and hold it; its tags are named in the events", async () => {
    const { id } = await create({ name: "used", ...latest, tags: [tag] });
    const blueprint = await server.create("blueprints", { name: "User", software_update_enforcements: [id] });
    server.takeChanges();
    await put(id, { name: "used", ...latest, delay_days: 1 });
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint.id] }]);
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({
      status: 400,
      body: ["This software update enforcement cannot be deleted"],
    });
    await server.call("PUT", `/api/mdm/blueprints/${blueprint.id}/`, {
      body: { name: "User", software_update_enforcements: [] },
    });
    expect((await server.call("DELETE", `${root}${id}/`)).status).toBe(204);
    expect(await server.auditsOf("mdm_software_update_enforcement", id)).toMatchObject([
      { action: "created", object: { new_value: { tags: [{ pk: tag, name: "ring" }], delay_days: 14 } } },
      { action: "updated", object: { prev_value: { delay_days: 14 }, new_value: { delay_days: 1 } } },
      { action: "deleted" },
    ]);
  });
});
