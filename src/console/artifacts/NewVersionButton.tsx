/** A further version from a file of the same kind. */
import { Alert, Fieldset, Progress, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { platforms as allPlatforms } from "../resources/platforms.ts";
import { pickScope, scopeOf } from "../scopes/scope.ts";
import { useSession } from "../session/session.ts";
import { appTexts } from "../texts/apps.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FileDrop } from "../ui/FileDrop.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { type Artifact, versionKinds } from "./artifact-kinds.ts";
import { FieldStack } from "./FieldStack.tsx";
import { artifactTypeOf, type FileVersion, saveFileVersion } from "./save-file.ts";
import { useDetectedFile } from "./use-detected-file.ts";
import type { VersionRow } from "./version-content.ts";
import { appOptions } from "./version-fields.ts";
import { versionKeys } from "./version-queries.ts";

type Props = { readonly artifact: Artifact; readonly latest: VersionRow | null };

export function NewVersionButton(props: Props) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const kind = versionKinds[props.artifact.type];
  // Certificates come from an issuer, not from a file.
  if (kind === null || props.artifact.type === "Certificate Asset") return null;
  const right = `mdm.add_${kind.permission}`;
  return (
    <>
      <ActionButton
        variant="light"
        leftSection={<IconPlus size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => setOpen(true)}
      >
        {words.newVersion}
      </ActionButton>
      {isOpen && <NewVersionDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function NewVersionDialog({ artifact, latest, onClose }: Props & { readonly onClose: () => void }) {
  const { chosen, choose } = useDetectedFile();
  const hasOptions = artifact.type === "Enterprise App";
  const [options, setOptions] = useState(() => appOptions.valuesOf(latest));
  const [progress, setProgress] = useState<number | null>(null);
  const save = useAction<FileVersion, unknown>({
    run: saveFileVersion,
    done: (_, { version }) => words.restored(version),
    refreshes: versionKeys,
    showsError: true,
    onDone: onClose,
  });
  const detected = chosen?.detected;
  const isKnown = detected !== undefined && detected.kind !== "unknown";
  const isRight = isKnown && artifactTypeOf(detected) === artifact.type;
  const submit = (): void => {
    if (!isRight || chosen === null) return;
    save.mutate({
      file: chosen.file,
      detected,
      artifact: artifact.id,
      name: artifact.name,
      channel: artifact.channel,
      version: (latest?.version ?? 0) + 1,
      scope:
        latest === null
          ? scopeOf(allPlatforms.filter((platform) => artifact.platforms.includes(platform)))
          : pickScope(latest),
      options: hasOptions ? appOptions.bodyOf(options) : {},
      onProgress: setProgress,
    });
  };
  return (
    <FormModal
      isOpen
      size="lg"
      title={`${artifact.name}: ${words.newVersion}`}
      submitLabel={words.newVersion}
      isPending={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{words.newVersionHelp}</Text>
      <FileDrop
        label={chosen?.file.name ?? words.drop}
        hint={isRight ? words.isA(words.kinds[detected.kind]) : artifact.type}
        choose={words.chooseFile}
        onFile={(file) => void choose(file)}
      />
      {detected !== undefined && !isRight && (
        <Alert color="red" role="alert">
          {detected.kind === "unknown" ? words.unknown[detected.reason] : words.wrongKind(artifact.type)}
        </Alert>
      )}
      {hasOptions && (
        <Fieldset legend={appTexts.options}>
          <Stack gap="sm">
            <FieldStack
              fields={appOptions.fields}
              values={options}
              problems={save.error instanceof ApiFailure ? save.error.fields : {}}
              onChange={setOptions}
            />
          </Stack>
        </Fieldset>
      )}
      {progress !== null && save.isPending && (
        <Progress value={progress * 100} aria-label={words.uploading} />
      )}
    </FormModal>
  );
}
