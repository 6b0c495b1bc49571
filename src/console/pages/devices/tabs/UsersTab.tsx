/** The people of a device: users under management with what is meant for each, and the accounts there are. */
import { Button, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { type Column, ResourceTable } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { Time } from "../../../ui/Time.tsx";
import { type Device, type DeviceUser, type UserCommand, userCommandsQuery } from "../device-queries.ts";
import { userViews } from "../device-search.ts";
import { AccountsOfDevice } from "./AccountsOfDevice.tsx";
import { ArtifactsTab } from "./ArtifactsTab.tsx";
import { CommandDrawer } from "./CommandDetails.tsx";
import { commandActions, commandColumns } from "./CommandsTab.tsx";
import { useTabList } from "./use-tab-list.ts";

export function UsersTab({ device }: { readonly device: Device }) {
  const { search, change } = useTabList();
  const user = device.users.find(({ id }) => id === search.user);
  if (user !== undefined) return <OneUser device={device} user={user} />;
  const columns: readonly Column<DeviceUser>[] = [
    { id: "name", header: t.users.name, cell: (row) => <UserName user={row} /> },
    {
      id: "contact",
      header: t.users.lastContact,
      cell: ({ last_seen_at: at }) => <Time at={at} none={texts.common.never} />,
    },
    { id: "since", header: t.users.since, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      id: "actions",
      header: t.columns.actions,
      cell: ({ id, short_name: name }) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={t.users.showOf(name)}
          onClick={() => change({ user: id, page: undefined })}
        >
          {t.users.show}
        </Button>
      ),
    },
  ];
  return (
    <Stack gap="xl">
      <Stack gap="xs">
        <Title order={2} size="h4">
          {t.users.channels}
        </Title>
        <Text size="sm" c="dimmed">
          {t.users.channelsHelp}
        </Text>
        <ResourceTable
          label={t.users.channels}
          columns={columns}
          rowId={({ id }) => String(id)}
          page={{ count: device.users.length, results: device.users }}
          empty={<EmptyState title={t.users.none}>{t.users.noneHelp}</EmptyState>}
        />
      </Stack>
      <AccountsOfDevice device={device} />
    </Stack>
  );
}

function UserName({ user }: { readonly user: DeviceUser }) {
  const { short_name: short, long_name: long } = user;
  return (
    <>
      <Text size="sm" fw={600}>
        {long === "" ? short : long}
      </Text>
      <Text size="xs" c="dimmed">
        {short}
      </Text>
    </>
  );
}

function OneUser({ device, user }: { readonly device: Device; readonly user: DeviceUser }) {
  const { search, change } = useTabList();
  const view = search.view ?? userViews[0];
  return (
    <Stack>
      <Group justify="space-between">
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconArrowLeft size={14} aria-hidden />}
            onClick={() => change({ user: undefined, view: undefined, page: undefined })}
          >
            {t.users.back}
          </Button>
          <Title order={2} size="h4">
            {user.long_name === "" ? user.short_name : user.long_name}
          </Title>
        </Group>
        <SegmentedControl
          aria-label={t.users.viewsLabel}
          data={userViews.map((value) => ({ value, label: t.users.views[value] }))}
          value={view}
          onChange={(value) => {
            const chosen = userViews.find((name) => name === value);
            change({ view: chosen === userViews[0] ? undefined : chosen, page: undefined });
          }}
        />
      </Group>
      {view === "artifacts" ? (
        <ArtifactsTab device={device} user={user} />
      ) : (
        <UserCommands device={device} user={user} />
      )}
    </Stack>
  );
}

function UserCommands({ device, user }: { readonly device: Device; readonly user: DeviceUser }) {
  const { query, paging } = useTabList();
  const { can } = useSession();
  const [shown, setShown] = useState<UserCommand | null>(null);
  const right = "mdm.view_usercommand";
  const result = useQuery({
    ...userCommandsQuery(device.id, user.id, query),
    placeholderData: keepPreviousData,
    enabled: can(right),
  });
  if (!can(right)) return <EmptyState title={t.users.noCommands}>{texts.common.noRight(right)}</EmptyState>;
  return (
    <>
      <ResourceTable
        label={t.users.views.commands}
        columns={[...commandColumns<UserCommand>(setShown), commandActions(device, "user")]}
        rowId={({ uuid }) => uuid}
        page={result.data}
        error={result.error}
        retry={() => void result.refetch()}
        empty={<EmptyState title={t.users.noCommands}>{t.noCommandsHelp}</EmptyState>}
        paging={paging}
      />
      <CommandDrawer
        device={device}
        user={user}
        channel="user"
        command={shown}
        onClose={() => setShown(null)}
      />
    </>
  );
}
