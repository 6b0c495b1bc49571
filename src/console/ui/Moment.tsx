import { TextInput } from "@mantine/core";

/** A time of the reader's zone; its value is in UTC, as the API takes it. */
export function Moment(props: {
  readonly label: string;
  readonly value: string | undefined;
  /** Undefined when it was emptied. */
  readonly onChange: (value: string | undefined) => void;
}) {
  const { label, value, onChange } = props;
  const local = value === undefined ? "" : localText(new Date(`${value.replace(/Z$/, "")}Z`));
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={local}
      onChange={({ currentTarget: { value: typed } }) =>
        onChange(typed === "" ? undefined : new Date(typed).toISOString().slice(0, 19))
      }
    />
  );
}

function localText(time: Date): string {
  const shifted = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
