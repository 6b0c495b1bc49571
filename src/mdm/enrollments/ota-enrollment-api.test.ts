/** OTA enrollments through the API, over real HTTP. */
import { X509Certificate, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { type HttpServer, createHttpServer } from "#platform/http/http-server.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { dictionariesAt, dictionaryAt } from "#protocol/plist/access.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import {
  type EnrollmentWorld,
  anEnrollmentInput,
  makeEnrollmentWorld,
} from "../../../test/tools/enrollment-world.ts";
import {
  insertDevice,
  insertIncompletePushCertificate,
  insertMetaBusinessUnit,
  insertTag,
} from "../../../test/tools/enrollments.ts";
import { insertBlueprint } from "../../../test/tools/blueprints.ts";
import { insertRealm } from "../../../test/tools/realms.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { authenticateSession } from "./enrollment-session-operations.ts";
import { asId } from "#platform/ids.ts";
import { OperationRefused } from "#platform/errors.ts";
import { otaEnrollmentEndpoints } from "./ota-enrollment-api.ts";

const database = useTestDatabase();
let world: EnrollmentWorld;
let server: HttpServer;
let origin: string;
/** What the caller may do; each test begins with everything. */
let permissions = new Set<string>();
const everything = ["view", "add", "change", "delete"].map((verb) => `mdm.${verb}_otaenrollment`);

beforeAll(async () => {
  world = await makeEnrollmentWorld(database);
  server = createHttpServer({
    source: database.source,
    endpoints: bindEndpoints(world.deps, otaEnrollmentEndpoints),
    rawRoutes: [],
    authenticate: async () => ({
      kind: "user",
      id: "1",
      name: "ann",
      account: { id: 1, username: "ann" },
      hasPermission: (codename) => permissions.has(codename),
    }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  origin = `http://127.0.0.1:${port}`;
});
beforeEach(() => {
  permissions = new Set(everything);
  database.clock.set(testStart);
});
afterAll(async () => {
  await server.close();
  await world.deps.eventBuffer.close();
});

type Json = Record<string, unknown>;
type Enrollment = Json & { readonly id: number; readonly name: string; readonly enrollment_secret: Json };
const root = "/api/mdm/ota_enrollments/";

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { authorization: "Token x", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

async function create(overrides: Parameters<typeof anEnrollmentInput>[1] = {}): Promise<Enrollment> {
  const { status, body } = await call("POST", root, anEnrollmentInput(world, overrides));
  expect(status).toBe(201);
  return body as Enrollment;
}

async function download(method: string, path: string, body?: unknown) {
  const headers = { authorization: "Token x", "content-type": "application/json" };
  const response = await fetch(`${origin}${path}`, { method, headers, body: JSON.stringify(body) ?? null });
  expect(response.headers.get("content-type")).toBe("application/x-apple-aspen-config");
  const bytes = Buffer.from(await response.arrayBuffer());
  const content = readPlistDictionary(verifySignedData({ signedData: decodeSignedData(bytes) }).content);
  return {
    status: response.status,
    disposition: response.headers.get("content-disposition"),
    bytes,
    content,
  };
}

async function listAuditEvents(id: unknown) {
  const rows = await database.database.many<{ payload: { action: string; object: Json } }>(sql`
    select payload from events
     where type = 'zentral_audit' and objects -> 'mdm_ota_enrollment' ? ${String(id)}::text order by sequence`);
  return rows.map(({ payload }) => payload);
}

async function attachDevice(sessionId: number, serialNumber: string, udid: string): Promise<void> {
  await database.testOperation(async (op) => {
    const row = { udid, serialNumber, pushCertificateId: world.pushCertificateId };
    const deviceId = await insertDevice(op.tx, row, op.at);
    await authenticateSession(op, { id: asId(sessionId) }, { deviceId, serialNumber, udid });
  });
}

async function latestSession(enrollmentId: unknown): Promise<Json & { readonly id: number }> {
  return database.database.one(sql`
    select e.id, e.status, s.serial_numbers, s.udids, s.quota, s.expires_at, s.revoked_at
      from enrollment_sessions e join enrollment_secrets s on s.id = e.enrollment_secret_id
     where e.ota_enrollment_id = ${enrollmentId}::integer order by e.id desc limit 1`);
}

describe("creating", () => {
  test("with what is required takes the defaults", async () => {
    const body = await create({ name: "Minimal" });
    expect(body).toEqual({
      id: expect.any(Number),
      name: "Minimal",
      display_name: "Zentral MDM",
      blueprint: null,
      push_certificate: world.pushCertificateId,
      realm: null,
      acme_issuer: null,
      scep_issuer: world.scepIssuerId,
      enrollment_secret: {
        id: expect.any(Number),
        secret: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
        meta_business_unit: world.metaBusinessUnitId,
        tags: [],
        serial_numbers: null,
        udids: null,
        quota: null,
        request_count: 0,
      },
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
    });
  });

  test("with everything keeps it, and says so in an audit event without the secret", async () => {
    const tag = await database.testOperation((op) => insertTag(op.tx, `tag ${randomUUID()}`));
    const secret = { tags: [tag, tag], serial_numbers: ["C02"], udids: [], quota: 25 };
    const body = await create({ display_name: "Lab MDM", secret });
    expect(body).toMatchObject({ display_name: "Lab MDM" });
    expect(body["enrollment_secret"]).toMatchObject({ ...secret, tags: [tag] });
    const [event, ...others] = await listAuditEvents(body["id"]);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      action: "created",
      object: {
        model: "mdm.otaenrollment",
        pk: String(body["id"]),
        new_value: { push_certificate: { pk: world.pushCertificateId, name: "Push" } },
      },
    });
    expect(JSON.stringify(event)).not.toContain(body.enrollment_secret["secret"]);
  });

  test("refers to a blueprint, an ACME issuer and a realm, and lets go of them again", async () => {
    const acmeIssuer = randomUUID();
    const realm = randomUUID();
    const blueprint = await database.testOperation(async (op) => {
      await op.tx.run(sql`
        insert into acme_issuers (id, name, description, directory_url, key_type, key_size, usage_flags,
                                  extended_key_usage, hardware_bound, attest, backend, version, created_at, updated_at)
        values (${acmeIssuer}, 'Acme', '', 'https://acme.example.com/', 'RSA', 2048, 0, '{}', false, false,
                'STATIC_CHALLENGE', 1, ${op.at}, ${op.at})`);
      await insertRealm(op.tx, { uuid: realm, name: "People" }, op.at);
      return insertBlueprint(op.tx, op.at, { name: "Phones" });
    });
    const references = { blueprint, acme_issuer: acmeIssuer, realm };
    const created = await create({ ...references, name: "Referring" });
    expect(created).toMatchObject(references);
    expect((await call("GET", `${root}${created.id}/`)).body).toEqual(created);
    const path = `${root}${created.id}/`;
    const omitted = anEnrollmentInput(world, { name: "Referring" });
    expect((await call("PUT", path, omitted)).body).toMatchObject(references);
    const none = { blueprint: null, acme_issuer: null, realm: null };
    expect((await call("PUT", path, { ...omitted, ...none })).body).toMatchObject(none);
    const last = (await listAuditEvents(created.id)).at(-1);
    expect(last?.object).toMatchObject({
      prev_value: {
        blueprint: { pk: blueprint, name: "Phones" },
        acme_issuer: { pk: acmeIssuer, name: "Acme" },
        realm: { pk: realm, name: "People" },
      },
      new_value: none,
    });
  });

  test("reports every unknown reference at once, in the words of the catalogue", async () => {
    const uuid = "11111111-2222-4333-8444-555555555555";
    const { status, body } = await call("POST", root, {
      name: "Nothing there",
      push_certificate: 4_242,
      scep_issuer: uuid,
      acme_issuer: uuid,
      blueprint: 42,
      realm: uuid,
      enrollment_secret: { meta_business_unit: 4_243, tags: [4_244] },
    });
    expect(status).toBe(400);
    const unknown = (pk: string) => [`Invalid pk "${pk}" - object does not exist.`];
    expect(body).toEqual({
      push_certificate: unknown("4242"),
      scep_issuer: unknown(uuid),
      acme_issuer: unknown(uuid),
      blueprint: unknown("42"),
      realm: unknown(uuid),
      enrollment_secret: { meta_business_unit: unknown("4243"), tags: unknown("4244") },
    });
  });

  test("refuses what is missing, malformed or out of bounds, field by field", async () => {
    const missing = await call("POST", root, {});
    expect(missing.body).toEqual({
      name: ["This field is required."],
      push_certificate: ["This field is required."],
      scep_issuer: ["This field is required."],
      enrollment_secret: ["This field is required."],
    });
    const input = anEnrollmentInput(world);
    const malformed = await call("POST", root, {
      ...input,
      name: " ",
      display_name: null,
      push_certificate: {},
      scep_issuer: "zz",
      enrollment_secret: { ...input.enrollment_secret, quota: 0 },
    });
    expect(malformed.body).toEqual({
      name: ["This field may not be blank."],
      display_name: ["This field may not be null."],
      push_certificate: ["Incorrect type. Expected pk value, received dict."],
      scep_issuer: ["“zz” is not a valid UUID."],
      enrollment_secret: { quota: ["Ensure this value is greater than or equal to 1."] },
    });
    const large = await call("POST", root, {
      ...input,
      name: "x".repeat(257),
      display_name: "x".repeat(129),
      enrollment_secret: { ...input.enrollment_secret, quota: 200_001 },
    });
    expect(large.body).toEqual({
      name: ["Ensure this field has no more than 256 characters."],
      display_name: ["Ensure this field has no more than 128 characters."],
      enrollment_secret: { quota: ["Ensure this value is less than or equal to 200000."] },
    });
  });

  test("refuses a name in use, also when two ask for it at once", async () => {
    const name = `Twice ${randomUUID()}`;
    const answers = await Promise.all(
      [1, 2, 3].map(() => call("POST", root, anEnrollmentInput(world, { name }))),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 400);
    expect(refused).toHaveLength(2);
    for (const { body } of refused) {
      expect(body).toEqual({ name: ["ota enrollment with this name already exists."] });
    }
  });
});

describe("listing", () => {
  test("shows the latest first, by pages, and one by its name", async () => {
    const first = await create();
    database.clock.advance(60);
    const second = await create();
    const page = (await call("GET", `${root}?limit=1`)).body as Json;
    expect((page["results"] as Json[]).map(({ id }) => id)).toEqual([second["id"]]);
    expect(page["next"]).toContain("limit=1&offset=1");
    const named = (await call("GET", `${root}?name=${encodeURIComponent(first.name)}`)).body as Json;
    expect(named).toMatchObject({ count: 1, results: [first] });
  });

  test("an enrollment is found by its id, an unknown one is not", async () => {
    const enrollment = await create();
    expect(await call("GET", `${root}${enrollment.id}/`)).toEqual({ status: 200, body: enrollment });
    for (const id of ["999999", "99999999999999999999"]) {
      expect((await call("GET", `${root}${id}/`)).status).toBe(404);
    }
  });
});

describe("changing", () => {
  test("keeps what is omitted and the secret, and tells both values in its event", async () => {
    const secret = { serial_numbers: ["C02"], udids: ["U-1"], quota: 9 };
    const before = await create({ display_name: "Lab MDM", secret });
    database.clock.advance(60);
    const input = anEnrollmentInput(world, { name: `Renamed ${randomUUID()}` });
    const { status, body } = await call("PUT", `${root}${before.id}/`, input);
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, name: input.name, updated_at: "2026-11-21T12:01:00" });
    expect((await listAuditEvents(before["id"])).at(-1)).toMatchObject({
      action: "updated",
      object: { prev_value: { name: before["name"] }, new_value: { name: input.name } },
    });
  });

  test("null and empty lists are values, and another business unit takes effect", async () => {
    const unit = await database.testOperation((op) =>
      insertMetaBusinessUnit(op.tx, `Unit ${randomUUID()}`, op.at),
    );
    const before = await create({ secret: { serial_numbers: ["C02"], udids: ["U-1"], quota: 9 } });
    const secret = { meta_business_unit: unit, serial_numbers: [], udids: null, quota: null };
    const input = anEnrollmentInput(world, { name: before.name, secret });
    const { body } = await call("PUT", `${root}${before.id}/`, input);
    expect((body as Json)["enrollment_secret"]).toMatchObject(secret);
  });

  test("refuses the name of another one", async () => {
    const [one, other] = [await create(), await create()];
    const input = anEnrollmentInput(world, { name: other.name });
    expect(await call("PUT", `${root}${one.id}/`, input)).toEqual({
      status: 400,
      body: { name: ["ota enrollment with this name already exists."] },
    });
    expect((await call("PUT", `${root}999999/`, input)).status).toBe(404);
  });
});

describe("deleting", () => {
  test("takes the secret along", async () => {
    const enrollment = await create();
    expect(await call("DELETE", `${root}${enrollment.id}/`)).toEqual({ status: 204, body: null });
    const { id } = enrollment.enrollment_secret;
    const secrets = await database.database.many(sql`select id from enrollment_secrets where id = ${id}`);
    expect(secrets).toEqual([]);
    expect((await listAuditEvents(enrollment["id"])).at(-1)).toMatchObject({ action: "deleted" });
    expect((await call("DELETE", `${root}${enrollment.id}/`)).status).toBe(404);
  });

  test("is refused once a session exists", async () => {
    const enrollment = await create();
    await download("POST", `${root}${enrollment.id}/direct_profiles/`, {});
    expect(await call("DELETE", `${root}${enrollment.id}/`)).toEqual({
      status: 400,
      body: ["This OTA enrollment cannot be deleted"],
    });
    expect((await call("GET", `${root}${enrollment.id}/`)).status).toBe(200);
  });
});

describe("the profile that starts an enrollment", () => {
  test("is signed, points to the door and holds the secret", async () => {
    const enrollment = await create({ display_name: "Lab MDM" });
    const { status, disposition, content } = await download("GET", `${root}${enrollment.id}/profile/`);
    expect(status).toBe(200);
    expect(disposition).toBe('attachment; filename="zentral_profile_service.mobileconfig"');
    expect(content).toMatchObject({
      PayloadType: "Profile Service",
      PayloadIdentifier: "com.example.mdm.profile-service",
      PayloadOrganization: "Lab MDM",
      PayloadContent: {
        URL: "https://mdm.example.com/public/mdm/ota_enroll/",
        Challenge: enrollment.enrollment_secret["secret"],
        DeviceAttributes: ["UDID", "VERSION", "PRODUCT", "SERIAL", "MEID", "IMEI"],
      },
    });
  });

  testWithProgram(["openssl"], "is accepted by openssl under the authority's root", async (openssl) => {
    const enrollment = await create();
    const { bytes } = await download("GET", `${root}${enrollment.id}/profile/`);
    using bench = new Workbench();
    const profile = bench.write("profile.mobileconfig", bytes);
    const authority = bench.write(
      "ca.pem",
      new X509Certificate(world.deps.authority.certificate.raw).toString(),
    );
    const output = bench.run(
      openssl,
      "cms",
      "-verify",
      "-binary",
      "-inform",
      "DER",
      "-in",
      profile,
      "-CAfile",
      authority,
    );
    expect(output.toString()).toContain("Profile Service");
  });
});

describe("revoking", () => {
  test("shows when, happens once, and ends the profiles handed out", async () => {
    const enrollment = await create();
    const path = `${root}${enrollment.id}/`;
    await download("POST", `${path}direct_profiles/`, { serial_number: "C02R", udid: "U-R" });
    const { id: sessionId } = await latestSession(enrollment["id"]);
    const { status, body } = await call("POST", `${path}revoke/`);
    expect(status).toBe(200);
    expect((body as Json)["enrollment_secret"]).toMatchObject({ revoked_at: "2026-11-21T12:00:00" });
    expect((await listAuditEvents(enrollment["id"])).at(-1)).toMatchObject({
      action: "updated",
      object: { new_value: { enrollment_secret: { is_revoked: true } } },
    });
    const refused = { status: 400, body: { detail: "OTA enrollment already revoked." } };
    expect(await call("POST", `${path}revoke/`)).toEqual(refused);
    expect((await call("GET", `${path}profile/`)).status).toBe(400);
    expect((await call("POST", `${path}direct_profiles/`, {})).body).toEqual({
      detail: "The enrollment secret does not allow it: revoked.",
    });
    await expect(attachDevice(sessionId, "C02R", "U-R")).rejects.toThrow(OperationRefused);
  });

  test("leaves the sessions of enrolled devices alone", async () => {
    const enrollment = await create();
    await download("POST", `${root}${enrollment.id}/direct_profiles/`, {});
    const { id } = await latestSession(enrollment["id"]);
    await attachDevice(id, "C02S", "U-S");
    await call("POST", `${root}${enrollment.id}/revoke/`);
    expect(await latestSession(enrollment["id"])).toMatchObject({ status: "AUTHENTICATED", revokedAt: null });
  });
});

describe("a direct profile", () => {
  test("enrolls the machine that was named, once, within a day", async () => {
    const enrollment = await create();
    const input = { serial_number: "C02D", udid: "U-D" };
    const answer = await download("POST", `${root}${enrollment.id}/direct_profiles/`, input);
    expect(answer.status).toBe(201);
    expect(answer.disposition).toBe('attachment; filename="zentral_mdm.mobileconfig"');
    const [identity, mdm] = dictionariesAt(answer.content, "PayloadContent") as [
      PlistDictionary,
      PlistDictionary,
    ];
    expect(mdm["PayloadType"]).toBe("com.apple.mdm");
    const settings = dictionaryAt(identity, "PayloadContent") as PlistDictionary;
    expect(settings["Subject"]).toMatchObject([{}, [["2.5.4.5", "C02D"]], {}]);
    const session = await latestSession(enrollment["id"]);
    const expiresAt = new Date(testStart.getTime() + 86_400_000);
    expect(session).toMatchObject({
      status: "PHASE_3",
      serialNumbers: ["C02D"],
      udids: ["U-D"],
      quota: 1,
      expiresAt,
    });
    const challenge = await database.database.one(
      sql`select expires_at from scep_challenges where bound_to = ${`session:${session.id}`}`,
    );
    expect(challenge).toEqual({ expiresAt });
    database.clock.set(expiresAt);
    await expect(attachDevice(session.id, "C02D", "U-D")).rejects.toThrow("enrollment_secret_expired");
  });

  test("without machine is bound to nothing, or to those the enrollment allows", async () => {
    const open = await create();
    const { content } = await download("POST", `${root}${open.id}/direct_profiles/`, {});
    const [identity] = dictionariesAt(content, "PayloadContent") as [PlistDictionary];
    expect((dictionaryAt(identity, "PayloadContent") as PlistDictionary)["Subject"]).toHaveLength(2);
    expect(await latestSession(open["id"])).toMatchObject({ serialNumbers: null, udids: null });
    const limited = await create({ secret: { serial_numbers: ["C02E", "C02F"] } });
    await download("POST", `${root}${limited.id}/direct_profiles/`, {});
    expect(await latestSession(limited["id"])).toMatchObject({
      serialNumbers: ["C02E", "C02F"],
      udids: null,
    });
    expect(await call("POST", `${root}${limited.id}/direct_profiles/`, { serial_number: "C02G" })).toEqual({
      status: 400,
      body: { serial_number: ["The enrollment secret does not allow it: serial number mismatch."] },
    });
  });

  test("needs a push certificate with a topic, and leaves nothing behind without one", async () => {
    const id = await database.testOperation((op) => insertIncompletePushCertificate(op.tx, "Waiting", op.at));
    const enrollment = await create({ push_certificate: id });
    expect(await call("POST", `${root}${enrollment.id}/direct_profiles/`, {})).toEqual({
      status: 400,
      body: { detail: "The push certificate has no certificate yet." },
    });
    expect((await call("DELETE", `${root}${enrollment.id}/`)).status).toBe(204);
  });
});

test.each([
  ["GET", "", "view"],
  ["POST", "", "add"],
  ["GET", "1/", "view"],
  ["PUT", "1/", "change"],
  ["DELETE", "1/", "delete"],
  ["GET", "1/profile/", "view"],
  ["POST", "1/revoke/", "change"],
  ["POST", "1/direct_profiles/", "add"],
])("%s %s needs the permission to %s", async (method, path, verb) => {
  permissions.delete(`mdm.${verb}_otaenrollment`);
  expect((await call(method, `${root}${path}`, method === "GET" ? undefined : {})).status).toBe(403);
});

test("with a TLS chain of its own the server makes devices trust its root", async () => {
  const rootCaPem = encodePem("CERTIFICATE", world.deps.authority.certificate.raw);
  const bound = bindEndpoints(
    { ...world.deps, rootCaPem, isMtlsProxy: true, deviceBaseUrl: new URL("https://devices.example.com") },
    otaEnrollmentEndpoints,
  );
  const enrollment = await create();
  const endpoint = bound.find(({ operationId }) => operationId === "createDirectProfile");
  if (endpoint?.mode !== "write") throw new Error("Direct profiles are written");
  const answer = await database.testOperation((op) =>
    endpoint.run(op, {
      params: { id: Number(enrollment["id"]), uuid: "", key: "" },
      query: {},
      body: {},
      page: { limit: 1, offset: 0 },
      caller: null,
      credentials: {
        authorization: undefined,
        cookie: undefined,
        csrfToken: undefined,
        method: "POST",
        origin: undefined,
        fetchSite: undefined,
        ownOrigin: "",
      },
      prepared: undefined,
    }),
  );
  const { bytes } = answer as { readonly bytes: Buffer };
  const profile = readPlistDictionary(verifySignedData({ signedData: decodeSignedData(bytes) }).content);
  const payloads = dictionariesAt(profile, "PayloadContent") ?? [];
  expect(payloads.map((payload) => payload["PayloadType"])).toEqual([
    "com.apple.security.pem",
    "com.apple.security.scep",
    "com.apple.mdm",
  ]);
  expect(payloads[2]).toMatchObject({ CheckInURL: "https://devices.example.com/public/mdm/checkin/" });
  expect(payloads[2]).not.toHaveProperty("SignMessage");
});
