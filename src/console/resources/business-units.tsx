/** Business units: to whom machines belong. */
import { resourceTexts } from "../texts/resources.ts";
import { businessUnitTexts } from "../texts/inventory.ts";
import { changedColumn, datedFacts, yesNo } from "./common-columns.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type BusinessUnit = RowOf<"/api/inventory/meta_business_units/">;

const resource: Resource<BusinessUnit> = {
  api: "/api/inventory/meta_business_units/",
  page: "/business-units",
  model: "inventory.metabusinessunit",
  eventKind: "meta_business_unit",
  texts: businessUnitTexts,
  titleOf: ({ name }) => name,
  columns: [
    {
      id: "api",
      header: businessUnitTexts.isApi,
      isFilter: true,
      cell: ({ api_enrollment_enabled: isEnabled }) => yesNo(isEnabled),
    },
    changedColumn,
  ],
  facts: (row) => [
    { label: businessUnitTexts.isApi, value: yesNo(row.api_enrollment_enabled) },
    ...datedFacts(row),
  ],
  tabs: [usedByTab(["enrollmentByBusinessUnit", "tagByBusinessUnit"])],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    { kind: "switch", name: "api_enrollment_enabled", label: businessUnitTexts.isApi, initial: false },
  ],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
