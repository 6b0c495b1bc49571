/** One payload of a document: its settings, and for one of several its place among them. */
import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { memo, useCallback } from "react";
import { payloadTexts } from "../../texts/payloads.ts";
import { Notice } from "../../ui/Notice.tsx";
import { type DocumentKind, pathPrefix } from "./build-document.ts";
import { findFeatured } from "./featured.ts";
import { type Change, withMember } from "./form-value.ts";
import { KeyList } from "./KeyList.tsx";
import { type ArtifactPlatform, isTakenBy, type SchemaKey } from "./schema-key.ts";
import { keptNames, moveSection, type Section, type SectionContent } from "./sections.ts";
import { TextEditor } from "./TextEditor.tsx";

export type ChangeSections = (update: (before: readonly Section[]) => readonly Section[]) => void;

type Props = {
  readonly kind: DocumentKind;
  readonly section: Section;
  readonly index: number;
  /** Of all sections of the document. */
  readonly count: number;
  readonly platforms: readonly ArtifactPlatform[];
  readonly onChange: ChangeSections;
};

export const SectionForm = memo(function SectionForm(props: Props) {
  const { section, count } = props;
  if (count === 1) return <Content {...props} />;
  const { content, type } = section;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={`section-${section.id}`}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h5" id={`section-${section.id}`}>
              {content.kind === "form" ? content.schema.title : type}
            </Title>
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {type}
            </Text>
          </div>
          <SectionButtons {...props} />
        </Group>
        <Content {...props} />
      </Stack>
    </Paper>
  );
});

function SectionButtons({ section, index, count, onChange }: Props) {
  const { content, id, type } = section;
  const title = content.kind === "form" ? content.schema.title : type;
  const common = { size: "compact-sm", variant: "default" } as const;
  return (
    <Group gap="xs">
      {index > 0 && (
        <Button
          {...common}
          aria-label={payloadTexts.upOf(title)}
          leftSection={<IconArrowUp size={14} aria-hidden />}
          onClick={() => onChange((sections) => moveSection(sections, id, -1))}
        >
          {payloadTexts.up}
        </Button>
      )}
      {index < count - 1 && (
        <Button
          {...common}
          aria-label={payloadTexts.downOf(title)}
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={() => onChange((sections) => moveSection(sections, id, 1))}
        >
          {payloadTexts.down}
        </Button>
      )}
      <Button
        {...common}
        c="var(--mantine-color-error)"
        leftSection={<IconTrash size={14} aria-hidden />}
        onClick={() => onChange((sections) => sections.filter((each) => each.id !== id))}
      >
        {payloadTexts.remove(title)}
      </Button>
    </Group>
  );
}

function Content(props: Props) {
  const { section, onChange } = props;
  const { id, content, type } = section;
  if (content.kind === "form") return <FormContent {...props} content={content} />;
  return (
    <>
      <Text size="sm">{payloadTexts.unknownPayload}</Text>
      <TextEditor
        label={payloadTexts.payloadText(type)}
        rowsMin={6}
        value={content.source}
        onChange={(source) =>
          onChange((sections) =>
            sections.map((each) => (each.id === id ? { ...each, content: { kind: "text", source } } : each)),
          )
        }
      />
    </>
  );
}

type FormProps = Props & { readonly content: Extract<SectionContent, { readonly kind: "form" }> };

function FormContent({ kind, section, content, index, platforms, onChange }: FormProps) {
  const { schema, value } = content;
  const { id } = section;
  const change: Change = useCallback(
    (name, update) =>
      onChange((sections) =>
        sections.map((each) => {
          if (each.id !== id || each.content.kind === "text") return each;
          const before = each.content.value;
          return {
            ...each,
            content: { ...each.content, value: withMember(before, name, update(before[name])) },
          };
        }),
      ),
    [id, onChange],
  );
  const kept = keptNames(section);
  const isShown = (key: SchemaKey): boolean => key.key in value || isTakenBy(key, platforms);
  return (
    <>
      {kept.length > 0 && <Notice tone="attention">{payloadTexts.kept(kept.join(", "))}</Notice>}
      {schema.keys.length === 0 ? (
        <Text c="dimmed">{payloadTexts.noKeys}</Text>
      ) : (
        <KeyList
          keys={schema.keys.filter(isShown)}
          common={findFeatured(kind, schema.type)?.common ?? []}
          path={pathPrefix(kind, index)}
          value={value}
          onChange={change}
          label={schema.title}
        />
      )}
    </>
  );
}
