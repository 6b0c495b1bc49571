/** ACME issuers over the API: shapes, errors word for word, secrets in audit events, the configuration file. */
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import type { Operation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import { acmeIssuerEndpoints, readAcmeIssuerEntry } from "./acme-issuer-api.ts";
import { provisionAcmeIssuer } from "./acme-issuer-operations.ts";

const database = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
const { call } = useApiServer(database, () => bindEndpoints({ sealer }, acmeIssuerEndpoints));
const root = "/api/mdm/acme_issuers/";

type Json = Readonly<Record<string, unknown>>;
let names = 0;
const bodyOf = (more: Json = {}): Json => ({
  name: `Issuer ${++names}`,
  directory_url: "https://acme.example.com/directory",
  key_type: "ECSECPrimeRandom",
  key_size: 384,
  backend: "STATIC_CHALLENGE",
  static_challenge_kwargs: { challenge: "k7-orange" },
  ...more,
});
const post = (body: Json) => call("POST", root, { body });
const put = (id: string, body: Json) => call("PUT", `${root}${id}/`, { body });
const okta = {
  backend: "OKTA_CA",
  static_challenge_kwargs: null,
  okta_ca_kwargs: { url: "https://ca.example.com/", username: "acme", password: "p4ss word" },
};

async function create(more: Json = {}): Promise<Json & { id: string }> {
  const created = await post(bodyOf(more));
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  return created.body as Json & { id: string };
}

async function lastEvent(): Promise<Json> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Json;
}

test("an issuer has the defaults of the reference, is read, changed and deleted", async () => {
  const body = bodyOf({
    name: "Attested",
    ident_kwargs: null,
    microsoft_ca_kwargs: null,
    okta_ca_kwargs: null,
  });
  const created = await post(body);
  const issuer = created.body as { id: string };
  expect(created).toEqual({
    status: 201,
    body: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      provisioning_uid: null,
      name: "Attested",
      description: "",
      version: 1,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
      directory_url: "https://acme.example.com/directory",
      key_type: "ECSECPrimeRandom",
      key_size: 384,
      usage_flags: 0,
      extended_key_usage: [],
      hardware_bound: true,
      attest: true,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "k7-orange" },
    },
  });
  expect(await call("GET", `${root}${issuer.id}/`)).toEqual({ status: 200, body: issuer });
  expect((await call("GET", `${root}?name=Attested`)).body).toMatchObject({ count: 1, results: [issuer] });
  const change = {
    ...bodyOf({ name: "Attested", key_type: "RSA", key_size: 2048, hardware_bound: false, attest: false }),
    ...okta,
    usage_flags: 5,
    extended_key_usage: ["1.3.6.1.5.5.7.3.2"],
  };
  expect(await put(issuer.id, change)).toMatchObject({
    status: 200,
    body: { version: 2, key_type: "RSA", usage_flags: 5, okta_ca_kwargs: okta.okta_ca_kwargs },
  });
  const omitting = { ...bodyOf({ name: "Attested", key_type: "RSA", key_size: 4096 }) };
  const kept = await put(issuer.id, omitting);
  expect(kept.body).toMatchObject({
    version: 3,
    key_size: 4096,
    usage_flags: 5,
    extended_key_usage: ["1.3.6.1.5.5.7.3.2"],
    hardware_bound: false,
    attest: false,
  });
  expect(await call("DELETE", `${root}${issuer.id}/`)).toEqual({ status: 204, body: null });
  expect(await call("GET", `${root}${issuer.id}/`)).toEqual({
    status: 404,
    body: { detail: "No ACMEIssuer matches the given query." },
  });
});

const rsaSize = ["RSA Key size must be a multiple of 8 in the range of 1024 through 4096"];
const boundCurve = ["Hardware bound ECSECPrimeRandom keys must be one of the P-256 or P-384 curves"];
const curve = ["ECSECPrimeRandom keys must be one of the P-192, P-256, P-384, or P-521 curves"];
const loose = { hardware_bound: false, attest: false };
test.each<[Json, Json]>([
  [
    { key_type: "RSA", key_size: 2048 },
    { key_type: ["Hardware bound keys must be of type ECSECPrimeRandom"] },
  ],
  [
    { hardware_bound: false },
    { hardware_bound: ["When attest is true, hardware_bound also needs to be true"] },
  ],
  [{ key_type: "RSA", key_size: 1023, ...loose }, { key_size: rsaSize }],
  [{ key_type: "RSA", key_size: 4104, ...loose }, { key_size: rsaSize }],
  [{ key_size: 521 }, { key_size: boundCurve }],
  [{ key_size: 224, ...loose }, { key_size: curve }],
  [{ key_size: -1 }, { key_size: ["Ensure this value is greater than or equal to 0."] }],
  [{ usage_flags: 2 }, { usage_flags: ['"2" is not a valid choice.'] }],
  [
    { extended_key_usage: ["1.2", "1."] },
    { extended_key_usage: { "1": ["Ensure this field has at least 3 characters."] } },
  ],
  [{ directory_url: "nope" }, { directory_url: ["Enter a valid URL."] }],
  [{ static_challenge_kwargs: {} }, { static_challenge_kwargs: ["This field is required."] }],
  [
    { ident_kwargs: { url: "https://i.example.com/", bearer_token: "b" } },
    { ident_kwargs: ["This field cannot be set for this backend."] },
  ],
  [{ key_size: 1, static_challenge_kwargs: null }, { static_challenge_kwargs: ["This field is required."] }],
])("%j is refused", async (more, errors) => {
  expect(await post(bodyOf(more))).toEqual({ status: 400, body: errors });
});

test.each([
  { key_type: "RSA", key_size: 1024, ...loose },
  { key_type: "RSA", key_size: 4096, ...loose },
  { key_size: 256 },
  { key_size: 521, ...loose },
  { key_size: 256, attest: false },
])("%j is taken", async (more) => {
  expect(await create(more)).toMatchObject(more);
});

test("a name is taken once, on create and on update", async () => {
  const [one, other] = [await create(), await create()];
  const refusal = { status: 400, body: { name: ["acme issuer with this name already exists."] } };
  expect(await post(bodyOf({ name: one["name"] }))).toEqual(refusal);
  expect(await put(other.id, bodyOf({ name: one["name"] }))).toEqual(refusal);
});

test("an issuer that a certificate asset uses cannot be deleted", async () => {
  const { id } = await create();
  await database.testOperation((op) =>
    op.tx.run(sql`
      with artifact as (
        insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                               reinstall_interval, reinstall_on_os_update, created_at, updated_at)
        values (gen_random_uuid(), 'user of an issuer', 'Certificate Asset', 'Device', '{macOS}', false, true, 0, 'No',
                ${op.at}, ${op.at}) returning id),
      version as (
        insert into artifact_versions
        select gen_random_uuid(), id, 1, false, '', '', false, '', '', true, '', '', false, '', '', 100, 100,
               ${op.at}::timestamptz, ${op.at}::timestamptz from artifact returning id)
      insert into cert_assets select id, ${id}::uuid, null, '[]', '{}', 'Default' from version`),
  );
  expect(await call("DELETE", `${root}${id}/`)).toEqual({
    status: 400,
    body: ["This ACME issuer cannot be deleted."],
  });
});

test("audit events show digests of secrets, and settings are sealed at rest", async () => {
  const { id } = await create();
  const challengeHash = createHash("sha256").update("k7-orange").digest("hex");
  expect(await lastEvent()).toMatchObject({
    objects: { mdm_acme_issuer: [id] },
    payload: {
      action: "created",
      object: {
        model: "mdm.acmeissuer",
        new_value: { key_size: 384, backend_kwargs: { challenge_hash: challengeHash } },
      },
    },
  });
  await put(id, bodyOf(okta));
  expect(JSON.stringify(await lastEvent())).not.toContain("p4ss word");
  await call("DELETE", `${root}${id}/`);
  expect(await lastEvent()).toMatchObject({ payload: { action: "deleted" } });
  const { id: sealedId } = await create();
  const { rows } = await database.database.pool.query<{ sealed: Buffer }>(
    "select backend_settings_sealed as sealed from acme_issuers where id = $1",
    [sealedId],
  );
  expect(rows[0]?.sealed.length).toBeGreaterThan(20);
  expect(rows[0]?.sealed.toString("latin1")).not.toContain("orange");
});

function provision(uid: string, fields: object): (op: Operation) => Promise<void> {
  const entry = readAcmeIssuerEntry(fields);
  if ("errors" in entry) throw new Error(JSON.stringify(entry.errors));
  return (op) => provisionAcmeIssuer(op, { sealer }, { uid, ...entry });
}

test("processes that start at once make an issuer of the configuration file once", async () => {
  const work = provision("many", bodyOf({ name: "Of many processes" }));
  await runDuring(database, work, () => database.testOperation(work));
  const { body } = await call("GET", `${root}?name=Of+many+processes`);
  expect(body).toMatchObject({ count: 1, results: [{ provisioning_uid: "many", version: 1 }] });
});

test("an issuer of the configuration file is made once, follows it, and hides its backend", async () => {
  const apply = (changed: object) => database.testOperation(provision("file", changed));
  const fields = bodyOf({ name: "From the file" });
  const read = async () =>
    ((await call("GET", `${root}?name=From+the+file`)).body as { results: Json[] }).results[0];
  await apply(fields);
  await apply(fields);
  expect(await read()).toMatchObject({ provisioning_uid: "file", version: 1 });
  expect(await read()).not.toHaveProperty("backend");
  expect(await read()).not.toHaveProperty("static_challenge_kwargs");
  await apply({ ...fields, static_challenge_kwargs: { challenge: "another" } });
  expect(await read()).toMatchObject({ version: 2 });
  const id = String((await read())?.["id"]);
  expect(await put(id, bodyOf())).toEqual({ status: 400, body: ["This ACME issuer cannot be updated."] });
  expect(await call("DELETE", `${root}${id}/`)).toEqual({
    status: 400,
    body: ["This ACME issuer cannot be deleted."],
  });
  expect(readAcmeIssuerEntry({ ...fields, key_type: "DSA" })).toEqual({
    errors: { key_type: ['"DSA" is not a valid choice.'] },
  });
});
