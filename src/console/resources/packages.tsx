/** Packages: installers that declarations name. */
import { UsedBy } from "../artifacts/UsedBy.tsx";
import { size } from "../format/size.ts";
import { UploadPackage } from "../packages/UploadPackage.tsx";
import { packageTexts as words } from "../texts/packages.ts";
import { resourceTexts } from "../texts/resources.ts";
import { CodeView } from "../ui/CodeView.tsx";
import { CopyText } from "../ui/CopyText.tsx";
import { changedColumn, datedFacts } from "./common-columns.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";

type Package = RowOf<"/api/mdm/packages/">;

const resource: Resource<Package> = {
  api: "/api/mdm/packages/",
  page: "/packages",
  model: "mdm.package",
  eventKind: "mdm_package",
  texts: words,
  titleOf: ({ name }) => name,
  searched: ({ product_id: product, filename }) => [product, filename],
  columns: [
    { id: "kind", header: words.kind, isFilter: true, cell: ({ type }) => type },
    { id: "version", header: words.version, cell: ({ product_version: version }) => version },
    { id: "size", header: words.size, ordering: "size", cell: ({ size: bytes }) => size(bytes) },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.kind, value: row.type },
    { label: words.product, value: row.product_id },
    { label: words.version, value: row.product_version },
    { label: words.file, value: row.filename },
    { label: words.size, value: size(row.size) },
    { label: words.sha256, value: <CopyText value={row.sha256} label={words.sha256} /> },
    { label: words.source, value: row.source_uri },
    { label: words.description, value: row.description },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    { kind: "paragraph", name: "description", label: words.description, initial: "" },
    { kind: "fixed", name: "source_uri", label: words.source, initial: "" },
    { kind: "fixed", name: "sha256", label: words.sha256, initial: "" },
  ],
  listActions: <UploadPackage />,
  tabs: [
    {
      id: "used_by",
      label: words.usedBy,
      permission: "mdm.view_artifact",
      content: ({ id }) => <UsedBy kind="package" id={id} />,
    },
    {
      id: "bundles",
      label: words.bundles,
      content: ({ bundles }) => <CodeView value={bundles} label={words.bundles} />,
    },
  ],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
