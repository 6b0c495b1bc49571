/** What a device reported of itself: applications, profiles, certificates, status items. */
import { Code, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { size } from "../../../format/size.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { type Column, ResourceTable, type TablePage } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { StatusBadge } from "../../../ui/StatusBadge.tsx";
import { Time } from "../../../ui/Time.tsx";
import {
  applicationsQuery,
  certificatesQuery,
  type Device,
  profilesQuery,
  statusItemsQuery,
} from "../device-queries.ts";
import { payloadTypes } from "../payload-types.ts";
import { useTabList } from "./use-tab-list.ts";

type TabProps = { readonly device: Device };
type RowOf<Page> = Page extends TablePage<infer Row> ? Row : never;
type Answer<Query extends (...args: never[]) => { queryFn?: unknown }> = RowOf<
  Awaited<ReturnType<Extract<ReturnType<Query>["queryFn"], (...args: never[]) => unknown>>>
>;

function InventoryTable<Row>(props: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rowId: (row: Row) => string;
  readonly result: {
    readonly data: TablePage<Row> | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
  };
  readonly reportedAt: string | null;
  readonly paging: ReturnType<typeof useTabList>["paging"];
}) {
  const { label, columns, rowId, result, reportedAt, paging } = props;
  return (
    <>
      {reportedAt !== null && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.reported} <Time at={reportedAt} />
        </Text>
      )}
      <ResourceTable
        label={label}
        columns={columns}
        rowId={rowId}
        page={result.data}
        error={result.error}
        retry={() => void result.refetch()}
        empty={<EmptyState title={t.nothingReported}>{t.nothingReportedHelp}</EmptyState>}
        paging={paging}
      />
    </>
  );
}

const named = (name: string, detail: ReactNode) => (
  <>
    <Text size="sm" fw={600}>
      {name}
    </Text>
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {detail}
    </Text>
  </>
);

export function ApplicationsTab({ device }: TabProps) {
  const { query, paging } = useTabList();
  const result = useQuery({ ...applicationsQuery(device.id, query), placeholderData: keepPreviousData });
  const columns: readonly Column<Answer<typeof applicationsQuery>>[] = [
    { id: "name", header: t.columns.name, cell: ({ name, identifier }) => named(name, identifier) },
    {
      id: "version",
      header: t.columns.version,
      cell: ({ short_version: short, version }) => (short === "" ? version : short),
    },
    {
      id: "size",
      header: t.columns.size,
      cell: ({ bundle_size: count }) => (count === null ? "–" : size(count)),
    },
  ];
  return (
    <InventoryTable
      label={t.tabs.applications}
      columns={columns}
      rowId={({ identifier, version, name }) => `${identifier} ${version} ${name}`}
      result={result}
      reportedAt={device.applications_updated_at}
      paging={paging}
    />
  );
}

export function ProfilesTab({ device }: TabProps) {
  const { query, paging } = useTabList();
  const result = useQuery({ ...profilesQuery(device.id, query), placeholderData: keepPreviousData });
  const columns: readonly Column<Answer<typeof profilesQuery>>[] = [
    {
      id: "name",
      header: t.columns.name,
      cell: ({ display_name: name, identifier }) => named(name === "" ? identifier : name, identifier),
    },
    {
      id: "payloads",
      header: t.columns.payloads,
      cell: ({ payloads }) => <Payloads payloads={payloads} />,
    },
    {
      id: "managed",
      header: t.columns.managed,
      cell: ({ is_managed: isManaged }) =>
        isManaged === true ? (
          <StatusBadge tone="good">{t.managed}</StatusBadge>
        ) : (
          <StatusBadge tone="neutral">{isManaged === null ? texts.common.unknown : t.foreign}</StatusBadge>
        ),
    },
    {
      id: "installed",
      header: t.columns.installed,
      cell: ({ installed_at: at }) => <Time at={at} none={texts.common.unknown} />,
    },
  ];
  return (
    <InventoryTable
      label={t.tabs.profiles}
      columns={columns}
      rowId={({ identifier, uuid }) => `${identifier} ${uuid}`}
      result={result}
      reportedAt={device.profiles_updated_at}
      paging={paging}
    />
  );
}

/** The types of a profile's payloads, as the device reported them. */
function Payloads({ payloads }: { readonly payloads: unknown }) {
  return (
    <Text size="xs" component="span" style={{ overflowWrap: "anywhere" }}>
      {payloadTypes(payloads).join(", ") || "–"}
    </Text>
  );
}

export function CertificatesTab({ device }: TabProps) {
  const { query, paging } = useTabList();
  const result = useQuery({ ...certificatesQuery(device.id, query), placeholderData: keepPreviousData });
  const columns: readonly Column<Answer<typeof certificatesQuery>>[] = [
    { id: "name", header: t.columns.name, cell: ({ common_name: name, issuer }) => named(name, issuer) },
    {
      id: "identity",
      header: t.columns.identity,
      cell: ({ is_identity: isIdentity }) => (isIdentity ? texts.common.yes : texts.common.no),
    },
    { id: "until", header: t.columns.validUntil, cell: ({ not_after: at }) => <Time at={at} none="–" /> },
  ];
  return (
    <InventoryTable
      label={t.tabs.certificates}
      columns={columns}
      rowId={({ fingerprint }) => fingerprint}
      result={result}
      reportedAt={device.certificates_updated_at}
      paging={paging}
    />
  );
}

export function StatusItemsTab({ device }: TabProps) {
  const { query, paging } = useTabList();
  const result = useQuery({ ...statusItemsQuery(device.id, query), placeholderData: keepPreviousData });
  const columns: readonly Column<Answer<typeof statusItemsQuery>>[] = [
    { id: "name", header: t.columns.name, cell: ({ name, identifier }) => named(name, identifier) },
    {
      id: "value",
      header: t.columns.value,
      cell: ({ value }) => (
        <Code style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {typeof value === "string" ? value : JSON.stringify(value)}
        </Code>
      ),
    },
    { id: "at", header: t.columns.reported, cell: ({ reported_at: at }) => <Time at={at} /> },
  ];
  return (
    <InventoryTable
      label={t.tabs.status}
      columns={columns}
      rowId={({ name, identifier }) => `${name} ${identifier}`}
      result={result}
      reportedAt={null}
      paging={paging}
    />
  );
}
