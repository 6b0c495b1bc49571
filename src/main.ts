/** The process: arguments and environment, then the command asked for. The only reader of both. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import type { ApiDocument } from "#cli/catalog.ts";
import { addClientCommands, exitCodeOf } from "#cli/client-commands.ts";
import { type Config, settings } from "#platform/config.ts";
import { type LoadedConfig, loadConfig } from "#platform/config-file/load-config.ts";
import { folderMode, isReachableByOthers } from "#platform/db/embedded-postgres.ts";
import { createLogger } from "#platform/log.ts";
import { migrationsFolder, startApp } from "./app.ts";
import { buildRoleCommand, buildUserCommand } from "./main/accounts/account-commands.ts";
import { prepareConsole } from "./main/console/prepare-console.ts";
import { buildDoctorCommand } from "./main/doctor/doctor-command.ts";
import { explainError } from "./main/explain-error.ts";
import { buildMdmcertsCommand } from "./main/mdmcerts/mdmcerts-command.ts";
import { passwordsFromTerminal } from "./main/mdmcerts/password-source.ts";
import { printStart } from "./main/print-start.ts";
import { buildDemoCommand } from "./main/sandbox/demo-command.ts";
import { buildSimulateCommand } from "./main/sandbox/simulate-command.ts";
import { stopSignal } from "./main/stop-signal.ts";
import { version } from "./version.ts";

const openApiFile = join(import.meta.dirname, "..", "openapi.json");

/** Where data goes when nobody says: here, or where the database's own user can reach it (a home of root is closed). */
function defaultDataFolder(): string {
  const isRoot = process.getuid?.() === 0;
  return isRoot && !isReachableByOthers(process.cwd(), folderMode) ? "/var/lib/pomona" : "pomona-data";
}

function loadProcessConfig(overrides: Readonly<Record<string, string>> = {}): LoadedConfig {
  return loadConfig({
    environment: { POMONA_DATA: defaultDataFolder(), ...process.env, ...overrides },
    readFile: (path) => readFileSync(path, "utf8"),
    isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  });
}

/** Every demo has a data folder of its own kind, and is quiet. */
function loadDemoConfig(): { readonly config: Config; readonly logLevel: string } {
  const folder = process.env["POMONA_DATA"] ?? `${defaultDataFolder()}-demo`;
  return {
    config: loadProcessConfig({ POMONA_DATA: folder }).config,
    logLevel: process.env["POMONA_LOG_LEVEL"] ?? "error",
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

type ConfigFlags = { readonly config?: string };

/** `--config` is POMONA_CONFIG, given for once. */
function fileOverride({ config }: ConfigFlags): Readonly<Record<string, string>> {
  return config === undefined ? {} : { POMONA_CONFIG: config };
}

async function serve(flags: ConfigFlags): Promise<void> {
  const { config, notices } = loadProcessConfig(fileOverride(flags));
  const log = createLogger(config.logLevel);
  for (const notice of notices) log.warn(notice);
  const stopped = stopSignal();
  const consoleFolder = await prepareConsole(log);
  const app = await startApp({ config, log, consoleFolder });
  printStart(app, { version, print, hasConsole: consoleFolder !== null });
  const signal = await stopped;
  log.info({ signal }, "Stopping");
  await app.close();
}

async function openApi(flags: { readonly write?: string }): Promise<void> {
  const { openApiText } = await import("./openapi-document.ts");
  const text = openApiText(version);
  if (flags.write === undefined) process.stdout.write(text);
  else writeFileSync(flags.write, text);
}

const environmentHelp = `
Environment:
${Object.entries(settings)
  .map(([name, meaning]) => `  ${name.padEnd(24)}${meaning}`)
  .join("\n")}
`;

function buildProgram(): Command {
  const program = new Command("pomona").description("An open Apple MDM server").version(version);
  program
    .command("serve")
    .description("Serve the product")
    .option("--config <file>", "configuration file (base.json), instead of the one POMONA_CONFIG names")
    .addHelpText("after", environmentHelp)
    .action(serve);

  program.addCommand(buildUserCommand({ loadConfig: loadProcessConfig, print }));
  program.addCommand(buildRoleCommand({ loadConfig: loadProcessConfig, print }));
  program.addCommand(buildSimulateCommand(print));
  program.addCommand(buildDemoCommand({ loadDemoConfig, prepareConsole, version, print }));

  program
    .command("openapi")
    .description("Print the OpenAPI document of the server's API")
    .option("--write <file>", "write it to a file")
    .action(openApi);
  program.addCommand(buildMdmcertsCommand());
  program.addCommand(
    buildDoctorCommand({
      loadConfig: (config) => loadProcessConfig(fileOverride(config === undefined ? {} : { config })),
      migrationsFolder,
      print,
    }),
  );
  addClientCommands(program, {
    environment: process.env,
    file: join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "pomona.json"),
    document: JSON.parse(readFileSync(openApiFile, "utf8")) as ApiDocument,
    write: (text) => void process.stdout.write(text),
    tell: (line) => void process.stderr.write(`${line}\n`),
    readFile: (path) => readFileSync(path === "-" ? 0 : path, "utf8"),
    askToken: () => passwordsFromTerminal().recall("API token"),
  });
  return program;
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const exitCode = exitCodeOf(error);
  process.stderr.write(`${exitCode === null ? explainError(error) : (error as Error).message}\n`);
  process.exit(exitCode ?? 1);
}
