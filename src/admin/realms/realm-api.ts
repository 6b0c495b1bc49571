/** The operators' door to realms, which only reads (http-api 3.4). */
import { Type } from "typebox";
import { OperationRefused } from "#platform/errors.ts";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { openText, type Sealer } from "#platform/sealer.ts";
import { type Realm, realmBackends, type RealmConfig, realmConfigContext, realmUnknown } from "./realm.ts";
import { findRealm, listRealms } from "./realm-store.ts";

export type RealmDeps = { readonly sealer: Sealer };

const text = Type.String();

const View = Type.Object({
  uuid: Type.String({ format: "uuid" }),
  name: text,
  backend: choice(realmBackends),
  ldap_config: nullable(Type.Object({ host: text, bind_dn: text, bind_password: text, users_base_dn: text })),
  openidc_config: nullable(
    Type.Object({
      discovery_url: text,
      client_id: text,
      client_secret: nullable(text),
      extra_scopes: Type.Array(text),
    }),
  ),
  saml_config: nullable(Type.Object({ default_relay_state: text, idp_metadata: text })),
  enabled_for_login: Type.Boolean(),
  user_portal: Type.Boolean(),
  login_session_expiry: nullable(Type.Integer()),
  username_claim: text,
  email_claim: text,
  first_name_claim: text,
  last_name_claim: text,
  full_name_claim: text,
  custom_attr_1_claim: text,
  custom_attr_2_claim: text,
  scim_enabled: Type.Boolean(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

const Query = Type.Object({ name: Type.Optional(Type.String()) });

/** The wire shows the whole configuration to anyone who may view the realm; only the active one is there. */
function view(deps: RealmDeps, realm: Realm): Record<string, unknown> {
  const { uuid, backend, configSealed } = realm;
  const opened: unknown = JSON.parse(openText(deps.sealer, configSealed, realmConfigContext(uuid)).reveal());
  const configOf = <Name extends Realm["backend"]>(name: Name): RealmConfig[Name] | null =>
    // Sealed for this very row, whose backend it is of.
    backend === name ? (opened as RealmConfig[Name]) : null;
  return {
    uuid,
    name: realm.name,
    backend,
    ldap_config: configOf("ldap"),
    openidc_config: configOf("openidc"),
    saml_config: configOf("saml"),
    enabled_for_login: realm.enabledForLogin,
    user_portal: realm.userPortal,
    login_session_expiry: realm.loginSessionExpiry,
    username_claim: realm.usernameClaim,
    email_claim: realm.emailClaim,
    first_name_claim: realm.firstNameClaim,
    last_name_claim: realm.lastNameClaim,
    full_name_claim: realm.fullNameClaim,
    custom_attr_1_claim: realm.customAttr1Claim,
    custom_attr_2_claim: realm.customAttr2Claim,
    scim_enabled: realm.scimEnabled,
    created_at: wireTime(realm.createdAt),
    updated_at: wireTime(realm.updatedAt),
  };
}

/** List and read. */
export const realmEndpoints: readonly Endpoint<RealmDeps>[] = [
  readEndpoint<RealmDeps, typeof Query>({
    method: "GET",
    path: "/api/realms/realms/",
    operationId: "listRealms",
    view: "realms",
    access: "realms.view_realm",
    summary: "Lists realms",
    query: Query,
    response: { status: 200, schema: View },
    list: "array",
    handle: async (deps, op, { query }) => (await listRealms(op.tx, query)).map((realm) => view(deps, realm)),
  }),
  readEndpoint<RealmDeps>({
    method: "GET",
    path: "/api/realms/realms/:uuid/",
    operationId: "findRealm",
    view: "realm",
    access: "realms.view_realm",
    summary: "Shows a realm",
    response: { status: 200, schema: View },
    handle: async (deps, op, { params }) => {
      const realm = await findRealm(op.tx, params.uuid);
      if (realm === null) throw new OperationRefused(realmUnknown);
      return view(deps, realm);
    },
  }),
];
