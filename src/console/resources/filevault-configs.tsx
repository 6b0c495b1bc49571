/** FileVault configurations. */
import { filevaultTexts as words } from "../texts/blueprint-configs.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts, yesNo } from "./common-columns.tsx";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type FilevaultConfig = RowOf<"/api/mdm/filevault_configs/">;

const days = (count: number): string => (count === 0 ? words.never : `${count} ${words.days}`);
const minutes = (count: number): string => (count === 0 ? words.never : `${count} ${words.minutes}`);

const resource: Resource<FilevaultConfig> = {
  api: "/api/mdm/filevault_configs/",
  page: "/filevault-configs",
  model: "mdm.filevaultconfig",
  eventKind: "mdm_filevault_config",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [
    { id: "escrow", header: words.escrow, cell: ({ escrow_location_display_name: location }) => location },
    {
      id: "rotation",
      header: words.rotation,
      ordering: "prk_rotation_interval_days",
      cell: (row) => days(row.prk_rotation_interval_days),
    },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.escrow, value: row.escrow_location_display_name },
    { label: words.atLoginOnly, value: yesNo(row.at_login_only) },
    {
      label: words.bypass,
      value: row.bypass_attempts < 0 ? words.never : `${row.bypass_attempts} ${words.times}`,
    },
    { label: words.showKey, value: yesNo(row.show_recovery_key) },
    { label: words.destroyKey, value: yesNo(row.destroy_key_on_standby) },
    { label: words.rotation, value: days(row.prk_rotation_interval_days) },
    { label: words.reveal, value: minutes(row.prk_reveal_rotation_delay) },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "text",
      name: "escrow_location_display_name",
      label: words.escrow,
      help: words.escrowHelp,
      isRequired: true,
      initial: "",
    },
    {
      kind: "switch",
      name: "at_login_only",
      label: words.atLoginOnly,
      help: words.atLoginOnlyHelp,
      initial: false,
    },
    {
      kind: "number",
      name: "bypass_attempts",
      label: words.bypass,
      help: words.bypassHelp,
      min: 0,
      max: 9999,
      unit: words.times,
      initial: 0,
      when: ({ at_login_only: isLoginOnly }) => isLoginOnly === true,
    },
    { kind: "switch", name: "show_recovery_key", label: words.showKey, initial: false },
    {
      kind: "switch",
      name: "destroy_key_on_standby",
      label: words.destroyKey,
      help: words.destroyKeyHelp,
      initial: false,
    },
    {
      kind: "number",
      name: "prk_rotation_interval_days",
      label: words.rotation,
      help: words.rotationHelp,
      min: 0,
      max: 366,
      unit: words.days,
      initial: 0,
    },
    {
      kind: "number",
      name: "prk_reveal_rotation_delay",
      label: words.reveal,
      help: words.revealHelp,
      min: 0,
      max: 1440,
      unit: words.minutes,
      initial: 60,
    },
  ],
  tabs: [usedByTab(["blueprintByFilevaultConfig"])],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
