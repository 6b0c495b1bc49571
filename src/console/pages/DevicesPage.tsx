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
import { ButtonLink } from "../ui/links.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";
import { useColumnChoice } from "../ui/use-column-choice.ts";
import { BulkBar } from "./devices/BulkBar.tsx";
import { deviceColumns, hiddenDeviceColumns } from "./devices/device-columns.tsx";
import type { BulkTarget } from "./devices/bulk-target.ts";
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
  const selection = useSelection(devices.data, search);
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
            onChange: (ordering) =>
              change({ ordering: ordering === "" ? undefined : ordering, page: undefined }),
          }}
          selection={{
            selected: selection.ids,
            onChange: selection.choose,
            nameOf: ({ name, serial_number: serial }) => name ?? serial,
          }}
        />
      </Stack>
      <BulkBar
        target={selection.target}
        matching={selection.matching}
        onSelectMatching={selection.chooseMatching}
        onDeselect={() => selection.choose(new Set())}
      />
    </>
  );
}

type Matching = Extract<BulkTarget, { readonly kind: "matching" }>;

/** Selected devices, also those of pages that are not shown any more; or all that match, as long as the filters stay. */
function useSelection(page: Awaited<ReturnType<typeof readDeviceRows>> | undefined, search: DevicesSearch) {
  const [rows, setRows] = useState<readonly DeviceRow[]>([]);
  const [matched, setMatched] = useState<Matching | null>(null);
  const shown = page?.results ?? [];
  const isSame = matched !== null && filterKey(matched.search) === filterKey(search);
  const target: BulkTarget = isSame ? matched : { kind: "rows", rows };
  const chosen = target.kind === "rows" ? target.rows : shown;
  const ids = new Set(chosen.map(({ id }) => String(id)));
  const isPageChosen = shown.length > 0 && shown.every(({ id }) => ids.has(String(id)));
  const count = page?.count ?? 0;
  const isMore = target.kind === "rows" && isPageChosen && count > rows.length;
  const all: Matching = { kind: "matching", search, count, isMinimum: page?.count_is_minimum ?? false };
  return {
    target,
    ids,
    /** Offered when there is more than what is selected. */
    matching: isMore ? all : null,
    chooseMatching: (): void => setMatched(all),
    choose: (wanted: ReadonlySet<string>): void => {
      const known = new Map([...rows, ...shown].map((row) => [String(row.id), row]));
      setMatched(null);
      setRows([...wanted].flatMap((id) => known.get(id) ?? []));
    },
  };
}

/** What narrows the list, apart from its order and page. */
function filterKey(search: DevicesSearch): string {
  return JSON.stringify([search.search, ...filterNames.map((name) => search[name])]);
}

function Nothing({ search }: { readonly search: DevicesSearch }) {
  const isNarrow = search.search !== undefined || filterNames.some((name) => search[name] !== undefined);
  if (isNarrow) return <EmptyState title={t.noneFitTitle}>{t.noneFit}</EmptyState>;
  return (
    <EmptyState
      title={t.emptyTitle}
      action={
        <Group justify="center">
          <ButtonLink to="/first-run">{t.openFirstRun}</ButtonLink>
          <ButtonLink to="/enrollments" variant="default">
            {t.openEnrollments}
          </ButtonLink>
        </Group>
      }
    >
      {t.empty}
    </EmptyState>
  );
}
