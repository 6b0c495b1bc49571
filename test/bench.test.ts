/** The bench at a size that proves nothing but that it works: every request is answered, every figure is there. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { describe, expect, inject, test } from "vitest";
import { readScrape } from "../bench/metrics-text.ts";
import {
  declarativeWorkloads,
  parseDeclarations,
  parseFleets,
  parseLists,
  planRun,
  scales,
} from "../bench/plan.ts";
import { type BenchReport, describeReport, problemsOf } from "../bench/report.ts";
import { countTables, seedFleet } from "../bench/seed.ts";
import { makeEnrollment, makeEnrollmentWorld } from "./tools/enrollment-world.ts";
import { repository } from "./tools/source-tree.ts";
import { connectionUrl } from "./tools/test-app.ts";
import { useTestDatabase } from "./tools/test-database.ts";

async function runBench(args: readonly string[]): Promise<BenchReport> {
  const program = ["--conditions=source", join(repository, "bench", "main.ts"), "--json", ...args];
  const { connection } = inject("databaseConnection");
  const { stdout } = await promisify(execFile)(process.execPath, program, {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", DATABASE_URL: connectionUrl(connection) },
    maxBuffer: 10 * 1024 * 1024,
  });
  return JSON.parse(stdout) as BenchReport;
}

test("every kind of request is measured in both modes, and the table holds what was in the database", async () => {
  const report = await runBench([
    "--scale",
    "smoke",
    "--fleets",
    "10x3",
    "--declarations",
    "none",
    "--lists",
    "none",
  ]);
  const rows = report.results.flatMap((result) => result.rows);
  expect(rows.map(({ mode, workload }) => `${mode} ${workload}`)).toEqual([
    "signature idle",
    "signature idle_new_connection",
    "signature report",
    "signature enrollment",
    "proxy idle",
    "proxy report",
    "proxy enrollment",
  ]);
  expect(problemsOf(report)).toEqual([]);
  for (const { tables, workload, load, milliseconds, deviceStatements, residentBytes } of rows) {
    expect(tables).toMatchObject({ devices: 10, historicCommands: 30 });
    expect(load.p99Milliseconds).toBeGreaterThanOrEqual(load.p50Milliseconds);
    // What is asked for must have been recorded by the server itself.
    expect(milliseconds.database).toBeGreaterThan(0);
    expect(residentBytes).toBeGreaterThan(10_000_000);
    if (workload.startsWith("idle")) expect(deviceStatements).toBe(1);
    if (workload === "report") expect(load.requests).toBe(scales.smoke.load.reports);
    if (workload === "enrollment") expect(load.requests).toBe(scales.smoke.load.enrollments);
  }
  const [idle, handshakes] = rows;
  expect(handshakes?.milliseconds.tls).toBeGreaterThan(0);
  expect(handshakes?.handshakes).toBe(1);
  expect((idle?.handshakes ?? 0) * (idle?.load.requests ?? 0)).toBeCloseTo(scales.smoke.load.connections);
  const text = describeReport(report);
  expect(text.match(/^\| 10 \| 3 \|/gm)).toHaveLength(rows.length);
  expect(text).toContain("Not run: 100000 devices with 1000 historic commands each (100000000 rows)");
});

test("declarative management is measured for devices that have converged", async () => {
  const args = [
    "--scale",
    "smoke",
    "--fleets",
    "none",
    "--declarations",
    "7",
    "--lists",
    "none",
    "--mode",
    "proxy",
  ];
  const report = await runBench(args);
  expect(problemsOf(report)).toEqual([]);
  const rows = report.declarations.flatMap((result) => result.rows);
  expect(rows.map(({ workload }) => workload)).toEqual(["idle", ...declarativeWorkloads]);
  for (const { artifacts, load, workload, milliseconds, deviceStatements } of rows) {
    expect(artifacts).toBe(7);
    expect(load.requests).toBeGreaterThan(0);
    expect(milliseconds.database).toBeGreaterThan(0);
    // A device that is in order costs one statement, whatever its blueprint holds.
    if (workload === "idle") expect(deviceStatements).toBe(1);
  }
  const [unchanged, changed] = rows.slice(-2);
  expect(changed?.deviceStatements).toBeGreaterThan((unchanged?.deviceStatements ?? Infinity) + 1);
  expect(describeReport(report).match(/^\| 7 \| proxy /gm)).toHaveLength(rows.length);
});

test("every page of a list is answered with what the fleet was given", async () => {
  const report = await runBench([
    "--scale",
    "smoke",
    "--fleets",
    "none",
    "--declarations",
    "none",
    "--lists",
    "250",
  ]);
  expect(problemsOf(report)).toEqual([]);
  const [{ devices, rows } = { devices: 0, rows: [] }] = report.lists;
  expect([devices, rows.length]).toEqual([250, 36]);
  for (const { requests, p50Milliseconds, p95Milliseconds, p99Milliseconds, statements } of rows) {
    expect(requests).toBe(scales.smoke.load.listRequests);
    expect(p95Milliseconds).toBeGreaterThanOrEqual(p50Milliseconds);
    expect(p99Milliseconds).toBeGreaterThanOrEqual(p95Milliseconds);
    expect(statements).toBeGreaterThan(0);
  }
  const bytesOf = (name: string): number => rows.find(({ page }) => page === name)?.bytes ?? 0;
  const found = ["search, nearly all", "search, two letters", "search, user", "search=mac&state=silent"];
  for (const page of [...found, "state=failing", "state=silent", "blueprint and tag"]) {
    expect(bytesOf(page), page).toBeGreaterThan(bytesOf("page 1,000"));
  }
  expect(describeReport(report).match(/^\| 250 \| /gm)).toHaveLength(rows.length);
});

describe("seeding", () => {
  const database = useTestDatabase();

  test("history goes into the partitions of its months, and has every index of the table afterwards", async () => {
    const world = await makeEnrollmentWorld(database);
    const { enrollment } = await makeEnrollment(database, world);
    const client = new pg.Client(database.connection);
    await client.connect();
    try {
      await client.query(`
        drop table command_history cascade;
        create table command_history (
          uuid uuid, device_id integer not null, name text, request_type text, sent_at timestamptz,
          delivery_count integer, status text, result_time timestamptz, created_at timestamptz, updated_at timestamptz,
          constraint command_history_key primary key (uuid, created_at)
        ) partition by range (created_at);
        create index command_history_device on command_history (device_id, created_at)`);
      const { pushCertificateId, metaBusinessUnitId } = world;
      const owner = { otaEnrollmentId: enrollment.id, pushCertificateId, metaBusinessUnitId };
      await seedFleet(client, { devices: 5, historicCommands: 40 }, { owner, indexesLaterFrom: 0 });
      expect(await countTables(client)).toMatchObject({ devices: 5, historicCommands: 200 });
      const { rows: partitions } = await client.query<{ name: string; indexes: string }>(`
        select i.inhrelid::regclass::text as name, count(x.*) as indexes from pg_inherits i
          left join pg_index x on x.indrelid = i.inhrelid
         where i.inhparent = 'command_history'::regclass group by 1`);
      expect(partitions.length).toBeGreaterThanOrEqual(3);
      expect(partitions.filter(({ indexes }) => Number(indexes) !== 2)).toEqual([]);
    } finally {
      await client.end();
      await world.deps.eventBuffer.close();
    }
  });
});

describe("the plan", () => {
  test("names what a scale leaves out", () => {
    expect(planRun("full").leftOut).toEqual([]);
    expect(planRun("standard").leftOut).toEqual([{ devices: 100_000, historicCommands: 1_000 }]);
    expect(planRun("small", { fleets: parseFleets("1000x1000") }).leftOut).toHaveLength(3);
  });

  test("takes lists as numbers of devices, and nothing else", () => {
    expect(parseLists("1000,250")).toEqual([1_000, 250]);
    expect(parseLists("none")).toEqual([]);
    for (const text of ["", "0", "x", "1,", "10000000"]) expect(() => parseLists(text)).toThrow();
  });

  test("takes fleets as devices and historic commands each, and nothing else", () => {
    expect(parseFleets("1000x0,20x5")).toEqual([
      { devices: 1_000, historicCommands: 0 },
      { devices: 20, historicCommands: 5 },
    ]);
    for (const text of ["", "10", "0x1", "10x", "x5", "10x5;10x6"]) expect(() => parseFleets(text)).toThrow();
    expect(parseFleets("none")).toEqual([]);
  });

  test("takes numbers of artifacts, and nothing else", () => {
    expect(parseDeclarations("10,500")).toEqual([10, 500]);
    expect(parseDeclarations("none")).toEqual([]);
    for (const text of ["", "0", "10x5", "-1", "10000", "1.5"])
      expect(() => parseDeclarations(text)).toThrow();
  });
});

test("samples of a scrape are added up by their labels", () => {
  const scrape = readScrape(
    '# HELP a b\na_sum{door="connect",stage="cms"} 2\na_sum{door="checkin",stage="cms"} 0.5\nb 7\n',
  );
  expect(scrape.sum("a_sum", { stage: "cms" })).toBe(2.5);
  expect(scrape.sum("a_sum", { stage: "cms", door: "connect" })).toBe(2);
  expect(scrape.sum("b")).toBe(7);
  expect(scrape.sum("absent")).toBe(0);
});
