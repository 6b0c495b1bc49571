/** What ends soon, what waits, which jobs ran, and what people changed. */
import { Anchor, Group, List, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy } from "react";
import { jobTitle } from "../../format/job-title.ts";
import { parseWireTime } from "../../format/time.ts";
import { expiryPage } from "../../shell/expiry-banner.ts";
import { dashboardTexts } from "../../texts/dashboard.ts";
import { StatusBadge, type Tone } from "../../ui/StatusBadge.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Time } from "../../ui/Time.tsx";
import { useNow } from "../../ui/use-now.ts";
import { Block } from "./Block.tsx";
import { changeSentence } from "./change-sentence.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import type { Dashboard } from "./dashboard-query.ts";
import { SmallTable } from "./SmallTable.tsx";

const ConvergenceChart = lazy(async () => ({ default: (await import("./charts.tsx")).ConvergenceChart }));

type Of<Name extends keyof Dashboard> = NonNullable<Dashboard[Name]>;

/** So many blueprints have a bar; the table has all. */
const barsMax = 10;

export function Convergence({ blueprints }: { readonly blueprints: Of<"blueprints"> }) {
  const used = blueprints.filter(({ targets }) => targets > 0).toSorted((a, b) => b.targets - a.targets);
  const { convergence, blueprint, targets, converged, pending, failed } = dashboardTexts;
  return (
    <Block title={convergence}>
      {used.length === 0 ? (
        <Text c="dimmed">{dashboardTexts.noBlueprints}</Text>
      ) : (
        <>
          <ChartFrame label={convergence}>
            <ConvergenceChart rows={used.slice(0, barsMax)} />
          </ChartFrame>
          <SmallTable
            label={convergence}
            headers={[blueprint, targets, converged, pending, failed]}
            rows={used.map((row) => [
              <Anchor key="name" component={Link} to={`/blueprints/${row.id}`} size="sm">
                {row.name}
              </Anchor>,
              row.targets,
              row.converged,
              row.pending,
              row.failed,
            ])}
          />
        </>
      )}
    </Block>
  );
}

const day = 86_400_000;
const soonDays = 14;

export function Expiries({ expiries }: { readonly expiries: Of<"expiries"> }) {
  const now = useNow();
  const tone = (at: string): Tone => {
    const left = (parseWireTime(at)?.getTime() ?? 0) - now.getTime();
    return left <= soonDays * day ? "bad" : "attention";
  };
  return (
    <Block title={dashboardTexts.expiries}>
      {expiries.length === 0 ? (
        <Text c="dimmed">{dashboardTexts.noExpiries}</Text>
      ) : (
        <Stack gap="xs">
          {expiries.map(({ kind, id, name, expires_at: at }) => (
            <Group key={`${kind} ${id ?? ""}`} justify="space-between" wrap="nowrap">
              <Stack gap={0} miw={0}>
                <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
                  <ExpiryLink kind={kind} id={id} name={name} />
                </Text>
                <Text size="xs" c="dimmed">
                  {dashboardTexts.kinds[kind]}
                </Text>
              </Stack>
              <StatusBadge tone={tone(at)}>
                <Time at={at} />
              </StatusBadge>
            </Group>
          ))}
        </Stack>
      )}
    </Block>
  );
}

function ExpiryLink({ kind, id, name }: Pick<Of<"expiries">[number], "kind" | "id" | "name">) {
  const page = expiryPage({ kind, id });
  if (page === null) return <>{name}</>;
  return (
    <Anchor component={Link} to={page} size="sm">
      {name}
    </Anchor>
  );
}

export function Queue({ queue }: { readonly queue: Of<"queue"> }) {
  const { queueFacts } = dashboardTexts;
  const number = (key: "queued" | "sent" | "not_now" | "parked" | "pushes" | "rejected_tokens") => ({
    label: queueFacts[key],
    value: queue[key].toLocaleString("en"),
  });
  return (
    <Block title={dashboardTexts.queue}>
      <Facts
        columns={2}
        facts={[
          number("queued"),
          number("sent"),
          number("not_now"),
          number("parked"),
          { label: queueFacts.oldest_at, value: <Time at={queue.oldest_at} none="–" /> },
          number("pushes"),
          number("rejected_tokens"),
        ]}
      />
    </Block>
  );
}

export function Jobs({ schedules }: { readonly schedules: Of<"schedules"> }) {
  const { jobs, job, outcome, lastRun, nextRun, outcomes, notRunYet } = dashboardTexts;
  return (
    <Block title={jobs}>
      <SmallTable
        label={jobs}
        headers={[job, outcome, lastRun, nextRun]}
        rows={schedules.map(({ name, last_outcome: last, last_finished_at: at, next_run_at: next }) => [
          jobTitle(name),
          last === null ? (
            <StatusBadge tone="neutral">{notRunYet}</StatusBadge>
          ) : (
            <StatusBadge tone={last === "succeeded" ? "good" : "bad"}>{outcomes[last]}</StatusBadge>
          ),
          <Time key="last" at={at} />,
          <Time key="next" at={next} none="–" />,
        ])}
      />
    </Block>
  );
}

export function Changes({ changes }: { readonly changes: Of<"changes"> }) {
  return (
    <Block title={dashboardTexts.changes}>
      {changes.length === 0 ? (
        <Text c="dimmed">{dashboardTexts.noChanges}</Text>
      ) : (
        <List listStyleType="none" spacing={6} size="sm">
          {changes.map((change) => (
            <List.Item
              key={change.id}
              styles={{ itemWrapper: { width: "100%" }, itemLabel: { width: "100%" } }}
            >
              <Group justify="space-between" wrap="nowrap" gap="md">
                <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                  {changeSentence(change)}
                </Text>
                <Text size="xs" c="dimmed" component="span">
                  <Time at={change.created_at} />
                </Text>
              </Group>
            </List.Item>
          ))}
        </List>
      )}
    </Block>
  );
}
