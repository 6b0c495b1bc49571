/** The keys of a type or of a large dictionary: what is common and what is set first, the rest on demand. */
import { Button, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";
import { useDeferredValue, useState } from "react";
import { keyTitles, payloadTexts } from "../../texts/payloads.ts";
import type { Change, FormValue } from "./form-value.ts";
import { KeyField } from "./KeyField.tsx";
import { isFound, type SchemaKey } from "./schema-key.ts";

/** Lists no longer than this need neither a search nor folding. */
const shortList = 10;

export function KeyList(props: {
  readonly keys: readonly SchemaKey[];
  /** Shown first, in this order. */
  readonly common: readonly string[];
  readonly path: string;
  readonly value: FormValue;
  readonly onChange: Change;
  /** What the keys are of, for the search. */
  readonly label: string;
}) {
  const { keys, common, path, value, onChange, label } = props;
  const [isOpen, setOpen] = useState(false);
  // What is set meanwhile stays where it is: a field that moves loses who types in it.
  const [setAtFirst] = useState(() => Object.keys(value));
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed);
  const found = keys.filter((key) => isFound(key, search, keyTitles));
  const isShort = keys.length <= shortList;
  const { first, rest } = divide(found, { common, setAtFirst, isAll: isShort || search !== "" });
  const fields = (shown: readonly SchemaKey[]) => (
    <Fields keys={shown} path={path} value={value} onChange={onChange} />
  );
  return (
    <Stack gap="md">
      {!isShort && (
        <TextInput
          type="search"
          aria-label={`${payloadTexts.searchKeys}: ${label}`}
          placeholder={payloadTexts.searchKeys}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {found.length === 0 && <Text c="dimmed">{payloadTexts.noKeyFound}</Text>}
      {first.length > 0 && fields(first)}
      {rest.length > 0 && (
        <Group>
          <Button
            variant="default"
            aria-expanded={isOpen}
            leftSection={
              isOpen ? <IconChevronUp size={16} aria-hidden /> : <IconChevronDown size={16} aria-hidden />
            }
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? payloadTexts.less : payloadTexts.more(rest.length)}
          </Button>
        </Group>
      )}
      {isOpen && fields(rest)}
    </Stack>
  );
}

function Fields(props: {
  readonly keys: readonly SchemaKey[];
  readonly path: string;
  readonly value: FormValue;
  readonly onChange: Change;
}) {
  const { path, value, onChange } = props;
  const field = (key: SchemaKey) => (
    <KeyField
      key={key.key}
      schema={key}
      name={key.key}
      path={`${path}.${key.key}`}
      value={value[key.key]}
      onChange={onChange}
    />
  );
  const isLarge = ({ type }: SchemaKey): boolean => type === "dictionary" || type === "array";
  const small = props.keys.filter((key) => !isLarge(key));
  return (
    <Stack gap="md">
      {small.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm">
          {small.map(field)}
        </SimpleGrid>
      )}
      {props.keys.filter(isLarge).map(field)}
    </Stack>
  );
}

/** What is shown at once: what is common, needed or set. */
function divide(
  keys: readonly SchemaKey[],
  how: {
    readonly common: readonly string[];
    readonly setAtFirst: readonly string[];
    readonly isAll: boolean;
  },
): { readonly first: readonly SchemaKey[]; readonly rest: readonly SchemaKey[] } {
  const { common, setAtFirst, isAll } = how;
  const rank = ({ key, required }: SchemaKey): number => {
    const place = common.indexOf(key);
    return place >= 0 ? place : required ? common.length : Number.MAX_SAFE_INTEGER;
  };
  const sorted = keys.toSorted((a, b) => rank(a) - rank(b));
  const isFirst = (key: SchemaKey): boolean =>
    isAll || rank(key) <= common.length || setAtFirst.includes(key.key);
  return { first: sorted.filter(isFirst), rest: sorted.filter((key) => !isFirst(key)) };
}
