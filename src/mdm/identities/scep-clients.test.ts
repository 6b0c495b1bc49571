/**
 * SCEP clients that are not ours obtain certificates from the server over HTTP: micromdm's scepclient, strongSwan's
 * pki and certmonger, each of which reads RFC 8894 in its own way. OpenSSL judges what they got.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect } from "vitest";
import { createEventBuffer } from "#platform/events/event-buffer.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { expectSettings } from "../../../test/tools/scep-payloads.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { ensureAuthority, ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { type ScepPayloadSettings, requestScepPayload } from "./identity-operations.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";
import { scepRoute, type ScepRouteDeps } from "./scep-route.ts";

const database = useTestDatabase();
const subject = [
  { oid: nameOids.commonName, value: "decided by policy" },
  { oid: nameOids.serialNumber, value: "C02ABCDEFGH" },
];
let deps: ScepRouteDeps;
let server: HttpServer;

beforeAll(async () => {
  // OpenSSL and the clients look at the real clock.
  database.clock.set(new Date());
  const sealer = createSealer(new Secret(randomBytes(32)));
  const material = await database.testOperation((op) =>
    ensureAuthority(op, { sealer, randomBytes, tls: null }),
  );
  deps = {
    ...material,
    sealer,
    randomBytes,
    source: database.source,
    eventBuffer: createEventBuffer(database.database, database.log),
    renewalPolicy: () => Promise.resolve({ boundTo: "device:1", subject }),
  };
  server = createHttpServer({
    source: database.source,
    endpoints: [],
    rawRoutes: [scepRoute(deps)],
    authenticate: () => Promise.resolve({ unauthenticated: true, detail: "Nobody calls" }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  await database.testOperation((op) => ensureBuiltInScepIssuer(op, new URL(`http://127.0.0.1:${port}`)));
});

afterAll(async () => {
  await server.close();
  await deps.eventBuffer.close();
});

async function aPayload(): Promise<ScepPayloadSettings> {
  return database.testOperation(async (op) => {
    const issuer = await findProvisionedScepIssuer(op.tx, "built-in");
    if (issuer === null) throw new Error("The built-in issuer is missing");
    const request = { scepIssuerId: issuer.id, boundTo: "session:1", subject };
    return expectSettings(await requestScepPayload(op, deps, request));
  });
}

/** Runs a program without holding up the server, which lives in this process. */
async function run(bench: Workbench, program: string, ...programArguments: string[]): Promise<Buffer> {
  const options = { cwd: bench.folder, encoding: "buffer", timeout: 30_000 } as const;
  return (await promisify(execFile)(program, programArguments, options)).stdout;
}

async function expectPolicyCertificate(bench: Workbench, openssl: string, file: string): Promise<void> {
  const verified = await run(bench, openssl, "verify", "-x509_strict", "-CAfile", "ca.pem", file);
  expect(verified.toString()).toContain("OK");
  const shown = await run(
    bench,
    openssl,
    "x509",
    "-in",
    file,
    "-noout",
    "-subject",
    "-nameopt",
    "RFC2253",
    "-ext",
    "subjectAltName",
  );
  expect(shown.toString()).toContain("subject=serialNumber=C02ABCDEFGH,CN=decided by policy");
  expect(shown.toString()).not.toContain("DNS:");
}

function aBench(): Workbench {
  const bench = new Workbench();
  bench.write("ca.pem", encodePem("CERTIFICATE", deps.authority.certificate.raw));
  return bench;
}

testWithProgram(
  ["scepclient", "openssl"],
  "micromdm's scepclient gets the certificate policy decided",
  async (client, openssl) => {
    using bench = aBench();
    const { url, challenge } = await aPayload();
    const request = [
      "-server-url",
      url,
      "-challenge",
      challenge.reveal(),
      "-cn",
      "mine",
      "-private-key",
      "key.pem",
    ];
    await run(bench, client, ...request, "-certificate", "cert.pem");
    await expectPolicyCertificate(bench, openssl, "cert.pem");
  },
);

testWithProgram(
  ["pki", "openssl"],
  "strongSwan's pki gets a certificate and renews it",
  async (pki, openssl) => {
    using bench = aBench();
    const { url, challenge } = await aPayload();
    bench.write("key.pem", await run(bench, openssl, "genrsa", "2048"));
    bench.write("new-key.pem", await run(bench, openssl, "genrsa", "2048"));
    await run(bench, pki, "--scepca", "--url", url, "--caout", "fetched.pem", "--outform", "pem");
    expect(bench.read("fetched.pem").toString().replace(/\s/g, "")).toBe(
      bench.read("ca.pem").toString().replace(/\s/g, ""),
    );
    const common = ["--scep", "--url", url, "--dn", "CN=mine", "--cipher", "des3", "--outform", "pem"];
    const trust = ["--cacert-enc", "ca.pem", "--cacert-sig", "ca.pem"];
    const secret = ["--password", challenge.reveal(), "--san", "mine.example.com"];
    bench.write("cert.pem", await run(bench, pki, ...common, ...trust, ...secret, "--in", "key.pem"));
    await expectPolicyCertificate(bench, openssl, "cert.pem");
    const old = ["--cert", "cert.pem", "--key", "key.pem"];
    bench.write("renewed.pem", await run(bench, pki, ...common, ...trust, ...old, "--in", "new-key.pem"));
    await expectPolicyCertificate(bench, openssl, "renewed.pem");
    expect(bench.read("renewed.pem")).not.toEqual(bench.read("cert.pem"));
  },
);

/** What certmonger runs as its child: such a client needs no message bus. The CA is asked for by itself, first. */
function certmongerScript(folder: string, { url, challenge }: ScepPayloadSettings): string {
  return `exec > "${folder}/log" 2>&1
set -ex
cd "${folder}"
getcert add-scep-ca -c pomona -u "${url}" -R "$PWD/ca.pem" -N "$PWD/ca.pem"
for attempt in $(seq 200); do
  if grep -rqs '^ca_encryption_cert=' cas; then break; fi
  sleep 0.05
done
getcert request -k "$PWD/key.pem" -f "$PWD/cert.pem" -c pomona -L "${challenge.reveal()}" -N CN=mine \\
  -D mine.example.com -w -v
`;
}

testWithProgram(
  ["certmonger", "getcert", "openssl"],
  "certmonger gets the certificate policy decided",
  async (daemon, _getcert, openssl) => {
    using bench = aBench();
    const folder = (name: string): string => {
      mkdirSync(bench.path(name));
      return bench.path(name);
    };
    const script = bench.write("enroll.sh", certmongerScript(bench.folder, await aPayload()));
    const environment = {
      HOME: folder("home"),
      CERTMONGER_CONFIG_DIR: folder("config"),
      CERTMONGER_REQUESTS_DIR: folder("requests"),
      CERTMONGER_CAS_DIR: folder("cas"),
      CERTMONGER_LOCAL_CA_DIR: folder("local"),
      CERTMONGER_TMPDIR: folder("temporary"),
      CERTMONGER_SYSTEM_LOCK_FILE: bench.path("lock"),
    };
    const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const options = ["-L", "-P", bench.path("socket"), "-n", "-c", `sh ${script}`];
    await run(bench, "env", ...assignments, daemon, ...options);
    expect(bench.read("log").toString()).toContain("State MONITORING");
    await expectPolicyCertificate(bench, openssl, "cert.pem");
  },
);
