/** Tags. */
import { ColorSwatch, Group } from "@mantine/core";
import { resourceTexts } from "../texts/resources.ts";
import { tagTexts } from "../texts/inventory.ts";
import { ButtonLink } from "../ui/links.tsx";
import { relationColumn } from "./common-columns.tsx";
import { RelationName } from "./RelationName.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type Tag = RowOf<"/api/inventory/tags/">;

const resource: Resource<Tag> = {
  api: "/api/inventory/tags/",
  page: "/tags",
  model: "inventory.tag",
  eventKind: "tag",
  texts: tagTexts,
  titleOf: ({ name }) => name,
  columns: [
    {
      id: "color",
      header: tagTexts.color,
      cell: ({ color }) => <Colour color={color} />,
      text: ({ color }) => `#${color}`,
    },
    relationColumn({
      id: "taxonomy",
      header: tagTexts.taxonomy,
      to: "taxonomy",
      of: ({ taxonomy }) => taxonomy,
    }),
    relationColumn({
      id: "unit",
      header: tagTexts.businessUnit,
      to: "businessUnit",
      of: ({ meta_business_unit: unit }) => unit,
    }),
  ],
  facts: ({ color, taxonomy, meta_business_unit: unit }) => [
    { label: tagTexts.color, value: <Colour color={color} /> },
    { label: tagTexts.taxonomy, value: <RelationName to="taxonomy" id={taxonomy} /> },
    { label: tagTexts.businessUnit, value: <RelationName to="businessUnit" id={unit} /> },
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    { kind: "color", name: "color", label: tagTexts.color, initial: "0079bf" },
    {
      kind: "relation",
      to: "taxonomy",
      name: "taxonomy",
      label: tagTexts.taxonomy,
      help: tagTexts.taxonomyHelp,
      initial: null,
    },
    {
      kind: "relation",
      to: "businessUnit",
      name: "meta_business_unit",
      label: tagTexts.businessUnit,
      initial: null,
    },
  ],
  tabs: [usedByTab(["enrollmentByTag", "linkByTag", "updateRuleByTag"])],
  actions: ({ id }) => (
    <ButtonLink variant="default" to="/devices" search={{ tags: [id] } as object}>
      {tagTexts.showDevices}
    </ButtonLink>
  ),
};

function Colour({ color }: { readonly color: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex">
      <ColorSwatch color={`#${color}`} size={14} withShadow={false} aria-hidden />#{color}
    </Group>
  );
}

export const { ListPage, ObjectPage } = resourcePages(resource);
