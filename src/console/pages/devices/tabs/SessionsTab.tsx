/** How a device came under management: the present enrollment and those before. */
import { Group, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ObjectLink } from "../../../resources/ObjectLink.tsx";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { CopyText } from "../../../ui/CopyText.tsx";
import { type Column, ResourceTable } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { StatusBadge } from "../../../ui/StatusBadge.tsx";
import { Time } from "../../../ui/Time.tsx";
import { type Device, type DeviceSession, sessionsQuery } from "../device-queries.ts";
import { useTabList } from "./use-tab-list.ts";

const columns: readonly Column<DeviceSession>[] = [
  { id: "enrollment", header: t.sessions.enrollment, cell: (row) => <EnrollmentName session={row} /> },
  { id: "kind", header: t.sessions.kind, cell: ({ kind }) => t.sessions.kinds[kind] },
  {
    id: "state",
    header: t.sessions.state,
    cell: ({ status, is_current: isCurrent }) => (
      <Group gap={6}>
        <StatusBadge tone={isCurrent ? "good" : "neutral"}>
          {isCurrent ? t.sessions.current : t.sessions.past}
        </StatusBadge>
        <Text size="xs" c="dimmed" span>
          {t.sessions.statuses[status]}
        </Text>
      </Group>
    ),
  },
  {
    id: "began",
    header: t.sessions.began,
    cell: ({ created_at: at, first_enrolled_at: first }) => (
      <>
        <Time at={at} />
        {first !== null && (
          <Text size="xs" c="dimmed">
            {t.sessions.first} <Time at={first} />
          </Text>
        )}
      </>
    ),
  },
  {
    id: "certificate",
    header: t.sessions.certificate,
    cell: ({ certificate }) => (certificate === null ? "–" : <Certificate certificate={certificate} />),
  },
];

export function SessionsTab({ device }: { readonly device: Device }) {
  const { query, paging } = useTabList();
  const result = useQuery({ ...sessionsQuery(device.id, query), placeholderData: keepPreviousData });
  return (
    <ResourceTable
      label={t.tabs.sessions}
      columns={columns}
      rowId={({ id }) => String(id)}
      page={result.data}
      error={result.error}
      retry={() => void result.refetch()}
      empty={<EmptyState title={t.sessions.none}>{t.sessions.noneHelp}</EmptyState>}
      paging={paging}
    />
  );
}

function EnrollmentName({ session }: { readonly session: DeviceSession }) {
  const { can } = useSession();
  const { pk, name } = session.ota_enrollment;
  if (!can("mdm.view_otaenrollment")) return name;
  return (
    <ObjectLink to={`/enrollments/${pk}`} size="sm">
      {name}
    </ObjectLink>
  );
}

function Certificate(props: { readonly certificate: NonNullable<DeviceSession["certificate"]> }) {
  const { serial_number: serialNumber, not_after: until } = props.certificate;
  return (
    <>
      {serialNumber !== null && <CopyText value={serialNumber} label={t.sessions.certificate} />}
      <Text size="xs" c="dimmed">
        {t.sessions.until} <Time at={until} none="–" />
      </Text>
    </>
  );
}
