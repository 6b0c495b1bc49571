/** The form of a resource, in a dialog: for a new object, or for one that is there. */
import { useForm } from "@mantine/form";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { bodyOf, type Field, formValues, type FormValues, valueAt } from "./field.ts";
import { FieldInput } from "./FieldInput.tsx";
import { type Identified, queryKeyOf, type Resource } from "./resource.ts";

export type ResourceFormProps<Row extends Identified> = {
  readonly resource: Resource<Row>;
  readonly fields: readonly Field[];
  /** Null for a new one. */
  readonly row: Row | null;
  readonly onClose: () => void;
  readonly onSaved?: (row: Row) => void;
};

/** Rendered while it is open: it begins anew each time. */
export function ResourceForm<Row extends Identified>(props: ResourceFormProps<Row>) {
  const { resource, fields, row, onClose, onSaved } = props;
  const form = useForm<FormValues>({ initialValues: formValues(fields, row) });
  const save = useAction<FormValues, Row>({
    run: (values) =>
      row === null
        ? requestJson("POST", resource.api, bodyOf(fields, values))
        : requestJson("PUT", `${resource.api}${row.id}/`, bodyOf(fields, values)),
    done: (saved) => {
      const title = resource.titleOf(saved);
      return row === null ? resourceTexts.createdOne(title) : resourceTexts.savedOne(title);
    },
    refreshes: [[queryKeyOf(resource.api)]],
    showsError: true,
    onDone: (saved) => {
      onClose();
      onSaved?.(saved);
    },
  });
  const failure = save.error instanceof ApiFailure ? save.error : null;
  const shown = fields.filter(({ when }) => when === undefined || when(form.values));
  const named = new Set(shown.map(({ name }) => name));
  // A problem of a field that the form does not show must not be lost.
  const others = Object.entries(failure?.fields ?? {}).filter(([name]) => !named.has(name));
  const hasOnlyFieldProblems =
    failure !== null && Object.keys(failure.fields).length > 0 && others.length === 0;
  return (
    <FormModal
      isOpen
      size="lg"
      title={row === null ? resource.texts.create : resourceTexts.editOne(resource.titleOf(row))}
      submitLabel={row === null ? resource.texts.create : texts.common.save}
      isPending={save.isPending}
      error={hasOnlyFieldProblems ? null : withOthers(save.error, others)}
      onSubmit={() => save.mutate(form.values)}
      onClose={onClose}
    >
      {shown.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          value={valueAt(form.values, field.name)}
          problem={failure?.fields[field.name]}
          onChange={(value) => form.setFieldValue(field.name, value)}
        />
      ))}
    </FormModal>
  );
}

function withOthers(error: Error | null, others: readonly (readonly [string, string])[]): Error | null {
  if (error === null || others.length === 0) return error;
  return new Error(others.map(([name, problem]) => `${name}: ${problem}`).join(" "));
}
