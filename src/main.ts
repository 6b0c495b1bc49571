/** The process: arguments and environment, then the command asked for. The only reader of both, and of signals. */
import { randomBytes } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { createAccount } from "#admin/users/account-operations.ts";
import { createdAccountJson, createdAccountLines } from "#admin/users/created-account-text.ts";
import { expandPermissions } from "#admin/roles/role.ts";
import { createRole } from "#admin/roles/role-operations.ts";
import type { ApiDocument } from "#cli/catalog.ts";
import { addClientCommands, exitCodeOf } from "#cli/client-commands.ts";
import { type Config, ConfigError, settings } from "#platform/config.ts";
import { type LoadedConfig, loadConfig } from "#platform/config-file/load-config.ts";
import { EmbeddedPostgresError, folderMode, isReachableByOthers } from "#platform/db/embedded-postgres.ts";
import { OperationRefused } from "#platform/errors.ts";
import { isLoopbackHost } from "#platform/config-values.ts";
import { listPermissions } from "#platform/http/api-access.ts";
import { createLogger } from "#platform/log.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import type { SandboxApple } from "#sandbox/simulate/sandbox-apple.ts";
import { describeApi } from "./api.ts";
import { type App, type Foundation, migrationsFolder, openFoundation, startApp } from "./app.ts";
import { buildDoctorCommand } from "./main/doctor/doctor-command.ts";
import { MdmcertsError } from "./main/mdmcerts/mdmcerts.ts";
import { buildMdmcertsCommand } from "./main/mdmcerts/mdmcerts-command.ts";
import { PasswordError, passwordsFromTerminal } from "./main/mdmcerts/password-source.ts";

const openApiFile = join(import.meta.dirname, "..", "openapi.json");
const packageFile = join(import.meta.dirname, "..", "package.json");
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

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

function readProcessConfig(overrides: Readonly<Record<string, string>> = {}): Config {
  return loadProcessConfig(overrides).config;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Within this time signals are the same one: a terminal's reaches us directly and through the program that started us. */
const sameSignalMilliseconds = 1_000;

/** Resolves at the first signal to stop; a later one ends the process without waiting. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    let firstAt: number | null = null;
    const stop = (signal: NodeJS.Signals): void => {
      if (firstAt === null) {
        firstAt = performance.now();
        done(signal);
      } else if (performance.now() - firstAt > sameSignalMilliseconds) {
        process.exit(1);
      }
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  });
}

function printStart(app: App): void {
  print(`Pomona ${version} serves ${app.baseUrl.origin}/`);
  print(`Data: ${app.foundation.dataDescription}`);
  if (isLoopbackHost(app.baseUrl.hostname)) {
    print("Only this machine reaches that address; for devices, set POMONA_BASE_URL to an https one");
  }
  if (app.firstAdministrator === null) return;
  const { username, oneTimePassword } = app.firstAdministrator;
  print(`First administrator: ${username}, one-time password: ${oneTimePassword.reveal()}`);
  print("An API token: npx pomona user create me me@example.com --superuser --with-api-token");
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
  const app = await startApp({ config, log });
  printStart(app);
  const signal = await stopped;
  log.info({ signal }, "Stopping");
  await app.close();
}

/** Runs one operation on the server's own database, beside a running server or without one. */
async function onServer<T>(command: string, work: (op: Operation) => Promise<T>): Promise<T> {
  const config = readProcessConfig();
  const log = createLogger("warn");
  const foundation: Foundation = await openFoundation({ config, log, needsOwnDatabase: false });
  try {
    return await operate(foundation.source, operatorActor(command), work);
  } finally {
    await foundation.close();
  }
}

type UserCreateFlags = {
  readonly serviceAccount?: boolean;
  readonly superuser?: boolean;
  readonly role?: readonly string[];
  readonly withApiToken?: boolean;
  readonly apiTokenName?: string;
  readonly apiTokenExpiry?: Date;
  readonly skipIfExisting?: boolean;
  readonly json?: boolean;
};

async function userCreate(username: string, email: string, flags: UserCreateFlags): Promise<void> {
  const created = await onServer("user create", (op) =>
    createAccount(
      op,
      { randomBytes },
      {
        username,
        email,
        isServiceAccount: flags.serviceAccount ?? false,
        isSuperuser: flags.superuser ?? false,
        roleNames: flags.role ?? [],
        withApiToken: flags.withApiToken ?? false,
        apiTokenName: flags.apiTokenName ?? null,
        apiTokenExpiry: flags.apiTokenExpiry ?? null,
        skipIfExisting: flags.skipIfExisting ?? false,
      },
    ),
  );
  if (flags.json === true) print(JSON.stringify(createdAccountJson(created)));
  else for (const line of createdAccountLines(created)) print(line);
}

async function roleCreate(name: string, permissions: readonly string[]): Promise<void> {
  const known = listPermissions(describeApi());
  const codenames = expandPermissions(permissions, known);
  const role = await onServer("role create", (op) => createRole(op, { name, permissions: codenames }));
  print(`Role ${role.name} created with ${role.permissions.length} permissions`);
}

type SimulateFlags = {
  readonly devices: number;
  readonly url: string;
  readonly enrollmentProfile?: string;
  readonly token?: string;
  readonly enrollment?: number;
  readonly concurrency?: number;
  readonly apnsEvents?: string;
  readonly ca?: string;
  readonly stay?: boolean;
};

async function simulateFleet(flags: SimulateFlags): Promise<void> {
  const { simulate } = await import("#sandbox/simulate/simulate.ts");
  const { openPushFeed } = await import("#sandbox/devices/push-feed.ts");
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const summary = await simulate({
    devices: flags.devices,
    url: flags.url,
    source: enrollmentSource(flags),
    ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
    ...(flags.apnsEvents === undefined ? {} : { pushes: openPushFeed(new URL(flags.apnsEvents)) }),
    ...(flags.ca === undefined ? {} : { trustedCaPem: readFileSync(flags.ca, "utf8") }),
    ...(flags.stay === true ? { signal: stop.signal } : {}),
    print,
  });
  if (summary.enrolled < summary.devices) process.exitCode = 1;
  // Nobody may have asked to stop: the waiting for it must not keep the process.
  process.exit();
}

function enrollmentSource(flags: SimulateFlags) {
  const { enrollmentProfile, token, enrollment } = flags;
  if (enrollmentProfile !== undefined) {
    const isAddress = /^https?:/.test(enrollmentProfile);
    return {
      kind: "profile",
      profile: isAddress ? enrollmentProfile : readFileSync(enrollmentProfile),
    } as const;
  }
  if (token !== undefined && enrollment !== undefined) {
    return { kind: "api", token: new Secret(token), otaEnrollmentId: enrollment } as const;
  }
  throw new UsageError("Say how to enroll: --enrollment-profile FILE, or --token KEY with --enrollment ID");
}

/** A command that was not asked for in the right way; its message is all there is to say. */
class UsageError extends Error {}

type DemoFlags = { readonly devices: number; readonly exit?: boolean };

/** Serves the product beside a world that plays Apple; every demo begins with an empty data folder of its own kind. */
async function demo(flags: DemoFlags): Promise<void> {
  const { startSandboxApple } = await import("#sandbox/simulate/sandbox-apple.ts");
  const { deviceCaAnchorOf } = await import("#protocol/x509/apple-device-ca.ts");
  const { decodeCertificate } = await import("#protocol/x509/certificate.ts");
  const stopped = stopSignal();
  const config = readProcessConfig({
    POMONA_DATA: process.env["POMONA_DATA"] ?? `${defaultDataFolder()}-demo`,
  });
  const log = createLogger(process.env["POMONA_LOG_LEVEL"] ?? "error");
  const apple = await startSandboxApple();
  try {
    const apns = { url: apple.apns.url, caPem: apple.pushCa.certificatePem };
    const deviceCaAnchors = [deviceCaAnchorOf(decodeCertificate(apple.deviceCa.deviceCa))];
    const app = await startApp({ config: { ...config, apns }, log, deviceCaAnchors });
    try {
      await showDemo(app, apple, { flags, stopped });
    } finally {
      await app.close();
    }
  } finally {
    await apple.close();
  }
  // Nobody may have asked to stop: the waiting for it must not keep the process.
  process.exit(process.exitCode ?? 0);
}

async function showDemo(
  app: App,
  apple: SandboxApple,
  { flags, stopped }: { readonly flags: DemoFlags; readonly stopped: Promise<unknown> },
): Promise<void> {
  const { runDemo } = await import("#sandbox/simulate/demo.ts");
  printStart(app);
  const apiToken = await operate(app.foundation.source, operatorActor("demo"), createDemoToken);
  const { baseUrl } = app;
  const { apns: fakeApns, pushCa, deviceCa } = apple;
  const world = { baseUrl: baseUrl.origin, apiToken, fakeApns, pushCa, deviceCa };
  const result = await runDemo({ ...world, devices: flags.devices, print });
  print(`TOKEN=${apiToken.reveal()}`);
  if (flags.exit !== true) {
    print("The devices go on answering until you press Ctrl-C");
    await stopped;
  }
  result.close();
}

async function createDemoToken(op: Operation): Promise<Secret<string>> {
  const name = `demo-${randomBytes(4).toString("hex")}`;
  const created = await createAccount(
    op,
    { randomBytes },
    {
      username: name,
      email: `${name}@example.com`,
      isServiceAccount: false,
      isSuperuser: true,
      roleNames: [],
      withApiToken: true,
      apiTokenName: "Demo",
      apiTokenExpiry: null,
      skipIfExisting: false,
    },
  );
  if (created.apiToken === null) throw new Error("An account that was asked for with a token has one");
  return created.apiToken;
}

async function openApi(flags: { readonly write?: string }): Promise<void> {
  const { openApiText } = await import("./openapi-document.ts");
  const text = openApiText(version);
  if (flags.write === undefined) process.stdout.write(text);
  else writeFileSync(flags.write, text);
}

function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return Number(value);
}

function futureDate(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("It must be a time such as 2027-01-31T00:00:00Z.");
  return date;
}

function list(value: string): string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function collect(value: string, collected: readonly string[] = []): string[] {
  return [...collected, value];
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

  const user = program.command("user").description("Accounts, on the server itself");
  user
    .command("create <name> <email>")
    .description("Make a person's account or a service account, and print its secrets once")
    .option("--service-account", "an account for a program; it always gets an API token")
    .option("--superuser", "may do everything")
    .option("--role <name>", "give a role; may be repeated", collect)
    .option("--with-api-token", "make an API token too")
    .option("--api-token-name <name>", "name of that token")
    .option("--api-token-expiry <time>", "end of that token, ISO 8601", futureDate)
    .option("--skip-if-existing", "succeed when this very account is there already")
    .option("--json", "print one JSON object")
    .action(userCreate);

  const role = program.command("role").description("Sets of permissions, on the server itself");
  role
    .command("create <name>")
    .description("Make a role")
    .addOption(
      new Option(
        "--permissions <codenames>",
        "such as mdm.view_enrolleddevice,mdm.add_devicecommand; all and all-view stand for those of the API",
      )
        .argParser(list)
        .makeOptionMandatory(),
    )
    .action((name: string, flags: { permissions: readonly string[] }) => roleCreate(name, flags.permissions));

  program
    .command("simulate")
    .description("Enroll simulated devices into a server and let them answer")
    .requiredOption("--devices <n>", "how many", positiveInteger)
    .requiredOption("--url <url>", "base URL of the server")
    .option("--enrollment-profile <file or url>", "an enrollment profile to install")
    .option("--token <key>", "API token that fetches a direct profile for each device")
    .option("--enrollment <id>", "OTA enrollment of these profiles", positiveInteger)
    .option("--concurrency <n>", "devices at a time", positiveInteger)
    .option("--apns-events <url>", "event stream of a fake push service to wait at")
    .option("--stay", "keep the devices going until you stop them")
    .option("--ca <file>", "PEM file with the certificate authority of the server")
    .action(simulateFleet);

  program
    .command("demo")
    .description("Serve the product with a fake push service and simulated devices")
    .option("--devices <n>", "how many", positiveInteger, 25)
    .option("--exit", "stop when the devices have reported instead of serving on")
    .action(demo);

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

/** Errors whose message is all there is to say. */
const sentences = [UsageError, EmbeddedPostgresError, MdmcertsError, PasswordError];

/** What a person can do something about is told in a sentence; everything else is a defect, with its stack. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    const isEnvironment = error.problems.every(({ name }) => name in settings || name.startsWith("POMONA_"));
    return `The ${isEnvironment ? "environment" : "configuration"} needs mending:\n${error.message}`;
  }
  if (error instanceof OperationRefused) {
    return error.refusals
      .map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`))
      .join("\n");
  }
  if (sentences.some((type) => error instanceof type)) return (error as Error).message;
  if (!(error instanceof Error)) return String(error);
  const system = error.cause as NodeJS.ErrnoException | undefined;
  if (system instanceof EmbeddedPostgresError || typeof system?.code === "string") {
    return `${error.message}: ${system.message}`;
  }
  // With its causes, which the stack alone leaves out.
  return inspect(error);
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  const exitCode = exitCodeOf(error);
  process.stderr.write(`${exitCode === null ? explain(error) : (error as Error).message}\n`);
  process.exit(exitCode ?? 1);
}
