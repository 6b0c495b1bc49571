/** Puts an artifact in a blueprint, or changes for whom it is there, after a look at what devices would notice. */
import { Select } from "@mantine/core";
import { useState } from "react";
import { ApiFailure } from "../api/failure.ts";
import { requestJson } from "../api/client.ts";
import { linkableTypes } from "../artifacts/artifact-kinds.ts";
import { platforms as allPlatforms } from "../resources/platforms.ts";
import { type RelationRow, useRelation } from "../resources/relations.ts";
import type { RowOf } from "../resources/resource.ts";
import { type BlueprintArtifact, pickScope, type Scope, scopeOf } from "../scopes/scope.ts";
import { ScopeEditor } from "../scopes/ScopeEditor.tsx";
import { ScopePreview } from "../scopes/ScopePreview.tsx";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { linkKeys } from "./link-queries.ts";

type Artifact = RowOf<"/api/mdm/artifacts/">;

export type LinkDialogProps = {
  /** Null: it is to be chosen. */
  readonly blueprint: number | null;
  readonly artifact: string | null;
  /** The link that changes; null for a new one. */
  readonly link: BlueprintArtifact | null;
  /** What cannot be chosen again. */
  readonly taken: readonly (number | string)[];
  readonly onClose: () => void;
};

export function LinkDialog({ link, taken, onClose, ...given }: LinkDialogProps) {
  // The list of the API says more of an artifact than its name.
  const artifacts = useRelation("artifact").rows as readonly (RelationRow & Artifact)[];
  const blueprints = useRelation("blueprint");
  const [blueprint, setBlueprint] = useState(given.blueprint);
  const [artifactId, setArtifact] = useState(given.artifact);
  const artifact = artifacts.find(({ id }) => id === artifactId);
  const [edited, setScope] = useState<Scope | null>(link === null ? null : pickScope(link));
  const scope = edited ?? scopeOf(artifact?.platforms ?? []);
  const save = useAction<Scope, BlueprintArtifact>({
    run: (said) => {
      const body = { blueprint, artifact: artifactId, ...said };
      return link === null
        ? requestJson("POST", "/api/mdm/blueprint_artifacts/", body)
        : requestJson("PUT", `/api/mdm/blueprint_artifacts/${link.id}/`, body);
    },
    done: () => (link === null ? words.added(artifact?.name ?? words.artifact) : words.saved),
    refreshes: linkKeys,
    showsError: true,
    onDone: onClose,
  });
  const problems = save.error instanceof ApiFailure ? save.error.fields : {};
  const isComplete = blueprint !== null && artifact !== undefined;
  return (
    <FormModal
      isOpen
      size="lg"
      title={link === null ? words.addArtifact : words.editLink(artifact?.name ?? "")}
      submitLabel={link === null ? words.addArtifact : texts.common.save}
      isPending={save.isPending}
      error={Object.keys(problems).length > 0 ? null : save.error}
      onSubmit={() => isComplete && save.mutate(scope)}
      onClose={onClose}
    >
      {given.artifact === null && (
        <Select
          label={words.artifact}
          placeholder={words.choose}
          withAsterisk
          searchable
          data={artifacts
            .filter(({ id, type }) => linkableTypes.has(type) && !taken.includes(id))
            .map(({ id, name, type }) => ({ value: id, label: `${name} (${type})` }))}
          value={artifactId}
          error={problems["artifact"]}
          onChange={(chosen) => {
            setArtifact(chosen);
            setScope(null);
          }}
        />
      )}
      {given.blueprint === null && (
        <Select
          label={words.blueprint}
          placeholder={words.chooseBlueprint}
          withAsterisk
          searchable
          data={blueprints.rows
            .filter(({ id }) => !taken.includes(id))
            .map(({ id, name }) => ({ value: String(id), label: name }))}
          value={blueprint === null ? null : String(blueprint)}
          error={problems["blueprint"]}
          onChange={(chosen) => setBlueprint(chosen === null ? null : Number(chosen))}
        />
      )}
      {isComplete && (
        <>
          <ScopeEditor
            scope={scope}
            available={allPlatforms.filter((platform) => artifact.platforms.includes(platform))}
            problems={problems}
            onChange={setScope}
          />
          <ScopePreview
            blueprint={blueprint}
            change={{ blueprint_artifacts: [{ artifact: artifact.id, ...scope }] }}
          />
        </>
      )}
    </FormModal>
  );
}
