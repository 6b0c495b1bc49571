/** ACME issuers. */
import { acmeTexts, issuerTexts as words } from "../texts/issuers.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts, yesNo } from "./common-columns.tsx";
import type { FormValues } from "./field.ts";
import { backendFields, backendName, nameFields } from "./issuer-fields.ts";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type AcmeIssuer = RowOf<"/api/mdm/acme_issuers/">;

const isRsa = ({ key_type: type }: FormValues): boolean => type === "RSA";

const resource: Resource<AcmeIssuer> = {
  api: "/api/mdm/acme_issuers/",
  page: "/acme-issuers",
  model: "mdm.acmeissuer",
  eventKind: "mdm_acme_issuer",
  texts: acmeTexts,
  titleOf: ({ name }) => name,
  searched: ({ directory_url: url, description }) => [url, description],
  columns: [
    { id: "directory", header: words.directory, cell: ({ directory_url: url }) => url },
    {
      id: "backend",
      header: words.backend,
      isFilter: true,
      cell: ({ backend }) => backendName(backend),
    },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.directory, value: row.directory_url },
    { label: words.backend, value: backendName(row.backend) },
    { label: words.keyType, value: `${row.key_type} ${row.key_size}` },
    { label: words.hardwareBound, value: yesNo(row.hardware_bound) },
    { label: words.attest, value: yesNo(row.attest) },
    { label: words.extendedUsage, value: row.extended_key_usage.join(", ") },
    { label: words.version, value: row.version },
    { label: words.description, value: row.description },
    ...datedFacts(row),
  ],
  fields: [
    ...nameFields,
    { kind: "text", name: "directory_url", label: words.directory, isRequired: true, initial: "" },
    {
      kind: "select",
      name: "key_type",
      label: words.keyType,
      options: words.keyTypes,
      initial: "ECSECPrimeRandom",
    },
    {
      kind: "number",
      name: "key_size",
      label: words.keySize,
      presets: [
        [256, "256"],
        [384, "384"],
        [2048, "2048"],
        [4096, "4096"],
      ],
      initial: 384,
    },
    {
      kind: "select",
      isNumber: true,
      name: "usage_flags",
      label: words.keyUsage,
      options: words.keyUsages,
      initial: 1,
    },
    {
      kind: "list",
      name: "extended_key_usage",
      label: words.extendedUsage,
      help: words.extendedUsageHelp,
      initial: "",
    },
    {
      kind: "switch",
      name: "hardware_bound",
      label: words.hardwareBound,
      initial: true,
      when: (values) => !isRsa(values),
    },
    { kind: "switch", name: "attest", label: words.attest, initial: true, when: (values) => !isRsa(values) },
    ...backendFields,
  ],
  tabs: [usedByTab(["enrollmentByAcmeIssuer", "certificateByAcmeIssuer"])],
  lockedReason: ({ provisioning_uid: uid }) => (uid === null ? null : resourceTexts.provisioned),
};

export const { ListPage, ObjectPage } = resourcePages(resource);
