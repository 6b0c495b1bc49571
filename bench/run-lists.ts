/** Measures what people look at: pages of lists over a whole fleet, asked for one after the other, as a person does. */
import { createTransport, type Transport } from "#sandbox/devices/transport.ts";
import { createApiClient, numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { listPages, type ListPage } from "./list-pages.ts";
import { readPostgresCpu, spentSeconds } from "./postgres-cpu.ts";
import { type FleetOptions, inSeededWorld, type Seeded, startMode, type World } from "./run-fleet.ts";
import { type Labels, seedLists } from "./seed-lists.ts";
import type { ServerProcess } from "./server-process.ts";

/** One line of the table. Times are as the caller sees them. */
export type ListRow = {
  readonly page: string;
  readonly requests: number;
  readonly p50Milliseconds: number;
  readonly p95Milliseconds: number;
  readonly p99Milliseconds: number;
  /** Per request. `null`: not to be had. */
  readonly serverCpuMilliseconds: number;
  readonly postgresCpuMilliseconds: number | null;
  readonly statements: number;
  readonly bytes: number;
  /** Of answers that were no success. */
  readonly failures: number;
};

export type ListResult = { readonly devices: number; readonly rows: readonly ListRow[] };

/** Asked before the clock starts: connections, plans and caches are there then, as on any day. */
const warmUpRequests = 5;
const everyDevice = { ios: true, ipados: true, macos: true, tvos: true };

/** Seeds a fleet that people look at, and asks for each page `requests` times. */
export async function runLists(options: FleetOptions, requests: number): Promise<ListResult> {
  const rows: ListRow[] = [];
  const load = { ...options.load, participants: 1 };
  const { tables } = await inSeededWorld({ ...options, load }, async (world, seeded) => {
    const server = await startMode(world, "proxy");
    const transport = createTransport();
    try {
      const labels = await makeLabels(server, { seeded, transport });
      world.print("Giving the devices names, users, tags and blueprints");
      await seedLists(world.client, labels);
      for (const page of listPages(labels)) {
        const row = await measurePage(world, { server, seeded, transport, page, requests });
        world.print(`${row.page}: ${row.p50Milliseconds.toFixed(1)} ms`);
        rows.push(row);
      }
    } finally {
      transport.close();
      await server.stop();
    }
    return [];
  });
  return { devices: tables.devices, rows };
}

async function makeLabels(
  { baseUrl }: ServerProcess,
  { seeded, transport }: { readonly seeded: Seeded; readonly transport: Transport },
): Promise<Labels> {
  const api = createApiClient(baseUrl, seeded.token, transport);
  const idsOf = async (path: string, names: readonly string[]): Promise<number[]> => {
    const ids: number[] = [];
    for (const name of names) ids.push(numberOf(await api.create(path, { name }), "id"));
    return ids;
  };
  const blueprintIds = await idsOf("/api/mdm/blueprints/", ["Office", "Field", "School"]);
  const tagIds = await idsOf("/api/inventory/tags/", ["Berlin", "Lisbon", "Porto", "Remote"]);
  const wanted = { name: "Passcode", type: "Configuration", channel: "Device" };
  const artifact = textOf(await api.create("/api/mdm/artifacts/", { ...wanted, ...everyDevice }), "id");
  const source = {
    Type: "com.apple.configuration.passcode.settings",
    Identifier: "com.example.bench.list",
    ServerToken: "1",
    Payload: { RequirePasscode: true },
  };
  const version = { artifact, version: 1, ...everyDevice, source };
  const artifactVersionId = textOf(await api.create("/api/mdm/declarations/", version), "id");
  return { blueprintIds, tagIds, artifactVersionId };
}

type Asked = {
  readonly server: ServerProcess;
  readonly seeded: Seeded;
  readonly transport: Transport;
  readonly page: ListPage;
  readonly requests: number;
};

type Answer = { readonly milliseconds: number; readonly bytes: number; readonly isSuccess: boolean };

async function ask({ server, seeded, transport, page }: Asked): Promise<Answer> {
  const begun = performance.now();
  const { status, body } = await transport.send({
    url: `${server.baseUrl}${page.path}`,
    method: "GET",
    headers: { authorization: `Token ${seeded.token.reveal()}` },
  });
  return { milliseconds: performance.now() - begun, bytes: body.length, isSuccess: status === 200 };
}

async function measurePage({ client }: World, asked: Asked): Promise<ListRow> {
  const { server, page, requests } = asked;
  for (let count = 0; count < warmUpRequests; count += 1) await ask(asked);
  const [before, cpuBefore] = [await server.settledScrape(), await readPostgresCpu(client)];
  const answers: Answer[] = [];
  for (let count = 0; count < requests; count += 1) answers.push(await ask(asked));
  const postgresCpu = spentSeconds(cpuBefore, await readPostgresCpu(client));
  const after = await server.scrape();
  const grown = (name: string): number => (after.sum(name) - before.sum(name)) / requests;
  const times = answers.map(({ milliseconds }) => milliseconds).toSorted((a, b) => a - b);
  return {
    page: page.name,
    requests,
    p50Milliseconds: quantile(times, 0.5),
    p95Milliseconds: quantile(times, 0.95),
    p99Milliseconds: quantile(times, 0.99),
    serverCpuMilliseconds: grown("process_cpu_seconds_total") * 1000,
    postgresCpuMilliseconds: postgresCpu === null ? null : (postgresCpu * 1000) / requests,
    statements: grown("pomona_statements_total"),
    bytes: answers.at(-1)?.bytes ?? 0,
    failures: answers.filter(({ isSuccess }) => !isSuccess).length,
  };
}

/** Of times in ascending order. */
function quantile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}

/** The table for people, in Markdown. */
export function describeLists(results: readonly ListResult[]): string[] {
  if (results.length === 0) return [];
  const decimals = (value: number | null): string => (value === null ? "–" : value.toFixed(1));
  const titles =
    "| devices | page | count | p50 ms | p95 ms | p99 ms | server CPU ms | PostgreSQL CPU ms | statements | kB |";
  const lines = results.flatMap(({ devices, rows }) =>
    rows.map((row) => {
      const cpu = [row.serverCpuMilliseconds, row.postgresCpuMilliseconds].map(decimals);
      const times = [row.p50Milliseconds, row.p95Milliseconds, row.p99Milliseconds].map(decimals);
      const cells = [devices, row.page, row.requests, ...times, ...cpu, decimals(row.statements)];
      return `| ${[...cells, decimals(row.bytes / 1000)].join(" | ")} |`;
    }),
  );
  return [titles, `|${" --- |".repeat(10)}`, ...lines, ""];
}

/** What makes the table worthless. */
export function problemsOfLists(results: readonly ListResult[]): string[] {
  return results.flatMap(({ devices, rows }) =>
    rows
      .filter((row) => row.failures > 0)
      .map((row) => `${devices} devices, ${row.page}: ${row.failures} failed`),
  );
}
