/** The columns of the device list. */
import { Badge, Group, Text } from "@mantine/core";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { texts } from "../../texts/en.ts";
import { TextLink } from "../../ui/links.tsx";
import type { Column } from "../../ui/ResourceTable.tsx";
import { StatusBadge, type Tone } from "../../ui/StatusBadge.tsx";
import { Time } from "../../ui/Time.tsx";
import type { DeviceRow } from "./device-list.ts";

type Shown = "enrolled" | "pending" | "silent" | "failing" | "blocked" | "checked_out";

const tones: Readonly<Record<Shown, Tone>> = {
  enrolled: "good",
  pending: "progress",
  silent: "attention",
  failing: "bad",
  blocked: "bad",
  checked_out: "neutral",
};

/** The word that matters most: a device may be silent and failing at once. */
function shownState({ state, is_silent: isSilent, problems }: DeviceRow): Shown {
  if (state !== "enrolled") return state;
  if (problems > 0) return "failing";
  return isSilent ? "silent" : "enrolled";
}

const person = ({ user }: DeviceRow): string =>
  user === null ? "–" : user.long_name === "" ? user.short_name : user.long_name;

export const deviceColumns: readonly Column<DeviceRow>[] = [
  {
    id: "name",
    header: t.columns.device,
    ordering: "name",
    cell: ({ id, name, serial_number: serial, model }) => (
      <>
        <TextLink to="/devices/$id" params={{ id }} fw={600} size="sm">
          {name ?? serial}
        </TextLink>
        <Text size="xs" c="dimmed">
          {serial}
          {model !== null && ` · ${model}`}
        </Text>
      </>
    ),
  },
  {
    id: "state",
    header: t.columns.state,
    cell: (row) => {
      const state = shownState(row);
      return <StatusBadge tone={tones[state]}>{t.states[state]}</StatusBadge>;
    },
  },
  { id: "user", header: t.columns.user, cell: person },
  {
    id: "system",
    header: t.columns.system,
    ordering: "os_version",
    cell: ({ platform, os_version: version }) => `${platform} ${version}`,
  },
  {
    id: "blueprint",
    header: t.columns.blueprint,
    ordering: "blueprint",
    cell: ({ blueprint }) => blueprint?.name ?? texts.common.none,
  },
  {
    id: "tags",
    header: t.columns.tags,
    cell: ({ tags }) =>
      tags.length === 0 ? (
        "–"
      ) : (
        <Group gap={4}>
          {tags.map(({ id, name }) => (
            <Badge key={id} variant="default" tt="none" fw={500}>
              {name}
            </Badge>
          ))}
        </Group>
      ),
  },
  {
    id: "seen",
    header: t.columns.contact,
    ordering: "last_seen_at",
    cell: ({ last_seen_at: at }) => <Time at={at} />,
  },
  {
    id: "problems",
    header: t.columns.problems,
    cell: (row) => <Problems row={row} />,
  },
  {
    id: "enrolled",
    header: t.columns.enrolled,
    ordering: "created_at",
    cell: ({ created_at: at }) => <Time at={at} />,
  },
  {
    id: "supervised",
    header: t.columns.supervised,
    cell: ({ supervised }) =>
      supervised === null ? texts.common.unknown : supervised ? texts.common.yes : texts.common.no,
  },
  { id: "udid", header: t.columns.udid, cell: ({ udid }) => <Text size="xs">{udid}</Text> },
  { id: "build", header: t.columns.build, cell: ({ build_version: build }) => build },
];

/** Columns that are there for whoever wants them. */
export const hiddenDeviceColumns = ["tags", "enrolled", "supervised", "udid", "build"];

function Problems({ row }: { readonly row: DeviceRow }) {
  const { failed_artifacts: failed, parked_commands: parked, push_rejected: isRejected } = row;
  const words = [
    ...(failed > 0 ? [t.failedArtifacts(failed)] : []),
    ...(parked > 0 ? [t.parkedCommands(parked)] : []),
    ...(isRejected ? [t.pushRejected] : []),
  ];
  return words.length === 0 ? "–" : <Text size="sm">{words.join(", ")}</Text>;
}
