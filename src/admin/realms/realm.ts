// A realm is an identity provider: where people log in before their device enrolls.
// Rows are made in the database until realms have operations; the API reads them, enrollments refer to them.
// Its configuration holds a password or a client secret, so it is sealed as a whole.
import type { Refusal } from "#platform/errors.ts";
import type { Uuid } from "#platform/ids.ts";
import type { SealContext } from "#platform/sealer.ts";

export type RealmId = Uuid<"Realm">;

export const realmBackends = ["ldap", "openidc", "saml"] as const;

export type RealmBackend = (typeof realmBackends)[number];

export type Realm = {
  readonly uuid: RealmId;
  readonly name: string;
  readonly backend: RealmBackend;
  /** JSON of {@link RealmConfig}. */
  readonly configSealed: Buffer;
  readonly enabledForLogin: boolean;
  readonly userPortal: boolean;
  /** Seconds. */
  readonly loginSessionExpiry: number | null;
  readonly usernameClaim: string;
  readonly emailClaim: string;
  readonly firstNameClaim: string;
  readonly lastNameClaim: string;
  readonly fullNameClaim: string;
  readonly customAttr1Claim: string;
  readonly customAttr2Claim: string;
  readonly scimEnabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** What each backend is configured with, under its names on the wire (http-api 3.4). */
export type RealmConfig = {
  readonly ldap: {
    readonly host: string;
    readonly bind_dn: string;
    readonly bind_password: string;
    readonly users_base_dn: string;
  };
  readonly openidc: {
    readonly discovery_url: string;
    readonly client_id: string;
    readonly client_secret: string | null;
    readonly extra_scopes: readonly string[];
  };
  readonly saml: { readonly default_relay_state: string; readonly idp_metadata: string };
};

/** What a configuration is sealed with. */
export function realmConfigContext(uuid: string): SealContext {
  return { table: "realms", column: "config_sealed", row: uuid };
}

export const realmUnknown: Refusal = {
  kind: "not_found",
  code: "realm_unknown",
  detail: "No Realm matches the given query.",
};
