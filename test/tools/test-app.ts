/** The whole server in this process, on a database of its own, beside the sandbox that plays Apple. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { pino } from "pino";
import { createAccount } from "../../src/admin/users/account-operations.ts";
import { type App, startApp } from "../../src/app.ts";
import { type MovableClock, movableClock } from "../../src/platform/clock.ts";
import { type Config, readConfig } from "../../src/platform/config.ts";
import type { Logger } from "../../src/platform/log.ts";
import { operate, operatorActor } from "../../src/platform/operation.ts";
import { Secret } from "../../src/platform/secret.ts";
import { deviceCaAnchorOf } from "../../src/protocol/x509/apple-device-ca.ts";
import type { TokenProvider } from "#mdm/checkin/checkin-operations.ts";
import { decodeCertificate } from "../../src/protocol/x509/certificate.ts";
import { type SandboxApple, startSandboxApple } from "../../src/sandbox/simulate/sandbox-apple.ts";
import { findFreePort } from "./free-port.ts";
import { createTestDatabase } from "./test-database.ts";

export type TestApp = {
  readonly app: App;
  readonly apple: SandboxApple;
  /** The server's clock; it begins at the real time, because the sandbox lives in it. */
  readonly clock: MovableClock;
  /** An API token of a superuser. */
  readonly token: Secret<string>;
  /** A folder for files of the test, gone afterwards. */
  readonly folder: string;
  readonly close: () => Promise<void>;
};

export type TestAppOptions = {
  readonly tokenProviders?: readonly TokenProvider[];
  /** Changes of the configuration that an empty environment gives. */
  readonly config?: Partial<Config>;
  /** The folder of the built console; without it only the API answers. */
  readonly consoleFolder?: string;
  /** Where the server logs to; by default nowhere. */
  readonly log?: Logger;
};

/** Starts the server on a free port of loopback; the caller closes it. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), "pomona-app-"));
  const [database, apple] = await Promise.all([createTestDatabase(), startSandboxApple()]);
  const clock = movableClock(new Date());
  const log = options.log ?? pino({ level: process.env["POMONA_TEST_LOG"] ?? "silent" });
  const app = await startApp({
    config: {
      ...readConfig({}, () => ""),
      databaseUrl: new Secret(connectionUrl(database.connection)),
      dataFolder: folder,
      listen: { host: "127.0.0.1", port: await findFreePort() },
      apns: { url: apple.apns.url, caPem: apple.pushCa.certificatePem },
      secretKey: new Secret(randomBytes(32)),
      ...options.config,
    },
    log,
    clock,
    checksAnswers: true,
    tokenProviders: options.tokenProviders ?? [],
    consoleFolder: options.consoleFolder ?? null,
    deviceCaAnchors: [deviceCaAnchorOf(decodeCertificate(apple.deviceCa.deviceCa))],
  });
  return {
    app,
    apple,
    clock,
    token: await createSuperuserToken(app),
    folder,
    close: async () => {
      await app.close();
      await apple.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function createSuperuserToken(app: App): Promise<Secret<string>> {
  const created = await operate(app.foundation.source, operatorActor("test"), (op) =>
    createAccount(
      op,
      { randomBytes },
      {
        username: "root",
        email: "root@example.com",
        isServiceAccount: false,
        isSuperuser: true,
        roleNames: [],
        withApiToken: true,
        apiTokenName: "test",
        apiTokenExpiry: null,
        skipIfExisting: false,
      },
    ),
  );
  if (created.apiToken === null) throw new Error("An account that was asked for with a token has one");
  return created.apiToken;
}

/** The address of a test database, for `DATABASE_URL`. */
export function connectionUrl(connection: pg.ClientConfig): string {
  if (connection.connectionString !== undefined) return connection.connectionString;
  const { host = "", user = "", password = "", database = "" } = connection;
  const query = new URLSearchParams({ host, user, password: String(password) });
  return `postgresql:///${database}?${query.toString()}`;
}
