/** How many devices there are, how they are, and what runs on them. */
import { Anchor, NativeSelect, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, useState } from "react";
import { dashboardTexts } from "../../texts/dashboard.ts";
import { Block } from "./Block.tsx";
import { ChartFrame } from "./ChartFrame.tsx";
import type { DeviceFacts } from "./dashboard-query.ts";
import { SmallTable } from "./SmallTable.tsx";
import { percent, versionRows } from "./version-rows.ts";

const VersionChart = lazy(async () => ({ default: (await import("./charts.tsx")).VersionChart }));

const totals = ["enrolled", "pending", "silent", "failing"] as const;

export function Totals({ devices }: { readonly devices: DeviceFacts }) {
  return (
    <SimpleGrid
      cols={{ base: 2, md: 4 }}
      spacing="sm"
      component="section"
      aria-label={dashboardTexts.devices}
    >
      {totals.map((state) => {
        const { label, help } = dashboardTexts.totals[state];
        const isBad = (state === "failing" || state === "silent") && devices[state] > 0;
        return (
          <Paper key={state} withBorder p="md">
            <Anchor
              component={Link}
              to={`/devices?state=${encodeURIComponent(JSON.stringify([state]))}`}
              size="sm"
            >
              {label}
            </Anchor>
            <Text
              fz={30}
              fw={700}
              lh={1.2}
              {...(isBad ? { c: "light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))" } : {})}
            >
              {devices[state].toLocaleString("en")}
            </Text>
            <Text size="xs" c="dimmed">
              {help}
            </Text>
          </Paper>
        );
      })}
    </SimpleGrid>
  );
}

export function Versions({ devices }: { readonly devices: DeviceFacts }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const platforms = devices.platforms.toSorted((a, b) => b.count - a.count);
  const platform = chosen ?? platforms[0]?.platform;
  if (platform === undefined) return null;
  const whole = platforms.find((each) => each.platform === platform)?.count ?? 0;
  const rows = versionRows(devices.os_versions, platform, dashboardTexts.others);
  return (
    <Block title={dashboardTexts.versions}>
      <Stack gap="sm">
        <NativeSelect
          aria-label={dashboardTexts.platform}
          maw={260}
          value={platform}
          data={platforms.map(({ platform: value, count }) => ({
            value,
            label: `${value} (${count.toLocaleString("en")})`,
          }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
        <ChartFrame label={dashboardTexts.versionsOf(platform)}>
          <VersionChart rows={rows} />
        </ChartFrame>
        <SmallTable
          label={dashboardTexts.versionsOf(platform)}
          headers={[dashboardTexts.version, dashboardTexts.count, dashboardTexts.share]}
          rows={rows.map(({ version, count }) => [
            version,
            count.toLocaleString("en"),
            percent(count, whole),
          ])}
        />
      </Stack>
    </Block>
  );
}
