/** Which objects refer to which, and by what member: data for the tabs that say what an object is used by. */
import { plainText } from "../format/plain-text.ts";
import { resourceTexts } from "../texts/resources.ts";
import { valueAt } from "./field.ts";
import type { NameOf } from "./list-column.ts";

type Row = Readonly<Record<string, unknown>>;

export type Use = {
  readonly label: string;
  /** Of the list of the objects that refer. */
  readonly api: string;
  readonly model: string;
  readonly isUsing: (row: Row, id: number | string) => boolean;
  readonly titleOf: (row: Row, nameOf: NameOf) => string;
  readonly pageOf: (row: Row) => string;
};

const nameAlone = (row: Row): string => plainText(row["name"]);
const words = resourceTexts.uses;

/** A member that is the id, or a list of ids. */
const at =
  (...members: readonly string[]) =>
  (row: Row, id: number | string): boolean =>
    members.some((member) => {
      const value = valueAt(row, member);
      return Array.isArray(value) ? value.some((each) => refersTo(each, id)) : value === id;
    });

/** An id, or a share of the devices with a tag. */
function refersTo(value: unknown, id: number | string): boolean {
  return value === id || valueAt(value, "tag") === id;
}

const enrollment = {
  label: words.enrollments,
  api: "/api/mdm/ota_enrollments/",
  model: "mdm.otaenrollment",
  titleOf: nameAlone,
  pageOf: (row: Row) => `/enrollments/${plainText(row["id"])}`,
};
const certificate = {
  label: words.certificates,
  api: "/api/mdm/cert_assets/",
  model: "mdm.certasset",
  titleOf: ({ artifact }: Row, nameOf: NameOf) => nameOf("artifact", plainText(artifact)),
  pageOf: ({ artifact }: Row) => `/artifacts/${plainText(artifact)}`,
};
const blueprint = {
  label: words.blueprints,
  api: "/api/mdm/blueprints/",
  model: "mdm.blueprint",
  titleOf: nameAlone,
  pageOf: (row: Row) => `/blueprints/${plainText(row["id"])}`,
};
const tag = {
  label: words.tags,
  api: "/api/inventory/tags/",
  model: "inventory.tag",
  titleOf: nameAlone,
  pageOf: (row: Row) => `/tags/${plainText(row["id"])}`,
};

export const uses = {
  enrollmentByPushCertificate: { ...enrollment, isUsing: at("push_certificate") },
  enrollmentByScepIssuer: { ...enrollment, isUsing: at("scep_issuer") },
  enrollmentByAcmeIssuer: { ...enrollment, isUsing: at("acme_issuer") },
  enrollmentByTag: { ...enrollment, isUsing: at("enrollment_secret.tags") },
  enrollmentByBusinessUnit: { ...enrollment, isUsing: at("enrollment_secret.meta_business_unit") },
  enrollmentByBlueprint: { ...enrollment, isUsing: at("blueprint") },
  certificateByScepIssuer: { ...certificate, isUsing: at("scep_issuer") },
  certificateByAcmeIssuer: { ...certificate, isUsing: at("acme_issuer") },
  blueprintByFilevaultConfig: { ...blueprint, isUsing: at("filevault_config") },
  blueprintByRecoveryPasswordConfig: { ...blueprint, isUsing: at("recovery_password_config") },
  blueprintBySoftwareUpdateEnforcement: { ...blueprint, isUsing: at("software_update_enforcements") },
  linkByTag: {
    label: words.links,
    api: "/api/mdm/blueprint_artifacts/",
    model: "mdm.blueprintartifact",
    isUsing: at("excluded_tags", "tag_shards"),
    titleOf: (row: Row, nameOf: NameOf) =>
      words.link(
        nameOf("artifact", plainText(row["artifact"])),
        nameOf("blueprint", Number(plainText(row["blueprint"]))),
      ),
    pageOf: (row: Row) => `/blueprints/${plainText(row["blueprint"])}`,
  },
  updateRuleByTag: {
    label: words.updateRules,
    api: "/api/mdm/software_update_enforcements/",
    model: "mdm.softwareupdateenforcement",
    isUsing: at("tags"),
    titleOf: nameAlone,
    pageOf: (row: Row) => `/software-update-enforcements/${plainText(row["id"])}`,
  },
  tagByTaxonomy: { ...tag, isUsing: at("taxonomy") },
  tagByBusinessUnit: { ...tag, isUsing: at("meta_business_unit") },
  accountByRole: {
    label: words.accounts,
    api: "/api/accounts/users/",
    model: "accounts.user",
    isUsing: at("roles"),
    titleOf: (row: Row) => plainText(row["username"]),
    pageOf: (row: Row) => `/users/${plainText(row["id"])}`,
  },
} as const satisfies Readonly<Record<string, Use>>;

export type UseName = keyof typeof uses;
