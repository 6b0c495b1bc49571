import { PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { addPasskey, verificationDevicesQuery } from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";

/** Makes a passkey: a name and the password, then the browser asks. */
export function AddPasskey({ onClose }: { readonly onClose: () => void }) {
  const form = useForm({ initialValues: { name: t.namePasskey, password: "" } });
  const add = useAction({
    run: addPasskey,
    done: ({ name }) => t.added(name),
    refreshes: [verificationDevicesQuery.queryKey],
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={t.addPasskey}
      submitLabel={t.next}
      isPending={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate(form.getValues())}
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
