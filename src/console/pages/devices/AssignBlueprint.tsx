import { Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { blueprintsQuery } from "../../api/choices.ts";
import { api, unwrap } from "../../api/client.ts";
import { deviceActionTexts as t } from "../../texts/device-actions.ts";
import { deviceTexts } from "../../texts/devices.ts";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";
import { type BulkTarget, selectionOf } from "./bulk-target.ts";

/** Gives devices their blueprint, one or many. */
export function AssignBlueprint(
  props: ({ readonly deviceIds: readonly number[] } | { readonly target: BulkTarget }) & {
    /** The present one, when all have the same. */
    readonly blueprint: number | null;
    readonly onClose: () => void;
  },
) {
  const { blueprint, onClose } = props;
  const blueprints = useQuery(blueprintsQuery);
  const [chosen, setChosen] = useState(blueprint === null ? null : String(blueprint));
  const assign = useAction({
    run: () => {
      const selection =
        "target" in props ? selectionOf(props.target, new Date()) : { devices: [...props.deviceIds] };
      const body = { blueprint: chosen === null ? null : Number(chosen), ...selection };
      return unwrap(api.POST("/api/mdm/devices/assign_blueprint/", { body }));
    },
    done: ({ devices }) => t.assign.done(devices),
    refreshes: [["devices"]],
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
