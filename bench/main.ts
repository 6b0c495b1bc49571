/** `npm run bench`: measures the server against PostgreSQL and prints one table; docs/bench.md says how to read it. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { createLogger } from "#platform/log.ts";
import { startSandboxApple } from "#sandbox/simulate/sandbox-apple.ts";
import { openDatabases, temporaryFolder } from "./database.ts";
import {
  type Mode,
  parseDeclarations,
  parseFleets,
  parseLists,
  type Plan,
  planRun,
  type Scale,
  scales,
} from "./plan.ts";
import type { Choice, Fleet } from "./plan.ts";
import { type BenchReport, describeReport, problemsOf, readMachine } from "./report.ts";
import { runDeclarations } from "./run-declarations.ts";
import { type ListResult, runLists } from "./run-lists.ts";
import { type FleetOptions, type FleetResult, runFleet } from "./run-fleet.ts";

type Flags = Choice & {
  readonly scale: Scale;
  readonly mode?: Mode;
  readonly folder: string;
  readonly json?: boolean;
};

function readFlag<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

const program = new Command("bench")
  .description("Measure the server: idle connects, reports, enrollments, declarative management")
  .addOption(
    new Option("--scale <scale>", "how large")
      .choices(Object.keys(scales))
      .default("standard" satisfies Scale),
  )
  .addOption(
    new Option(
      "--fleets <list>",
      "devices and historic commands each, such as 1000x0,1000x1000, or none",
    ).argParser(readFlag(parseFleets)),
  )
  .addOption(
    new Option(
      "--declarations <list>",
      "artifacts in the blueprint of a database of its own, such as 10,500, or none",
    ).argParser(readFlag(parseDeclarations)),
  )
  .addOption(
    new Option(
      "--lists <list>",
      "devices in a database whose lists are looked at, such as 1000,100000, or none",
    ).argParser(readFlag(parseLists)),
  )
  .addOption(new Option("--mode <mode>", "one of the two only").choices(["signature", "proxy"]))
  .option("--folder <folder>", "where the embedded database may be made", temporaryFolder)
  .option("--json", "print one JSON object instead of the table");

async function bench(flags: Flags): Promise<BenchReport> {
  const begun = performance.now();
  const plan = planRun(flags.scale, flags);
  const log = createLogger("error");
  const databaseUrl = process.env["DATABASE_URL"] ?? "";
  const databases = await openDatabases({
    databaseUrl: databaseUrl === "" ? null : databaseUrl,
    folder: flags.folder,
    log,
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // More than once: a terminal and npm both pass it on.
    process.on(signal, () => {
      // What is under way loses its database now, and has nothing more to say.
      process.on("uncaughtException", () => undefined);
      void databases.close().finally(() => process.exit(1));
    });
  }
  const apple = await startSandboxApple();
  const place: Place = { plan, flags, databases, apple, log };
  try {
    const results: FleetResult[] = [];
    for (const fleet of plan.fleets) {
      results.push(await inDatabase(place, fleet, runFleet));
    }
    const declarations: FleetResult[] = [];
    for (const artifacts of plan.declarations) {
      const fleet = { devices: plan.load.declarativeDevices, historicCommands: 0 };
      declarations.push(await inDatabase(place, fleet, (options) => runDeclarations(options, artifacts)));
    }
    const lists: ListResult[] = [];
    for (const devices of plan.lists) {
      const fleet = { devices, historicCommands: 0 };
      lists.push(await inDatabase(place, fleet, (options) => runLists(options, plan.load.listRequests)));
    }
    const seconds = (performance.now() - begun) / 1000;
    return { machine: readMachine(), database: databases.facts, plan, results, declarations, lists, seconds };
  } finally {
    await apple.close();
    await databases.close();
  }
}

type Place = Pick<FleetOptions, "apple" | "log"> & {
  readonly plan: Plan;
  readonly flags: Flags;
  readonly databases: Awaited<ReturnType<typeof openDatabases>>;
};

/** Gives a run a database and a folder of its own, and takes them away afterwards. */
async function inDatabase<Result>(
  { plan, flags, databases, apple, log }: Place,
  fleet: Fleet,
  run: (options: FleetOptions) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(temporaryFolder, "pomona-bench-files-"));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const database = await databases.create();
  const modes: readonly Mode[] = flags.mode === undefined ? ["signature", "proxy"] : [flags.mode];
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    return await run({ fleet, modes, load: plan.load, database, apple, folder, log, print });
  } finally {
    await database.drop();
    process.off("exit", removeFolder);
    removeFolder();
  }
}

const flags = program.parse().opts<Flags>();
const report = await bench(flags);
process.stdout.write(`${flags.json === true ? JSON.stringify(report, null, 2) : describeReport(report)}\n`);
if (problemsOf(report).length > 0) process.exitCode = 1;
