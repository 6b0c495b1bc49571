/** One field of a form, as its kind wants it. */
import {
  Button,
  ColorInput,
  Group,
  JsonInput,
  MultiSelect,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { plainText } from "../format/plain-text.ts";
import { resourceTexts } from "../texts/resources.ts";
import type { Field } from "./field.ts";
import { keyOf, useRelation } from "./relations.ts";

export type FieldInputProps = {
  readonly field: Field;
  readonly value: unknown;
  readonly problem: ReactNode;
  readonly onChange: (value: unknown) => void;
};

export function FieldInput({ field, value, problem, onChange }: FieldInputProps) {
  const common = {
    label: field.label,
    error: problem,
    ...(field.help === undefined ? {} : { description: field.help }),
    ...(field.isRequired === true ? { withAsterisk: true, "aria-required": true } : {}),
  };
  const text = typeof value === "string" ? value : "";
  const onText = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onChange(event.currentTarget.value);
  switch (field.kind) {
    case "text":
      return <TextInput {...common} value={text} onChange={onText} autoComplete="off" />;
    case "paragraph":
      return <Textarea {...common} value={text} onChange={onText} autosize minRows={2} maxRows={8} />;
    case "lines":
    case "list":
      return <Textarea {...common} value={text} onChange={onText} autosize minRows={2} maxRows={10} />;
    case "json":
      return <JsonInput {...common} value={text} onChange={onChange} autosize minRows={4} maxRows={20} />;
    case "secret":
      return <PasswordInput {...common} value={text} onChange={onText} autoComplete="new-password" />;
    case "clock":
      return <TextInput {...common} type="time" step={1} value={text} onChange={onText} />;
    case "moment":
      return <TextInput {...common} type="datetime-local" value={text} onChange={onText} />;
    case "color":
      return (
        <ColorInput
          {...common}
          value={text === "" ? "" : `#${text}`}
          onChange={(chosen) => onChange(chosen.replace("#", ""))}
          swatches={swatches}
          popoverProps={{ withinPortal: true }}
          eyeDropperButtonProps={{ "aria-label": resourceTexts.takeColor }}
        />
      );
    case "switch":
      return (
        <Switch
          label={field.label}
          {...(field.help === undefined ? {} : { description: field.help })}
          error={problem}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "fixed":
      return null;
    case "number":
      return <NumberField field={field} common={common} value={value} onChange={onChange} />;
    case "select":
      return <SelectField field={field} common={common} value={value} onChange={onChange} />;
    case "relation":
      return <RelationField field={field} common={common} value={value} onChange={onChange} />;
  }
}

const swatches = ["#0079bf", "#61bd4f", "#f2d600", "#ff9f1a", "#eb5a46", "#c377e0", "#00c2e0", "#344563"];

type Common = { readonly label: string; readonly error: ReactNode; readonly description?: string };
type Inner<Kind extends Field["kind"]> = {
  readonly field: Extract<Field, { readonly kind: Kind }>;
  readonly common: Common;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
};

function NumberField({ field, common, value, onChange }: Inner<"number">) {
  const { min, max, unit, presets = [] } = field;
  return (
    <Stack gap={6}>
      <NumberInput
        {...common}
        value={typeof value === "number" ? value : ""}
        onChange={(typed) => onChange(typeof typed === "number" ? typed : null)}
        allowDecimal={false}
        {...(min === undefined ? {} : { min })}
        {...(max === undefined ? {} : { max })}
        {...(unit === undefined ? {} : { suffix: ` ${unit}` })}
      />
      {presets.length > 0 && (
        <Group gap={6} role="group" aria-label={resourceTexts.presets}>
          {presets.map(([preset, label]) => (
            <Button
              key={preset}
              size="compact-xs"
              variant={preset === value ? "filled" : "default"}
              aria-pressed={preset === value}
              onClick={() => onChange(preset)}
            >
              {label}
            </Button>
          ))}
        </Group>
      )}
    </Stack>
  );
}

function SelectField({ field, common, value, onChange }: Inner<"select">) {
  const { options, isNumber = false, isMany = false } = field;
  const read = (chosen: string): string | number => (isNumber ? Number(chosen) : chosen);
  if (isMany) {
    return (
      <MultiSelect
        {...common}
        data={[...options]}
        value={Array.isArray(value) ? value.map(String) : []}
        onChange={(chosen) => onChange(chosen.map(read))}
      />
    );
  }
  return (
    <Select
      {...common}
      data={[...options]}
      value={plainText(value) === "" ? null : plainText(value)}
      allowDeselect={field.initial === null}
      clearable={field.initial === null}
      onChange={(chosen) => onChange(chosen === null ? null : read(chosen))}
    />
  );
}

function RelationField({ field, common, value, onChange }: Inner<"relation">) {
  const { rows } = useRelation(field.to);
  // Where there is only one to choose, nobody needs to.
  const only = field.isRequired === true && value === null && rows.length === 1 ? rows[0] : undefined;
  useEffect(() => {
    if (only !== undefined) onChange(keyOf(only));
  });
  const data = rows.map((row) => ({ value: String(keyOf(row)), label: row.name }));
  const read = (chosen: string): number | string => {
    const row = rows.find((each) => String(keyOf(each)) === chosen);
    return row === undefined ? chosen : keyOf(row);
  };
  if (field.isMany === true) {
    return (
      <MultiSelect
        {...common}
        data={data}
        searchable
        value={Array.isArray(value) ? value.map(String) : []}
        onChange={(chosen) => onChange(chosen.map(read))}
      />
    );
  }
  return (
    <Select
      {...common}
      data={data}
      searchable
      clearable={field.isRequired !== true}
      value={plainText(value) === "" ? null : plainText(value)}
      onChange={(chosen) => onChange(chosen === null ? null : read(chosen))}
    />
  );
}
