/** One device on one screen: who, what, last contact, what is next, what is wrong; and the rest in tabs. */
import { Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { useWatchDevice } from "../../api/live-device.ts";
import { texts } from "../../texts/en.ts";
import { deviceTexts as t } from "../../texts/devices.ts";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ErrorState, LoadingState } from "../../ui/states.tsx";
import { DeviceActions } from "./DeviceActions.tsx";
import { type Device, deviceQuery } from "./device-queries.ts";
import { type DeviceTab, deviceTabs } from "./device-search.ts";
import { DeviceSummary } from "./DeviceSummary.tsx";
import { ArtifactsTab } from "./tabs/ArtifactsTab.tsx";

const ActivityTab = lazy(() => import("./tabs/ActivityTab.tsx").then((m) => ({ default: m.ActivityTab })));
const CommandsTab = lazy(() => import("./tabs/CommandsTab.tsx").then((m) => ({ default: m.CommandsTab })));
const InventoryTabs = {
  applications: lazy(() => import("./tabs/inventory-tabs.tsx").then((m) => ({ default: m.ApplicationsTab }))),
  profiles: lazy(() => import("./tabs/inventory-tabs.tsx").then((m) => ({ default: m.ProfilesTab }))),
  certificates: lazy(() => import("./tabs/inventory-tabs.tsx").then((m) => ({ default: m.CertificatesTab }))),
  status: lazy(() => import("./tabs/inventory-tabs.tsx").then((m) => ({ default: m.StatusItemsTab }))),
};
const UsersTab = lazy(() => import("./tabs/UsersTab.tsx").then((m) => ({ default: m.UsersTab })));
const SessionsTab = lazy(() => import("./tabs/SessionsTab.tsx").then((m) => ({ default: m.SessionsTab })));
const SecretsTab = lazy(() => import("./tabs/SecretsTab.tsx").then((m) => ({ default: m.SecretsTab })));

const route = getRouteApi("/shell/devices/$id");

export function DevicePage() {
  const { id } = route.useParams();
  const device = useQuery(deviceQuery(id));
  useWatchDevice(id, device.data?.serial_number);
  const crumbs = [{ label: texts.navigation.devices, to: "/devices" }];
  if (device.data === undefined) {
    return (
      <>
        <PageHeader title={t.device} crumbs={crumbs} />
        {device.error === null ? (
          <LoadingState />
        ) : (
          <ErrorState error={device.error} retry={() => void device.refetch()} />
        )}
      </>
    );
  }
  const { data } = device;
  return (
    <>
      <PageHeader
        title={data.name ?? data.serial_number}
        crumbs={crumbs}
        description={`${data.serial_number} · ${data.model ?? data.platform} · ${data.platform} ${data.os_version}`}
        actions={<DeviceActions device={data} />}
      />
      <Stack>
        <DeviceSummary device={data} />
        <DeviceTabs device={data} />
      </Stack>
    </>
  );
}

function DeviceTabs({ device }: { readonly device: Device }) {
  const { tab = deviceTabs[0] } = route.useSearch();
  const navigate = route.useNavigate();
  const open = (value: string | null): void => {
    const chosen = deviceTabs.find((name) => name === value);
    if (chosen !== undefined) void navigate({ search: { tab: chosen }, replace: true });
  };
  return (
    <Tabs value={tab} onChange={open} keepMounted={false}>
      <Tabs.List mb="md">
        {deviceTabs.map((name) => (
          <Tabs.Tab key={name} value={name}>
            {t.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab}>
        <Suspense fallback={<LoadingState />}>{tabOf(tab, device)}</Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}

function tabOf(tab: DeviceTab, device: Device): ReactNode {
  switch (tab) {
    case "artifacts":
      return <ArtifactsTab device={device} />;
    case "commands":
      return <CommandsTab device={device} />;
    case "activity":
      return <ActivityTab device={device} />;
    case "users":
      return <UsersTab device={device} />;
    case "sessions":
      return <SessionsTab device={device} />;
    case "secrets":
      return <SecretsTab device={device} />;
    default: {
      const Inventory = InventoryTabs[tab];
      return <Inventory device={device} />;
    }
  }
}
