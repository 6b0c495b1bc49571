/** Blueprints: what devices are to have. */
import { BlueprintHistory } from "../blueprints/BlueprintHistory.tsx";
import { CloneButton } from "../blueprints/CloneButton.tsx";
import { Convergence, ConvergenceCell } from "../blueprints/Convergence.tsx";
import { DevicesLosing } from "../blueprints/DevicesLosing.tsx";
import { LinkTable } from "../blueprints/LinkTable.tsx";
import { duration } from "../format/time.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts, relationColumn, yesNo } from "./common-columns.tsx";
import type { Field } from "./field.ts";
import { RelationName, RelationNames } from "./RelationName.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type Blueprint = RowOf<"/api/mdm/blueprints/">;

function collects(name: string, label: string): Field {
  return { kind: "select", isNumber: true, name, label, options: words.collectOptions, initial: 0 };
}

const resource: Resource<Blueprint> = {
  api: "/api/mdm/blueprints/",
  page: "/blueprints",
  model: "mdm.blueprint",
  eventKind: "mdm_blueprint",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [
    { id: "devices", header: words.convergence, cell: ({ id }) => <ConvergenceCell blueprint={id} /> },
    relationColumn({
      id: "filevault",
      header: words.filevault,
      to: "filevaultConfig",
      of: ({ filevault_config: id }) => id,
    }),
    changedColumn,
  ],
  facts: (row) => [
    { label: words.interval, value: duration(row.inventory_interval) },
    { label: words.apps, value: words.collect[row.collect_apps] },
    { label: words.certificates, value: words.collect[row.collect_certificates] },
    { label: words.profiles, value: words.collect[row.collect_profiles] },
    { label: words.viaDdm, value: yesNo(row.legacy_profiles_via_ddm) },
    { label: words.filevault, value: <RelationName to="filevaultConfig" id={row.filevault_config} /> },
    {
      label: words.recovery,
      value: <RelationName to="recoveryPasswordConfig" id={row.recovery_password_config} />,
    },
    {
      label: words.updates,
      value: <RelationNames to="softwareUpdateEnforcement" ids={row.software_update_enforcements} />,
    },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "number",
      name: "inventory_interval",
      label: words.interval,
      help: words.intervalHelp,
      min: 14_400,
      max: 604_800,
      unit: words.seconds,
      presets: words.presets,
      initial: 86_400,
    },
    collects("collect_apps", words.apps),
    collects("collect_certificates", words.certificates),
    collects("collect_profiles", words.profiles),
    {
      kind: "switch",
      name: "legacy_profiles_via_ddm",
      label: words.viaDdm,
      help: words.viaDdmHelp,
      initial: true,
    },
    {
      kind: "relation",
      to: "filevaultConfig",
      name: "filevault_config",
      label: words.filevault,
      initial: null,
    },
    {
      kind: "relation",
      to: "recoveryPasswordConfig",
      name: "recovery_password_config",
      label: words.recovery,
      initial: null,
    },
    {
      kind: "relation",
      to: "softwareUpdateEnforcement",
      isMany: true,
      name: "software_update_enforcements",
      label: words.updates,
      initial: [],
    },
  ],
  tabs: [
    {
      id: "artifacts",
      label: words.artifacts,
      permission: "mdm.view_blueprintartifact",
      content: ({ id }) => <LinkTable blueprint={id} />,
    },
    {
      id: "devices",
      label: words.devices,
      permission: "mdm.view_enrolleddevice",
      content: ({ id }) => <Convergence blueprint={id} />,
    },
    usedByTab(["enrollmentByBlueprint"]),
    {
      id: "history",
      label: words.history,
      permission: "core.view_event",
      content: (row) => <BlueprintHistory blueprint={row} />,
    },
  ],
  deletionNote: ({ id }) => <DevicesLosing blueprint={id} />,
  actions: (row) => <CloneButton blueprint={row} />,
};

export const { ListPage, ObjectPage } = resourcePages(resource);
