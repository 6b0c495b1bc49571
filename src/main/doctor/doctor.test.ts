import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPushCertificate, uploadPushCertificate } from "#mdm/push/push-certificate-operations.ts";
import { ensureAuthority } from "#mdm/identities/authority-operations.ts";
import { type Config, readConfig } from "#platform/config.ts";
import { sql } from "#platform/db/sql.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { aCa, anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import { runPomona } from "../../../test/tools/pomona-process.ts";
import { certificatePem, privateKeyPem, pushIdentity, useTestApns } from "../../../test/tools/push-world.ts";
import { repository } from "../../../test/tools/source-tree.ts";
import { connectionUrl } from "../../../test/tools/test-app.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { diagnose } from "./doctor.ts";
import type { Finding } from "./finding.ts";

const world = useTestDatabase();
const apns = useTestApns();
const secretKey = new Secret(randomBytes(32));
const sealer = createSealer(secretKey);
const now = new Date();
let folder = "";
let config: Config;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pomona-doctor-"));
  world.clock.set(now);
  await world.testOperation((op) => ensureAuthority(op, { sealer, randomBytes, tls: null }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  config = {
    ...readConfig({}, () => ""),
    databaseUrl: new Secret(connectionUrl(world.connection)),
    dataFolder: folder,
    secretKey,
    baseUrl: new URL("https://mdm.example.com"),
  };
  await world.testOperation((op) => op.tx.run(sql`delete from push_certificates`));
});

async function examine(changes: Partial<Config> = {}): Promise<Finding[]> {
  return diagnose({
    config: { ...config, ...changes },
    log: world.log,
    // Not when this file was read: it is compared with the clock of the database.
    at: new Date(),
    migrationsFolder: join(repository, "migrations"),
    isOnline: false,
  });
}

async function about(subject: string, changes: Partial<Config> = {}): Promise<string> {
  const found = (await examine(changes)).filter((finding) => finding.subject === subject);
  return found.map(({ level, detail }) => `${level}: ${detail}`).join("\n");
}

async function aPushCertificate(notAfter: Date): Promise<void> {
  const identity = pushIdentity(undefined, { notAfter });
  await world.testOperation(async (op) => {
    const { id } = await createPushCertificate(op, { sealer }, { name: "Main" });
    const upload = {
      certificate: certificatePem(identity),
      privateKey: new Secret(privateKeyPem(identity)),
      password: null,
    };
    await uploadPushCertificate(op, { sealer }, { id, upload });
  });
}

describe("doctor", () => {
  test("finds nothing to mend in a whole installation", async () => {
    await aPushCertificate(new Date("2039-01-01T00:00:00Z"));
    const findings = await examine();
    expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
    expect(findings.map(({ subject }) => subject)).toEqual([
      "config",
      "address",
      "tls",
      "data",
      "disk",
      "secret key",
      "database",
      "clock",
      "migrations",
      "authority",
      "push",
    ]);
  });

  test("tells a secret key that is not the one of the database", async () => {
    await aPushCertificate(new Date("2039-01-01T00:00:00Z"));
    const other = { secretKey: new Secret(randomBytes(32)) };
    expect(await about("authority", other)).toContain("fail: Its key does not open");
    expect(await about("push", other)).toContain('fail: The key of "Main" does not open');
  });

  test("tells when there is no push certificate, when one waits, and when one ends", async () => {
    expect(await about("push")).toContain("warn: There is no push certificate");
    await world.testOperation((op) => createPushCertificate(op, { sealer }, { name: "Waiting" }));
    expect(await about("push")).toContain('warn: "Waiting" waits');
    await aPushCertificate(new Date(now.getTime() + 10 * 86_400_000));
    expect(await about("push")).toMatch(/warn: "Main" expires on .*, in (9|10) days/);
  });

  test("tells a database that does not answer, and one that is not made yet", async () => {
    const absent = new Secret("postgresql://nobody@127.0.0.1:9/none");
    expect(await about("database", { databaseUrl: absent })).toContain("fail: It does not answer");
    expect(await about("database", { databaseUrl: null })).toContain("warn: There is none yet");
  });

  test("tells a key file that others may read", async () => {
    const data = mkdtempSync(join(tmpdir(), "pomona-doctor-"));
    const path = join(data, "secret.key");
    writeFileSync(path, `${secretKey.reveal().toString("base64")}\n`);
    chmodSync(path, 0o644);
    expect(await about("secret key", { secretKey: null, dataFolder: data })).toContain("has mode 644");
    chmodSync(path, 0o600);
    expect(await about("secret key", { secretKey: null, dataFolder: data })).toMatch(/^ok/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    rmSync(data, { recursive: true });
  });

  test("tells a TLS certificate that ended, and one for another host", async () => {
    const server = (notAfter: Date, host: string) => {
      const leaf = anIdentity(aCa(rsaKey("doctor ca")), rsaKey("doctor tls"), {
        commonName: host,
        alternativeNames: [{ kind: "dns", value: host }],
        notAfter,
      });
      return { tls: { fullchainPem: certificatePem(leaf), keyPem: new Secret(privateKeyPem(leaf)) } };
    };
    expect(await about("tls", server(new Date("2039-01-01"), "mdm.example.com"))).toMatch(
      /^ok: .* valid until/,
    );
    expect(await about("tls", server(new Date("2021-01-01"), "mdm.example.com"))).toContain("fail: The TLS");
    expect(await about("tls", server(new Date("2039-01-01"), "other.example.com"))).toContain(
      "fail: The TLS certificate is not for mdm.example.com",
    );
  });

  test("tells a proxy that is everybody", async () => {
    const proxied = { isMtlsProxy: true, trustedProxies: ["10.0.0.1", "0.0.0.0/0"] };
    expect(await about("proxy", proxied)).toContain("fail: 0.0.0.0/0 trusts everybody");
  });

  test("reaches for the push service only when asked", async () => {
    const reach = async (url: URL, caPem: string | null): Promise<Finding | undefined> => {
      const context = { log: world.log, at: now, migrationsFolder: join(repository, "migrations") };
      const found = await diagnose({
        ...context,
        config: { ...config, apns: { url, caPem } },
        isOnline: true,
      });
      return found.find(({ subject }) => subject === "apns");
    };
    expect((await examine()).some(({ subject }) => subject === "apns")).toBe(false);
    expect(await reach(new URL(apns.url), apns.caPem)).toMatchObject({ level: "ok" });
    expect(await reach(new URL(apns.url), null)).toMatchObject({ level: "fail" });
    expect(await reach(new URL("https://127.0.0.1:9"), null)).toMatchObject({ level: "fail" });
  });
});

describe("pomona doctor", () => {
  test("looks at an empty place without making anything, and exits with 0", async () => {
    const empty = mkdtempSync(join(tmpdir(), "pomona-doctor-"));
    const env = { POMONA_DATA: join(empty, "data") };
    const { code, output } = await runPomona({ args: ["doctor", "--json"], env });
    expect(code).toBe(0);
    const { findings } = JSON.parse(output) as { findings: Finding[] };
    expect(findings.map(({ level }) => level)).not.toContain("fail");
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
  });

  test("exits with 1 and says what to mend", async () => {
    const { code, output } = await runPomona({ args: ["doctor"], env: { POMONA_LISTEN: "nowhere" } });
    expect(code).toBe(1);
    expect(output).toContain("fail  config  POMONA_LISTEN: must be host:port");
    expect(output).toContain("0 ok, 0 to look at, 1 to mend");
  });
});
