/** What Apple's schema says of the place of the cursor: names, values, and what they mean. */
import { Button, Code, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { KeyboardEvent } from "react";
import { keyHelps, keyTitles, payloadTexts } from "../../../texts/payloads.ts";
import type { DocumentKind } from "../build-document.ts";
import { keyFacts, keyTitle, type SchemaKey } from "../schema-key.ts";
import { catalogQuery, schemaTypeQuery } from "../schema-queries.ts";
import { pathText } from "./place.ts";
import { keyAt, listSuggestions, payloadAt, type Suggestion, typeSuggestions } from "./suggest.ts";
import type { TextEditorState } from "./use-text-editor.ts";

/** More would not be read; typing leaves fewer. */
const shownMax = 25;

/** By this the keyboard gets from the text to the suggestions. */
export const suggestionsId = "schema-suggestions";

export function SchemaHelp(props: { readonly kind: DocumentKind; readonly editor: TextEditorState }) {
  const { kind, editor } = props;
  const { key, path, suggestions } = useHelp(kind, editor);
  const { cursor } = editor.scan;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby="schema-help">
      <Stack gap="xs">
        <Title order={2} size="h5" id="schema-help">
          {payloadTexts.help}
        </Title>
        {path === "" ? <Text size="sm">{payloadTexts.helpNowhere}</Text> : <Code>{path}</Code>}
        {key !== null && <KeyHelp schema={key} />}
        {suggestions.length > 0 && cursor !== null && (
          <Suggestions
            suggestions={suggestions}
            onTake={(suggestion) => editor.take(cursor, suggestion)}
            onLeave={editor.focus}
          />
        )}
        <Text size="xs" c="dimmed">
          {payloadTexts.helpKeys}
        </Text>
      </Stack>
    </Paper>
  );
}

function useHelp(kind: DocumentKind, { text, scan }: TextEditorState) {
  const { cursor } = scan;
  const catalog = useQuery(catalogQuery(kind));
  const place = cursor && payloadAt(kind, scan, cursor.container);
  const isKnown = catalog.data?.some(({ type }) => type === place?.type) === true;
  const schema = useQuery({ ...schemaTypeQuery(kind, place?.type ?? ""), enabled: isKnown });
  if (cursor === null) return { path: "", key: null, suggestions: [] };
  const steps = cursor.member === null ? cursor.container : [...cursor.container, cursor.member];
  const path = pathText(steps);
  const types = typeSuggestions(kind, cursor, catalog.data ?? []);
  const keys = schema.data?.keys;
  if (types.length > 0 || place === null || keys === undefined)
    return { path, key: null, suggestions: types };
  const inner = cursor.member === null ? place.inner : [...place.inner, cursor.member];
  return {
    path,
    key: keyAt(keys, inner),
    suggestions: listSuggestions(kind, { text, scan, cursor }, { keys, inner: place.inner }),
  };
}

function KeyHelp({ schema }: { readonly schema: SchemaKey }) {
  const { key, type, values } = schema;
  const facts = [type, keyFacts(schema), keyHelps[key]].filter((text) => text !== undefined && text !== "");
  return (
    <>
      <Text size="sm" fw={600}>
        {keyTitles[key] ?? keyTitle(key)}
      </Text>
      <Text size="sm">{facts.join(" · ")}</Text>
      {values !== null && <Text size="sm">{payloadTexts.allowed(values.map(String).join(", "))}</Text>}
    </>
  );
}

function Suggestions(props: {
  readonly suggestions: readonly Suggestion[];
  readonly onTake: (suggestion: Suggestion) => void;
  readonly onLeave: () => void;
}) {
  const { suggestions, onTake, onLeave } = props;
  const shown = suggestions.slice(0, shownMax);
  return (
    <Stack
      id={suggestionsId}
      gap={2}
      role="group"
      aria-label={payloadTexts.suggestions}
      mah={360}
      style={{ overflowY: "auto" }}
      onKeyDown={(event) => moveAmong(event, onLeave)}
    >
      {shown.map((suggestion) => (
        <Button
          key={suggestion.label}
          variant="subtle"
          size="compact-sm"
          justify="flex-start"
          style={{ flexShrink: 0 }}
          onClick={() => onTake(suggestion)}
        >
          <Group gap="xs" wrap="nowrap">
            <Text span size="sm" ff="monospace">
              {suggestion.label}
            </Text>
            {suggestion.note !== "" && (
              <Text span size="xs" c="dimmed" truncate>
                {suggestion.note}
              </Text>
            )}
          </Group>
        </Button>
      ))}
      {suggestions.length > shownMax && (
        <Text size="xs" c="dimmed">
          {payloadTexts.moreSuggestions(suggestions.length - shownMax)}
        </Text>
      )}
    </Stack>
  );
}

/** Up and down go from one to the next, Escape goes back to the text. */
function moveAmong(event: KeyboardEvent<HTMLElement>, onLeave: () => void): void {
  if (event.key === "Escape") return onLeave();
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.findIndex((button) => button === document.activeElement);
  buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus();
}
