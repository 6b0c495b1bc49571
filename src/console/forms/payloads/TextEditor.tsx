import { Textarea } from "@mantine/core";
import type { Ref } from "react";

/** A document as text. Tab leaves it, so that nobody who uses the keyboard is caught in it. */
export function TextEditor(props: {
  readonly label: string;
  readonly value: string;
  readonly rowsMin?: number;
  readonly onChange: (value: string) => void;
  readonly ref?: Ref<HTMLTextAreaElement>;
  /** Tells where the cursor is, after each move. */
  readonly onCursor?: (at: number) => void;
  /** Ctrl and the space bar: to the suggestions. */
  readonly onSuggest?: () => void;
}) {
  const { label, value, rowsMin = 18, onChange, ref, onCursor, onSuggest } = props;
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
      {...(ref === undefined ? {} : { ref })}
      onChange={(event) => {
        onChange(event.currentTarget.value);
        onCursor?.(event.currentTarget.selectionStart);
      }}
      onSelect={(event) => onCursor?.(event.currentTarget.selectionStart)}
      onKeyDown={(event) => {
        if (onSuggest === undefined || !event.ctrlKey || event.key !== " ") return;
        event.preventDefault();
        onSuggest();
      }}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13, tabSize: 2 } }}
    />
  );
}
