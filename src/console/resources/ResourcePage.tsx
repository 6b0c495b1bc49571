/** The page of one object: what it is, what hangs on it, what happened to it. */
import { Paper, Tabs } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { ActivityList } from "../pages/activity/ActivityList.tsx";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ConfirmTyped } from "../ui/ConfirmTyped.tsx";
import { Facts } from "../ui/Facts.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState, LoadingPart } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";
import { type Identified, permissionOf, queryKeyOf, type Resource, type Verb } from "./resource.ts";
import { ResourceForm } from "./ResourceForm.tsx";

type Of<Row extends Identified> = { readonly resource: Resource<Row> };

export function ResourcePage<Row extends Identified>({ resource }: Of<Row>) {
  const { id = "" }: { readonly id?: string } = useParams({ strict: false });
  const found = useQuery({
    queryKey: [queryKeyOf(resource.api), "one", id],
    queryFn: () => requestJson<Row>("GET", `${resource.api}${encodeURIComponent(id)}/`),
  });
  const { many, one } = resource.texts;
  if (found.data === undefined) {
    return (
      <>
        <PageHeader title={one} crumbs={[{ label: many, to: resource.page }]} />
        {found.error === null ? (
          <LoadingPart height={240} />
        ) : (
          <ErrorState error={found.error} retry={() => void found.refetch()} />
        )}
      </>
    );
  }
  return <Loaded resource={resource} row={found.data} />;
}

type Loaded<Row extends Identified> = Of<Row> & { readonly row: Row };

function Loaded<Row extends Identified>({ resource, row }: Loaded<Row>) {
  return (
    <>
      <PageHeader
        title={resource.titleOf(row)}
        crumbs={[{ label: resource.texts.many, to: resource.page }]}
        actions={
          <>
            {resource.actions?.(row)}
            <EditButton resource={resource} row={row} />
            {resource.isDeletable !== false && <DeleteButton resource={resource} row={row} />}
          </>
        }
      />
      <Sections resource={resource} row={row} />
    </>
  );
}

/** The first tab says what the object is, the last what happened to it. The address says which is open. */
function Sections<Row extends Identified>({ resource, row }: Loaded<Row>) {
  const { can } = useSession();
  const navigate = useNavigate();
  const { tab }: { readonly tab?: string } = useSearch({ strict: false });
  const tabs = [
    {
      id: "overview",
      label: resourceTexts.overview,
      content: () => (
        <Paper withBorder p="md">
          <Facts facts={resource.facts(row)} />
        </Paper>
      ),
    },
    ...(resource.tabs ?? []).filter(({ permission }) => permission === undefined || can(permission)),
    ...(can("core.view_event")
      ? [
          {
            id: "activity",
            label: resourceTexts.activity,
            content: () => <ActivityList filter={{ object: `${resource.eventKind}:${row.id}` }} />,
          },
        ]
      : []),
  ];
  const open = tabs.find(({ id }) => id === tab)?.id ?? "overview";
  return (
    <Tabs
      value={open}
      keepMounted={false}
      onChange={(chosen) =>
        void navigate({
          to: ".",
          search: chosen === null || chosen === "overview" ? {} : { tab: chosen },
          replace: true,
        })
      }
    >
      <Tabs.List mb="md">
        {tabs.map(({ id, label }) => (
          <Tabs.Tab key={id} value={id}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id, content }) => (
        <Tabs.Panel key={id} value={id}>
          {id === open && content(row)}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

/** Why something cannot be done to an object; null when it can. */
function useReason<Row extends Identified>({ resource, row }: Loaded<Row>, verb: Verb): string | null {
  const { can } = useSession();
  const permission = permissionOf(resource.model, verb);
  if (!can(permission)) return texts.common.noRight(permission);
  return resource.lockedReason?.(row) ?? null;
}

function EditButton<Row extends Identified>({ resource, row }: Loaded<Row>) {
  const [isOpen, setOpen] = useState(false);
  const reason = useReason({ resource, row }, "change");
  const { fields, isEditable = true } = resource;
  if (fields === undefined || !isEditable) return null;
  return (
    <>
      <ActionButton
        variant="default"
        leftSection={<IconPencil size={16} aria-hidden />}
        disabledReason={reason}
        onClick={() => setOpen(true)}
      >
        {texts.common.edit}
      </ActionButton>
      {isOpen && (
        <ResourceForm resource={resource} fields={fields} row={row} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

function DeleteButton<Row extends Identified>({ resource, row }: Loaded<Row>) {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const reason = useReason({ resource, row }, "delete");
  const title = resource.titleOf(row);
  const remove = useAction<undefined, undefined>({
    run: () => requestJson("DELETE", `${resource.api}${row.id}/`),
    done: () => resourceTexts.deletedOne(title),
    refreshes: [
      [queryKeyOf(resource.api), "all"],
      [queryKeyOf(resource.api), "list"],
    ],
    showsError: true,
    onDone: () => void navigate({ to: resource.page }),
  });
  return (
    <>
      <ActionButton
        variant="default"
        c="var(--mantine-color-error)"
        leftSection={<IconTrash size={16} aria-hidden />}
        disabledReason={reason}
        onClick={() => setOpen(true)}
      >
        {texts.common.delete}
      </ActionButton>
      <ConfirmTyped
        isOpen={isOpen}
        title={resourceTexts.deleteOne(title)}
        consequence={
          <>
            {resource.texts.deletes} {resource.deletionNote?.(row)}
          </>
        }
        phrase={title}
        confirmLabel={texts.common.delete}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined)}
        onClose={() => {
          setOpen(false);
          remove.reset();
        }}
      />
    </>
  );
}
