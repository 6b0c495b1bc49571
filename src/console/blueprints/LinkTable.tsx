/** The artifacts of a blueprint, or the blueprints of an artifact: for whom, and what can be changed. */
import { Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { RelationName } from "../resources/RelationName.tsx";
import { useRelation } from "../resources/relations.ts";
import { ScopePreview } from "../scopes/ScopePreview.tsx";
import type { BlueprintArtifact } from "../scopes/scope.ts";
import { ScopeSummary } from "../scopes/ScopeSummary.tsx";
import { useSession } from "../session/session.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";
import { LinkDialog } from "./LinkDialog.tsx";
import { linkKeys, linksQuery } from "./link-queries.ts";

/** One of the two is given. */
export type LinkTableProps = { readonly blueprint: number } | { readonly artifact: string };

type Open = { readonly kind: "add" } | { readonly kind: "edit" | "remove"; readonly link: BlueprintArtifact };

export function LinkTable(props: LinkTableProps) {
  const isOfBlueprint = "blueprint" in props;
  const links = useQuery(linksQuery(props));
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const add = (
    <Guarded verb="add" onClick={() => setOpen({ kind: "add" })} hasIcon>
      {isOfBlueprint ? words.addArtifact : words.addToBlueprint}
    </Guarded>
  );
  const rows = links.data;
  return (
    <>
      {rows !== undefined && rows.length > 0 && <Group mb="sm">{add}</Group>}
      <ResourceTable
        label={isOfBlueprint ? words.artifacts : words.many}
        rowId={({ id }) => String(id)}
        page={rows && { count: rows.length, results: rows }}
        error={links.error}
        retry={() => void links.refetch()}
        empty={
          <EmptyState title={isOfBlueprint ? words.noArtifacts : words.noBlueprints} action={add}>
            {isOfBlueprint ? words.noArtifactsHelp : words.noBlueprintsHelp}
          </EmptyState>
        }
        columns={[
          {
            id: "other",
            header: isOfBlueprint ? words.artifact : words.blueprint,
            cell: (link) =>
              isOfBlueprint ? (
                <RelationName to="artifact" id={link.artifact} />
              ) : (
                <RelationName to="blueprint" id={link.blueprint} />
              ),
          },
          { id: "scope", header: words.scope, cell: (link) => <ScopeSummary scope={link} /> },
          {
            id: "actions",
            header: "",
            cell: (link) => (
              <Group gap="xs" justify="flex-end">
                <Guarded verb="change" onClick={() => setOpen({ kind: "edit", link })}>
                  {words.changeScope}
                </Guarded>
                <Guarded verb="delete" onClick={() => setOpen({ kind: "remove", link })}>
                  {words.remove}
                </Guarded>
              </Group>
            ),
          },
        ]}
      />
      {open !== null && open.kind !== "remove" && (
        <LinkDialog
          blueprint={open.kind === "edit" ? open.link.blueprint : isOfBlueprint ? props.blueprint : null}
          artifact={open.kind === "edit" ? open.link.artifact : isOfBlueprint ? null : props.artifact}
          link={open.kind === "edit" ? open.link : null}
          taken={(rows ?? []).map((link) => (isOfBlueprint ? link.artifact : link.blueprint))}
          onClose={close}
        />
      )}
      {open?.kind === "remove" && <RemoveDialog link={open.link} onClose={close} />}
    </>
  );
}

function Guarded(props: {
  readonly verb: "add" | "change" | "delete";
  readonly hasIcon?: boolean;
  readonly onClick: () => void;
  readonly children: string;
}) {
  const { can } = useSession();
  const right = `mdm.${props.verb}_blueprintartifact`;
  const isMain = props.hasIcon === true;
  return (
    <ActionButton
      size={isMain ? "sm" : "compact-sm"}
      variant={isMain ? "light" : "default"}
      leftSection={isMain ? <IconPlus size={16} aria-hidden /> : undefined}
      disabledReason={can(right) ? null : texts.common.noRight(right)}
      onClick={props.onClick}
    >
      {props.children}
    </ActionButton>
  );
}

function RemoveDialog({ link, onClose }: { readonly link: BlueprintArtifact; readonly onClose: () => void }) {
  const artifact = useRelation("artifact").nameOf(link.artifact);
  const blueprint = useRelation("blueprint").nameOf(link.blueprint);
  const remove = useAction<undefined, undefined>({
    run: () => requestJson("DELETE", `/api/mdm/blueprint_artifacts/${link.id}/`),
    done: () => words.removed(artifact),
    refreshes: linkKeys,
    showsError: true,
    onDone: onClose,
  });
  return (
    <FormModal
      isOpen
      title={words.removeLink(artifact, blueprint)}
      submitLabel={words.remove}
      isPending={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      {words.removeConsequence}
      <ScopePreview blueprint={link.blueprint} change={{ removed: [link.artifact] }} />
    </FormModal>
  );
}
