/** Configurations of recovery passwords. */
import { filevaultTexts, recoveryTexts as words } from "../texts/blueprint-configs.ts";
import { resourceTexts } from "../texts/resources.ts";
import { changedColumn, datedFacts, yesNo } from "./common-columns.tsx";
import type { FormValues } from "./field.ts";
import type { Resource, RowOf } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

type RecoveryPasswordConfig = RowOf<"/api/mdm/recovery_password_configs/">;

const isDynamic = ({ dynamic_password: is }: FormValues): boolean => is === true;

const kindOf = ({ dynamic_password: is }: RecoveryPasswordConfig): string => (is ? words.own : words.same);
const days = (count: number): string =>
  count === 0 ? filevaultTexts.never : `${count} ${filevaultTexts.days}`;

const resource: Resource<RecoveryPasswordConfig> = {
  api: "/api/mdm/recovery_password_configs/",
  page: "/recovery-password-configs",
  model: "mdm.recoverypasswordconfig",
  eventKind: "mdm_recovery_password_config",
  texts: words,
  titleOf: ({ name }) => name,
  columns: [
    { id: "kind", header: words.kind, isFilter: true, cell: kindOf },
    {
      id: "rotation",
      header: words.rotation,
      ordering: "rotation_interval_days",
      cell: (row) => days(row.rotation_interval_days),
    },
    changedColumn,
  ],
  facts: (row) => [
    { label: words.kind, value: kindOf(row) },
    { label: words.rotation, value: days(row.rotation_interval_days) },
    { label: words.reveal, value: `${row.reveal_rotation_delay} ${filevaultTexts.minutes}` },
    { label: words.firmware, value: yesNo(row.rotate_firmware_password) },
    ...datedFacts(row),
  ],
  fields: [
    { kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" },
    {
      kind: "switch",
      name: "dynamic_password",
      label: words.dynamic,
      help: words.dynamicHelp,
      initial: true,
    },
    {
      kind: "secret",
      name: "static_password",
      label: words.password,
      help: words.passwordHelp,
      isRequired: true,
      initial: "",
      when: (values) => !isDynamic(values),
    },
    {
      kind: "number",
      name: "rotation_interval_days",
      label: words.rotation,
      help: filevaultTexts.rotationHelp,
      min: 0,
      max: 366,
      unit: filevaultTexts.days,
      initial: 30,
      when: isDynamic,
    },
    {
      kind: "number",
      name: "reveal_rotation_delay",
      label: words.reveal,
      help: words.revealHelp,
      min: 0,
      max: 1440,
      unit: filevaultTexts.minutes,
      initial: 60,
      when: isDynamic,
    },
    {
      kind: "switch",
      name: "rotate_firmware_password",
      label: words.firmware,
      help: words.firmwareHelp,
      initial: false,
      when: isDynamic,
    },
  ],
  tabs: [usedByTab(["blueprintByRecoveryPasswordConfig"])],
};

export const { ListPage, ObjectPage } = resourcePages(resource);
