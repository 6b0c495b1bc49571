/** The real server as a process of its own on a test's database, with Apple played beside it: for tests that break things. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccount } from "../../src/admin/users/account-operations.ts";
import { createSimulatedWorld, type SimulatedWorld } from "../../src/sandbox/devices/simulated-world.ts";
import { type ApiClient, createApiClient, numberOf, textOf } from "../../src/sandbox/simulate/api-client.ts";
import { type SandboxApple, startSandboxApple } from "../../src/sandbox/simulate/sandbox-apple.ts";
import { findFreePort } from "./free-port.ts";
import { type PomonaProcess, startPomona } from "./pomona-process.ts";
import { connectionUrl } from "./test-app.ts";
import type { TestDatabase } from "./test-database.ts";

export type ServedProcess = {
  readonly apple: SandboxApple;
  readonly world: SimulatedWorld;
  /** Where it serves. */
  readonly baseUrl: string;
  readonly api: ApiClient;
  readonly enrollmentId: number;
  /** The process that serves now. */
  readonly process: () => PomonaProcess;
  /** Starts it again at the same address, after it ended. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What the server is started on. */
export type ServedDatabase = Pick<TestDatabase, "connection" | "testOperation">;

/** Starts a server and prepares an enrollment; the caller closes it. */
export async function startServedProcess(database: ServedDatabase): Promise<ServedProcess> {
  const folder = mkdtempSync(join(tmpdir(), "pomona-served-"));
  const [apple, port] = await Promise.all([startSandboxApple(), findFreePort()]);
  const caFile = join(folder, "apns-ca.pem");
  writeFileSync(caFile, apple.pushCa.certificatePem);
  const env = {
    DATABASE_URL: connectionUrl(database.connection),
    POMONA_DATA: folder,
    POMONA_LISTEN: `127.0.0.1:${port}`,
    POMONA_APNS_URL: apple.apns.url.href,
    POMONA_APNS_CA: caFile,
    POMONA_SECRET_KEY: randomBytes(32).toString("base64"),
    POMONA_LOG_LEVEL: "error",
  };
  const start = async (): Promise<PomonaProcess> => {
    // Without the guard in front: what is killed is the server itself.
    const started = startPomona({ args: ["serve"], env, isDirect: true });
    await started.printed(/ serves http:\S+/);
    return started;
  };
  let process = await start();
  const world = await createSimulatedWorld({
    deviceCa: apple.deviceCa,
    seed: randomBytes(4).toString("hex"),
  });
  const baseUrl = `http://localhost:${port}`;
  const api = createApiClient(baseUrl, await createToken(database), world.transport);
  return {
    apple,
    world,
    baseUrl,
    api,
    enrollmentId: await createEnrollment(api, apple),
    process: () => process,
    restart: async () => {
      process = await start();
    },
    close: async () => {
      world.transport.close();
      await process.stop();
      await apple.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function createToken(database: ServedDatabase) {
  const wanted = {
    username: "breaker",
    email: "breaker@example.com",
    isServiceAccount: false,
    isSuperuser: true,
    roleNames: [],
    withApiToken: true,
    apiTokenName: "test",
    apiTokenExpiry: null,
    skipIfExisting: false,
  };
  const { apiToken } = await database.testOperation((op) => createAccount(op, { randomBytes }, wanted));
  if (apiToken === null) throw new Error("An account that was asked for with a token has one");
  return apiToken;
}

async function createEnrollment(api: ApiClient, { pushCa }: SandboxApple): Promise<number> {
  const { id } = await api.create("/api/mdm/push_certificates/", { name: "Push" });
  const path = `/api/mdm/push_certificates/${String(id)}/`;
  const csr = textOf(await api.read(`${path}csr/`), "csr");
  const issued = pushCa.issuePushCertificate(Buffer.from(csr.replace(/-----[^-]+-----/g, ""), "base64"));
  await api.update(`${path}certificate/`, { certificate: issued.certificatePem });
  const unit = await api.create("/api/inventory/meta_business_units/", { name: "Unit" });
  const [issuer] = await api.list("/api/mdm/scep_issuers/");
  const enrollment = await api.create("/api/mdm/ota_enrollments/", {
    name: "Enrollment",
    push_certificate: id,
    scep_issuer: issuer?.["id"],
    enrollment_secret: { meta_business_unit: numberOf(unit, "id") },
  });
  return numberOf(enrollment, "id");
}
