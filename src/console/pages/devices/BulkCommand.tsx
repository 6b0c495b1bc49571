import { Select, Text } from "@mantine/core";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";
import { BulkProgress } from "./BulkProgress.tsx";

const names = [
  "DeviceInformation",
  "SecurityInfo",
  "InstalledApplicationList",
  "ProfileList",
  "CertificateList",
  "RestartDevice",
  "ShutDownDevice",
  "ClearPasscode",
] as const;

/** Sends one command to many devices, and shows what becomes of it on each. */
export function BulkCommand(props: { readonly deviceIds: readonly number[]; readonly onClose: () => void }) {
  const { deviceIds, onClose } = props;
  const [name, setName] = useState<(typeof names)[number]>("DeviceInformation");
  const send = useAction({
    run: () => unwrap(api.POST("/api/mdm/bulk_commands/", { body: { name, devices: [...deviceIds] } })),
    refreshes: [["devices"]],
    showsError: true,
  });
  if (send.data !== undefined)
    return <BulkProgress id={send.data.id} title={t.bulkCommands[name]} onClose={onClose} />;
  return (
    <FormModal
      isOpen
      title={t.bulk.command}
      submitLabel={t.bulk.send}
      isPending={send.isPending}
      error={send.error}
      onSubmit={() => send.mutate(undefined)}
      onClose={onClose}
    >
      <Text size="sm">{t.bulk.explain(deviceIds.length)}</Text>
      <Select
        label={t.bulk.commandLabel}
        data={names.map((value) => ({ value, label: t.bulkCommands[value] }))}
        value={name}
        allowDeselect={false}
        onChange={(value) => setName(names.find((one) => one === value) ?? name)}
      />
    </FormModal>
  );
}
