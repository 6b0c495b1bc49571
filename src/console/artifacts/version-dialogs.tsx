/** What can be done to one version: for whom it is, make it the newest again, delete it. */
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import { linksQuery } from "../blueprints/link-queries.ts";
import { platforms as allPlatforms } from "../resources/platforms.ts";
import { pickScope, type Scope } from "../scopes/scope.ts";
import { ScopeEditor } from "../scopes/ScopeEditor.tsx";
import { ScopePreview } from "../scopes/ScopePreview.tsx";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Artifact, VersionKind } from "./artifact-kinds.ts";
import { versionBody, type VersionRow } from "./version-content.ts";
import { versionKeys } from "./version-queries.ts";

type DialogProps = {
  readonly artifact: Artifact;
  readonly kind: VersionKind;
  readonly version: VersionRow;
  readonly onClose: () => void;
};

export function VersionScopeDialog({ artifact, kind, version, onClose }: DialogProps) {
  const [scope, setScope] = useState<Scope>(pickScope(version));
  const links = useQuery(linksQuery({ artifact: artifact.id }));
  const save = useAction<Scope, unknown>({
    run: (said) =>
      requestJson("PUT", `${kind.api}${version.id}/`, { ...versionBody(version, version.version), ...said }),
    done: () => words.scopeSaved,
    refreshes: versionKeys,
    showsError: true,
    onDone: onClose,
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  return (
    <FormModal
      isOpen
      size="lg"
      title={`${artifact.name}, ${words.versionNumber(version.version)}: ${words.scope}`}
      submitLabel={texts.common.save}
      isPending={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate(scope)}
      onClose={onClose}
    >
      <ScopeEditor
        scope={scope}
        available={allPlatforms.filter((platform) => artifact.platforms.includes(platform))}
        problems={problems}
        onChange={setScope}
      />
      {(links.data ?? []).slice(0, previewsMax).map(({ blueprint }) => (
        <ScopePreview
          key={blueprint}
          blueprint={blueprint}
          change={{ artifact_versions: [{ artifact: artifact.id, ...scope }] }}
        />
      ))}
    </FormModal>
  );
}

/** More blueprints would make the dialog unreadable. */
const previewsMax = 3;

export function RestoreDialog({ kind, version, next, onClose }: DialogProps & { readonly next: number }) {
  return (
    <SureDialog
      title={words.restoreTitle(version.version)}
      label={words.restore}
      text={words.restoreHelp(next)}
      done={words.restored(next)}
      run={() => requestJson("POST", kind.api, versionBody(version, next))}
      onClose={onClose}
    />
  );
}

export function DeleteVersionDialog({ kind, version, onClose }: DialogProps) {
  return (
    <SureDialog
      title={words.deleteVersionTitle(version.version)}
      label={words.deleteVersion}
      text={words.deleteVersionHelp}
      done={words.deletedVersion(version.version)}
      run={() => requestJson("DELETE", `${kind.api}${version.id}/`)}
      onClose={onClose}
    />
  );
}

/** One thing to do to a version, after a sentence about it. */
function SureDialog(props: {
  readonly title: string;
  readonly label: string;
  readonly text: string;
  readonly done: string;
  readonly run: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const { title, label, text, done, run, onClose } = props;
  const act = useAction<undefined, unknown>({
    run,
    done: () => done,
    refreshes: versionKeys,
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={title}
      submitLabel={label}
      isPending={act.isPending}
      error={act.error}
      onSubmit={() => act.mutate(undefined)}
      onClose={onClose}
    >
      <Text size="sm">{text}</Text>
    </FormModal>
  );
}
