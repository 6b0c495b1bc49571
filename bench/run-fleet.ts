/** Measures one fleet: makes its database, fills it, and lets the server serve it in both modes. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { createAccount } from "#admin/users/account-operations.ts";
import { systemClock } from "#platform/clock.ts";
import { openDatabase } from "#platform/db/database.ts";
import { findFreePort } from "#platform/http/free-port.ts";
import type { Logger } from "#platform/log.ts";
import { operate, operatorActor } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { createTransport } from "#sandbox/devices/transport.ts";
import { type ApiClient, createApiClient, numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import type { SandboxApple } from "#sandbox/simulate/sandbox-apple.ts";
import type { BenchDatabase } from "./database.ts";
import { type LoadJob, type LoadProcess, type LoadResult, startLoad } from "./load.ts";
import type { Scrape } from "./metrics-text.ts";
import { certifyDevices, openAuthority, type Participant } from "./participants.ts";
import type { DeclarativeWorkload, Fleet, Load, Mode, Workload } from "./plan.ts";
import { readPostgresCpu, spentSeconds } from "./postgres-cpu.ts";
import {
  countTables,
  listSpreadDevices,
  type Owner,
  type SeededDevice,
  seedFleet,
  seedSentCommands,
  type TableFacts,
} from "./seed.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** One line of the table: what was asked, and what it cost per request. */
export type Row = {
  readonly tables: TableFacts;
  readonly historyEach: number;
  /** In the blueprint of the devices of the load; 0: they have none. */
  readonly artifacts: number;
  readonly mode: Mode;
  readonly workload: Workload;
  readonly load: LoadResult;
  readonly perSecond: number;
  /** Per request; stages as the server times them. `null`: not to be had. */
  readonly milliseconds: {
    readonly serverCpu: number;
    readonly postgresCpu: number | null;
    readonly tls: number;
    readonly cms: number;
    readonly parse: number;
    readonly database: number;
    readonly encode: number;
  };
  /** TLS handshakes, and statements: per request. */
  readonly handshakes: number;
  readonly deviceStatements: number;
  readonly allStatements: number;
  readonly residentBytes: number;
  readonly eventsDropped: number;
};

export type FleetResult = {
  readonly tables: TableFacts;
  readonly seedSeconds: number;
  readonly rows: readonly Row[];
};

export type FleetOptions = {
  readonly fleet: Fleet;
  readonly modes: readonly Mode[];
  readonly load: Load;
  readonly database: BenchDatabase;
  readonly apple: SandboxApple;
  /** For files; gone afterwards. */
  readonly folder: string;
  readonly log: Logger;
  readonly print: (line: string) => void;
};

export type World = FleetOptions & {
  readonly client: pg.Client;
  readonly port: number;
  readonly secretKey: Buffer;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string };
};

/** Runs the whole of a fleet. */
export function runFleet(options: FleetOptions): Promise<FleetResult> {
  return inSeededWorld(options, async (world, seeded) => {
    const rows: Row[] = [];
    for (const mode of options.modes) rows.push(...(await runMode(world, { ...seeded, mode })));
    return rows;
  });
}

/** Seeds the fleet in a new database and certifies its participants. */
export async function inSeededWorld(
  options: FleetOptions,
  run: (world: World, seeded: Seeded) => Promise<readonly Row[]>,
): Promise<FleetResult> {
  const { database, print, fleet } = options;
  const client = new pg.Client(database.connection);
  await client.connect();
  try {
    const world = {
      ...options,
      client,
      port: await findFreePort("127.0.0.1"),
      secretKey: randomBytes(32),
      tls: await writeTls(options),
    };
    const { owner, token } = await prepareServer(world);
    print(`Seeding ${fleet.devices} devices with ${fleet.historicCommands} historic commands each`);
    const begun = performance.now();
    await seedFleet(client, fleet, { owner });
    const seedSeconds = (performance.now() - begun) / 1000;
    const tables = await countTables(client);
    print(`Seeded ${tables.historicCommands} rows of history in ${seedSeconds.toFixed(1)} s`);
    const participants = await prepareParticipants(world, owner);
    const rows = await run(world, { tables, participants, owner, token });
    return { tables, seedSeconds, rows };
  } finally {
    await client.end();
  }
}

async function writeTls({ apple, folder }: FleetOptions): Promise<World["tls"]> {
  const { certificatePem, privateKeyPem } = await apple.pushCa.issueServerCertificate([
    "localhost",
    "127.0.0.1",
  ]);
  const files = { certificateFile: join(folder, "server.pem"), keyFile: join(folder, "server.key") };
  writeFileSync(files.certificateFile, certificatePem + apple.pushCa.certificatePem);
  writeFileSync(files.keyFile, privateKeyPem, { mode: 0o600 });
  return files;
}

/** In signature mode the server ends TLS itself; in proxy mode it trusts what a peer on this machine passes on. */
export function startMode(world: World, mode: Mode): Promise<ServerProcess> {
  const { apple, database, folder, port, secretKey, tls } = world;
  const apnsCaFile = join(folder, "apns-ca.pem");
  writeFileSync(apnsCaFile, apple.pushCa.certificatePem);
  const own: Readonly<Record<string, string>> =
    mode === "signature"
      ? { POMONA_TLS_CERT: tls.certificateFile, POMONA_TLS_KEY: tls.keyFile }
      : { POMONA_MTLS_PROXY: "true", POMONA_TRUSTED_PROXIES: "127.0.0.1" };
  return startServer({
    port,
    caPem: mode === "signature" ? apple.pushCa.certificatePem : null,
    metricsToken: randomBytes(16).toString("hex"),
    environment: {
      DATABASE_URL: database.url,
      POMONA_DATA: folder,
      POMONA_SECRET_KEY: secretKey.toString("base64"),
      POMONA_APNS_URL: apple.apns.url.href,
      POMONA_APNS_CA: apnsCaFile,
      ...own,
    },
  });
}

/** Lets the server make its schema and authority, and an operator make what devices enroll with. */
async function prepareServer(
  world: World,
): Promise<{ readonly owner: Owner; readonly token: Secret<string> }> {
  const server = await startMode(world, "proxy");
  const transport = createTransport();
  try {
    const token = await createToken(world);
    const api = createApiClient(server.baseUrl, token, transport);
    const pushCertificateId = await createPushCertificate(api, world.apple);
    const unit = await api.create("/api/inventory/meta_business_units/", { name: "Bench" });
    const [issuer] = await api.list("/api/mdm/scep_issuers/");
    if (issuer === undefined) throw new Error("The server has no SCEP issuer");
    const metaBusinessUnitId = numberOf(unit, "id");
    const enrollment = await api.create("/api/mdm/ota_enrollments/", {
      name: "Bench",
      push_certificate: pushCertificateId,
      scep_issuer: textOf(issuer, "id"),
      enrollment_secret: { meta_business_unit: metaBusinessUnitId },
    });
    const otaEnrollmentId = numberOf(enrollment, "id");
    return { owner: { otaEnrollmentId, pushCertificateId, metaBusinessUnitId }, token };
  } finally {
    transport.close();
    await server.stop();
  }
}

async function createToken({ database, log }: World): Promise<Secret<string>> {
  const opened = openDatabase({ connection: database.connection, log });
  try {
    const source = { database: opened, clock: systemClock, log };
    const created = await operate(source, operatorActor("bench"), (op) =>
      createAccount(
        op,
        { randomBytes },
        {
          username: "bench",
          email: "bench@example.com",
          isServiceAccount: false,
          isSuperuser: true,
          roleNames: [],
          withApiToken: true,
          apiTokenName: "Bench",
          apiTokenExpiry: null,
          skipIfExisting: false,
        },
      ),
    );
    if (created.apiToken === null) throw new Error("An account that was asked for with a token has one");
    return created.apiToken;
  } finally {
    await opened.close();
  }
}

async function createPushCertificate(api: ApiClient, { pushCa }: SandboxApple): Promise<number> {
  const id = numberOf(await api.create("/api/mdm/push_certificates/", { name: "Bench" }), "id");
  const path = `/api/mdm/push_certificates/${id}/`;
  const csr = textOf(await api.read(`${path}csr/`), "csr");
  const requestDer = Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64");
  const { certificatePem } = pushCa.issuePushCertificate(requestDer);
  await api.update(`${path}certificate/`, { certificate: certificatePem });
  return id;
}

async function prepareParticipants(world: World, { metaBusinessUnitId }: Owner): Promise<Participant[]> {
  const { client, fleet, load, secretKey } = world;
  const authority = await openAuthority(client, createSealer(new Secret(secretKey)));
  const devices = await listSpreadDevices(client, fleet, load.participants);
  return certifyDevices(client, devices, { authority, metaBusinessUnitId });
}

export type Seeded = {
  readonly tables: TableFacts;
  readonly participants: readonly Participant[];
  readonly owner: Owner;
  readonly token: Secret<string>;
};

type ModeOptions = Seeded & { readonly mode: Mode };

function runMode(world: World, options: ModeOptions): Promise<Row[]> {
  const { mode, tables } = options;
  return withServer(world, options, async (served) => {
    const { connections, warmUpSeconds } = world.load;
    const warmUp = { kind: "idle", connections, seconds: warmUpSeconds, keepsConnections: true } as const;
    await served.load.run(warmUp, async () => undefined);
    const rows: Row[] = [];
    for (const workload of workloadsOf(mode)) {
      const job = await planJob(world, options, workload);
      const measured = await measure(world, { ...served, job });
      const subject = { tables, mode, workload, historyEach: world.fleet.historicCommands, artifacts: 0 };
      rows.push(rowOf(subject, measured));
      printRow(world, subject, measured);
    }
    return rows;
  });
}

type Served = { readonly server: ServerProcess; readonly load: LoadProcess };

/** Starts the server and the process of the devices, and stops them. */
export async function withServer<Result>(
  world: World,
  { mode, participants }: Pick<ModeOptions, "mode" | "participants">,
  run: (served: Served) => Promise<Result>,
): Promise<Result> {
  const server = await startMode(world, mode);
  const caPem = mode === "signature" ? world.apple.pushCa.certificatePem : null;
  const load = await startLoad({ baseUrl: server.baseUrl, mode, caPem, participants });
  try {
    return await run({ server, load });
  } finally {
    await load.close();
    await server.stop();
  }
}

/** Tells whoever waits how far the run is. */
export function printRow({ print }: World, { mode, workload }: Subject, { result }: Measured): void {
  print(`${mode}, ${workload}: ${result.requests} in ${result.seconds.toFixed(1)} s`);
}

type FleetWorkload = Exclude<Workload, DeclarativeWorkload>;

/** Connections to a proxy's back end are kept: there is no handshake to look at. */
function workloadsOf(mode: Mode): readonly FleetWorkload[] {
  return mode === "signature"
    ? ["idle", "idle_new_connection", "report", "enrollment"]
    : ["idle", "report", "enrollment"];
}

async function planJob(
  { client, load }: World,
  { participants, owner, token }: ModeOptions,
  workload: FleetWorkload,
): Promise<LoadJob> {
  const { connections } = load;
  switch (workload) {
    case "idle":
      return { kind: "idle", connections, seconds: load.idleSeconds, keepsConnections: true };
    case "idle_new_connection":
      return { kind: "idle", connections, seconds: load.idleSeconds / 2, keepsConnections: false };
    case "report": {
      const devices: readonly SeededDevice[] = participants;
      return { kind: "report", connections, orders: await seedSentCommands(client, devices, load.reports) };
    }
    case "enrollment":
      return {
        kind: "enrollment",
        count: load.enrollments,
        atOnce: load.enrollmentsAtOnce,
        token: token.reveal(),
        otaEnrollmentId: owner.otaEnrollmentId,
        seed: randomBytes(8).toString("hex"),
      };
    default:
      return workload satisfies never;
  }
}

export type Measured = {
  readonly result: LoadResult;
  readonly before: Scrape;
  readonly after: Scrape;
  readonly postgresCpuSeconds: number | null;
};

/** Runs one job between two looks at the server's figures. */
export async function measure(
  { client }: World,
  { server, load, job }: Served & { readonly job: LoadJob },
): Promise<Measured> {
  let [before, cpuBefore] = [await server.settledScrape(), await readPostgresCpu(client)];
  const result = await load.run(job, async () => {
    [before, cpuBefore] = [await server.settledScrape(), await readPostgresCpu(client)];
  });
  const cpuAfter = await readPostgresCpu(client);
  return {
    result,
    before,
    after: await server.scrape(),
    postgresCpuSeconds: spentSeconds(cpuBefore, cpuAfter),
  };
}

/** What the figures of a row are about. */
export type Subject = Pick<Row, "tables" | "historyEach" | "artifacts" | "mode" | "workload">;

const connectWorkloads: readonly Workload[] = ["idle", "idle_new_connection", "report"];

/** Makes the row of what was measured. */
export function rowOf(subject: Subject, measured: Measured): Row {
  const { result, before, after, postgresCpuSeconds } = measured;
  const door = connectWorkloads.includes(subject.workload) ? "connect" : "checkin";
  const grown = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    after.sum(name, labels) - before.sum(name, labels);
  const perRequest = (total: number): number => total / Math.max(1, result.requests);
  const stage = (name: string): number =>
    perRequest(grown("pomona_device_request_stage_seconds_sum", { door, stage: name }) * 1000);
  return {
    ...subject,
    load: result,
    perSecond: result.requests / result.seconds,
    milliseconds: {
      serverCpu: perRequest(grown("process_cpu_seconds_total") * 1000),
      postgresCpu: postgresCpuSeconds === null ? null : perRequest(postgresCpuSeconds * 1000),
      tls: perRequest(grown("pomona_tls_handshake_seconds_sum") * 1000),
      cms: stage("cms"),
      parse: stage("parse"),
      database: stage("database"),
      encode: stage("encode"),
    },
    handshakes: perRequest(grown("pomona_tls_handshake_seconds_count")),
    deviceStatements: perRequest(grown("pomona_device_statements_total")),
    allStatements: perRequest(grown("pomona_statements_total")),
    residentBytes: after.sum("process_resident_memory_bytes"),
    eventsDropped: grown("pomona_events_dropped_total"),
  };
}
