/** Rules about the system that devices must have. */
import { updateTexts as words } from "../texts/blueprint-configs.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts } from "./common-columns.tsx";
import { platformOptions } from "./platforms.ts";
import { RelationNames } from "./RelationName.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type Rule = RowOf<"/api/mdm/software_update_enforcements/">;

function saysOf(rule: Rule): string {
  if (rule.os_version !== "")
    return words.saysExact(rule.os_version, (rule.local_datetime ?? "").replace("T", " ").slice(0, 16));
  return words.saysLatest(rule.delay_days ?? 0, rule.max_os_version);
}

const resource: Resource<Rule> = {
  api: "/api/mdm/software_update_enforcements/",
  page: "/software-update-enforcements",
  model: "mdm.softwareupdateenforcement",
  eventKind: "mdm_software_update_enforcement",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [
    {
      id: "platforms",
      header: words.platforms,
      isFilter: true,
      cell: ({ platforms }) => platforms.join(", "),
      text: ({ platforms }) => platforms,
    },
    { id: "says", header: words.says, cell: saysOf },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.platforms, value: row.platforms.join(", ") },
    { label: words.says, value: saysOf(row) },
    { label: words.tags, value: <RelationNames to="tag" ids={row.tags} /> },
    ...(row.build_version === "" ? [] : [{ label: words.build, value: row.build_version }]),
    ...(row.local_time === null ? [] : [{ label: words.time, value: row.local_time }]),
    ...(row.details_url === "" ? [] : [{ label: words.url, value: row.details_url }]),
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "select",
      name: "platforms",
      label: words.platforms,
      options: platformOptions,
      isMany: true,
      isRequired: true,
      initial: ["macOS"],
    },
    {
      kind: "relation",
      to: "tag",
      isMany: true,
      name: "tags",
      label: words.tags,
      help: words.tagsHelp,
      initial: [],
    },
    // One of the two kinds has to be chosen; the API tells which fields belong together.
    { kind: "text", name: "os_version", label: words.osVersion, help: words.exact, initial: "" },
    { kind: "text", name: "build_version", label: words.build, initial: "", when: isExact },
    {
      kind: "moment",
      name: "local_datetime",
      label: words.moment,
      help: words.momentHelp,
      initial: null,
      when: isExact,
    },
    {
      kind: "text",
      name: "max_os_version",
      label: words.maxVersion,
      help: words.latest,
      initial: "",
      when: (values) => !isExact(values),
    },
    {
      kind: "number",
      name: "delay_days",
      label: words.delay,
      min: 0,
      max: 120,
      initial: 14,
      when: (values) => !isExact(values),
    },
    {
      kind: "clock",
      name: "local_time",
      label: words.time,
      help: words.timeHelp,
      initial: "09:30:00",
      when: (values) => !isExact(values),
    },
    { kind: "text", name: "details_url", label: words.url, help: words.urlHelp, initial: "" },
  ],
  tabs: [usedByTab(["blueprintBySoftwareUpdateEnforcement"])],
};

function isExact({ os_version: version }: Readonly<Record<string, unknown>>): boolean {
  return typeof version === "string" && version !== "";
}

export const { ListPage, ObjectPage } = resourcePages(resource);
