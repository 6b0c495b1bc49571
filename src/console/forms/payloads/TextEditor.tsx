import { Textarea } from "@mantine/core";

/** A document as text. Tab leaves it, so that nobody who uses the keyboard is caught in it. */
export function TextEditor(props: {
  readonly label: string;
  readonly value: string;
  readonly rowsMin?: number;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, rowsMin = 18, onChange } = props;
  return (
    <Textarea
      label={label}
      autosize
      minRows={rowsMin}
      maxRows={40}
      spellCheck={false}
      autoCapitalize="off"
      autoCorrect="off"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13, tabSize: 2 } }}
    />
  );
}
