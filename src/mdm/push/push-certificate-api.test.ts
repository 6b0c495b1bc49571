import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { Authenticate } from "#platform/http/authenticate.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createHttpServer, type HttpServer } from "#platform/http/http-server.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { certificatePem, privateKeyPem, pushIdentity } from "../../../test/tools/push-world.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { pushCertificateEndpoints } from "./push-certificate-api.ts";

const world = useTestDatabase();
const path = "/api/mdm/push_certificates/";

/** The name of the caller is the list of its rights. */
const authenticate: Authenticate = async ({ authorization }) =>
  authorization === undefined
    ? { unauthenticated: true, detail: "Who?" }
    : {
        kind: "service_account",
        id: "1",
        name: "robot",
        account: { id: 1 },
        hasPermission: (codename) => authorization.split(" ").includes(codename),
      };

const allRights = ["add", "change", "view", "delete"].map((verb) => `mdm.${verb}_pushcertificate`).join(" ");

let server: HttpServer;
let base: string;

beforeAll(async () => {
  const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
  server = createHttpServer({
    source: { database: world.database, clock: world.clock, log: world.log },
    endpoints: bindEndpoints(deps, pushCertificateEndpoints),
    rawRoutes: [],
    authenticate,
    trustedProxies: [],
    listMode: "envelope",
    bareListPaths: [],
  });
  base = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});
afterAll(() => server.close());

async function call(method: string, at: string, options: { body?: unknown; rights?: string } = {}) {
  const answer = await fetch(`${base}${at}`, {
    method,
    headers: { authorization: options.rights ?? allRights, "content-type": "application/json" },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  // The shape is what each test asserts.
  return { status: answer.status, body: text === "" ? null : (JSON.parse(text) as Record<string, unknown>) };
}

async function aPushCertificate(name: string = randomUUID()): Promise<{ readonly id: number }> {
  const { status, body } = await call("POST", path, { body: { name } });
  expect(status).toBe(201);
  return body as { readonly id: number };
}

describe("push certificates", () => {
  test("one is created, signed, uploaded, listed and deleted", async () => {
    const name = `Company ${randomUUID()}`;
    const { id } = await aPushCertificate(name);
    const { body: fresh } = await call("GET", `${path}${id}/`);
    expect(fresh).toEqual({
      id,
      provisioning_uid: null,
      name,
      topic: null,
      not_before: null,
      not_after: null,
      certificate: null,
      created_at: wireTime(testStart),
      updated_at: wireTime(testStart),
    });
    const { body: csr } = await call("GET", `${path}${id}/csr/`);
    expect(csr).toEqual({ csr: expect.stringMatching(/^-----BEGIN CERTIFICATE REQUEST-----\n/) });

    const identity = pushIdentity(`topic.${name}`);
    const upload = await call("PUT", `${path}${id}/certificate/`, {
      body: { certificate: certificatePem(identity), private_key: privateKeyPem(identity) },
    });
    const whole = {
      id,
      provisioning_uid: null,
      name,
      topic: `topic.${name}`,
      not_before: "2020-01-01T00:00:00",
      not_after: "2039-12-31T00:00:00",
      certificate: certificatePem(identity),
      created_at: wireTime(testStart),
      updated_at: wireTime(testStart),
    };
    expect(upload).toEqual({ status: 200, body: whole });
    const list = await call("GET", `${path}?name=${encodeURIComponent(name)}`);
    expect(list.body).toEqual({ count: 1, next: null, previous: null, results: [whole] });
    expect(await call("DELETE", `${path}${id}/`)).toEqual({ status: 204, body: null });
    expect((await call("GET", `${path}${id}/`)).status).toBe(404);
  });

  test("lists are ordered by name", async () => {
    for (const name of ["b", "a", "c"]) await aPushCertificate(name);
    const { body } = await call("GET", path);
    const names = (body as { results: { name: string }[] }).results.map(({ name }) => name);
    expect(names.filter((name) => name.length === 1)).toEqual(["a", "b", "c"]);
  });

  test("what an operator got wrong comes back under its field", async () => {
    await aPushCertificate("taken");
    expect(await call("POST", path, { body: { name: "taken" } })).toEqual({
      status: 400,
      body: { name: ["push certificate with this name already exists."] },
    });
    expect(await call("POST", path, { body: {} })).toEqual({
      status: 400,
      body: { name: ["This field is required."] },
    });
    const { id } = await aPushCertificate();
    const put = (body: object) => call("PUT", `${path}${id}/certificate/`, { body });
    expect(await put({ certificate: "x" })).toEqual({
      status: 400,
      body: { certificate: ["Could not load PEM certificate"] },
    });
    expect(
      await put({ certificate: certificatePem(pushIdentity()), private_key: "x", password: null }),
    ).toEqual({
      status: 400,
      body: { private_key: ["Could not load PEM private key"] },
    });
    expect(await put({ certificate: certificatePem(pushIdentity()) })).toEqual({
      status: 400,
      body: { certificate: ["The certificate and key do not form a pair"] },
    });
  });

  test("one in use cannot be deleted", async () => {
    const { id } = await aPushCertificate();
    await world.testOperation((op) =>
      op.tx.run(sql`
        insert into devices (udid, serial_number, platform, push_certificate_id, created_at, updated_at)
        values (${randomUUID()}, 'C02', 'macOS', ${id}, ${op.at}, ${op.at})`),
    );
    expect(await call("DELETE", `${path}${id}/`)).toEqual({
      status: 400,
      body: ["This push certificate cannot be deleted"],
    });
  });

  test.each([
    ["GET", path, "view"],
    ["POST", path, "add"],
    ["GET", `${path}1/`, "view"],
    ["DELETE", `${path}1/`, "delete"],
    ["GET", `${path}1/csr/`, "change"],
    ["PUT", `${path}1/certificate/`, "change"],
  ])("%s %s needs the right to %s, and no other does", async (method, at, verb) => {
    const others = allRights.replace(`mdm.${verb}_pushcertificate`, "");
    expect((await call(method, at, { rights: others, body: method === "GET" ? undefined : {} })).status).toBe(
      403,
    );
    const anonymous = await fetch(`${base}${at}`, { method });
    expect(anonymous.status).toBe(401);
  });

  test.each(["csr", "certificate"])("%s of an unknown push certificate is not found", async (last) => {
    const body = last === "csr" ? undefined : { certificate: certificatePem(pushIdentity()) };
    const { status } = await call(last === "csr" ? "GET" : "PUT", `${path}999999/${last}/`, { body });
    expect(status).toBe(404);
  });

  test("no answer and no event ever holds a key", async () => {
    const { id } = await aPushCertificate();
    const identity = pushIdentity(`topic.${id}`);
    const key = privateKeyPem(identity);
    const body = { certificate: certificatePem(identity), private_key: key };
    const answers = [
      await call("PUT", `${path}${id}/certificate/`, { body }),
      await call("GET", `${path}${id}/`),
      await call("GET", path),
    ];
    const events = await world.database.many(sql`select payload, objects, request from events`);
    const everything = JSON.stringify([answers, events]);
    expect(everything).not.toContain("PRIVATE KEY");
    expect(everything).not.toContain(key.split("\n")[3]);
    expect(everything).toContain(`"mdm_push_certificate":["${id}"]`);
  });
});
