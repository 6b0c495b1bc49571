import { Button, Group, Text } from "@mantine/core";
import { IconDeviceMobile, IconFingerprint } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  removeVerificationDevice,
  type VerificationDevice,
  verificationDevicesQuery,
} from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { FormModal } from "../../ui/FormModal.tsx";
import { type Column, ResourceTable } from "../../ui/ResourceTable.tsx";
import { Time } from "../../ui/Time.tsx";
import { useAction } from "../../ui/use-action.ts";
import { AddPasskey } from "./AddPasskey.tsx";
import { AddTotp } from "./AddTotp.tsx";
import { OwnPassword } from "./NameStep.tsx";

/** Browsers make passkeys for names of hosts, and only where nobody listens (WebAuthn, "valid domain"). */
function isPasskeyPlace(): boolean {
  return globalThis.isSecureContext && !/^[\d.]+$|^\[/.test(globalThis.location.hostname);
}

/** The second factors of one's account. */
export function VerificationDevices() {
  const devices = useQuery(verificationDevicesQuery);
  const [dialog, setDialog] = useState<"passkey" | "totp" | null>(null);
  const [removed, setRemoved] = useState<VerificationDevice | null>(null);
  const close = (): void => setDialog(null);
  const columns: readonly Column<VerificationDevice>[] = [
    {
      id: "name",
      header: t.name,
      cell: ({ name, kind }) => (
        <>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {t.kinds[kind]}
          </Text>
        </>
      ),
    },
    { id: "used", header: t.lastUsed, cell: ({ last_used_at: at }) => <Time at={at} /> },
    {
      id: "actions",
      header: "",
      cell: (row) => (
        <Button size="compact-sm" variant="default" onClick={() => setRemoved(row)}>
          {t.remove}
        </Button>
      ),
    },
  ];
  return (
    <>
      <ResourceTable
        label={t.devices}
        columns={columns}
        rowId={({ id }) => id}
        page={devices.data && { count: devices.data.length, results: devices.data }}
        error={devices.error}
        retry={() => void devices.refetch()}
        empty={<Text size="sm">{t.noDevices}</Text>}
      />
      <Group gap="xs">
        <ActionButton
          variant="default"
          disabledReason={isPasskeyPlace() ? null : t.noPasskeyHere}
          leftSection={<IconFingerprint size={16} aria-hidden />}
          onClick={() => setDialog("passkey")}
        >
          {t.addPasskey}
        </ActionButton>
        <Button
          variant="default"
          leftSection={<IconDeviceMobile size={16} aria-hidden />}
          onClick={() => setDialog("totp")}
        >
          {t.addTotp}
        </Button>
      </Group>
      {!isPasskeyPlace() && (
        <Text size="sm" c="dimmed">
          {t.noPasskeyHere}
        </Text>
      )}
      {dialog === "passkey" && <AddPasskey onClose={close} />}
      {dialog === "totp" && <AddTotp onClose={close} />}
      {removed !== null && <Remove device={removed} onClose={() => setRemoved(null)} />}
    </>
  );
}

function Remove({ device, onClose }: { readonly device: VerificationDevice; readonly onClose: () => void }) {
  const [password, setPassword] = useState("");
  const remove = useAction({
    run: removeVerificationDevice,
    done: () => t.removed(device.name),
    refreshes: [verificationDevicesQuery.queryKey],
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={t.removeTitle}
      submitLabel={t.remove}
      isPending={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate({ id: device.id, password })}
      onClose={onClose}
    >
      <Text size="sm">{t.removeHelp(device.name)}</Text>
      <OwnPassword value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
    </FormModal>
  );
}
