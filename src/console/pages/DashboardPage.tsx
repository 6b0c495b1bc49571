/** The state of the fleet and of the server, to be looked at rather than read. It follows what happens. */
import { Group, SimpleGrid, Skeleton, Stack, Text } from "@mantine/core";
import { IconPlayerPause, IconPointFilled } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLiveState } from "../api/live.ts";
import { texts } from "../texts/en.ts";
import { dashboardTexts } from "../texts/dashboard.ts";
import { ButtonLink } from "../ui/links.tsx";
import { Notice } from "../ui/Notice.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState } from "../ui/states.tsx";
import { type Dashboard, dashboardQuery, setupQuery } from "./dashboard/dashboard-query.ts";
import { Totals, Versions } from "./dashboard/DeviceBlocks.tsx";
import { Changes, Convergence, Expiries, Jobs, Queue } from "./dashboard/ServerBlocks.tsx";

export function DashboardPage() {
  const dashboard = useQuery(dashboardQuery);
  return (
    <>
      <PageHeader title={dashboardTexts.title} actions={<LiveMark />} />
      <Stack gap="md">
        <SetupNotice />
        {dashboard.error !== null && (
          <ErrorState error={dashboard.error} retry={() => void dashboard.refetch()} />
        )}
        {dashboard.data === undefined ? (
          dashboard.error === null && <Skeletons />
        ) : (
          <Blocks dashboard={dashboard.data} />
        )}
      </Stack>
    </>
  );
}

function Blocks({ dashboard }: { readonly dashboard: Dashboard }) {
  const { devices, blueprints, expiries, queue, schedules, changes } = dashboard;
  return (
    <>
      {devices !== null && <Totals devices={devices} />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {devices !== null && devices.platforms.length > 0 && <Versions devices={devices} />}
        {blueprints !== null && <Convergence blueprints={blueprints} />}
        <Expiries expiries={expiries} />
        {queue !== null && <Queue queue={queue} />}
        {changes !== null && <Changes changes={changes} />}
        {schedules !== null && <Jobs schedules={schedules} />}
      </SimpleGrid>
    </>
  );
}

/** Leads to the first steps until they are done. */
function SetupNotice() {
  const { data: setup } = useQuery(setupQuery);
  if (setup === undefined || setup.is_complete) return null;
  const left = setup.steps.filter(({ is_done: isDone }) => !isDone).length;
  return (
    <Notice tone="attention" title={dashboardTexts.setupLeft(left)}>
      <ButtonLink to="/first-run" size="xs" variant="default" mt={4}>
        {dashboardTexts.firstSteps}
      </ButtonLink>
    </Notice>
  );
}

function LiveMark() {
  const state = useLiveState();
  return (
    <Group gap={4} role="status" mih={24}>
      {state === "live" && <IconPointFilled size={16} aria-hidden color="var(--mantine-color-orchard-5)" />}
      {state === "paused" && <IconPlayerPause size={16} aria-hidden />}
      <Text size="sm" c="dimmed">
        {dashboardTexts.liveStates[state]}
      </Text>
    </Group>
  );
}

function Skeletons() {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} role="status" aria-label={texts.common.loading}>
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} height={180} />
      ))}
    </SimpleGrid>
  );
}
