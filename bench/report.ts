/** What a run has to say: the machine, one table, and what is not in it. */
import { cpus, totalmem } from "node:os";
import type { DatabaseFacts } from "./database.ts";
import type { Plan } from "./plan.ts";
import type { FleetResult, Row } from "./run-fleet.ts";
import { describeLists, type ListResult, problemsOfLists } from "./run-lists.ts";

export type MachineFacts = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
};

export type BenchReport = {
  readonly machine: MachineFacts;
  readonly database: DatabaseFacts;
  readonly plan: Plan;
  readonly results: readonly FleetResult[];
  /** One for each number of artifacts. */
  readonly declarations: readonly FleetResult[];
  /** Pages of lists, one for each number of devices. */
  readonly lists: readonly ListResult[];
  readonly seconds: number;
};

/** This machine. */
export function readMachine(): MachineFacts {
  const found = cpus();
  return {
    cpu: found[0]?.model ?? "unknown",
    cores: found.length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

type Column = { readonly title: string; readonly cell: (row: Row) => string };

const decimals = (value: number, count: number): string => value.toFixed(count);
const milliseconds = (value: number | null): string => (value === null ? "–" : decimals(value, 2));
const megabytes = (bytes: number): string => decimals(bytes / 1e6, 0);

const devices: Column = { title: "devices", cell: ({ tables }) => String(tables.devices) };
const history: Column = { title: "history each", cell: ({ historyEach }) => String(historyEach) };
const artifacts: Column = { title: "artifacts", cell: (row) => String(row.artifacts) };

const figures: readonly Column[] = [
  { title: "mode", cell: ({ mode }) => mode },
  { title: "request", cell: ({ workload }) => workload.replaceAll("_", " ") },
  { title: "count", cell: ({ load }) => String(load.requests) },
  { title: "per second", cell: ({ perSecond }) => decimals(perSecond, perSecond < 100 ? 1 : 0) },
  { title: "p50 ms", cell: ({ load }) => decimals(load.p50Milliseconds, 1) },
  { title: "p99 ms", cell: ({ load }) => decimals(load.p99Milliseconds, 1) },
  { title: "server CPU ms", cell: (row) => milliseconds(row.milliseconds.serverCpu) },
  { title: "PostgreSQL CPU ms", cell: (row) => milliseconds(row.milliseconds.postgresCpu) },
  { title: "TLS ms", cell: (row) => milliseconds(row.milliseconds.tls) },
  { title: "CMS ms", cell: (row) => milliseconds(row.milliseconds.cms) },
  { title: "parse ms", cell: (row) => milliseconds(row.milliseconds.parse) },
  { title: "database ms", cell: (row) => milliseconds(row.milliseconds.database) },
  { title: "encode ms", cell: (row) => milliseconds(row.milliseconds.encode) },
  { title: "statements", cell: ({ deviceStatements }) => decimals(deviceStatements, 2) },
  { title: "all statements", cell: ({ allStatements }) => decimals(allStatements, 2) },
  { title: "memory MB", cell: ({ residentBytes }) => megabytes(residentBytes) },
  {
    title: "generator busy",
    cell: ({ load }) => `${decimals((load.generatorCpuSeconds / load.seconds) * 100, 0)} %`,
  },
];

/** The report for people, in Markdown. */
export function describeReport(report: BenchReport): string {
  const { results, declarations } = report;
  return [
    ...describeMachine(report),
    "",
    ...describeTable([devices, history, ...figures], results),
    ...results.map(
      ({ tables, seedSeconds }) =>
        `- ${tables.devices} devices, ${tables.historicCommands} rows of history: ` +
        `history ${megabytes(tables.historyBytes)} MB, database ${megabytes(tables.databaseBytes)} MB, seeded in ${decimals(seedSeconds, 0)} s`,
    ),
    ...describeLeftOut(report),
    "",
    ...describeTable([artifacts, ...figures], declarations),
    ...describeLists(report.lists),
    ...problemsOf(report).map((problem) => `- PROBLEM: ${problem}`),
    `- The whole run took ${decimals(report.seconds, 0)} s`,
  ].join("\n");
}

function describeTable(columns: readonly Column[], results: readonly FleetResult[]): string[] {
  if (results.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rows = results.flatMap((result) => result.rows);
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
    "",
  ];
}

function describeMachine({ machine, database, plan }: BenchReport): string[] {
  const settings = Object.entries(database.settings).map(([name, value]) => `${name} ${value}`);
  const { load } = plan;
  return [
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)} MB, ${machine.platform}; ` +
      "server, database and load generator share it, none is pinned to a core",
    `- Node ${machine.node}; PostgreSQL ${database.version}${database.isEmbedded ? " (embedded)" : ""}: ` +
      settings.join(", "),
    `- ${load.connections} connections, ${load.participants} devices with certificates of their own at most, ` +
      `${load.enrollmentsAtOnce} enrollments at a time; declarations: ${load.declarativeParticipants} of ` +
      `${load.declarativeDevices} devices`,
  ];
}

function describeLeftOut({ plan }: BenchReport): string[] {
  return plan.leftOut.map(
    ({ devices, historicCommands }) =>
      `- Not run: ${devices} devices with ${historicCommands} historic commands each ` +
      `(${devices * historicCommands} rows); nothing above says anything of it`,
  );
}

/** What makes a run worthless: requests that failed, events that were given up. */
export function problemsOf({
  results,
  declarations,
  lists,
}: Pick<BenchReport, "results" | "declarations" | "lists">): string[] {
  const rows = [...results, ...declarations].flatMap((result) => result.rows);
  const failed = rows.flatMap(({ tables, artifacts: count, mode, workload, load, eventsDropped }) => {
    const where = `${tables.devices} devices, ${count} artifacts, ${mode}, ${workload}`;
    return [
      ...Object.entries(load.failures).map(([what, times]) => `${where}: ${times} × ${what}`),
      ...(load.requests === 0 ? [`${where}: nothing was answered`] : []),
      ...(eventsDropped > 0 ? [`${where}: ${eventsDropped} events were dropped`] : []),
    ];
  });
  return [...failed, ...problemsOfLists(lists)];
}
