/** Makes a blueprint what it was: the difference, what devices would notice, then one request a change. */
import { Text } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import type { RowOf } from "../resources/resource.ts";
import type { BlueprintArtifact } from "../scopes/scope.ts";
import { type ProposedChange, ScopePreview } from "../scopes/ScopePreview.tsx";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { TextDiff } from "../ui/TextDiff.tsx";
import { useAction } from "../ui/use-action.ts";
import {
  type BlueprintState,
  type Naming,
  type RestoreStep,
  restoreSteps,
  stateText,
} from "./blueprint-history.ts";
import { linkKeys } from "./link-queries.ts";

type Props = {
  readonly blueprint: RowOf<"/api/mdm/blueprints/">;
  readonly links: readonly BlueprintArtifact[];
  readonly now: BlueprintState;
  readonly wanted: BlueprintState;
  readonly naming: Naming;
};

const rights: Readonly<Record<RestoreStep["kind"], string>> = {
  settings: "mdm.change_blueprint",
  add: "mdm.add_blueprintartifact",
  change: "mdm.change_blueprintartifact",
  remove: "mdm.delete_blueprintartifact",
};

export function RestoreBlueprintButton(props: Props) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const steps = restoreSteps(props.now, props.wanted);
  if (steps.length === 0) return null;
  const missing = steps.map(({ kind }) => rights[kind]).find((right) => !can(right));
  return (
    <>
      <ActionButton
        size="compact-sm"
        variant="default"
        leftSection={<IconRestore size={14} aria-hidden />}
        disabledReason={missing === undefined ? null : texts.common.noRight(missing)}
        onClick={() => setOpen(true)}
      >
        {words.restore}
      </ActionButton>
      {isOpen && <RestoreDialog {...props} steps={steps} onClose={() => setOpen(false)} />}
    </>
  );
}

type DialogProps = Props & { readonly steps: readonly RestoreStep[]; readonly onClose: () => void };

function RestoreDialog({ blueprint, links, now, wanted, naming, steps, onClose }: DialogProps) {
  const restore = useAction<undefined, undefined>({
    run: async () => {
      for (const step of steps) {
        // One after the other: each is checked against those before it.
        await takeStep(step, blueprint, links);
      }
    },
    done: () => words.restored(wanted.settings.name),
    refreshes: [["blueprints"], ...linkKeys],
    showsError: true,
    onDone: onClose,
  });
  const change = changeOf(steps);
  return (
    <FormModal
      isOpen
      size="xl"
      title={words.restoreTitle(blueprint.name)}
      submitLabel={words.restore}
      isPending={restore.isPending}
      error={restore.error}
      onSubmit={() => restore.mutate(undefined)}
      onClose={onClose}
    >
      <Text size="sm">{words.restoreHelp}</Text>
      <TextDiff
        before={stateText(now, naming)}
        after={stateText(wanted, naming)}
        label={words.whatChanges}
        same={words.sameState}
      />
      <ScopePreview blueprint={blueprint.id} change={change} />
    </FormModal>
  );
}

function changeOf(steps: readonly RestoreStep[]): ProposedChange {
  const settings = steps.find((step) => step.kind === "settings")?.settings;
  return {
    blueprint_artifacts: steps.flatMap((step) =>
      step.kind === "add" || step.kind === "change" ? [{ artifact: step.artifact, ...step.scope }] : [],
    ),
    removed: steps.flatMap((step) => (step.kind === "remove" ? [step.artifact] : [])),
    ...(settings && { legacy_profiles_via_ddm: settings.legacy_profiles_via_ddm }),
  };
}

function takeStep(
  step: RestoreStep,
  blueprint: Props["blueprint"],
  links: readonly BlueprintArtifact[],
): Promise<unknown> {
  if (step.kind === "settings") {
    const { default_location: location } = blueprint;
    const body = { default_location: location, ...step.settings };
    return requestJson("PUT", `/api/mdm/blueprints/${blueprint.id}/`, body);
  }
  const link = links.find(({ artifact }) => artifact === step.artifact);
  const path = `/api/mdm/blueprint_artifacts/${link === undefined ? "" : `${link.id}/`}`;
  if (step.kind === "remove") return requestJson("DELETE", path);
  const body = { blueprint: blueprint.id, artifact: step.artifact, ...step.scope };
  return requestJson(step.kind === "add" ? "POST" : "PUT", path, body);
}
