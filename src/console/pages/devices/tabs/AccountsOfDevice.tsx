/** Accounts on a Mac or a Shared iPad as it reported them, and what can be done to one. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "../../../session/session.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { ActionButton } from "../../../ui/ActionButton.tsx";
import { ConfirmTyped } from "../../../ui/ConfirmTyped.tsx";
import { type Column, ResourceTable } from "../../../ui/ResourceTable.tsx";
import { EmptyState } from "../../../ui/states.tsx";
import { Time } from "../../../ui/Time.tsx";
import { useAction } from "../../../ui/use-action.ts";
import { commandRight, queueCommand, refuseAccounts, refuseUnlock } from "../device-actions.ts";
import { accountsQuery, type Device, type DeviceAccount, deviceKey } from "../device-queries.ts";
import { useTabList } from "./use-tab-list.ts";

const flag = (value: boolean | null): string =>
  value === null ? texts.common.unknown : value ? texts.common.yes : texts.common.no;

export function AccountsOfDevice({ device }: { readonly device: Device }) {
  const { query, paging } = useTabList();
  const { can } = useSession();
  const [removed, setRemoved] = useState<DeviceAccount | null>(null);
  const result = useQuery({ ...accountsQuery(device.id, query), placeholderData: keepPreviousData });
  const why = can(commandRight) ? refuseAccounts(device) : texts.common.noRight(commandRight);
  const ask = useAction({
    run: () => queueCommand(device.id, "UserList"),
    done: () => t.users.asked,
    refreshes: [deviceKey(device.id)],
  });
  const columns: readonly Column<DeviceAccount>[] = [
    { id: "name", header: t.users.name, cell: (row) => <AccountName account={row} /> },
    { id: "in", header: t.users.loggedIn, cell: ({ is_logged_in: value }) => flag(value) },
    { id: "token", header: t.users.secureToken, cell: ({ has_secure_token: value }) => flag(value) },
    { id: "at", header: t.columns.reported, cell: ({ reported_at: at }) => <Time at={at} /> },
    {
      id: "actions",
      header: t.columns.actions,
      cell: (row) => <AccountActions device={device} account={row} onRemove={() => setRemoved(row)} />,
    },
  ];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t.users.accounts}
        </Title>
        <ActionButton
          variant="default"
          size="compact-sm"
          leftSection={<IconRefresh size={14} aria-hidden />}
          loading={ask.isPending}
          disabledReason={why}
          onClick={() => ask.mutate(undefined)}
        >
          {t.users.ask}
        </ActionButton>
      </Group>
      <Text size="sm" c="dimmed">
        {t.users.accountsHelp}
      </Text>
      <ResourceTable
        label={t.users.accounts}
        columns={columns}
        rowId={({ user_name: name }) => name}
        page={result.data}
        error={result.error}
        retry={() => void result.refetch()}
        empty={<EmptyState title={t.users.noAccounts}>{t.users.noAccountsHelp}</EmptyState>}
        paging={paging}
      />
      {removed !== null && (
        <RemoveAccount device={device} name={removed.user_name} onClose={() => setRemoved(null)} />
      )}
    </Stack>
  );
}

function AccountName({ account }: { readonly account: DeviceAccount }) {
  const { user_name: name, full_name: full } = account;
  return (
    <>
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
        {full === "" ? name : full}
      </Text>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
    </>
  );
}

function AccountActions(props: {
  readonly device: Device;
  readonly account: DeviceAccount;
  readonly onRemove: () => void;
}) {
  const { device, account, onRemove } = props;
  const { can } = useSession();
  const name = account.user_name;
  const unlock = useAction({
    run: () => queueCommand(device.id, "UnlockUserAccount", { UserName: name }),
    done: () => t.users.unlockDone(name),
    refreshes: [deviceKey(device.id)],
  });
  const why = (refusal: (device: Device) => string | null): string | null =>
    can(commandRight) ? refusal(device) : texts.common.noRight(commandRight);
  return (
    <Group gap="xs">
      <ActionButton
        size="compact-sm"
        variant="default"
        aria-label={t.users.unlockOf(name)}
        loading={unlock.isPending}
        disabledReason={why(refuseUnlock)}
        onClick={() => unlock.mutate(undefined)}
      >
        {t.users.unlock}
      </ActionButton>
      <ActionButton
        size="compact-sm"
        variant="light"
        color="red"
        aria-label={t.users.removeOf(name)}
        disabledReason={why(refuseAccounts)}
        onClick={onRemove}
      >
        {t.users.remove}
      </ActionButton>
    </Group>
  );
}

function RemoveAccount(props: {
  readonly device: Device;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { device, name, onClose } = props;
  const remove = useAction({
    run: () => queueCommand(device.id, "DeleteUser", { UserName: name }),
    done: () => t.users.removeDone(name),
    refreshes: [deviceKey(device.id)],
    showsError: true,
    onDone: onClose,
  });
  return (
    <ConfirmTyped
      isOpen
      title={t.users.removeTitle(name)}
      consequence={t.users.removeConsequence}
      phrase={name}
      confirmLabel={t.users.removeConfirm}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    />
  );
}
