/** A further blueprint with the settings and artifacts of one that is there. */
import { Text, TextInput } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import type { RowOf } from "../resources/resource.ts";
import { pickScope } from "../scopes/scope.ts";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { readLinks } from "./link-queries.ts";

type Blueprint = RowOf<"/api/mdm/blueprints/">;

const rights = ["mdm.add_blueprint", "mdm.add_blueprintartifact", "mdm.view_blueprintartifact"];

async function cloneBlueprint(blueprint: Blueprint, name: string): Promise<Blueprint> {
  const links = await readLinks({ blueprint: blueprint.id });
  const { id: _id, created_at: _created, updated_at: _updated, ...settings } = blueprint;
  const clone = await requestJson<Blueprint>("POST", "/api/mdm/blueprints/", { ...settings, name });
  for (const link of links) {
    // One after the other: each is checked against those before it.
    await requestJson("POST", "/api/mdm/blueprint_artifacts/", {
      blueprint: clone.id,
      artifact: link.artifact,
      ...pickScope(link),
    });
  }
  return clone;
}

export function CloneButton({ blueprint }: { readonly blueprint: Blueprint }) {
  const { can } = useSession();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState(words.cloneName(blueprint.name));
  const clone = useAction<string, Blueprint>({
    run: (chosen) => cloneBlueprint(blueprint, chosen),
    done: (made) => words.cloned(made.name),
    refreshes: [["blueprints"], ["blueprint_artifacts"]],
    showsError: true,
    onDone: ({ id }) => {
      setOpen(false);
      void navigate({ to: `/blueprints/${id}` });
    },
  });
  const missing = rights.find((right) => !can(right));
  return (
    <>
      <ActionButton
        variant="default"
        leftSection={<IconCopy size={16} aria-hidden />}
        disabledReason={missing === undefined ? null : texts.common.noRight(missing)}
        onClick={() => setOpen(true)}
      >
        {words.clone}
      </ActionButton>
      <FormModal
        isOpen={isOpen}
        title={words.cloneTitle(blueprint.name)}
        submitLabel={words.clone}
        isPending={clone.isPending}
        error={clone.error}
        onSubmit={() => clone.mutate(name)}
        onClose={() => setOpen(false)}
      >
        <Text size="sm">{words.cloneHelp}</Text>
        <TextInput
          label={resourceTexts.name}
          withAsterisk
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </FormModal>
    </>
  );
}
