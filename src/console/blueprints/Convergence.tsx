/** How far the devices of a blueprint are: all of them, and artifact by artifact. */
import { Group, Paper, Progress, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { ButtonLink } from "../ui/links.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState, ErrorState, LoadingPart } from "../ui/states.tsx";
import { statusesQuery, statusQuery } from "./link-queries.ts";
import { StatusWord } from "./StatusWord.tsx";

export function Convergence({ blueprint }: { readonly blueprint: number }) {
  const { data, error, refetch } = useQuery(statusQuery(blueprint));
  if (error !== null) return <ErrorState error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingPart height={160} />;
  const { total } = data.targets;
  const devices = (
    <ButtonLink variant="default" to="/devices" search={{ blueprint } as object}>
      {words.showDevices}
    </ButtonLink>
  );
  if (total === 0)
    return (
      <EmptyState title={words.noDevices} action={devices}>
        {words.noDevicesHelp}
      </EmptyState>
    );
  return (
    <Stack>
      <Paper withBorder p="md">
        <Stack gap="xs">
          <Group justify="space-between">
            <Text fw={600}>{words.ofTargets(total)}</Text>
            {devices}
          </Group>
          <SettledBar {...data.targets} />
        </Stack>
      </Paper>
      <ResourceTable
        label={words.convergence}
        rowId={({ artifact, version, status }) => `${artifact.pk} ${version} ${status}`}
        page={{ count: data.artifacts.length, results: data.artifacts }}
        empty={null}
        columns={[
          {
            id: "artifact",
            header: words.artifact,
            cell: ({ artifact }) => (
              <ObjectLink to={`/artifacts/${artifact.pk}`} fw={600} fz="sm">
                {artifact.name ?? artifact.pk}
              </ObjectLink>
            ),
          },
          { id: "version", header: words.version, cell: ({ version }) => version },
          { id: "status", header: words.status, cell: ({ status }) => <StatusWord status={status} /> },
          { id: "count", header: words.count, cell: ({ count }) => count.toLocaleString("en") },
        ]}
      />
    </Stack>
  );
}

type Targets = {
  readonly total: number;
  readonly settled: number;
  readonly pending: number;
  readonly failed?: number;
};

function SettledBar({ total, settled, pending, failed = 0 }: Targets) {
  return (
    <Stack gap={4}>
      <Progress value={(settled / total) * 100} color="orchard" aria-label={words.settled(settled)} />
      <Text size="sm" c="dimmed">
        {words.settled(settled)}
        {pending > 0 && `, ${words.pending(pending)}`}
        {failed > 0 && (
          <Text span size="sm" c="var(--mantine-color-error)">
            , {words.failed(failed)}
          </Text>
        )}
      </Text>
    </Stack>
  );
}

/** The same in a cell of the list; the cells of all blueprints share one request. */
export function ConvergenceCell({ blueprint }: { readonly blueprint: number }) {
  const { can } = useSession();
  const isAllowed = can("mdm.view_enrolleddevice");
  const { data, error } = useQuery({ ...statusesQuery, enabled: isAllowed });
  if (!isAllowed || error !== null) return <>{texts.common.unknown}</>;
  if (data === undefined) return <Skeleton height={16} width={80} />;
  const targets = data.get(blueprint);
  if (targets === undefined || targets.total === 0) return <>{texts.common.none}</>;
  return <SettledBar {...targets} />;
}
