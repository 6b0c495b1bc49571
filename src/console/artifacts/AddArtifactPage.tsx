/** A new artifact: a file is dropped, what it is is found out, and a few questions remain. */
import {
  Alert,
  Button,
  Fieldset,
  Group,
  MultiSelect,
  Paper,
  Progress,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { size } from "../format/size.ts";
import type { FormValues } from "../resources/field.ts";
import { type Platform, platformOptions, platforms as allPlatforms } from "../resources/platforms.ts";
import { useRelation } from "../resources/relations.ts";
import { scopeOf } from "../scopes/scope.ts";
import { appTexts } from "../texts/apps.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { resourceTexts } from "../texts/resources.ts";
import { FileDrop } from "../ui/FileDrop.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";
import { linkableTypes } from "./artifact-kinds.ts";
import type { DetectedFile } from "./detect-file.ts";
import { FieldStack } from "./FieldStack.tsx";
import { artifactTypeOf, type NewArtifact, saveNewArtifact } from "./save-file.ts";
import { useDetectedFile } from "./use-detected-file.ts";
import { appOptions } from "./version-fields.ts";

export function AddArtifactPage() {
  const { chosen, choose, forget } = useDetectedFile();
  return (
    <>
      <PageHeader
        title={words.addTitle}
        crumbs={[{ label: words.many, to: "/artifacts" }]}
        description={words.addAbout}
        actions={
          <>
            <ButtonLink variant="default" to="/artifacts/certificate">
              {words.certificate}
            </ButtonLink>
            <ButtonLink variant="default" to="/artifacts/compose">
              {words.compose}
            </ButtonLink>
          </>
        }
      />
      <Stack maw={720}>
        {chosen === null || chosen.detected.kind === "unknown" ? (
          <FileDrop
            label={words.drop}
            hint={words.dropHint}
            choose={words.chooseFile}
            onFile={(file) => void choose(file)}
          />
        ) : (
          <NewArtifactForm
            key={chosen.file.name}
            file={chosen.file}
            detected={chosen.detected}
            onForget={forget}
          />
        )}
        {chosen?.detected.kind === "unknown" && (
          <Alert color="red" role="alert" title={chosen.file.name}>
            {words.unknown[chosen.detected.reason]}
          </Alert>
        )}
      </Stack>
    </>
  );
}

type Known = Exclude<DetectedFile, { readonly kind: "unknown" }>;

/** Where files of a kind usually belong; people choose otherwise. */
function usualPlatforms(detected: Known): readonly Platform[] {
  // Packages are installed by a command that Macs alone have, those of iPhones too.
  return detected.kind === "profile" || detected.kind === "package" ? ["macOS"] : allPlatforms;
}

function titleOf(file: File, detected: Known): string {
  const told = "title" in detected ? detected.title : null;
  return told ?? file.name.replace(/\.[^.]+$/, "");
}

/** Fields that say themselves what is wrong with them. */
const shown = new Set(["name", "channel", "platforms", ...appOptions.fields.map(({ name }) => name)]);

function NewArtifactForm(props: {
  readonly file: File;
  readonly detected: Known;
  readonly onForget: () => void;
}) {
  const { file, detected, onForget } = props;
  const navigate = useNavigate();
  const blueprints = useRelation("blueprint").rows;
  const [name, setName] = useState(titleOf(file, detected));
  const [channel, setChannel] = useState<"Device" | "User">(
    detected.kind === "profile" ? detected.channel : "Device",
  );
  const [platforms, setPlatforms] = useState<readonly Platform[]>(usualPlatforms(detected));
  const [blueprint, setBlueprint] = useState<number | null>(null);
  const isApp = detected.kind === "package";
  const [options, setOptions] = useState<FormValues>(() => ({
    ...appOptions.valuesOf(null),
    ios_app: isApp && detected.isIpa,
  }));
  const [progress, setProgress] = useState<number | null>(null);
  const scope = scopeOf(platforms);
  const isLinkable = linkableTypes.has(artifactTypeOf(detected));
  const save = useAction<NewArtifact, { readonly id: string; readonly name: string }>({
    run: saveNewArtifact,
    done: (artifact) => words.added(artifact.name),
    refreshes: [["artifacts"], ["blueprint_artifacts"]],
    showsError: true,
    onDone: ({ id }) => void navigate({ to: `/artifacts/${id}` }),
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  const others = Object.keys(problems).filter((field) => !shown.has(field));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({
          file,
          detected,
          name,
          channel,
          platforms,
          scope,
          blueprint,
          options: isApp ? appOptions.bodyOf(options) : {},
          onProgress: setProgress,
        });
      }}
    >
      <Paper withBorder p="md">
        <Stack>
          <Alert color="orchard" variant="light" title={words.isA(words.kinds[detected.kind])}>
            {file.name}, {size(file.size)}
            {detected.kind === "declaration" && `, ${detected.type}`}
            {detected.kind === "profile" && detected.isSigned && <Text size="sm">{words.signed}</Text>}
          </Alert>
          <TextInput
            label={resourceTexts.name}
            withAsterisk
            value={name}
            error={problems["name"]}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={words.channel}
            data={[...words.channelOptions]}
            allowDeselect={false}
            // A profile says itself whom it is for.
            disabled={detected.kind === "profile"}
            value={channel}
            error={problems["channel"]}
            onChange={(chosen) => setChannel(chosen === "User" ? "User" : "Device")}
          />
          <MultiSelect
            label={words.platforms}
            withAsterisk
            data={platformOptions}
            value={[...platforms]}
            error={problems["platforms"]}
            onChange={(chosen) => setPlatforms(allPlatforms.filter((platform) => chosen.includes(platform)))}
          />
          {isApp && (
            <Fieldset legend={appTexts.options}>
              <Stack gap="sm">
                <FieldStack
                  fields={appOptions.fields}
                  values={options}
                  problems={problems}
                  onChange={setOptions}
                />
              </Stack>
            </Fieldset>
          )}
          {isLinkable && (
            <Select
              label={words.inBlueprint}
              description={words.inBlueprintHelp}
              clearable
              searchable
              data={blueprints.map(({ id, name: title }) => ({ value: String(id), label: title }))}
              value={blueprint === null ? null : String(blueprint)}
              onChange={(chosen) => setBlueprint(chosen === null ? null : Number(chosen))}
            />
          )}
          {progress !== null && save.isPending && (
            <Progress value={progress * 100} aria-label={words.uploading} />
          )}
          {save.error !== null && (others.length > 0 || Object.keys(problems).length === 0) && (
            <ErrorState error={others.length > 0 ? sentences(problems, others) : save.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onForget}>
              {words.another}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </Paper>
    </form>
  );
}

function sentences(problems: Readonly<Record<string, string>>, names: readonly string[]): Error {
  return new Error(names.map((name) => problems[name] ?? "").join(" "));
}
