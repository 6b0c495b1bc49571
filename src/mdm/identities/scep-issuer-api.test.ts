/** SCEP issuers over the API: shapes, errors word for word, rights, secrets in audit events. */
import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { insertMetaBusinessUnit, insertPushCertificate } from "../../../test/tools/enrollments.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import { ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { readScepIssuerEntry, scepIssuerEndpoints } from "./scep-issuer-api.ts";
import { provisionScepIssuer } from "./scep-issuer-operations.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";

const database = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
let server: HttpServer;
let origin: string;
let id: string;

/** The header names the right that its bearer has. */
function callerWith(right: string): Caller {
  const hasPermission = (codename: string): boolean => codename === right;
  return { kind: "user", id: "1", name: "someone", account: { username: "someone" }, hasPermission };
}

beforeAll(async () => {
  const issuer = await database.testOperation(async (op) => {
    await ensureBuiltInScepIssuer(op, new URL("https://mdm.example.com"));
    return findProvisionedScepIssuer(op.tx, "built-in");
  });
  id = issuer?.id ?? "";
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints({ sealer }, scepIssuerEndpoints),
    checksAnswers: true,
    rawRoutes: [],
    authenticate: ({ authorization }) =>
      Promise.resolve(
        authorization === undefined
          ? { unauthenticated: true, detail: "Authentication credentials were not provided." }
          : callerWith(authorization),
      ),
  });
  origin = `http://127.0.0.1:${(await server.listen({ host: "127.0.0.1", port: 0 })).port}`;
});

afterAll(() => server.close());

async function read(path: string, authorization: string | null = "mdm.view_scepissuer") {
  const headers: Record<string, string> = authorization === null ? {} : { authorization };
  const response = await fetch(`${origin}/api/mdm/scep_issuers/${path}`, { headers });
  return { status: response.status, body: (await response.json()) as unknown };
}

/** Calls with all rights on issuers, or one. */
async function call(method: string, path: string, body?: unknown, right?: string) {
  const headers: Record<string, string> = { authorization: right ?? rightOf[method] ?? "" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(`${origin}/api/mdm/scep_issuers/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as unknown };
}

const rightOf: Readonly<Record<string, string>> = {
  GET: "mdm.view_scepissuer",
  POST: "mdm.add_scepissuer",
  PUT: "mdm.change_scepissuer",
  DELETE: "mdm.delete_scepissuer",
};

async function lastEvent(): Promise<Record<string, unknown>> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Record<string, unknown>;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
/** An enrollment as a row: its slice stands above this one. */
async function insertEnrollment(
  op: Operation,
  facts: { readonly issuerId: string; readonly unit: number; readonly pushCertificate: number },
): Promise<void> {
  await op.tx.run(sql`
    with secret as (
      insert into enrollment_secrets (purpose, secret_hash, secret_sealed, meta_business_unit_id, created_at)
      values ('ota_enrollment', '\\x00', '\\x00', ${facts.unit}, ${op.at}) returning id)
    insert into ota_enrollments (name, display_name, push_certificate_id, scep_issuer_id, enrollment_secret_id,
                                 created_at, updated_at)
    select 'user of an issuer', '', ${facts.pushCertificate}::integer, ${facts.issuerId}::uuid, id,
           ${op.at}::timestamptz, ${op.at}::timestamptz from secret`);
}

let names = 0;
const uniqueName = (): string => `Issuer ${++names}`;
const webCa = { url: "https://ca.example.com/mscep_admin/", username: "scep", password: "p4ss word" };
const digicert = {
  api_token: "token",
  profile_guid: "AAAAAAAA-0000-4000-8000-00000000000B",
  business_unit_guid: "aaaaaaaa00004000800000000000000c",
  default_seat_email: "seats@example.com",
};
const staticBody = () => ({
  name: uniqueName(),
  url: "https://scep.example.com/ca",
  backend: "STATIC_CHALLENGE",
  static_challenge_kwargs: { challenge: "k7-orange" },
});

function builtIn(): unknown {
  return {
    id,
    provisioning_uid: "built-in",
    name: "Built-in CA",
    description: "The certificate authority of this server",
    version: 1,
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
    url: "https://mdm.example.com/scep/",
    key_size: 2048,
    key_usage: 5,
  };
}

test("the list shows the built-in issuer without its backend", async () => {
  const expected = { count: 1, next: null, previous: null, results: [builtIn()] };
  expect(await read("?name=Built-in%20CA")).toEqual({ status: 200, body: expected });
});

test("the list is filtered by exact name, and an empty name is no filter", async () => {
  expect(await read("?name=Built-in%20CA")).toMatchObject({ body: { count: 1 } });
  expect(await read("?name=built-in%20ca")).toMatchObject({ body: { count: 0, results: [] } });
  expect(await read("?name=")).not.toMatchObject({ body: { count: 0 } });
});

test("an issuer is found by its id, and only by its id", async () => {
  expect(await read(`${id}/`)).toEqual({ status: 200, body: builtIn() });
  expect(await read("00000000-0000-4000-8000-000000000000/")).toMatchObject({ status: 404 });
  expect(await read("1/")).toMatchObject({ status: 404 });
});

test("reading takes the right to view issuers", async () => {
  for (const path of ["", `${id}/`]) {
    expect(await read(path, null)).toMatchObject({ status: 401 });
    expect(await read(path, "mdm.view_enrolleddevice")).toMatchObject({ status: 403 });
  }
});

test("an issuer is created as documented, read back, changed and deleted", async () => {
  const body = {
    name: "Device CA",
    description: "",
    url: "https://scep.sample.net/ca",
    key_size: 2048,
    key_usage: 5,
    backend: "STATIC_CHALLENGE",
    digicert_kwargs: null,
    ident_kwargs: null,
    microsoft_ca_kwargs: null,
    okta_ca_kwargs: null,
    static_challenge_kwargs: { challenge: "k7-orange" },
  };
  const created = await call("POST", "", body);
  const issuer = created.body as { id: string };
  expect(created).toEqual({
    status: 201,
    body: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      provisioning_uid: null,
      name: "Device CA",
      description: "",
      version: 1,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
      url: "https://scep.sample.net/ca",
      key_size: 2048,
      key_usage: 5,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "k7-orange" },
    },
  });
  expect(await call("GET", `${issuer.id}/`)).toEqual({ status: 200, body: issuer });
  expect(await call("GET", "?name=Device%20CA")).toMatchObject({ body: { count: 1, results: [issuer] } });
  const change = { ...body, backend: "OKTA_CA", static_challenge_kwargs: null, okta_ca_kwargs: webCa };
  const changed = await call("PUT", `${issuer.id}/`, change);
  expect(changed).toMatchObject({
    status: 200,
    body: { version: 2, backend: "OKTA_CA", okta_ca_kwargs: webCa },
  });
  expect(changed.body).not.toHaveProperty("static_challenge_kwargs");
  expect(await call("DELETE", `${issuer.id}/`)).toEqual({ status: 204, body: null });
  expect(await call("GET", `${issuer.id}/`)).toEqual({
    status: 404,
    body: { detail: "No SCEPIssuer matches the given query." },
  });
});

test("what a PUT omits stays, and the version counts up each time", async () => {
  const body = { ...staticBody(), description: "kept", key_size: 4096, key_usage: 1 };
  const { id: issuerId } = (await call("POST", "", body)).body as { id: string };
  const { description: _description, key_size: _size, key_usage: _usage, ...rest } = body;
  for (const version of [2, 3]) {
    const answer = await call("PUT", `${issuerId}/`, rest);
    expect(answer.body).toMatchObject({ version, description: "kept", key_size: 4096, key_usage: 1 });
  }
});

test.each([
  ["MICROSOFT_CA", "microsoft_ca_kwargs", webCa, webCa],
  ["OKTA_CA", "okta_ca_kwargs", webCa, webCa],
  [
    "IDENT",
    "ident_kwargs",
    { url: "https://ident.example.com/", bearer_token: "b" },
    { url: "https://ident.example.com/", bearer_token: "b", request_timeout: 30, max_retries: 3 },
  ],
  [
    "DIGICERT",
    "digicert_kwargs",
    digicert,
    {
      ...digicert,
      api_base_url: "https://one.digicert.com/mpki/api/",
      profile_guid: "aaaaaaaa-0000-4000-8000-00000000000b",
      business_unit_guid: "aaaaaaaa-0000-4000-8000-00000000000c",
      seat_type: "DEVICE_SEAT",
      seat_id_mapping: "common_name",
    },
  ],
])("%s settings are completed with their defaults", async (backend, member, kwargs, answered) => {
  const body = { name: uniqueName(), url: "https://scep.example.com/ca", backend, [member]: kwargs };
  expect(await call("POST", "", body)).toMatchObject({
    status: 201,
    body: { description: "", key_size: 2048, key_usage: 0, backend, [member]: answered },
  });
});

const required = ["This field is required."];
test.each<[string, object, object]>([
  ["nothing", {}, { name: required, url: required, backend: required }],
  ["no settings", { static_challenge_kwargs: undefined }, { static_challenge_kwargs: required }],
  ["null settings", { static_challenge_kwargs: null }, { static_challenge_kwargs: required }],
  ["empty settings", { static_challenge_kwargs: {} }, { static_challenge_kwargs: required }],
  [
    "settings of another backend",
    { okta_ca_kwargs: webCa },
    { okta_ca_kwargs: ["This field cannot be set for this backend."] },
  ],
  ["an unknown backend", { backend: "BUILT_IN" }, { backend: ['"BUILT_IN" is not a valid choice.'] }],
  ["a key size", { key_size: 1000 }, { key_size: ['"1000" is not a valid choice.'] }],
  ["a key usage", { key_usage: 2 }, { key_usage: ['"2" is not a valid choice.'] }],
  ["a URL", { url: "nope" }, { url: ["Enter a valid URL."] }],
  [
    "a long URL",
    { url: `https://example.com/${"x".repeat(200)}` },
    { url: ["Ensure this field has no more than 200 characters."] },
  ],
  [
    "missing members",
    { backend: "OKTA_CA", static_challenge_kwargs: null, okta_ca_kwargs: { url: webCa.url } },
    { okta_ca_kwargs: { username: required, password: required } },
  ],
  [
    "a URL that shows the password to the network",
    {
      backend: "MICROSOFT_CA",
      static_challenge_kwargs: null,
      microsoft_ca_kwargs: { ...webCa, url: "http://ca.example.com/" },
    },
    { microsoft_ca_kwargs: { url: ["The URL must be https, unless its host is a loopback address."] } },
  ],
  [
    "DigiCert settings",
    {
      backend: "DIGICERT",
      static_challenge_kwargs: null,
      digicert_kwargs: {
        ...digicert,
        api_base_url: "https://one.digicert.com/mpki/",
        profile_guid: "x",
        seat_id_mapping: "shoe_size",
        default_seat_email: "nobody",
      },
    },
    {
      digicert_kwargs: {
        api_base_url: ["URL path must end with '/api/'"],
        profile_guid: ["Not a valid GUID"],
        seat_id_mapping: ['"shoe_size" is not a valid choice.'],
        default_seat_email: ["Enter a valid email address."],
      },
    },
  ],
  [
    "Ident settings",
    {
      backend: "IDENT",
      static_challenge_kwargs: null,
      ident_kwargs: { url: webCa.url, bearer_token: "b", request_timeout: 0, max_retries: 0 },
    },
    {
      ident_kwargs: {
        request_timeout: ["Ensure this value is greater than or equal to 1."],
        max_retries: ["Ensure this value is greater than or equal to 1."],
      },
    },
  ],
])("%s is refused", async (what, change, errors) => {
  const body = what === "nothing" ? {} : { ...staticBody(), ...change };
  const answer = await call("POST", "", body);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual(errors);
});

test("a name is taken once, on create and on update", async () => {
  const [one, other] = [staticBody(), staticBody()];
  await call("POST", "", one);
  const { id: otherId } = (await call("POST", "", other)).body as { id: string };
  const refusal = { status: 400, body: { name: ["scep issuer with this name already exists."] } };
  expect(await call("POST", "", one)).toEqual(refusal);
  expect(await call("PUT", `${otherId}/`, one)).toEqual(refusal);
});

test("a provisioned issuer can be neither changed nor deleted", async () => {
  expect(await call("PUT", `${id}/`, staticBody())).toEqual({
    status: 400,
    body: ["This SCEP issuer cannot be updated."],
  });
  expect(await call("DELETE", `${id}/`)).toEqual({
    status: 400,
    body: ["This SCEP issuer cannot be deleted."],
  });
});

test("an issuer that an enrollment uses cannot be deleted", async () => {
  const { id: issuerId } = (await call("POST", "", staticBody())).body as { id: string };
  await database.testOperation(async (op) => {
    const unit = await insertMetaBusinessUnit(op.tx, "unit", op.at);
    const pushCertificate = await insertPushCertificate(op.tx, "push", op.at);
    await insertEnrollment(op, { issuerId, unit, pushCertificate });
  });
  expect(await call("DELETE", `${issuerId}/`)).toEqual({
    status: 400,
    body: ["This SCEP issuer cannot be deleted."],
  });
});

test("audit events show digests of secrets and nothing else of them", async () => {
  const { id: issuerId } = (await call("POST", "", staticBody())).body as { id: string };
  expect(await lastEvent()).toMatchObject({
    type: "zentral_audit",
    tags: ["zentral", "mdm"],
    objects: { mdm_scep_issuer: [issuerId] },
    payload: {
      action: "created",
      object: {
        model: "mdm.scepissuer",
        pk: issuerId,
        new_value: {
          backend: "STATIC_CHALLENGE",
          backend_kwargs: { challenge_hash: sha256("k7-orange") },
          version: 1,
        },
      },
    },
  });
  const body = { ...staticBody(), backend: "OKTA_CA", static_challenge_kwargs: null, okta_ca_kwargs: webCa };
  await call("PUT", `${issuerId}/`, body);
  const { url, username, password } = webCa;
  expect(await lastEvent()).toMatchObject({
    payload: {
      action: "updated",
      object: {
        prev_value: { backend_kwargs: { challenge_hash: sha256("k7-orange") }, version: 1 },
        new_value: { backend_kwargs: { url, username, password_hash: sha256(password) }, version: 2 },
      },
    },
  });
  await call("DELETE", `${issuerId}/`);
  expect(await lastEvent()).toMatchObject({ payload: { action: "deleted" } });
  const { rows } = await database.database.pool.query<{ text: string }>(
    "select payload::text as text from events",
  );
  for (const { text } of rows)
    for (const secret of ["k7-orange", password]) expect(text).not.toContain(secret);
});

test("settings are sealed at rest, each to its own row", async () => {
  const { id: issuerId } = (await call("POST", "", staticBody())).body as { id: string };
  const { rows } = await database.database.pool.query<{ sealed: Buffer }>(
    "select backend_settings_sealed as sealed from scep_issuers where id = $1",
    [issuerId],
  );
  const sealed = rows[0]?.sealed ?? Buffer.alloc(0);
  expect(sealed.length).toBeGreaterThan(20);
  expect(sealed.toString("latin1")).not.toContain("orange");
  const { id: otherId } = (await call("POST", "", staticBody())).body as { id: string };
  await database.database.pool.query("update scep_issuers set backend_settings_sealed = $1 where id = $2", [
    sealed,
    otherId,
  ]);
  expect((await call("GET", `${otherId}/`)).status).toBe(500);
  await database.database.pool.query("delete from scep_issuers where id = $1", [otherId]);
});

test("each method needs its own right", async () => {
  const { id: issuerId } = (await call("POST", "", staticBody())).body as { id: string };
  for (const [method, right] of Object.entries(rightOf)) {
    const path = method === "POST" ? "" : `${issuerId}/`;
    for (const other of Object.values(rightOf).filter((each) => each !== right)) {
      expect(await call(method, path, staticBodyFor(method), other)).toMatchObject({ status: 403 });
    }
  }
});

function staticBodyFor(method: string): object | undefined {
  return method === "GET" || method === "DELETE" ? undefined : staticBody();
}

function provision(uid: string, fields: object): (op: Operation) => Promise<void> {
  const entry = readScepIssuerEntry(fields);
  if ("errors" in entry) throw new Error(JSON.stringify(entry.errors));
  return (op) => provisionScepIssuer(op, { sealer }, { uid, ...entry });
}

test("processes that start at once make an issuer of the configuration file once", async () => {
  const work = provision("many", { ...staticBody(), name: "Of many processes" });
  await runDuring(database, work, () => database.testOperation(work));
  const { body } = await call("GET", "?name=Of%20many%20processes");
  expect(body).toMatchObject({ count: 1, results: [{ provisioning_uid: "many", version: 1 }] });
});

test("an issuer of the configuration file is made once, follows it, and hides its backend", async () => {
  const apply = (uid: string, changed: object) => database.testOperation(provision(uid, changed));
  const fields = { ...staticBody(), name: "From the file" };
  const read = async () =>
    ((await call("GET", "?name=From%20the%20file")).body as { results: Record<string, unknown>[] })
      .results[0];
  await apply("file", fields);
  await apply("file", fields);
  expect(await read()).toMatchObject({ provisioning_uid: "file", version: 1, url: fields.url });
  expect(await read()).not.toHaveProperty("backend");
  expect(await read()).not.toHaveProperty("static_challenge_kwargs");
  await apply("file", { ...fields, static_challenge_kwargs: { challenge: "another" } });
  expect(await read()).toMatchObject({ version: 2 });
  const issuerId = String((await read())?.["id"]);
  expect(await call("PUT", `${issuerId}/`, staticBody())).toMatchObject({ status: 400 });
  expect(await call("DELETE", `${issuerId}/`)).toMatchObject({ status: 400 });
  await expect(apply("built-in", { ...fields, name: "Impostor" })).rejects.toThrow("scep_issuer_uid_taken");
  expect(readScepIssuerEntry({ ...fields, key_size: 5 })).toEqual({
    errors: { key_size: ['"5" is not a valid choice.'] },
  });
});
