/** Writes a profile or declaration as a form or a text, checks it meanwhile, and saves it as an artifact. */
import { Button, Grid, Group, Paper, SegmentedControl, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { ApiFailure } from "../../api/failure.ts";
import { useSession } from "../../session/session.ts";
import { payloadTexts } from "../../texts/payloads.ts";
import { texts } from "../../texts/en.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { CodeView } from "../../ui/CodeView.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { ErrorState } from "../../ui/states.tsx";
import { useAction } from "../../ui/use-action.ts";
import { AddSection } from "./AddSection.tsx";
import { ArtifactFields } from "./ArtifactFields.tsx";
import type { BaseVersion } from "./base-version.ts";
import type { DocumentKind } from "./build-document.ts";
import { FindingsPanel } from "./FindingsPanel.tsx";
import { FindingsContext, findingsByPath } from "./findings.ts";
import { saveArtifact, saveVersion } from "./save-document.ts";
import type { SchemaType } from "./schema-key.ts";
import { SectionForm } from "./SectionForm.tsx";
import { SchemaHelp, suggestionsId } from "./text/SchemaHelp.tsx";
import { type TextEditorState, useTextEditor } from "./text/use-text-editor.ts";
import { TextEditor } from "./TextEditor.tsx";
import { useDocument } from "./use-document.ts";

type DocumentState = ReturnType<typeof useDocument>;

export function DocumentForm(props: {
  readonly kind: DocumentKind;
  /** Null for a version whose content says itself what it is. */
  readonly schema: SchemaType | null;
  /** The version a new one is written from; null for a new artifact. */
  readonly base: BaseVersion | null;
}) {
  const { kind, schema, base } = props;
  const state = useDocument(kind, schema, base);
  const save = useSaving({ ...props, state });
  const editor = useTextEditor(kind, state.text, state.setOwnText);
  const [mode, setMode] = useState<"form" | "text">(base?.sections === null ? "text" : "form");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        state.touch();
        if (!save.isPending) save.mutate();
      }}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack gap="md">
            {base === null && schema !== null && (
              <ArtifactFields
                schema={schema}
                facts={state.facts}
                problems={save.error instanceof ApiFailure ? save.error.fields : {}}
                onChange={state.setFacts}
              />
            )}
            <SegmentedControl
              aria-label={payloadTexts.modeLabel}
              value={mode}
              onChange={(next) => setMode(next === "text" ? "text" : "form")}
              data={[
                { value: "form", label: payloadTexts.modes.form },
                { value: "text", label: payloadTexts.modes.text },
              ]}
              style={{ alignSelf: "flex-start" }}
            />
            {mode === "text" ? (
              <AsText kind={kind} state={state} editor={editor} />
            ) : (
              <AsForm kind={kind} state={state} />
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack gap="md" style={{ position: "sticky", top: 72 }}>
            <FindingsPanel
              findings={state.findings}
              isChecking={state.isChecking}
              {...(mode === "text" && { lines: editor })}
            />
            {mode === "text" && <SchemaHelp kind={kind} editor={editor} />}
            {save.error !== null && <ErrorState error={save.error} />}
            <Group>
              <SaveButton kind={kind} isVersion={base !== null} isPending={save.isPending} />
            </Group>
            {mode === "form" && (
              <Paper withBorder p="md" component="section" aria-label={payloadTexts.result}>
                <Text fw={600} size="sm">
                  {payloadTexts.result}
                </Text>
                <CodeView value={state.text} label={payloadTexts.result} />
              </Paper>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

function AsForm(props: { readonly kind: DocumentKind; readonly state: DocumentState }) {
  const { kind, state } = props;
  const { findings, isTouched, ownText, sections } = state;
  const byPath = useMemo(() => findingsByPath(isTouched ? (findings ?? []) : []), [findings, isTouched]);
  if (ownText !== null) return <OwnText state={state} />;
  return (
    <FindingsContext value={byPath}>
      {sections.map((section, index) => (
        <SectionForm
          key={section.id}
          kind={kind}
          section={section}
          index={index}
          count={sections.length}
          platforms={state.facts.platforms}
          onChange={state.changeSections}
        />
      ))}
      {kind === "profile" && <AddSection onChange={state.changeSections} />}
    </FindingsContext>
  );
}

/** A text that somebody changed: the form takes it over, or begins anew. */
function OwnText({ state }: { readonly state: DocumentState }) {
  const [isRefused, setRefused] = useState(false);
  return (
    <Notice tone="attention">
      <Stack align="flex-start" gap="xs">
        {isRefused ? payloadTexts.sourceUnreadable : payloadTexts.textKept}
        <Group>
          <Button size="xs" onClick={() => void state.readOwnText().then((isRead) => setRefused(!isRead))}>
            {payloadTexts.textToForm}
          </Button>
          {state.sections.length > 0 && (
            <Button size="xs" variant="default" onClick={() => state.setOwnText(null)}>
              {payloadTexts.backToForm}
            </Button>
          )}
        </Group>
      </Stack>
    </Notice>
  );
}

function AsText(props: {
  readonly kind: DocumentKind;
  readonly state: DocumentState;
  readonly editor: TextEditorState;
}) {
  const { kind, state, editor } = props;
  return (
    <TextEditor
      label={kind === "profile" ? payloadTexts.textProfile : payloadTexts.textDeclaration}
      value={state.text}
      onChange={editor.change}
      ref={editor.ref}
      onCursor={editor.setCursor}
      onSuggest={() => document.querySelector<HTMLElement>(`#${suggestionsId} button`)?.focus()}
    />
  );
}

function SaveButton(props: {
  readonly kind: DocumentKind;
  readonly isVersion: boolean;
  readonly isPending: boolean;
}) {
  const { kind, isVersion, isPending } = props;
  const { can } = useSession();
  const needed = [...(isVersion ? [] : ["mdm.add_artifact"]), `mdm.add_${kind}`];
  const missing = needed.find((permission) => !can(permission));
  return (
    <ActionButton
      type="submit"
      loading={isPending}
      disabledReason={missing === undefined ? null : texts.common.noRight(missing)}
    >
      {isVersion ? payloadTexts.saveVersion : payloadTexts.save}
    </ActionButton>
  );
}

/** Saves what is on the screen; a second try goes on with the artifact of the first. */
function useSaving(props: {
  readonly kind: DocumentKind;
  readonly schema: SchemaType | null;
  readonly base: BaseVersion | null;
  readonly state: DocumentState;
}) {
  const { kind, schema, base, state } = props;
  const navigate = useNavigate();
  const made = useRef<string | null>(null);
  const { name, channel, platforms } = state.facts;
  return useAction<void, string>({
    showsError: true,
    refreshes: [["artifacts"]],
    run: async () => {
      const document = { kind, type: schema?.type ?? "", text: state.text, name, channel, platforms };
      const artifactId =
        base?.artifactId ?? (await saveArtifact({ ...document, madeArtifactId: made.current }));
      if (base === null) made.current = artifactId;
      await saveVersion(document, { artifactId, version: (base?.version ?? 0) + 1 });
      return artifactId;
    },
    done: () => payloadTexts.saved(name),
    onDone: (artifactId) => void navigate({ href: `/artifacts/${artifactId}` }),
  });
}
