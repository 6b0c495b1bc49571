import { Anchor, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { pageQuery, pagingOf } from "../api/list-search.ts";
import { EmptyState } from "../ui/states.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { type Column, ResourceTable } from "../ui/ResourceTable.tsx";
import { Time } from "../ui/Time.tsx";
import type { DevicesSearch } from "./devices-search.ts";

const route = getRouteApi("/shell/devices");

function readDevices({ serial_number, ...search }: DevicesSearch) {
  const query = { ...pageQuery(search), ...(serial_number === undefined ? {} : { serial_number }) };
  return unwrap(api.GET("/api/mdm/devices/", { params: { query } }));
}

type DeviceRow = Awaited<ReturnType<typeof readDevices>>["results"][number];

const columns: readonly Column<DeviceRow>[] = [
  {
    id: "name",
    header: "Device",
    cell: (device) => (
      <Stack gap={0}>
        <Anchor href={`/devices/${device.id}`} fw={600}>
          {device.name ?? device.serial_number}
        </Anchor>
        <Text size="xs" c="dimmed">
          {device.serial_number} · {device.model}
        </Text>
      </Stack>
    ),
  },
  { id: "os", header: "System", cell: ({ platform, os_version: version }) => `${platform} ${version}` },
  {
    id: "seen",
    header: "Last contact",
    ordering: "last_seen_at",
    cell: ({ last_seen_at: at }) => <Time at={at} />,
  },
];

/** All devices, by page. */
export function DevicesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const devices = useQuery({
    queryKey: ["devices", search],
    queryFn: () => readDevices(search),
    placeholderData: keepPreviousData,
  });
  const change = (changed: Partial<DevicesSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...changed }), replace: true });
  };
  const find = useDebouncedCallback((serial: string) => change({ serial_number: serial, page: 1 }), 300);
  return (
    <>
      <PageHeader title="Devices" />
      <Group mb="sm">
        <TextInput
          aria-label="Serial number"
          placeholder="Serial number"
          defaultValue={search.serial_number ?? ""}
          onChange={(event) => find(event.currentTarget.value.trim())}
        />
      </Group>
      <ResourceTable
        label="Devices"
        columns={columns}
        rowId={({ id }) => String(id)}
        page={devices.data}
        error={devices.error}
        retry={() => void devices.refetch()}
        empty={
          <EmptyState title="No devices here">
            None is enrolled, or none fits what you searched for.
          </EmptyState>
        }
        paging={{ ...pagingOf(search), onChange: (changed) => change(changed) }}
        sorting={{ ordering: search.ordering ?? "", onChange: (ordering) => change({ ordering, page: 1 }) }}
      />
    </>
  );
}
