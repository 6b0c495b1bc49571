import { beforeAll, describe, expect, test } from "vitest";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import { insertTag } from "../../../test/tools/enrollments.ts";
import { insertArtifact, insertBlueprint } from "../../../test/tools/desired-state.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { secondsAfter } from "#platform/clock.ts";
import { toStatement, type Sql, sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import type { Device } from "./device.ts";
import { deviceEndpoints } from "./device-api.ts";
import { csvRecord, type DeviceOrdering, versionsWithin } from "./device-list.ts";
import {
  countQuery,
  type DeviceListQuestion,
  foundCountMax,
  foundQuery,
  idsQuery,
} from "./device-list-store.ts";

const database = useTestDatabase();
const run = <T>(work: (op: Operation) => Promise<T>) => database.testOperation(work);
const api = useApiServer(database, () => bindEndpoints({ requestPush }, deviceEndpoints));
const root = "/api/mdm/devices/";

type Row = Readonly<Record<string, unknown>> & { readonly serial_number: string };
type Listed = { readonly count: number; readonly results: readonly Row[] };

async function rows(query: string): Promise<Listed> {
  const { status, body } = await api.call("GET", `${root}rows/?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Listed;
}
const serials = async (query: string): Promise<string[]> =>
  (await rows(query)).results.map((row) => row.serial_number).toSorted();

const daysAgo = (days: number): Date => secondsAfter(testStart, -days * 86_400);
const seen = (op: Operation, device: Device, at: Date): Promise<number> =>
  op.tx.run(sql`
    insert into device_activity (device_id, last_ip, last_seen_at) values (${device.id}, null, ${at})
    on conflict (device_id) do update set last_seen_at = excluded.last_seen_at`);

async function fail(op: Operation, device: Device): Promise<string> {
  const artifact = await insertArtifact(op.tx);
  await op.tx.run(sql`
    insert into target_artifacts (device_id, artifact_version_id, status, extra_info, unique_install_identifier,
                                  install_count, retry_count, max_retry_count, created_at, updated_at)
    select ${device.id}, id, 'Failed', '{}', '', 0, 2, 2, ${op.at}, ${op.at}
      from artifact_versions where artifact_id = ${artifact.id}`);
  return artifact.id;
}

let blueprintId: number;
let failedArtifactId: string;

beforeAll(async () => {
  await run(async (op) => {
    blueprintId = await insertBlueprint(op.tx);
    const well = await enrollDevice(op, {
      serialNumber: "WELL",
      udid: "AAAA-1111",
      name: "Ada's 100% Mac",
      model: "Mac16,1",
      osVersion: "26.1",
      blueprintId,
    });
    await enrollUser(op, well, "WELL-USER");
    await seen(op, well, daysAgo(1));
    const silent = await enrollDevice(op, { serialNumber: "SILENT", platform: "iOS", osVersion: "9.3.5" });
    await seen(op, silent, daysAgo(8));
    const failing = await enrollDevice(op, { serialNumber: "FAILING", osVersion: "15.7" });
    await seen(op, failing, daysAgo(0));
    failedArtifactId = await fail(op, failing);
    const rejected = await enrollDevice(op, { serialNumber: "REJECTED", osVersion: "" });
    await seen(op, rejected, daysAgo(2));
    await op.tx.run(sql`
      update devices set token_rejected_at = ${op.at}, token_rejected_reason = 'Unregistered' where id = ${rejected.id}`);
    const pending = await enrollDevice(op, { serialNumber: "PENDING", awaitingConfiguration: true });
    await op.tx.run(sql`update devices set token = null where id = ${pending.id}`);
    await enrollDevice(op, { serialNumber: "BLOCKED", blockedAt: op.at, supervised: false });
    await enrollDevice(op, { serialNumber: "GONE", checkoutAt: op.at });
  });
});

test("a row tells who, what, how it is and what is wrong", async () => {
  const tagId = await run((op) => insertTag(op.tx, "Lisbon"));
  await run((op) =>
    op.tx.run(sql`insert into machine_tags (serial_number, tag_id) values ('WELL', ${tagId})`),
  );
  const { count, results } = await rows("serial_number=WELL");
  expect(count).toBe(1);
  expect(results).toEqual([
    {
      id: expect.any(Number),
      serial_number: "WELL",
      udid: "AAAA-1111",
      name: "Ada's 100% Mac",
      model: "Mac16,1",
      platform: "macOS",
      os_version: "26.1",
      build_version: "",
      state: "enrolled",
      is_silent: false,
      supervised: null,
      awaiting_configuration: null,
      user: { short_name: "ada", long_name: "Ada Park" },
      blueprint: { id: blueprintId, name: expect.any(String) },
      tags: [{ id: tagId, name: "Lisbon", color: expect.any(String) }],
      last_seen_at: "2026-11-20T12:00:00",
      created_at: "2026-11-21T12:00:00",
      push_rejected: false,
      failed_artifacts: 0,
      parked_commands: 0,
      problems: 0,
    },
  ]);
  const [failing] = (await rows("serial_number=FAILING")).results;
  expect(failing).toMatchObject({ user: null, blueprint: null, failed_artifacts: 1, problems: 1 });
});

test.each([
  ["state=enrolled", ["FAILING", "REJECTED", "SILENT", "WELL"]],
  ["state=pending", ["PENDING"]],
  ["state=silent", ["SILENT"]],
  ["state=failing", ["FAILING", "REJECTED"]],
  ["state=blocked", ["BLOCKED"]],
  ["state=checked_out", ["GONE"]],
  ["state=blocked&state=silent", ["BLOCKED", "SILENT"]],
  ["platform=iOS", ["SILENT"]],
  ["os_version=15.7", ["FAILING"]],
  ["os_version_min=15.7&os_version_max=26.1", ["FAILING"]],
  ["os_version_min=10", ["FAILING", "WELL"]],
  ["os_version_max=10&platform=iOS", ["SILENT"]],
  ["os_version=9.3.5&os_version_min=10", []],
  ["last_seen_before=2026-11-19T00:00:00&state=enrolled", ["SILENT"]],
  ["last_seen_after=2026-11-20T00:00:00Z", ["FAILING", "WELL"]],
  ["has_failed_artifacts=true", ["FAILING"]],
  ["has_failed_artifacts=false&state=failing", ["REJECTED"]],
  ["awaiting=true", ["PENDING"]],
  ["search=aaaa-11", ["WELL"]],
  ["search=100%25", ["WELL"]],
  ["search=1_0", []],
  ["search=ada%20pa", ["WELL"]],
  ["search=%25", ["WELL"]],
  ["search=W", ["WELL"]],
  ["search='S", ["WELL"]],
  ["search=e", ["BLOCKED", "GONE", "PENDING", "REJECTED", "SILENT", "WELL"]],
])("the list is narrowed by %s", async (query, expected) => {
  expect(await serials(query)).toEqual(expected);
});

test("the list is narrowed by blueprint, and by what became of an artifact", async () => {
  expect(await serials(`blueprint=${blueprintId}&blueprint=987654`)).toEqual(["WELL"]);
  expect(await serials("has_blueprint=true")).toEqual(["WELL"]);
  expect(await serials("has_blueprint=false&state=enrolled")).toEqual(["FAILING", "REJECTED", "SILENT"]);
  expect(await serials(`artifact=${failedArtifactId}`)).toEqual(["FAILING"]);
  expect(await serials(`artifact=${failedArtifactId}&artifact_status=Installed`)).toEqual([]);
});

test("the reference's list has the same filters and its own members", async () => {
  const { body } = await api.call("GET", `${root}?state=silent`);
  expect(body).toMatchObject({ count: 1, results: [{ serial_number: "SILENT", users: [] }] });
});

test.each([
  ["state=tired", "state"],
  ["platform=Windows", "platform"],
  ["last_seen_before=yesterday", "last_seen_before"],
  ["artifact=5", "artifact"],
  ["tags=987654", "tags"],
])("what cannot be read is refused with its name: %s", async (query, field) => {
  const { status, body } = await api.call("GET", `${root}rows/?${query}`);
  expect([status, Object.keys(body as object)]).toEqual([400, [field]]);
});

test("versions are ordered as numbers, and every order can be turned round", async () => {
  const inOrder = async (ordering: string): Promise<string[]> =>
    (await rows(`state=enrolled&ordering=${ordering}`)).results.map((row) => row.serial_number);
  expect(await inOrder("os_version")).toEqual(["REJECTED", "SILENT", "FAILING", "WELL"]);
  expect(await inOrder("-os_version")).toEqual(["WELL", "FAILING", "SILENT", "REJECTED"]);
  expect(await inOrder("-last_seen_at")).toEqual(["FAILING", "WELL", "REJECTED", "SILENT"]);
  expect(await inOrder("serial_number")).toEqual(["FAILING", "REJECTED", "SILENT", "WELL"]);
  for (const column of ["name", "model", "platform", "blueprint", "created_at", "updated_at"]) {
    const there = await inOrder(column);
    expect(there).toHaveLength(4);
    expect((await inOrder(`-${column}`)).toSorted()).toEqual(there.toSorted());
  }
});

test.each([
  ["state=silent&state=failing&ordering=-last_seen_at", ["FAILING", "REJECTED", "SILENT"]],
  ["state=silent&state=failing&ordering=os_version", ["REJECTED", "SILENT", "FAILING"]],
  ["state=silent&state=failing&ordering=serial_number", ["FAILING", "REJECTED", "SILENT"]],
])("each page of %s says how many there are in all", async (query, expected) => {
  for (const [offset, serialNumber] of expected.entries()) {
    const page = await rows(`${query}&limit=1&offset=${offset}`);
    expect(page).toMatchObject({ count: 3, results: [{ serial_number: serialNumber }] });
  }
  expect(await rows(`${query}&limit=1&offset=7`)).toMatchObject({ count: 3, results: [] });
  expect(await rows(`${query}&search=nobody`)).toMatchObject({ count: 0, results: [] });
});

test("an export holds all that match, in their order, and no formulas", async () => {
  await run((op) => enrollDevice(op, { serialNumber: "WILD", name: '=cmd("x"),\n1' }));
  const response = await api.open(`${root}export/?state=enrolled&ordering=-serial_number&limit=1`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/csv"]);
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="devices.csv"');
  const text = await response.text();
  expect(text.split("\r\n")[0]).toMatch(/^id,serial_number,udid,name,/);
  expect(text.match(/(WILD|WELL|SILENT|REJECTED|FAILING|GONE)/g)).toEqual([
    "WILD",
    "WELL",
    "SILENT",
    "REJECTED",
    "FAILING",
  ]);
  expect(text).toContain(`,"'=cmd(""x""),\n1",`);
});

test("an export is for those who may see devices", async () => {
  const { status } = await api.call("GET", `${root}export/`, { permissions: ["mdm.view_blueprint"] });
  expect(status).toBe(403);
});

test("cells that a spreadsheet would compute are text", () => {
  expect(csvRecord(["=1", "+1", "-1", "@x", "a,b", null, true, 7])).toBe(`'=1,'+1,'-1,'@x,"a,b",,true,7\r\n`);
});

test("bounds take the minimum in and leave the maximum out", () => {
  const versions = ["9.1", "15.7", "26", "26.1", "junk"];
  expect(versionsWithin(versions, { minimum: "15.7", maximum: "26.1" })).toEqual(["15.7", "26"]);
  expect(versionsWithin(versions, { maximum: "10" })).toEqual(["9.1", "junk"]);
});

type Plan = {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Plan[];
};
const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
const rowsOf = (node: Plan): number =>
  (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];

async function explain(query: Sql): Promise<Plan[]> {
  const { text, values } = toStatement(query);
  const { rows: found } = await database.database.pool.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${text}`,
    values,
  );
  const told = found[0]?.["QUERY PLAN"][0];
  if (told === undefined) throw new Error("EXPLAIN answers a plan");
  return nodes(told.Plan);
}

/** The tables that a statement reads from one end to the other. */
async function scannedWhole(query: Sql): Promise<string[]> {
  const scans = (await explain(query)).filter((node) => node["Node Type"].includes("Seq Scan"));
  return scans.map((node) => node["Relation Name"] ?? "");
}

/** How many rows a statement takes out of tables and indexes, those included that its conditions throw away. */
async function examine(query: Sql): Promise<{ readonly rowsExamined: number }> {
  const scans = (await explain(query)).filter((node) => node["Node Type"].includes("Scan"));
  return { rowsExamined: scans.reduce((sum, node) => sum + rowsOf(node), 0) };
}

describe("with 100,000 devices", () => {
  beforeAll(async () => {
    await database.database.pool.query(`
      insert into devices (udid, serial_number, name, model, platform, os_version, push_certificate_id, token,
                           push_magic, device_information, security_info, created_at, updated_at)
      select upper(md5('device ' || n)), 'SN' || lpad(n::text, 8, '0'), 'Mac ' || md5('name ' || n), 'Mac16,1',
             'macOS', '26.' || n % 5, (select min(id) from push_certificates), '\\x00', 'magic',
             jsonb_build_object('answers', repeat(md5(n::text), 30)), '{}',
             timestamptz '2026-06-01T00:00:00Z' + n * interval '1 minute', '2026-11-21T12:00:00Z'
        from generate_series(1, 100000) n`);
    await database.database.pool.query(`
      insert into device_users (device_id, user_id, long_name, short_name, created_at, updated_at)
      select id, udid, md5('long ' || id), md5('short ' || id), created_at, updated_at from devices where id % 2 = 0`);
    await database.database.pool.query(`
      insert into device_activity (device_id, last_seen_at)
      select id, timestamptz '2026-11-21T12:00:00Z' - id * interval '10 seconds' from devices
      on conflict do nothing`);
    await database.database.pool.query("vacuum analyze");
  });

  const page = { limit: 50, offset: 0 };
  const question = (asked: Partial<DeviceListQuestion>): DeviceListQuestion => ({
    filter: {},
    found: null,
    orderings: [],
    page,
    at: testStart,
    ...asked,
  });
  const by = (column: DeviceOrdering["column"], isDescending = false): Partial<DeviceListQuestion> => ({
    orderings: [{ column, isDescending }],
  });

  test.each(["SN00004711", "0004711", "mac 00", "ADA PA", "a1b2c3"])(
    "a search for %s reads indexes alone",
    async (search) => {
      expect(await scannedWhole(foundQuery(search))).toEqual([]);
    },
  );

  test.each(["a", "7", "ad", "zq", "-", "%", "é"])(
    "a search for %s, too short for trigrams, reads no whole devices",
    async (search) => {
      expect(await scannedWhole(foundQuery(search))).not.toContain("devices");
    },
  );

  test("what a search found is read by its ids", async () => {
    const asked = question({ filter: { search: "x" }, found: { ids: [5, 7, 11] } });
    for (const query of [countQuery(asked), idsQuery(asked, [])]) {
      expect((await examine(query)).rowsExamined).toBeLessThan(10);
    }
  });

  test("a search that finds everything is neither collected nor counted to the end", async () => {
    const found = { text: "mac" };
    const broad = question({ filter: { search: "mac", platforms: ["macOS"] }, found });
    expect((await examine(foundQuery("mac"))).rowsExamined).toBeLessThan(30_000);
    expect((await examine(countQuery(broad))).rowsExamined).toBeLessThan(20_000);
    expect((await examine(idsQuery(broad, []))).rowsExamined).toBeLessThan(200);
  });

  test.each(["search=mac", "search=mac&platform=macOS"])("%s says that there are more", async (query) => {
    const { body } = await api.call("GET", `${root}rows/?${query}&limit=2&offset=9999`);
    expect(body).toMatchObject({ count: foundCountMax, count_is_minimum: true });
    const { results, next } = body as Listed & { readonly next: string };
    expect(results).toHaveLength(2);
    expect(next).toContain("offset=10001");
  });

  test("other counts are exact and say nothing of it", async () => {
    const { body } = await api.call("GET", `${root}rows/?state=enrolled&limit=1`);
    expect(body).not.toHaveProperty("count_is_minimum");
    expect((body as Listed).count).toBeGreaterThan(100_000);
  });

  const filters: readonly [string, DeviceListQuestion["filter"]][] = [
    ["nothing", {}],
    ["a state", { states: ["enrolled"] }],
    ["silence", { states: ["silent"] }],
    ["failure", { states: ["failing"] }],
    ["a platform and a version", { platforms: ["macOS"], osVersions: ["26.1"] }],
    ["a blueprint and a tag", { blueprints: [1], tags: [1] }],
    ["when they were seen", { lastSeenBefore: testStart }],
    ["how they came in", { otaEnrollments: [1] }],
  ];
  test.each(filters)("counting by %s does not read whole devices", async (_, filter) => {
    expect(await scannedWhole(countQuery(question({ filter })))).not.toContain("devices");
  });

  test.each([
    ["the newest", {}],
    ["by name", by("name")],
    ["by name, descending", by("name", true)],
    ["by model", by("model")],
    ["by model, descending", by("model", true)],
    ["by serial number", by("serial_number")],
    ["the oldest", by("created_at")],
    ["enrolled ones", { filter: { states: ["enrolled"] } }],
    ["those of an enrollment", { filter: { otaEnrollments: [1] } }],
  ] as const)("a page reads little more than itself: %s", async (_, asked) => {
    expect((await examine(idsQuery(question(asked), []))).rowsExamined).toBeLessThan(300);
  });

  test("sorting by when they were seen or by version does not read whole devices", async () => {
    const silent = { ...by("last_seen_at", true), filter: { states: ["silent"] } } as const;
    for (const asked of [by("last_seen_at", true), by("os_version"), silent]) {
      expect(await scannedWhole(idsQuery(question(asked), ["26.1"]))).not.toContain("devices");
    }
  });

  test("a far page by name reads the index of names alone", async () => {
    const asked = question({ ...by("name"), page: { limit: 50, offset: 49_950 } });
    const scans = (await explain(idsQuery(asked, []))).filter((node) => node["Node Type"].includes("Scan"));
    expect(scans.map((node) => node["Node Type"])).toEqual(["Index Only Scan"]);
  });

  test("every page is the same length and ends with the rest", async () => {
    const { count } = await rows("state=enrolled");
    const last = await rows(`state=enrolled&limit=50&offset=${count - 3}`);
    expect([last.count, last.results.length]).toEqual([count, 3]);
  });
});
