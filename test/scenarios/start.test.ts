/** The program as it is installed and run: its first start, its second, its commands beside it, and its ends. */
import { X509Certificate, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { Secret } from "#platform/secret.ts";
import { bytesAt } from "#protocol/plist/access.ts";
import { openProfile } from "#sandbox/devices/configuration-profile.ts";
import { createTransport } from "#sandbox/devices/transport.ts";
import { createApiClient, numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { type SandboxApple, startSandboxApple } from "#sandbox/simulate/sandbox-apple.ts";
import { dropDatabase } from "../tools/drop-database.ts";
import { copyInstallation } from "../tools/installed-copy.ts";
import {
  type PomonaOptions,
  type PomonaProcess,
  isRunning,
  runPomona,
  startPomona,
} from "../tools/pomona-process.ts";
import { repository } from "../tools/source-tree.ts";
import { connectionUrl } from "../tools/test-app.ts";
import { withDatabase } from "../tools/test-world.ts";

const readText = (path: string): string => readFileSync(path, "utf8");
const serves = /^Pomona \S+ serves (\S+)\/$/m;
const loopback = { POMONA_LISTEN: "127.0.0.1:0", POMONA_LOG_LEVEL: "warn" };

/** Servers of a test that failed must not outlive it. */
const started: PomonaProcess[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

function start(options: PomonaOptions): PomonaProcess {
  const server = startPomona(options);
  started.push(server);
  return server;
}

/** A folder that the database's own user can pass through. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pomona-start-"));
  chmodSync(folder, 0o755);
  return folder;
}

async function addressOf(server: PomonaProcess): Promise<string> {
  return (await server.printed(serves))[1] ?? "";
}

function postmasterPid(dataFolder: string): number {
  return Number(readText(join(dataFolder, "pg18", "postmaster.pid")).split("\n")[0]);
}

async function statusOf(url: string, token?: string): Promise<number> {
  const headers = token === undefined ? undefined : { authorization: `Token ${token}` };
  const response = await fetch(url, headers === undefined ? {} : { headers });
  await response.body?.cancel();
  return response.status;
}

describe("on the embedded database", () => {
  const folder = newFolder();
  const data = join(folder, "data");
  const env = { ...loopback, POMONA_DATA: data };
  let token = "";
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the first start says where it is, who may enter, where the data is, and what to do next", async () => {
    const server = start({ args: ["serve"], env });
    const address = await addressOf(server);
    await server.printed(/^First administrator: admin, one-time password: \S{16,}$/m);
    await server.printed(/^An API token: npx pomona user create .* --with-api-token$/m);
    expect(server.output().split("\n")).toContain(`Data: ${data}`);
    expect(await statusOf(`${address}/healthz`)).toBe(200);
    expect(await statusOf(`${address}/readyz`)).toBe(200);
    expect(await statusOf(`${address}/api/mdm/devices/`)).toBe(401);

    // Beside the running server, as its first lines advise.
    const args = ["user", "create", "me", "me@example.com", "--superuser", "--with-api-token", "--json"];
    const created = await runPomona({ args, env });
    expect(created).toMatchObject({ code: 0, errors: "" });
    const account = JSON.parse(created.output) as Readonly<Record<string, unknown>>;
    expect(account).toMatchObject({
      username: "me",
      superuser: true,
      created: true,
      api_token_created: true,
    });
    token = String(account["api_token"]);
    expect(await statusOf(`${address}/api/mdm/devices/`, token)).toBe(200);

    const again = await runPomona({ args: [...args, "--skip-if-existing"], env });
    expect(again.code, again.errors).toBe(0);
    expect(JSON.parse(again.output)).toMatchObject({ created: false, api_token: null });
    const refused = await runPomona({ args, env });
    expect(refused).toMatchObject({ code: 1, output: "" });
    expect(refused.errors.split("\n")).toEqual([
      "username: user with this username already exists.",
      "email: user with this email already exists.",
      "",
    ]);

    const second = await runPomona({ args: ["serve"], env });
    expect(second).toMatchObject({ code: 1, output: "" });
    expect(second.errors).toBe(`Another Pomona runs on "${data}"; stop it first\n`);
    expect(await statusOf(`${address}/readyz`)).toBe(200);

    const postmaster = postmasterPid(data);
    expect(isRunning(postmaster, readText)).toBe(true);
    const { code, errors } = await server.stop("SIGTERM");
    expect([code, errors]).toEqual([0, ""]);
    expect(isRunning(postmaster, readText)).toBe(false);
  });

  test("a second start finds its data; after a crash the next one adopts the database", async () => {
    // Without the guard: it is the server itself that is killed.
    const crashed = start({ args: ["serve"], env, isDirect: true });
    const address = await addressOf(crashed);
    expect(await statusOf(`${address}/api/mdm/devices/`, token)).toBe(200);
    expect(crashed.output()).not.toContain("password");
    const postmaster = postmasterPid(data);
    await crashed.stop("SIGKILL");
    expect(isRunning(postmaster, readText)).toBe(true);

    const next = start({ args: ["serve"], env });
    expect(await statusOf(`${await addressOf(next)}/api/mdm/devices/`, token)).toBe(200);
    expect(next.output()).not.toContain("password");
    expect(postmasterPid(data)).toBe(postmaster);
    const { code } = await next.stop("SIGINT");
    expect(code).toBe(0);
    expect(isRunning(postmaster, readText)).toBe(false);
  });
});

describe("as a user without privileges", () => {
  const folder = newFolder();
  const isRoot = process.getuid?.() === 0;
  const user = { uid: 65_534, gid: 65_534 };
  // Nobody's processes may not come back to haunt the removal.
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the program starts from a folder of its own, and its database with it", async () => {
    const installation = join(folder, "installed");
    const node = copyInstallation(installation);
    const home = join(folder, "home");
    mkdirSync(home);
    if (isRoot) chownSync(home, user.uid, user.gid);
    const server = start({
      args: ["serve"],
      installation,
      node: [node],
      cwd: home,
      env: { ...loopback, HOME: home },
      ...(isRoot ? { user } : {}),
    });
    const address = await addressOf(server);
    await server.printed(/^First administrator: /m);
    expect(await statusOf(`${address}/readyz`)).toBe(200);
    const postmaster = postmasterPid(join(home, "pomona-data"));
    const { code, errors } = await server.stop();
    expect([code, errors]).toEqual([0, ""]);
    expect(isRunning(postmaster, readText)).toBe(false);
  });
});

describe("a bad environment", () => {
  test("is told in one go, and nothing starts", async () => {
    const { code, output, errors } = await runPomona({
      args: ["serve"],
      env: { POMONA_LISTEN: "nowhere", POMONA_LOG_LEVEL: "loud", POMONA_BASEURL: "https://mdm.example.com" },
    });
    expect([code, output]).toEqual([1, ""]);
    const [title, ...problems] = errors.trimEnd().split("\n");
    expect(title).toBe("The environment needs mending:");
    expect(problems.map((line) => line.split(":")[0] ?? "").toSorted()).toEqual([
      "POMONA_BASEURL",
      "POMONA_LISTEN",
      "POMONA_LOG_LEVEL",
    ]);
  });

  test("a database that is not there is a sentence, not a stack", async () => {
    const env = { ...loopback, DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing" };
    const { code, errors } = await runPomona({ args: ["serve"], env });
    expect(code).toBe(1);
    expect(errors).toMatch(/^Cannot use the database of DATABASE_URL: .*ECONNREFUSED.*\n$/);
  });
});

describe("a Node that is too old", () => {
  /** Runs the present Node under a false name. */
  const old = [
    process.execPath,
    "--import",
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.5"}})',
  ];

  test.runIf(process.platform === "linux")("is replaced by the one that was installed along", async () => {
    const { code, output, errors } = await runPomona({ args: ["--version"], node: old });
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("is told apart where none was installed along", async () => {
    const installation = newFolder();
    mkdirSync(join(installation, "bin"));
    writeFileSync(join(installation, "package.json"), '{"type":"module"}');
    copyFileSync(join(repository, "bin", "pomona.js"), join(installation, "bin", "pomona.js"));
    const { code, errors } = await runPomona({ args: ["serve"], installation, node: old });
    rmSync(installation, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(errors).toMatch(/^Pomona needs Node 22\.18 or later; .*\n$/);
  });
});

describe("on a server of its own, with TLS", () => {
  const folder = newFolder();
  const database = `pomona_test_start_${process.pid}_${randomBytes(4).toString("hex")}`;
  const { connection } = inject("databaseConnection");
  let apple: SandboxApple;
  let server: PomonaProcess;
  let address = "";
  const env: Record<string, string> = { ...loopback, POMONA_DATA: join(folder, "data") };

  async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client(connection);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    apple = await startSandboxApple();
    await onServer((client) => client.query(`create database ${database}`));
    const { certificatePem, privateKeyPem } = await apple.pushCa.issueServerCertificate(["localhost"]);
    const files = {
      POMONA_TLS_CERT: `${certificatePem}\n${apple.pushCa.certificatePem}`,
      POMONA_TLS_KEY: privateKeyPem,
      POMONA_APNS_CA: apple.pushCa.certificatePem,
    };
    for (const [name, text] of Object.entries(files)) {
      env[name] = join(folder, name);
      writeFileSync(join(folder, name), text);
    }
    env["POMONA_APNS_URL"] = apple.apns.url.href;
    env["DATABASE_URL"] = connectionUrl(withDatabase(connection, database));
    server = startPomona({ args: ["serve"], env: { ...env, POMONA_LISTEN: "localhost:0" } });
    address = await addressOf(server);
  });
  afterAll(async () => {
    const { code } = await server.stop();
    await apple.close();
    await onServer((client) => dropDatabase(client, database));
    rmSync(folder, { recursive: true, force: true });
    expect(code).toBe(0);
  });

  test("a server with another secret key says so instead of starting", async () => {
    const POMONA_SECRET_KEY = Buffer.alloc(32, 9).toString("base64");
    const failed = await runPomona({
      args: ["serve"],
      env: { ...env, POMONA_SECRET_KEY, POMONA_LISTEN: "localhost:0" },
    });
    expect(failed.code).toBe(1);
    expect(failed.errors).toContain("The secret key is not the one this database was sealed with");
  });

  test("devices are given the root of the listener, enroll over TLS and answer", async () => {
    expect(address).toMatch(/^https:\/\/localhost:\d+$/);
    await server.printed(/^An API token: /m);
    expect(server.output()).toContain(`Data: DATABASE_URL, and the secret key in ${folder}`);
    expect(server.output()).not.toContain(database);
    const made = await runPomona({
      args: ["user", "create", "ops", "ops@example.com", "--superuser", "--with-api-token", "--json"],
      env,
    });
    const token = String((JSON.parse(made.output) as { api_token: unknown }).api_token);
    const transport = createTransport({ trustedCaPem: apple.pushCa.certificatePem });
    const api = createApiClient(address, new Secret(token), transport);

    const enrollment = await prepareEnrollment(api, apple);
    const path = `/api/mdm/ota_enrollments/${enrollment}/direct_profiles/`;
    const { payloads } = openProfile(await api.download(path, {}));
    const root = payloads.find(({ type }) => type === "com.apple.security.pem");
    const rootPem = bytesAt(root?.content ?? {}, "PayloadContent")?.toString("utf8") ?? "";
    expect(new X509Certificate(rootPem).raw).toEqual(new X509Certificate(apple.pushCa.certificatePem).raw);

    const args = ["simulate", "--devices", "3", "--url", address, "--token", token];
    const more = ["--enrollment", String(enrollment), "--ca", env["POMONA_APNS_CA"] ?? ""];
    const simulated = await runPomona({ args: [...args, ...more] });
    expect(simulated.code, simulated.errors + simulated.output).toBe(0);
    expect(simulated.output).toContain("3 of 3 devices enrolled");
    expect((await api.list("/api/mdm/devices/")).length).toBe(3);
    transport.close();
  });

  test("roles are made of words for many permissions, and hold nothing else", async () => {
    const made = await runPomona({ args: ["role", "create", "viewers", "--permissions", "all-view"], env });
    expect(made.code, made.errors).toBe(0);
    const args = [
      "user",
      "create",
      "eye",
      "eye@example.com",
      "--service-account",
      "--role",
      "viewers",
      "--json",
    ];
    const account = JSON.parse((await runPomona({ args, env })).output) as { api_token: string };
    const transport = createTransport({ trustedCaPem: apple.pushCa.certificatePem });
    const api = createApiClient(address, new Secret(account.api_token), transport);
    await expect(api.list("/api/mdm/devices/")).resolves.toBeInstanceOf(Array);
    await expect(api.create("/api/mdm/push_certificates/", { name: "x" })).rejects.toMatchObject({
      status: 403,
    });
    transport.close();
    const twice = await runPomona({ args: ["role", "create", "viewers", "--permissions", "all"], env });
    expect([twice.code, twice.errors]).toEqual([1, "name: role with this name already exists.\n"]);
  });

  async function prepareEnrollment(
    api: ReturnType<typeof createApiClient>,
    { pushCa }: SandboxApple,
  ): Promise<number> {
    const push = await api.create("/api/mdm/push_certificates/", { name: "Start" });
    const path = `/api/mdm/push_certificates/${numberOf(push, "id")}/`;
    const csr = textOf(await api.read(`${path}csr/`), "csr").replace(/-----[^-]+-----/g, "");
    const { certificatePem } = pushCa.issuePushCertificate(Buffer.from(csr, "base64"));
    await api.update(`${path}certificate/`, { certificate: certificatePem });
    const unit = await api.create("/api/inventory/meta_business_units/", { name: "Start" });
    const [issuer] = await api.list("/api/mdm/scep_issuers/");
    const enrollment = await api.create("/api/mdm/ota_enrollments/", {
      name: "Start",
      push_certificate: numberOf(push, "id"),
      scep_issuer: issuer?.["id"],
      enrollment_secret: { meta_business_unit: numberOf(unit, "id") },
    });
    return numberOf(enrollment, "id");
  }
});

describe("the demonstration", () => {
  const folder = newFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("runs by one command, says what to look at, and ends", async () => {
    const data = join(folder, "demo");
    const env = { POMONA_LISTEN: "127.0.0.1:0", POMONA_DATA: data };
    const { code, output, errors } = await runPomona({ args: ["demo", "--devices", "3", "--exit"], env });
    expect(code, errors).toBe(0);
    expect(errors).toBe("");
    expect(output).toContain("3 of 3 devices enrolled");
    expect(output).toContain("All 3 devices were woken by a push and reported their inventory");
    expect(output).toMatch(/^ {2}\S+ {2}DeviceLock {2}Acknowledged$/m);
    expect(output).toMatch(
      /^ {2}curl -H "Authorization: Token \$TOKEN" 'http:\/\/127\.0\.0\.1:\d+\/api\/mdm\/devices\/'$/m,
    );
    expect(output).toMatch(/^TOKEN=ztlu_\w{36}$/m);
  });
});
