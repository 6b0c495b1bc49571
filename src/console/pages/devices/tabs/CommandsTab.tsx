/** Commands of a device as a timeline: what was asked, what became of it, and what can still be done about it. */
import { Button, Group, Select, Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { plainErrors } from "../../../format/apple-errors.ts";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { ActionButton } from "../../../ui/ActionButton.tsx";
import { type Column, ResourceTable } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { Time } from "../../../ui/Time.tsx";
import { useAction } from "../../../ui/use-action.ts";
import {
  type Channel,
  commandsQuery,
  commandStates,
  type Device,
  type DeviceCommand,
  deviceKey,
} from "../device-queries.ts";
import { cancellable, commandRequests, repeatable } from "../command-actions.ts";
import { CommandStateBadge } from "../CommandStateBadge.tsx";
import { CommandDrawer, PlainErrors } from "./CommandDetails.tsx";
import { useTabList } from "./use-tab-list.ts";

export function CommandsTab({ device }: { readonly device: Device }) {
  const { query, paging, search, change } = useTabList();
  const { can } = useSession();
  const [shown, setShown] = useState<DeviceCommand | null>(null);
  const mayRead = can("mdm.view_devicecommand");
  const filter = { ...query, ...(search.state === undefined ? {} : { state: search.state }) };
  const result = useQuery({
    ...commandsQuery(device.id, filter),
    placeholderData: keepPreviousData,
    enabled: mayRead,
  });
  if (!mayRead)
    return <EmptyState title={t.noCommands}>{texts.common.noRight("mdm.view_devicecommand")}</EmptyState>;
  const columns: readonly Column<DeviceCommand>[] = [
    ...commandColumns<DeviceCommand>(setShown),
    commandActions(device, "device"),
  ];
  return (
    <Stack>
      <Select
        aria-label={t.columns.state}
        placeholder={t.anyState}
        clearable
        w={200}
        data={commandStates.map((value) => ({ value, label: t.commandStates[value] }))}
        value={search.state ?? null}
        onChange={(value) => {
          const state = commandStates.find((name) => name === value);
          change({ page: 1, state });
        }}
      />
      <ResourceTable
        label={t.tabs.commands}
        columns={columns}
        rowId={({ uuid }) => uuid}
        page={result.data}
        error={result.error}
        retry={() => void result.refetch()}
        empty={<EmptyState title={t.noCommands}>{t.noCommandsHelp}</EmptyState>}
        paging={paging}
      />
      <CommandDrawer device={device} channel="device" command={shown} onClose={() => setShown(null)} />
    </Stack>
  );
}

/** What commands of devices and of users have in common. */
type ShownCommand = Pick<
  DeviceCommand,
  "name" | "state" | "status" | "error_chain" | "created_at" | "result_time"
>;

/** Columns of a list of commands; the name opens the details. */
export function commandColumns<Row extends ShownCommand>(open: (row: Row) => void): readonly Column<Row>[] {
  return [
    {
      id: "name",
      header: t.columns.command,
      cell: (row) => (
        <Button variant="transparent" p={0} h="auto" onClick={() => open(row)}>
          {row.name}
        </Button>
      ),
    },
    { id: "state", header: t.columns.state, cell: (row) => <CommandStateBadge command={row} /> },
    { id: "why", header: t.columns.result, cell: (row) => <Outcome command={row} /> },
    { id: "queued", header: t.columns.queued, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      id: "answered",
      header: t.columns.answered,
      cell: ({ result_time: at }) => <Time at={at} none="–" />,
    },
  ];
}

function Outcome({ command }: { readonly command: Pick<ShownCommand, "error_chain"> }) {
  const errors = plainErrors(command.error_chain);
  return errors.length === 0 ? "–" : <PlainErrors errors={errors} />;
}

type ActedCommand = Pick<DeviceCommand, "uuid" | "name" | "state">;

/** The column of what can still be done about a command, of either channel. */
export function commandActions(device: Device, channel: Channel): Column<ActedCommand> {
  return {
    id: "actions",
    header: t.columns.actions,
    cell: (row) => (hasActions(row) ? <RowActions device={device} channel={channel} command={row} /> : null),
  };
}

function hasActions({ state }: ActedCommand): boolean {
  return repeatable.includes(state) || cancellable.includes(state);
}

function RowActions(props: {
  readonly device: Device;
  readonly channel: Channel;
  readonly command: ActedCommand;
}) {
  const { device, channel, command } = props;
  const { can } = useSession();
  const refreshes = [deviceKey(device.id)];
  const { model, cancel: requestCancel, retry: requestRetry } = commandRequests[channel];
  const cancel = useAction<undefined, unknown>({
    run: () => requestCancel(command.uuid),
    done: () => t.cancelled(command.name),
    refreshes,
  });
  const retry = useAction<undefined, unknown>({
    run: () => requestRetry(command.uuid),
    done: () => t.handedOut(command.name),
    refreshes,
  });
  const why = (right: string): string | null => (can(right) ? null : texts.common.noRight(right));
  return (
    <Group gap="xs">
      {repeatable.includes(command.state) && (
        <ActionButton
          size="compact-sm"
          variant="light"
          loading={retry.isPending}
          disabledReason={why(`mdm.add_${model}`)}
          onClick={() => retry.mutate(undefined)}
        >
          {t.sendAgain}
        </ActionButton>
      )}
      {cancellable.includes(command.state) && (
        <ActionButton
          size="compact-sm"
          variant="default"
          loading={cancel.isPending}
          disabledReason={why(`mdm.delete_${model}`)}
          onClick={() => cancel.mutate(undefined)}
        >
          {texts.common.cancel}
        </ActionButton>
      )}
    </Group>
  );
}
