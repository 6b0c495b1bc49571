/** Taxonomies: tags that exclude each other. */
import { resourceTexts } from "../texts/resources.ts";
import { tagTexts, taxonomyTexts } from "../texts/inventory.ts";
import { changedColumn, datedFacts, relationColumn } from "./common-columns.tsx";
import { RelationName } from "./RelationName.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type Taxonomy = RowOf<"/api/inventory/taxonomies/">;

const resource: Resource<Taxonomy> = {
  api: "/api/inventory/taxonomies/",
  page: "/taxonomies",
  model: "inventory.taxonomy",
  eventKind: "taxonomy",
  texts: taxonomyTexts,
  titleOf: ({ name }) => name,
  columns: [
    relationColumn({
      id: "unit",
      header: tagTexts.businessUnit,
      to: "businessUnit",
      of: ({ meta_business_unit: unit }) => unit,
    }),
    changedColumn,
  ],
  facts: (row) => [
    { label: tagTexts.businessUnit, value: <RelationName to="businessUnit" id={row.meta_business_unit} /> },
    ...datedFacts(row),
  ],
  tabs: [usedByTab(["tagByTaxonomy"])],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "relation",
      to: "businessUnit",
      name: "meta_business_unit",
      label: tagTexts.businessUnit,
      initial: null,
    },
  ],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
