/** `pomona doctor`: gathers facts of an installation, changes nothing, and lets the rules judge them. */
import { X509Certificate } from "node:crypto";
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";
import { connect } from "node:tls";
import { builtInAuthorityName } from "#mdm/identities/authority.ts";
import { findAuthority } from "#mdm/identities/authority-store.ts";
import { openAuthorityKey } from "#mdm/identities/authority-operations.ts";
import { contextOf } from "#mdm/push/push-certificate-operations.ts";
import { listPushCertificates } from "#mdm/push/push-certificate-store.ts";
import { findPushClientMaterial } from "#mdm/push/push-request-store.ts";
import type { Config } from "#platform/config.ts";
import { type Database, openDatabase } from "#platform/db/database.ts";
import { readDatabaseFacts } from "#platform/db/database-facts.ts";
import { startEmbeddedPostgres } from "#platform/db/embedded-postgres.ts";
import { readMigrations } from "#platform/db/migrate.ts";
import type { Logger } from "#platform/log.ts";
import { loadSecretKey, secretKeyFile } from "#platform/secret-key.ts";
import { createSealer, openText, type Sealer, SealError } from "#platform/sealer.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import {
  fail,
  type Finding,
  judgeBaseUrl,
  judgeClocks,
  judgeDatabaseVersion,
  judgeDisk,
  judgeMigrations,
  judgeValidity,
  ok,
  warn,
} from "./finding.ts";

export type DoctorContext = {
  readonly config: Config;
  readonly log: Logger;
  readonly at: Date;
  readonly migrationsFolder: string;
  /** Whether to reach for Apple's push service. */
  readonly isOnline: boolean;
};

/** How long Apple's push service may take to shake hands. */
export const onlineSecondsMax = 10;
/** Most push certificates looked at; installations have a handful. */
const pushCertificatesMax = 100;

/** Looks at everything. Each part that fails is a finding, never the end of the diagnosis. */
export async function diagnose(context: DoctorContext): Promise<Finding[]> {
  const { config, isOnline } = context;
  return [
    ok("config", "Environment and configuration file are understood"),
    judgeBaseUrl(config.baseUrl),
    ...checkTls(context),
    ...checkProxy(config),
    ...checkDataFolder(config.dataFolder),
    checkSecretKey(config),
    ...(await checkDatabase(context)),
    ...(isOnline ? [await checkApns(config)] : []),
  ];
}

function checkTls({ config, at }: DoctorContext): Finding[] {
  const tls = config.tls ?? config.proxyTls;
  if (tls === null) {
    const isLocal = config.baseUrl === null || config.baseUrl.protocol === "http:";
    return isLocal ? [] : [ok("tls", "A proxy in front serves https with a certificate of its own")];
  }
  const certificate = new X509Certificate(tls.fullchainPem);
  const renewal = "Renew the TLS certificate and restart; devices refuse an expired one";
  const validity = judgeValidity(
    "tls",
    { name: "The TLS certificate", notBefore: certificate.validFromDate, notAfter: certificate.validToDate },
    { at, renewal },
  );
  const host = config.baseUrl?.hostname;
  if (host === undefined || certificate.checkHost(host) !== undefined) return [validity];
  return [
    validity,
    fail("tls", `The TLS certificate is not for ${host}`, "Use one for the host of the base URL"),
  ];
}

function checkProxy({ isMtlsProxy, trustedProxies }: Config): Finding[] {
  const everyone = trustedProxies.find((network) => network.endsWith("/0"));
  if (everyone !== undefined) {
    const advice = "Name the addresses of the proxy alone";
    return [fail("proxy", `${everyone} trusts everybody's certificate headers`, advice)];
  }
  return isMtlsProxy ? [ok("proxy", `Device certificates come from ${trustedProxies.join(", ")}`)] : [];
}

function checkDataFolder(dataFolder: string): Finding[] {
  const folder = resolve(dataFolder);
  const existing = nearestExisting(folder);
  const disk = statfsSync(existing);
  const findings = [judgeDisk(disk.bavail * disk.bsize)];
  try {
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    // Which of the rights is missing does not matter to who mends it.
    const advice = "Let the user of the server own the data folder";
    return [fail("data", `${existing} cannot be read and written`, advice), ...findings];
  }
  if (existing === folder) return [ok("data", `${folder} can be written`), ...findings];
  return [warn("data", `${folder} is not there yet`, "The first start makes it"), ...findings];
}

function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

function checkSecretKey({ secretKey, dataFolder }: Config): Finding {
  if (secretKey !== null) return ok("secret key", "POMONA_SECRET_KEY is set");
  const path = secretKeyFile(dataFolder);
  if (!existsSync(path)) return warn("secret key", `${path} is not there yet`, "The first start makes it");
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0)
    return ok("secret key", `${path} is readable by its owner alone; keep a copy apart`);
  return fail("secret key", `${path} has mode ${mode.toString(8)}`, `chmod 600 ${path}`);
}

async function checkDatabase(context: DoctorContext): Promise<Finding[]> {
  const { config, log } = context;
  if (config.databaseUrl === null && !existsSync(join(config.dataFolder, "pg18"))) {
    return [warn("database", "There is none yet", "The first start makes the embedded one")];
  }
  const close: (() => Promise<void>)[] = [];
  try {
    const server =
      config.databaseUrl === null
        ? await startEmbeddedPostgres({ dataFolder: config.dataFolder, log })
        : null;
    if (server !== null) close.push(server.stop);
    const connection = server?.connection ?? { connectionString: config.databaseUrl?.reveal() ?? "" };
    const database = openDatabase({ connection, log, connectionsMax: 1 });
    close.unshift(database.close);
    return await checkContents(context, database);
  } catch (error) {
    const detail = error instanceof Error ? error.message || error.name : String(error);
    return [
      fail("database", `It does not answer: ${detail}`, "Check DATABASE_URL, and that PostgreSQL runs"),
    ];
  } finally {
    for (const end of close) await end();
  }
}

async function checkContents(context: DoctorContext, database: Database): Promise<Finding[]> {
  const { at, config, migrationsFolder } = context;
  const facts = await readDatabaseFacts(database);
  const known = readMigrations(migrationsFolder).map(({ name }) => name);
  const migrations = judgeMigrations(facts.migrations, known);
  const findings = [judgeDatabaseVersion(facts.versionNumber), judgeClocks(at, facts.now), migrations];
  const hasKey = config.secretKey !== null || existsSync(secretKeyFile(config.dataFolder));
  // Tables of another release may lack what the checks below read.
  if (migrations.level !== "ok" || !hasKey) return findings;
  const sealer = createSealer(config.secretKey ?? loadSecretKey(config.dataFolder));
  return [
    ...findings,
    await checkAuthority(database, sealer, at),
    ...(await checkPushCertificates(database, sealer, at)),
  ];
}

const sealAdvice = "Give the secret key that this database was made with, from your backup";

async function checkAuthority(database: Database, sealer: Sealer, at: Date): Promise<Finding> {
  const row = await findAuthority(database, builtInAuthorityName);
  if (row === null) return warn("authority", "There is none yet", "The first start makes it");
  if (!opens(() => openAuthorityKey(sealer, row))) {
    return fail("authority", "Its key does not open with the secret key", sealAdvice);
  }
  const { notBefore, notAfter } = decodeCertificate(row.certificate);
  const renewal = "Enroll devices anew under a new authority";
  return judgeValidity("authority", { name: "The built-in CA", notBefore, notAfter }, { at, renewal });
}

async function checkPushCertificates(database: Database, sealer: Sealer, at: Date): Promise<Finding[]> {
  const page = { limit: pushCertificatesMax, offset: 0 };
  const { rows } = await listPushCertificates(database, {}, page);
  if (rows.length === 0) {
    return [
      warn(
        "push",
        "There is no push certificate: no device can be woken",
        "Create one, and have Apple sign its CSR",
      ),
    ];
  }
  const findings: Finding[] = [];
  for (const { id, name, notBefore, notAfter } of rows) {
    const material = await findPushClientMaterial(database, id);
    if (material === null || notBefore === null || notAfter === null) {
      findings.push(
        warn("push", `"${name}" waits for its certificate`, "Have Apple sign its CSR, and upload the answer"),
      );
    } else if (!opens(() => openText(sealer, material.privateKeySealed, contextOf(id)))) {
      findings.push(fail("push", `The key of "${name}" does not open with the secret key`, sealAdvice));
    } else {
      const renewal = "Renew it (not: create one) in Apple's portal, with the same Apple account";
      findings.push(judgeValidity("push", { name: `"${name}"`, notBefore, notAfter }, { at, renewal }));
    }
  }
  return findings;
}

function opens(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

function checkApns({ apns }: Config): Promise<Finding> {
  const { hostname, port } = apns.url;
  const advice = "Let the server reach it, on port 443 or 2197";
  return new Promise((done) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      // An address is no server name (RFC 6066, section 3).
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ALPNProtocols: ["h2"],
      ...(apns.caPem === null ? {} : { ca: apns.caPem }),
      timeout: onlineSecondsMax * 1000,
    });
    const finish = (finding: Finding): void => {
      socket.destroy();
      done(finding);
    };
    socket.once("secureConnect", () => finish(ok("apns", `${hostname} shakes hands`)));
    socket.once("timeout", () => finish(fail("apns", `${hostname} does not answer`, advice)));
    socket.once("error", (error) => finish(fail("apns", `${hostname}: ${error.message}`, advice)));
  });
}
