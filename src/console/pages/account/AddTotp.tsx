import { Center, PasswordInput, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { beginTotp, confirmTotp, verificationDevicesQuery } from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { CopyText } from "../../ui/CopyText.tsx";
import { FormModal } from "../../ui/FormModal.tsx";
import { QrCode } from "../../ui/QrCode.tsx";
import { useAction } from "../../ui/use-action.ts";

/** Adds an authenticator app in two steps: its secret is shown, then one code proves that the app has it. */
export function AddTotp({ onClose }: { readonly onClose: () => void }) {
  const form = useForm({ initialValues: { name: t.nameTotp, password: "", code: "" } });
  const begin = useAction({
    run: beginTotp,
    refreshes: [],
    showsError: true,
  });
  const confirm = useAction({
    run: confirmTotp,
    done: ({ name }) => t.added(name),
    refreshes: [verificationDevicesQuery.queryKey],
    showsError: true,
    onDone: onClose,
  });
  const { name, password, code } = form.values;
  if (begin.data === undefined) {
    return (
      <FormModal
        isOpen
        title={t.addTotp}
        submitLabel={t.next}
        isPending={begin.isPending}
        error={begin.error}
        onSubmit={() => begin.mutate({ name, password })}
        onClose={onClose}
      >
        <TextInput label={t.name} required maxLength={100} {...form.getInputProps("name")} />
        <PasswordInput
          label={t.yourPassword}
          autoComplete="current-password"
          required
          {...form.getInputProps("password")}
        />
      </FormModal>
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
        {...form.getInputProps("code")}
      />
    </FormModal>
  );
}
