/** What making any second factor begins with: what it is called, and that it is really you. */
import { PasswordInput, type PasswordInputProps, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { accountTexts as t } from "../../texts/account.ts";
import { FormModal } from "../../ui/FormModal.tsx";

export function NameStep(props: {
  readonly title: string;
  readonly initialName: string;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onSubmit: (values: { readonly name: string; readonly password: string }) => void;
  readonly onClose: () => void;
}) {
  const { initialName, onSubmit, ...dialog } = props;
  const form = useForm({ initialValues: { name: initialName, password: "" } });
  return (
    <FormModal {...dialog} isOpen submitLabel={t.next} onSubmit={() => onSubmit(form.getValues())}>
      <TextInput label={t.name} required maxLength={100} {...form.getInputProps("name")} />
      <OwnPassword {...form.getInputProps("password")} />
    </FormModal>
  );
}

/** The password of who is logged in, asked for again. */
export function OwnPassword(props: PasswordInputProps) {
  return <PasswordInput label={t.yourPassword} autoComplete="current-password" required {...props} />;
}
