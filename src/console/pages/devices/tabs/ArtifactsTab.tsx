/** What a device should have and has, with the reason of every verdict. */
import { List, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../../api/client.ts";
import { declarationErrors, type PlainError, plainErrors } from "../../../format/apple-errors.ts";
import { withLocalTimes } from "../../../format/time.ts";
import { ObjectLink } from "../../../resources/ObjectLink.tsx";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { ActionButton } from "../../../ui/ActionButton.tsx";
import { type Column, ResourceTable } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { StatusBadge, type Tone } from "../../../ui/StatusBadge.tsx";
import { Time } from "../../../ui/Time.tsx";
import { useAction } from "../../../ui/use-action.ts";
import {
  artifactsQuery,
  type Device,
  type DeviceArtifact,
  type DeviceUser,
  deviceKey,
} from "../device-queries.ts";
import { useTabList } from "./use-tab-list.ts";

const tones: Readonly<Record<DeviceArtifact["state"], Tone>> = {
  current: "good",
  to_install: "progress",
  to_update: "progress",
  to_reinstall: "progress",
  to_remove: "progress",
  waiting: "progress",
  failed: "bad",
  blocked: "attention",
  excluded: "neutral",
  removed: "neutral",
  kept: "neutral",
};

/** Of the device itself, or of one of its users. */
export function ArtifactsTab({ device, user }: { readonly device: Device; readonly user?: DeviceUser }) {
  const { query, paging } = useTabList();
  const { can } = useSession();
  const ofUser = user === undefined ? {} : { user: user.id };
  const result = useQuery({
    ...artifactsQuery(device.id, { ...query, ...ofUser }),
    placeholderData: keepPreviousData,
  });
  const retry = useAction({
    run: ({ artifact }: DeviceArtifact) =>
      unwrap(
        api.POST("/api/mdm/devices/{id}/artifacts/{uuid}/retry/", {
          params: { path: { id: device.id, uuid: artifact.pk }, query: ofUser },
        }),
      ),
    done: (_, { artifact }) => t.retryDone(artifact.name),
    refreshes: [deviceKey(device.id)],
  });
  const right = "mdm.change_enrolleddevice";
  const columns: readonly Column<DeviceArtifact>[] = [
    {
      id: "name",
      header: t.columns.name,
      cell: ({ artifact, version }) => (
        <>
          {can("mdm.view_artifact") ? (
            <ObjectLink to={`/artifacts/${artifact.pk}`} size="sm" fw={600}>
              {artifact.name}
            </ObjectLink>
          ) : (
            <Text size="sm" fw={600}>
              {artifact.name}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {artifact.type}
            {version !== null && `, ${t.versionNumber(version)}`}
          </Text>
        </>
      ),
    },
    {
      id: "state",
      header: t.columns.state,
      cell: ({ state }) => <StatusBadge tone={tones[state]}>{t.artifactStates[state]}</StatusBadge>,
    },
    { id: "reason", header: t.columns.reason, cell: (row) => <Why row={row} /> },
    {
      id: "updated",
      header: t.columns.updated,
      cell: ({ stored }) => <Time at={stored[0]?.updated_at ?? null} none="–" />,
    },
    {
      id: "actions",
      header: t.columns.actions,
      cell: (row) =>
        row.state === "failed" ? (
          <ActionButton
            size="compact-sm"
            variant="light"
            leftSection={<IconRefresh size={14} aria-hidden />}
            loading={retry.isPending && retry.variables === row}
            disabledReason={can(right) ? null : texts.common.noRight(right)}
            aria-label={`${t.retry}: ${row.artifact.name}`}
            onClick={() => retry.mutate(row)}
          >
            {t.retry}
          </ActionButton>
        ) : null,
    },
  ];
  return (
    <ResourceTable
      label={t.tabs.artifacts}
      columns={columns}
      rowId={({ artifact }) => artifact.pk}
      page={result.data}
      error={result.error}
      retry={() => void result.refetch()}
      empty={
        user === undefined ? (
          <EmptyState title={t.noArtifacts}>{t.noArtifactsHelp}</EmptyState>
        ) : (
          <EmptyState title={t.users.noArtifacts}>{t.users.noArtifactsHelp}</EmptyState>
        )
      }
      paging={paging}
    />
  );
}

/** The sentence of the verdict, and what the device said when something failed. */
function Why({ row }: { readonly row: DeviceArtifact }) {
  const errors = row.state === "failed" ? failuresOf(row) : [];
  return (
    <Stack gap={2} maw={520}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {capitalized(withLocalTimes(row.reason_text))}
      </Text>
      {errors.length > 0 && (
        <List size="xs">
          {errors.map(({ code, meaning, advice }) => (
            <List.Item key={code}>
              {meaning} {advice}{" "}
              <Text span c="dimmed" size="xs">
                {code}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}

function failuresOf({ stored }: DeviceArtifact): readonly PlainError[] {
  const info: unknown = stored.find(
    ({ status }) => status === "Failed" || status === "RemovalFailed",
  )?.extra_info;
  const { error_chain: chain, reasons } = (info ?? {}) as Readonly<Record<string, unknown>>;
  return [...plainErrors(chain), ...declarationErrors(reasons)];
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
