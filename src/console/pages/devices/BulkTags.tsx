import { MultiSelect } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { tagsQuery, taxonomiesQuery } from "../../api/choices.ts";
import { api, unwrap } from "../../api/client.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";
import { type BulkTarget, selectionOf } from "./bulk-target.ts";

/** Adds tags to many machines, and takes others away. */
export function BulkTags(props: { readonly target: BulkTarget; readonly onClose: () => void }) {
  const { target, onClose } = props;
  const [tags, taxonomies] = useQueries({ queries: [tagsQuery, taxonomiesQuery] });
  const [added, setAdded] = useState<string[]>([]);
  const [removed, setRemoved] = useState<string[]>([]);
  const operation = (kind: "ADD" | "REMOVE") => (id: string) => {
    const tag = tags.data?.find((one) => one.id === Number(id));
    const taxonomy = taxonomies.data?.find((one) => one.id === tag?.taxonomy)?.name ?? null;
    return { kind, taxonomy, names: [tag?.name ?? ""] };
  };
  const change = useAction({
    run: () => {
      const operations = [...added.map(operation("ADD")), ...removed.map(operation("REMOVE"))];
      const body = { ...selectionOf(target, new Date()), operations };
      return unwrap(api.POST("/api/mdm/devices/tags/", { body }));
    },
    done: ({ machines }) => t.bulk.tagsDone(machines.found),
    refreshes: [["devices"], ["machines"]],
    showsError: true,
    onDone: onClose,
  });
  const choices = (without: readonly string[]) =>
    (tags.data ?? [])
      .map(({ id, name }) => ({ value: String(id), label: name }))
      .filter(({ value }) => !without.includes(value));
  return (
    <FormModal
      isOpen
      title={t.bulk.tags}
      submitLabel={t.bulk.tags}
      isPending={change.isPending}
      error={change.error ?? tags.error}
      onSubmit={() => change.mutate(undefined)}
      onClose={onClose}
    >
      <MultiSelect
        label={t.bulk.addTags}
        data={choices(removed)}
        value={added}
        onChange={setAdded}
        searchable
      />
      <MultiSelect
        label={t.bulk.removeTags}
        data={choices(added)}
        value={removed}
        onChange={setRemoved}
        searchable
      />
    </FormModal>
  );
}
