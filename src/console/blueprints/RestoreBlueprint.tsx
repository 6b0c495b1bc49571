/** Makes a blueprint what it was: the difference, what devices would notice, then one request for all of it. */
import { Text } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import type { RowOf } from "../resources/resource.ts";
import { type ProposedChange, ScopePreview } from "../scopes/ScopePreview.tsx";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { TextDiff } from "../ui/TextDiff.tsx";
import { useAction } from "../ui/use-action.ts";
import {
  type BlueprintChange,
  type BlueprintState,
  changeBetween,
  type Naming,
  stateText,
} from "./blueprint-history.ts";
import { linkKeys } from "./link-queries.ts";

type Props = {
  readonly blueprint: RowOf<"/api/mdm/blueprints/">;
  readonly now: BlueprintState;
  readonly wanted: BlueprintState;
  readonly naming: Naming;
};

const rights = [
  "mdm.change_blueprint",
  "mdm.add_blueprintartifact",
  "mdm.change_blueprintartifact",
  "mdm.delete_blueprintartifact",
] as const;

export function RestoreBlueprintButton(props: Props) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const change = changeBetween(props.now, props.wanted);
  if (change === null) return null;
  const missing = rights.find((right) => !can(right));
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
      {isOpen && <RestoreDialog {...props} change={change} onClose={() => setOpen(false)} />}
    </>
  );
}

type DialogProps = Props & { readonly change: BlueprintChange; readonly onClose: () => void };

function RestoreDialog({ blueprint, now, wanted, naming, change, onClose }: DialogProps) {
  const restore = useAction<undefined, undefined>({
    run: () => requestJson("POST", `/api/mdm/blueprints/${blueprint.id}/apply/`, change),
    done: () => words.restored(wanted.settings.name),
    refreshes: [["blueprints"], ...linkKeys],
    showsError: true,
    onDone: onClose,
  });
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
      <ScopePreview blueprint={blueprint.id} change={proposedBy(change)} />
    </FormModal>
  );
}

/** The change as a preview takes it. */
function proposedBy({ settings, ...links }: BlueprintChange): ProposedChange {
  return { ...links, ...(settings && { legacy_profiles_via_ddm: settings.legacy_profiles_via_ddm }) };
}
