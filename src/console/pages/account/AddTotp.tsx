import { Center, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { beginTotp, confirmTotp, verificationDevicesQuery } from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { CopyText } from "../../ui/CopyText.tsx";
import { FormModal } from "../../ui/FormModal.tsx";
import { QrCode } from "../../ui/QrCode.tsx";
import { useAction } from "../../ui/use-action.ts";
import { NameStep } from "./NameStep.tsx";

/** Adds an authenticator app in two steps: its secret is shown, then one code proves that the app has it. */
export function AddTotp({ onClose }: { readonly onClose: () => void }) {
  const [code, setCode] = useState("");
  const begin = useAction({ run: beginTotp, refreshes: [], showsError: true });
  const confirm = useAction({
    run: confirmTotp,
    done: ({ name }) => t.added(name),
    refreshes: [verificationDevicesQuery.queryKey],
    showsError: true,
    onDone: onClose,
  });
  if (begin.data === undefined) {
    return (
      <NameStep
        title={t.addTotp}
        initialName={t.nameTotp}
        isPending={begin.isPending}
        error={begin.error}
        onSubmit={begin.mutate}
        onClose={onClose}
      />
    );
  }
  const { id, uri, secret } = begin.data;
  return (
    <FormModal
      isOpen
      title={t.addTotp}
      submitLabel={t.confirm}
      isPending={confirm.isPending}
      error={confirm.error}
      onSubmit={() => confirm.mutate({ id, code })}
      onClose={onClose}
    >
      <Text size="sm">{t.scan}</Text>
      <Center>
        <QrCode text={uri} label={t.qrCode} />
      </Center>
      <Center>
        <CopyText value={secret} label={t.secret} />
      </Center>
      <TextInput
        label={t.code}
        required
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </FormModal>
  );
}
