import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef } from "react";

/** How long a pause ends a word. */
const pauseMilliseconds = 300;

/** The search of a list: what is typed goes to the address after a pause. */
export function SearchInput(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const find = useDebouncedCallback(onChange, pauseMilliseconds);
  useEffect(() => {
    // The address changed by other means: a saved view, the browser's back.
    const field = input.current;
    if (field !== null && field !== document.activeElement) field.value = value;
  }, [value]);
  return (
    <TextInput
      ref={input}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      defaultValue={value}
      onChange={(event) => find(event.currentTarget.value.trim())}
      w={{ base: "100%", xs: 300 }}
    />
  );
}
