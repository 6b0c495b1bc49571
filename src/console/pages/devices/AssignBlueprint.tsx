import { Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { blueprintsQuery } from "../../api/choices.ts";
import { api, unwrap } from "../../api/client.ts";
import { deviceActionTexts as t } from "../../texts/device-actions.ts";
import { deviceTexts } from "../../texts/devices.ts";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";
import { type Device, deviceKey } from "./device-queries.ts";

/** Gives one device its blueprint. */
export function AssignBlueprint({
  device,
  onClose,
}: {
  readonly device: Device;
  readonly onClose: () => void;
}) {
  const blueprints = useQuery(blueprintsQuery);
  const [chosen, setChosen] = useState(device.blueprint === null ? null : String(device.blueprint));
  const assign = useAction({
    run: () =>
      unwrap(
        api.PUT("/api/mdm/devices/{id}/", {
          params: { path: { id: device.id } },
          body: { blueprint: chosen === null ? null : Number(chosen) },
        }),
      ),
    done: () => t.assign.done,
    refreshes: [deviceKey(device.id), ["devices", "list"]],
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={t.assign.label}
      submitLabel={t.confirm(t.assign.label)}
      isPending={assign.isPending}
      error={assign.error ?? blueprints.error}
      onSubmit={() => assign.mutate(undefined)}
      onClose={onClose}
    >
      <Text size="sm">{t.assign.help}</Text>
      <Select
        label={deviceTexts.summary.blueprint}
        placeholder={t.assign.none}
        data={(blueprints.data?.results ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={chosen}
        onChange={setChosen}
        clearable
        searchable
      />
    </FormModal>
  );
}
