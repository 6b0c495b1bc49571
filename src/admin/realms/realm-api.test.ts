import { randomBytes, randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createSealer, sealText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { insertRealm } from "../../../test/tools/realms.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { realmEndpoints } from "./realm-api.ts";
import { realmConfigContext } from "./realm.ts";

const database = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
const server = useApiServer(database, () => bindEndpoints({ sealer }, realmEndpoints));
const root = "/api/realms/realms/";

const configs = {
  ldap: { host: "ldap.example.com", bind_dn: "cn=a", bind_password: "p", users_base_dn: "dc=b" },
  openidc: {
    discovery_url: "https://idp.example.com/",
    client_id: "c",
    client_secret: null,
    extra_scopes: ["x"],
  },
  saml: { default_relay_state: randomUUID(), idp_metadata: "<xml/>" },
} as const;

const uuids = { ldap: randomUUID(), openidc: randomUUID(), saml: randomUUID() };
beforeAll(() =>
  database.testOperation(async (op) => {
    for (const backend of ["saml", "openidc", "ldap"] as const) {
      const uuid = uuids[backend];
      const configSealed = sealText(sealer, JSON.stringify(configs[backend]), realmConfigContext(uuid));
      await insertRealm(op.tx, { uuid, name: `Realm ${backend}`, backend, configSealed }, op.at);
    }
  }),
);

test.each(["ldap", "openidc", "saml"] as const)(
  "a realm of the kind %s shows its own configuration",
  async (backend) => {
    const { status, body } = await server.call("GET", `${root}${uuids[backend]}/`);
    expect(status).toBe(200);
    expect(body).toEqual({
      uuid: uuids[backend],
      name: `Realm ${backend}`,
      backend,
      ldap_config: null,
      openidc_config: null,
      saml_config: null,
      [`${backend}_config`]: configs[backend],
      enabled_for_login: false,
      user_portal: false,
      login_session_expiry: null,
      username_claim: "username",
      email_claim: "email",
      first_name_claim: "",
      last_name_claim: "",
      full_name_claim: "",
      custom_attr_1_claim: "",
      custom_attr_2_claim: "",
      scim_enabled: false,
      created_at: "2026-11-21T12:00:00",
      updated_at: "2026-11-21T12:00:00",
    });
  },
);

test("the list is a bare array by name, and is filtered by it", async () => {
  const names = async (query: string) =>
    ((await server.call("GET", root + query)).body as { name: string }[]).map(({ name }) => name);
  expect(await names("")).toEqual(["Realm ldap", "Realm openidc", "Realm saml"]);
  expect(await names("?name=Realm+saml")).toEqual(["Realm saml"]);
  expect(await names("?name=")).toHaveLength(3);
});

test("realms are read and nothing else, by those who may", async () => {
  expect((await server.call("GET", root, { permissions: [] })).status).toBe(403);
  expect((await server.call("POST", root, { body: {} })).status).toBe(405);
  expect((await server.call("PUT", `${root}${uuids.ldap}/`, { body: {} })).status).toBe(405);
  expect(await server.call("GET", `${root}${randomUUID()}/`)).toEqual({
    status: 404,
    body: { detail: "No Realm matches the given query." },
  });
});
