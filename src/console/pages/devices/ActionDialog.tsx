import { Checkbox, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { ReactNode } from "react";
import { ApiFailure } from "../../api/failure.ts";
import { deviceActionTexts as t } from "../../texts/device-actions.ts";
import { ConfirmTyped } from "../../ui/ConfirmTyped.tsx";
import { FormModal } from "../../ui/FormModal.tsx";
import { useAction } from "../../ui/use-action.ts";
import type { ActionField, ActionValues, DeviceAction } from "./device-actions.ts";
import { type Device, deviceKey } from "./device-queries.ts";

/** Asks for what an action needs, says what will happen, and does it. */
export function ActionDialog(props: {
  readonly device: Device;
  readonly action: DeviceAction;
  readonly onClose: () => void;
  /** Told a secret that is to be shown once. */
  readonly onSecret: (secret: string) => void;
}) {
  const { device, action, onClose, onSecret } = props;
  const fields = action.fields(device);
  const form = useForm<Record<string, string | boolean>>({
    initialValues: Object.fromEntries(fields.map(({ name, kind }) => [name, kind === "flag" ? true : ""])),
  });
  const perform = useAction({
    run: (values: ActionValues) => action.run(device, values),
    done: () => t.queued(action.label),
    refreshes: [deviceKey(device.id)],
    showsError: true,
    onDone: (secret) => {
      if (secret !== null) onSecret(secret);
      onClose();
    },
  });
  const submit = (): void => perform.mutate(form.getValues());
  const { error } = perform;
  // The server names fields as the API does; one dialog has few enough to show the sentence below them.
  const shown = error instanceof ApiFailure ? new ApiFailure(error.status, sentenceOf(error)) : error;
  const body = fields.map((field) => <Field key={field.name} field={field} form={form} />);
  const common = { isOpen: true, title: action.label, isPending: perform.isPending, error: shown, onClose };
  if (action.needsTyping === true) {
    return (
      <ConfirmTyped
        {...common}
        consequence={action.consequence}
        phrase={device.serial_number}
        confirmLabel={t.confirm(action.label)}
        onConfirm={submit}
      >
        {body}
      </ConfirmTyped>
    );
  }
  return (
    <FormModal {...common} submitLabel={t.confirm(action.label)} onSubmit={submit}>
      <Text size="sm">{action.consequence}</Text>
      {body}
    </FormModal>
  );
}

function sentenceOf({ message, fields }: ApiFailure): string {
  const details = Object.values(fields);
  return details.length === 0 ? message : details.join(" ");
}

function Field(props: {
  readonly field: ActionField;
  readonly form: ReturnType<typeof useForm<Record<string, string | boolean>>>;
}): ReactNode {
  const { field, form } = props;
  const { name, label, kind, help, lengthMax, isRequired = false } = field;
  const common = {
    label,
    required: isRequired,
    ...(help === undefined ? {} : { description: help }),
    ...(lengthMax === undefined ? {} : { maxLength: lengthMax }),
  };
  if (kind === "flag") {
    return <Checkbox label={label} {...form.getInputProps(name, { type: "checkbox" })} />;
  }
  if (kind === "text") return <TextInput {...common} autoComplete="off" {...form.getInputProps(name)} />;
  const isCode = kind === "code";
  return (
    <Textarea
      {...common}
      autosize
      minRows={isCode ? 8 : 2}
      maxRows={20}
      {...(isCode ? { spellCheck: false, ff: "monospace" } : {})}
      {...form.getInputProps(name)}
    />
  );
}
