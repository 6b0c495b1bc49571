/** The composition root: every dependency is built here once, by hand, from top to bottom. */
import { randomBytes, randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import type pg from "pg";
import { type ApnsCredentials, createApnsClient } from "#apple/apns/apns-client.ts";
import { purgeEventsJob } from "#admin/audit/purge-events-job.ts";
import { ensureBuiltInRoles } from "#admin/roles/role-operations.ts";
import { createAuthentication } from "#admin/sessions/authentication-api.ts";
import { purgeSessionsJob } from "#admin/sessions/purge-sessions-job.ts";
import { createSessionCookie } from "#admin/sessions/session-cookie.ts";
import { ensureFirstAdministrator } from "#admin/users/account-operations.ts";
import type { TokenProvider } from "#mdm/checkin/checkin-operations.ts";
import { checkinRoute } from "#mdm/checkin/checkin-route.ts";
import { connectRoute } from "#mdm/checkin/connect-route.ts";
import { createCertificateCache } from "#mdm/checkin/device-authentication-operations.ts";
import { createRenewalPolicy } from "#mdm/checkin/scep-renewal-operations.ts";
import { bulkCommandJobs } from "#mdm/commands/bulk-command-job.ts";
import { readArguments } from "#mdm/commands/command-arguments-api.ts";
import { maintainCommandHistoryJob } from "#mdm/commands/command-history-job.ts";
import { prepareHistory } from "#mdm/commands/command-history-operations.ts";
import { endOverdueCommandsJob } from "#mdm/commands/end-overdue-commands-job.ts";
import { createDeviceActivity } from "#mdm/devices/device-activity-buffer.ts";
import { isSerialBlocked } from "#mdm/devices/device-operations.ts";
import { enrollmentLinkRoute } from "#mdm/enrollments/enrollment-link-route.ts";
import { otaRoutes } from "#mdm/enrollments/ota-route.ts";
import { deleteUnusedFilesJob } from "#mdm/files/delete-unused-files-job.ts";
import { ensureAuthority, ensureBuiltInScepIssuer } from "#mdm/identities/authority-operations.ts";
import { purgeScepChallengesJob } from "#mdm/identities/purge-scep-challenges-job.ts";
import { createScepChallengeSender } from "#mdm/identities/scep-backends/scep-challenge-sender.ts";
import { scepRoute } from "#mdm/identities/scep-route.ts";
import { readExtraAnchors } from "#mdm/identities/verify-device-certificate.ts";
import { ensureDefaultBusinessUnit } from "#mdm/inventory/meta-business-unit-operations.ts";
import { createPushCertificateCheck } from "#mdm/push/push-certificate-check-operations.ts";
import { createPushCsrSigner, type SignPushCsr } from "#mdm/push/push-csr-signer.ts";
import { requestPush } from "#mdm/push/push-operations.ts";
import { wakePacing } from "#mdm/push/push-request.ts";
import { wakeSilentDevicesJob } from "#mdm/push/wake-silent-devices-job.ts";
import { startPushSender } from "#mdm/push/push-sender.ts";
import { createChangeStream } from "#mdm/overview/change-buffer.ts";
import { noteDesiredStateChange } from "#mdm/reconcile/desired-state-operations.ts";
import { downloadRoutes } from "#mdm/reconcile/download-route.ts";
import { type Clock, systemClock } from "#platform/clock.ts";
import type { Config } from "#platform/config.ts";
import { type Database, openDatabase } from "#platform/db/database.ts";
import { EmbeddedPostgresError, startEmbeddedPostgres } from "#platform/db/embedded-postgres.ts";
import { migrate, readMigrations } from "#platform/db/migrate.ts";
import { createEventBuffer } from "#platform/events/event-buffer.ts";
import type { BoundEndpoint } from "#platform/http/endpoint.ts";
import { findFreePort } from "#platform/http/free-port.ts";
import { createHttpServer } from "#platform/http/http-server.ts";
import type { RawRoute } from "#platform/http/raw-route.ts";
import { migrateJobs, startJobRunner } from "#platform/jobs/job-runner.ts";
import { purgeTaskResultsJob } from "#platform/jobs/purge-task-results-job.ts";
import type { Logger } from "#platform/log.ts";
import { operate, operatorActor, type OperationSource } from "#platform/operation.ts";
import { createOperationGroup } from "#platform/operation-group.ts";
import { createSealer, SealError } from "#platform/sealer.ts";
import { loadSecretKey } from "#platform/secret-key.ts";
import type { Secret } from "#platform/secret.ts";
import { removeAbandonedFiles } from "#platform/storage/incoming-file.ts";
import { incomingFolderName } from "#platform/storage/local-storage.ts";
import { createTokenSigner } from "#platform/signed-token.ts";
import { publicMdmPath } from "#protocol/profile/device-urls.ts";
import { appleDeviceCaAnchors, type DeviceCaAnchor } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificateChain, encodeCertificateChain } from "#protocol/x509/pem.ts";
import { bareListPaths, bindApi, listApiPermissions } from "./api.ts";
import { composeReconcile } from "./compose-reconcile.ts";
import { createMeters, noMeters } from "./metrics.ts";
import { openFiles } from "./open-files.ts";
import { provision } from "./provision.ts";
import { version } from "./version.ts";

/** Where this installation's migrations are. */
export const migrationsFolder = join(import.meta.dirname, "..", "migrations");

/** What a process stands on: the database, up to date, and how operations are made. */
export type Foundation = {
  readonly source: OperationSource;
  readonly database: Database;
  /** Where the data is, in words. */
  readonly dataDescription: string;
  readonly close: () => Promise<void>;
};

export type FoundationOptions = {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Refuses an embedded database that another process of ours will stop. */
  readonly needsOwnDatabase: boolean;
};

/** Opens the database, embedded or not, and runs the migrations. */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { config, log, clock = systemClock } = options;
  const server = await startServer(options);
  const database = openDatabase({ connection: server.connection, log });
  const source = { database, clock, log };
  const close = async (): Promise<void> => {
    await database.close();
    await server.stop();
  };
  try {
    const ran = await migrate(database.pool, readMigrations(migrationsFolder), clock.now());
    if (ran.length > 0) log.info({ migrations: ran }, "The database was migrated");
    await migrateJobs(source);
  } catch (error) {
    await close();
    throw databaseProblem(error, config);
  }
  return { source, database, dataDescription: server.description(config), close };
}

/** What a server that somebody else runs refuses, or cannot be asked, is told as a problem of its address. */
function databaseProblem(error: unknown, { databaseUrl }: Config): unknown {
  const isFromServer = typeof (error as NodeJS.ErrnoException).code === "string";
  if (databaseUrl === null || !isFromServer) return error;
  return new Error("Cannot use the database of DATABASE_URL", { cause: error });
}

async function startServer({ config, log, needsOwnDatabase }: FoundationOptions): Promise<{
  readonly connection: pg.PoolConfig;
  readonly description: (config: Config) => string;
  readonly stop: () => Promise<void>;
}> {
  if (config.databaseUrl !== null) {
    return {
      connection: { connectionString: config.databaseUrl.reveal() },
      description: ({ dataFolder }) => `DATABASE_URL, and the secret key in ${resolve(dataFolder)}`,
      stop: async () => undefined,
    };
  }
  const server = await startEmbeddedPostgres({ dataFolder: config.dataFolder, log });
  if (needsOwnDatabase && !server.isOwner) {
    throw new EmbeddedPostgresError(`Another Pomona runs on "${config.dataFolder}"; stop it first`);
  }
  return {
    connection: server.connection,
    description: ({ dataFolder }) => resolve(dataFolder),
    stop: server.stop,
  };
}

export type AppOptions = {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Whose devices may enroll over the air: Apple's, unless the sandbox plays Apple. */
  readonly deviceCaAnchors?: readonly DeviceCaAnchor[];
  /** True in tests: an answer that its schema does not promise becomes a 500. */
  readonly checksAnswers?: boolean;
  /** The folder of the console's files; nothing is served without. */
  readonly consoleFolder?: string | null;
  /** Who issues the tokens that devices ask for; nobody yet. */
  readonly tokenProviders?: readonly TokenProvider[];
};

export type App = {
  readonly baseUrl: URL;
  readonly foundation: Foundation;
  readonly endpoints: readonly BoundEndpoint[];
  /** The administrator made at this start; null when there were accounts already. */
  readonly firstAdministrator: { readonly username: string; readonly oneTimePassword: Secret<string> } | null;
  /** Sends due pushes now, and waits for it. */
  readonly drainPushes: () => Promise<void>;
  /** Writes what is buffered: events of refused and idle requests, and when devices were last seen. */
  readonly flush: () => Promise<void>;
  /** Statements sent so far by the doors of devices alone: what their budgets count, whatever else is at work. */
  readonly deviceStatementCount: () => number;
  readonly close: () => Promise<void>;
};

/** Starts the whole server; it must be closed. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const foundation = await openFoundation({ ...options, needsOwnDatabase: true });
  try {
    return await serve(options, foundation);
  } catch (error) {
    log.debug({ err: error }, "The start failed");
    await foundation.close();
    throw new Error(`Cannot start on ${config.listen.host}:${config.listen.port}`, { cause: error });
  }
}

async function serve(options: AppOptions, foundation: Foundation): Promise<App> {
  const { config, log } = options;
  const { source, database } = foundation;
  const { host, port } = config.listen;
  // The address is part of profiles and of the SCEP issuer, so port 0 is resolved before anything is built.
  const listen = { host, port: port === 0 ? await findFreePort(host) : port };
  const baseUrl = config.baseUrl ?? localUrl(config, listen.port);
  const secretKey = config.secretKey ?? loadSecretKey(config.dataFolder);
  const sealer = createSealer(secretKey);
  const eventBuffer = createEventBuffer(database, log);
  const deviceActivity = createDeviceActivity(database, log);

  // What devices see, whoever serves with it.
  const publicTls = config.tls ?? config.proxyTls;
  const start = await operate(source, operatorActor("serve"), async (op) => {
    const material = await ensureAuthority(op, { sealer, randomBytes, tls: publicTls }).catch(explainSeal);
    await ensureBuiltInScepIssuer(op, baseUrl);
    await ensureDefaultBusinessUnit(op);
    await ensureBuiltInRoles(op, listApiPermissions());
    return { ...material, firstAdministrator: await ensureFirstAdministrator(op, { randomBytes }) };
  });
  const { authority, profileSigner, firstAdministrator } = start;
  await prepareHistory((work) => operate(source, operatorActor("serve"), work), log);
  await provision({ config, source, sealer });

  const secretDeps = { sealer, randomBytes, eventBuffer };
  const profileDeps = {
    ...secretDeps,
    baseUrl,
    deviceBaseUrl: config.isMtlsProxy ? (config.mtlsBaseUrl ?? baseUrl) : baseUrl,
    isMtlsProxy: config.isMtlsProxy,
    rootCaPem: config.mdm.distributesTlsChain && publicTls ? rootOf(publicTls.fullchainPem) : null,
    profileSigner,
    randomUuid: randomUUID,
    fetchScepChallenge: createScepChallengeSender({ log }),
  };
  const deviceSource = { ...source, database: database.counted() };
  const { metricsBearerToken } = config;
  const measured = { source, deviceDatabase: deviceSource.database, eventBuffer };
  const meters = metricsBearerToken === null ? noMeters : createMeters(measured);
  const { scepCaFullchainPem } = config.mdm;
  const extraAnchors = scepCaFullchainPem === null ? [] : readExtraAnchors(scepCaFullchainPem);
  const { storage, openRemoteFile } = openFiles(config);
  await removeAbandonedFiles(join(config.dataFolder, "files", incomingFolderName), source.clock.now());
  const reconcile = composeReconcile({
    profileDeps,
    tokenSigner: createTokenSigner(secretKey),
    database: deviceSource.database,
    meterDeps: meters.reconcile,
  });
  const { planDeps, commandDeps } = reconcile;
  const doorDeps = {
    ...profileDeps,
    ...reconcile.doorDeps,
    source: deviceSource,
    authority,
    extraAnchors,
    operationGroup: createOperationGroup(deviceSource),
    stopwatchOf: meters.stopwatchOf,
    importCertificate: createCertificateCache(),
    deviceActivity,
  };
  const sessionCookie = createSessionCookie(baseUrl);
  const changeStream = createChangeStream(source);
  const openApnsClient = (credentials: ApnsCredentials) =>
    createApnsClient({ ...credentials, ...config.apns });
  const endpoints = bindApi({
    sessionCookie,
    version,
    ...profileDeps,
    ...planDeps,
    ...commandDeps,
    signPushCsr: signerOf(config, baseUrl),
    requestPush,
    noteDesiredStateChange,
    changeStream,
    checkPushCertificate: createPushCertificateCheck({ sealer, randomBytes, openApnsClient }),
    tlsExpiresAt: publicTls ? expiryOf(publicTls.fullchainPem) : null,
    source,
    fileStorage: storage,
    openRemoteFile,
    fileBytesMax: config.storage.fileBytesMax,
  });
  const rawRoutes: RawRoute[] = [
    scepRoute({ ...secretDeps, source, authority, renewalPolicy: createRenewalPolicy(secretDeps) }),
    enrollmentLinkRoute({ ...profileDeps, source }),
    ...otaRoutes({
      ...profileDeps,
      source,
      authority,
      extraAnchors,
      isSerialBlocked,
      deviceCaAnchors: options.deviceCaAnchors ?? appleDeviceCaAnchors,
    }),
    checkinRoute({ ...doorDeps, tokenProviders: options.tokenProviders ?? [] }),
    connectRoute(doorDeps),
    ...downloadRoutes({ ...reconcile.renderDeps, source, eventBuffer, storage }),
  ];
  const http = createHttpServer({
    source,
    endpoints,
    rawRoutes: config.mdm.mountsLegacyPublicEndpoints ? withLegacyPaths(rawRoutes) : rawRoutes,
    authenticate: createAuthentication(source, sessionCookie),
    trustedProxies: config.trustedProxies,
    baseUrl: config.baseUrl,
    tls: config.tls,
    listMode: config.listMode,
    bareListPaths,
    checksAnswers: options.checksAnswers ?? false,
    consoleFolder: options.consoleFolder ?? null,
    metrics: metricsBearerToken === null ? null : { token: metricsBearerToken, render: meters.render },
    ...(meters.observeRequest === null ? {} : { observe: meters.observeRequest }),
    ...(meters.observeHandshake === null ? {} : { observeHandshake: meters.observeHandshake }),
  });
  const pacing = wakePacing(config.mdm.pushPacing);
  const pushSender = startPushSender({
    source,
    sealer,
    openApnsClient,
    throttle: config.mdm.pushPacing,
    pacing,
    countPush: meters.countPush,
  });
  const jobs = await startJobRunner(source, [
    purgeScepChallengesJob,
    purgeTaskResultsJob,
    purgeSessionsJob,
    deleteUnusedFilesJob(storage),
    endOverdueCommandsJob,
    ...bulkCommandJobs({ sealer, readArguments }),
    wakeSilentDevicesJob(pacing),
    ...reconcile.jobs,
    purgeEventsJob(config.eventsRetentionDays),
    maintainCommandHistoryJob(config.historyRetentionDays),
  ]);
  const close = async (): Promise<void> => {
    await changeStream.close();
    await http.close();
    await pushSender.close();
    await jobs.close();
    await deviceActivity.close();
    await eventBuffer.close();
    await foundation.close();
  };
  try {
    await http.listen(listen);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    baseUrl,
    foundation,
    endpoints,
    firstAdministrator,
    drainPushes: pushSender.drain,
    flush: async () => {
      await deviceActivity.flush();
      await eventBuffer.flush();
    },
    deviceStatementCount: deviceSource.database.statementCount,
    close,
  };
}

function signerOf({ mdm }: Config, baseUrl: URL): SignPushCsr | null {
  return mdm.pushCsrSigner && createPushCsrSigner({ url: mdm.pushCsrSigner.url, fqdn: baseUrl.hostname });
}

/** Devices that enrolled before the public URLs moved still use the old ones (protocol 0.3). */
function withLegacyPaths(routes: readonly RawRoute[]): RawRoute[] {
  const moved = routes.filter(({ path }) => path.startsWith(publicMdmPath));
  return [
    ...routes,
    ...moved.map((route) => ({ ...route, path: route.path.replace(publicMdmPath, "/mdm/") })),
  ];
}

/** The authority's key is the first thing opened: when it does not open, nothing will. */
function explainSeal(error: unknown): never {
  if (!(error instanceof SealError)) throw error;
  const advice = "restore POMONA_SECRET_KEY or the secret.key of the data folder from the backup";
  throw new WrongSecretKey(`The secret key is not the one this database was sealed with; ${advice}`, {
    cause: error,
  });
}

/** The installation's secret key is another one than its database knows. */
class WrongSecretKey extends Error {
  readonly code = "secret_key_wrong";
}

function localUrl(config: Config, port: number): URL {
  const host = config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host;
  const reachable = ["0.0.0.0", "[::]"].includes(host) ? "localhost" : host;
  return new URL(`${config.tls === null ? "http" : "https"}://${reachable}:${port}`);
}

function expiryOf(fullchainPem: string): Date | null {
  return decodeCertificateChain(fullchainPem)[0]?.notAfter ?? null;
}

function rootOf(fullchainPem: string): string | null {
  const root = decodeCertificateChain(fullchainPem).at(-1);
  return root === undefined ? null : encodeCertificateChain([root]);
}
