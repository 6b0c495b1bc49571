/** SCEP issuers. */
import { issuerTexts as words, scepTexts } from "../texts/issuers.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts } from "./common-columns.tsx";
import { backendFields, backendName, nameFields } from "./issuer-fields.ts";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type ScepIssuer = RowOf<"/api/mdm/scep_issuers/">;

const usageOf = ({ key_usage: usage }: ScepIssuer): string | undefined =>
  words.keyUsages.find(({ value }) => value === String(usage))?.label;

const resource: Resource<ScepIssuer> = {
  api: "/api/mdm/scep_issuers/",
  page: "/scep-issuers",
  model: "mdm.scepissuer",
  eventKind: "mdm_scep_issuer",
  texts: scepTexts,
  titleOf: ({ name }) => name,
  searched: ({ url, description }) => [url, description],
  columns: [
    { id: "url", header: words.url, cell: ({ url }) => url },
    {
      id: "backend",
      header: words.backend,
      isFilter: true,
      cell: ({ backend }) => backendName(backend),
    },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.url, value: row.url },
    { label: words.backend, value: backendName(row.backend) },
    { label: words.keySize, value: row.key_size },
    { label: words.keyUsage, value: usageOf(row) },
    { label: words.version, value: row.version },
    { label: words.description, value: row.description },
    ...datedFacts(row),
  ],
  fields: [
    ...nameFields,
    { kind: "text", name: "url", label: words.url, isRequired: true, initial: "" },
    {
      kind: "select",
      isNumber: true,
      name: "key_size",
      label: words.keySize,
      options: ["2048", "4096"].map((value) => ({ value, label: value })),
      initial: 2048,
    },
    {
      kind: "select",
      isNumber: true,
      name: "key_usage",
      label: words.keyUsage,
      options: words.keyUsages,
      initial: 5,
    },
    ...backendFields,
  ],
  tabs: [usedByTab(["enrollmentByScepIssuer", "certificateByScepIssuer"])],
  lockedReason: ({ provisioning_uid: uid }) => (uid === null ? null : resourceTexts.provisioned),
};

export const { ListPage, ObjectPage } = resourcePages(resource);
