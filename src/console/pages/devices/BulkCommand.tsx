import { Select, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { deviceListTexts as t } from "../../texts/device-list.ts";
import { ConfirmTyped } from "../../ui/ConfirmTyped.tsx";
import { FormModal } from "../../ui/FormModal.tsx";
import { countText } from "../../ui/ResourceTable.tsx";
import { useAction } from "../../ui/use-action.ts";
import {
  type BulkCommandName,
  bulkCommandNames,
  bulkRequest,
  confirmedName,
  hasWords,
} from "./bulk-commands.ts";
import { type BulkTarget, countOf } from "./bulk-target.ts";
import { BulkProgress } from "./BulkProgress.tsx";

/** Sends one command to many devices, and shows what becomes of it on each. */
export function BulkCommand(props: { readonly target: BulkTarget; readonly onClose: () => void }) {
  const { target, onClose } = props;
  const [name, setName] = useState<BulkCommandName>("DeviceInformation");
  const [words, setWords] = useState({ message: "", phone: "" });
  const [isConfirming, setConfirming] = useState(false);
  const send = useAction({
    run: () =>
      unwrap(api.POST("/api/mdm/bulk_commands/", { body: bulkRequest({ name, words, target }, new Date()) })),
    refreshes: [["devices"]],
    showsError: true,
  });
  if (send.data !== undefined)
    return <BulkProgress id={send.data.id} title={t.bulkCommands[name]} onClose={onClose} />;
  const destructive = confirmedName(name);
  const common = { isOpen: true, isPending: send.isPending, onClose };
  if (isConfirming && destructive !== null) {
    const count = countText({ count: countOf(target) });
    return (
      <ConfirmTyped
        {...common}
        title={t.bulkCommands[name]}
        warning={t.bulk.warning(count)}
        consequence={t.bulk.consequences[destructive]}
        phrase={String(countOf(target))}
        confirmLabel={t.bulk.confirm(t.bulkCommands[name])}
        error={send.error}
        onConfirm={() => send.mutate(undefined)}
      />
    );
  }
  const refusal = destructive === null ? null : refusalOf(target, { name, words });
  return (
    <FormModal
      {...common}
      title={t.bulk.command}
      submitLabel={destructive === null ? t.bulk.send : t.bulk.goOn}
      disabledReason={refusal}
      error={send.error}
      onSubmit={() => (destructive === null ? send.mutate(undefined) : setConfirming(true))}
    >
      <Text size="sm">{t.bulk.explain(countOf(target))}</Text>
      <Select
        label={t.bulk.commandLabel}
        data={bulkCommandNames.map((value) => ({ value, label: t.bulkCommands[value] }))}
        value={name}
        allowDeselect={false}
        onChange={(value) => setName(bulkCommandNames.find((one) => one === value) ?? name)}
      />
      {hasWords(name) && (
        <>
          <Textarea
            label={t.bulk.message}
            maxLength={255}
            autosize
            value={words.message}
            onChange={(event) => setWords({ ...words, message: event.currentTarget.value })}
          />
          <TextInput
            label={t.bulk.phone}
            maxLength={15}
            value={words.phone}
            onChange={(event) => setWords({ ...words, phone: event.currentTarget.value })}
          />
        </>
      )}
    </FormModal>
  );
}

/** Why a command cannot be confirmed yet; null when it can. */
function refusalOf(
  target: BulkTarget,
  { name, words }: { readonly name: BulkCommandName; readonly words: { message: string; phone: string } },
): string | null {
  if (target.kind === "matching" && target.isMinimum) return t.bulk.uncounted;
  const isSilent = words.message.trim() === "" && words.phone.trim() === "";
  return name === "EnableLostMode" && isSilent ? t.bulk.needsWords : null;
}
