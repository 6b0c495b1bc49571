/** All devices: found, filtered, sorted by the server; selected and acted on here. */
import { Button, Group, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { changeSearch, pagingOf, type SearchChange } from "../api/list-search.ts";
import { deviceListTexts as t } from "../texts/device-list.ts";
import { texts } from "../texts/en.ts";
import { ColumnMenu } from "../ui/ColumnMenu.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";
import { useColumnChoice } from "../ui/use-column-choice.ts";
import { BulkBar } from "./devices/BulkBar.tsx";
import { deviceColumns, hiddenDeviceColumns } from "./devices/device-columns.tsx";
import { DeviceFilters } from "./devices/DeviceFilters.tsx";
import { type DeviceRow, exportAddress, readDeviceRows } from "./devices/device-list.ts";
import { type DevicesSearch, filterNames } from "./devices-search.ts";
import { SavedViews } from "./SavedViews.tsx";

const route = getRouteApi("/shell/devices");

export function DevicesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const devices = useQuery({
    queryKey: ["devices", "list", search],
    queryFn: () => readDeviceRows(search),
    placeholderData: keepPreviousData,
  });
  const choice = useColumnChoice("devices", deviceColumns, hiddenDeviceColumns);
  const selection = useSelection(devices.data?.results ?? []);
  const change = (changed: SearchChange<DevicesSearch>): void => {
    void navigate({ search: (before) => changeSearch<DevicesSearch>(before, changed), replace: true });
  };
  const narrow = (changed: SearchChange<DevicesSearch>): void => change({ ...changed, page: undefined });
  return (
    <>
      <PageHeader
        title={texts.navigation.devices}
        actions={
          <>
            <Button
              component="a"
              href={exportAddress(search)}
              download
              variant="default"
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {t.csv}
            </Button>
            <SavedViews page="devices" columns={choice.shown.map(({ id }) => id)} onColumns={choice.show} />
            <ColumnMenu columns={deviceColumns} choice={choice} />
          </>
        }
      />
      <Stack gap="sm" pb={80}>
        <Group gap="xs" component="search" display="block">
          <DeviceFilters search={search} onChange={narrow} />
        </Group>
        <ResourceTable
          label={texts.navigation.devices}
          columns={choice.shown}
          rowId={({ id }) => String(id)}
          page={devices.data}
          error={devices.error}
          retry={() => void devices.refetch()}
          empty={<Nothing search={search} />}
          paging={{ ...pagingOf(search), onChange: (changed) => change(changed) }}
          sorting={{
            ordering: search.ordering ?? "",
            onChange: (ordering) => change({ ordering, page: undefined }),
          }}
          selection={{
            selected: new Set(selection.rows.map(({ id }) => String(id))),
            onChange: selection.choose,
            nameOf: ({ name, serial_number: serial }) => name ?? serial,
          }}
        />
      </Stack>
      <BulkBar devices={selection.rows} onDeselect={() => selection.choose(new Set())} />
    </>
  );
}

/** Selected devices, also those of pages that are not shown any more. */
function useSelection(shown: readonly DeviceRow[]) {
  const [rows, setRows] = useState<readonly DeviceRow[]>([]);
  return {
    rows,
    choose: (ids: ReadonlySet<string>): void => {
      const known = new Map([...rows, ...shown].map((row) => [String(row.id), row]));
      setRows([...ids].flatMap((id) => known.get(id) ?? []));
    },
  };
}

function Nothing({ search }: { readonly search: DevicesSearch }) {
  const isNarrow = search.search !== undefined || filterNames.some((name) => search[name] !== undefined);
  if (isNarrow) return <EmptyState title={t.noneFitTitle}>{t.noneFit}</EmptyState>;
  return <EmptyState title={t.emptyTitle}>{t.empty}</EmptyState>;
}
