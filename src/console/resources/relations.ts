/** What objects refer to: short lists that are read whole, once, for names and for choices. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { requestJson } from "../api/client.ts";
import { answerRowsMax, type ListPage, readPages } from "../api/read-pages.ts";
import type { NameOf } from "./list-column.ts";
import { type Identified, permissionOf, queryKeyOf } from "./resource.ts";
import { useSession } from "../session/session.ts";

type Relation = { readonly api: string; readonly page: string | null; readonly model: string };

export const relations = {
  tag: { api: "/api/inventory/tags/", page: "/tags", model: "inventory.tag" },
  taxonomy: { api: "/api/inventory/taxonomies/", page: "/taxonomies", model: "inventory.taxonomy" },
  businessUnit: {
    api: "/api/inventory/meta_business_units/",
    page: "/business-units",
    model: "inventory.metabusinessunit",
  },
  blueprint: { api: "/api/mdm/blueprints/", page: "/blueprints", model: "mdm.blueprint" },
  artifact: { api: "/api/mdm/artifacts/", page: "/artifacts", model: "mdm.artifact" },
  filevaultConfig: {
    api: "/api/mdm/filevault_configs/",
    page: "/filevault-configs",
    model: "mdm.filevaultconfig",
  },
  recoveryPasswordConfig: {
    api: "/api/mdm/recovery_password_configs/",
    page: "/recovery-password-configs",
    model: "mdm.recoverypasswordconfig",
  },
  softwareUpdateEnforcement: {
    api: "/api/mdm/software_update_enforcements/",
    page: "/software-update-enforcements",
    model: "mdm.softwareupdateenforcement",
  },
  pushCertificate: {
    api: "/api/mdm/push_certificates/",
    page: "/push-certificates",
    model: "mdm.pushcertificate",
  },
  scepIssuer: { api: "/api/mdm/scep_issuers/", page: "/scep-issuers", model: "mdm.scepissuer" },
  acmeIssuer: { api: "/api/mdm/acme_issuers/", page: "/acme-issuers", model: "mdm.acmeissuer" },
  role: { api: "/api/accounts/roles/", page: "/roles", model: "accounts.role" },
  permission: { api: "/api/accounts/permissions/", page: null, model: "accounts.role" },
  realm: { api: "/api/realms/realms/", page: null, model: "realms.realm" },
} as const satisfies Readonly<Record<string, Relation>>;

export type RelationName = keyof typeof relations;

export type RelationRow = Identified & {
  readonly uuid?: string;
  readonly codename?: string;
  readonly name: string;
};

/** Lists that are read whole are of settings that people make by hand: more than these have another page. */
const rowsMax = 10_000;

/** Reads a whole list, in an envelope or bare: a setting of the server decides, for old clients. */
async function readAll<Row>(api: string): Promise<readonly Row[]> {
  const { rows } = await readPages<Row>({ rowsMax, placeName: "offset" }, async (offset) => {
    const path = `${api}?limit=${answerRowsMax}${offset === null ? "" : `&offset=${offset}`}`;
    const answer = await requestJson<readonly Row[] | ListPage<Row>>("GET", path);
    return "results" in answer ? answer : { results: answer };
  });
  return rows;
}

/** All rows of a short list. */
export function allQuery<Row>(api: string) {
  return queryOptions({
    queryKey: [queryKeyOf(api), "all"],
    queryFn: () => readAll<Row>(api),
    staleTime: 30_000,
  });
}

export type RelationChoices = {
  readonly rows: readonly RelationRow[];
  readonly isPending: boolean;
  /** The name of an id; the id itself when it is not known. */
  readonly nameOf: (id: number | string) => string;
};

/** The rows that can be referred to; empty for who may not see them. */
export function useRelation(name: RelationName): RelationChoices {
  const { can } = useSession();
  const { api, model } = relations[name];
  const { data = [], isLoading } = useQuery({
    ...allQuery<RelationRow>(api),
    enabled: can(permissionOf(model, "view")),
  });
  return {
    rows: data,
    isPending: isLoading,
    nameOf: (id) => data.find((row) => keyOf(row) === id)?.name ?? String(id),
  };
}

/** The names of objects of several kinds, for columns that name them. */
export function useNames(kinds: readonly RelationName[]): NameOf {
  const { can } = useSession();
  const answers = useQueries({
    queries: kinds.map((kind) => ({
      ...allQuery<RelationRow>(relations[kind].api),
      enabled: can(permissionOf(relations[kind].model, "view")),
    })),
  });
  return (to, id) => answers[kinds.indexOf(to)]?.data?.find((row) => keyOf(row) === id)?.name ?? String(id);
}

/** Realms are known by their UUID, rights by their codename. */
export function keyOf({ id, uuid, codename }: Partial<RelationRow>): number | string {
  return id ?? uuid ?? codename ?? "";
}
