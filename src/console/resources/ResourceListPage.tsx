/** The list of a resource of which there are few, from its description. */
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import type { BulkAction } from "./bulk-action.ts";
import type { ListColumn } from "./list-column.ts";
import { LocalList } from "./LocalList.tsx";
import { ObjectLink } from "./ObjectLink.tsx";
import { allQuery } from "./relations.ts";
import { type Identified, permissionOf, queryKeyOf, type Resource } from "./resource.ts";
import { ResourceForm } from "./ResourceForm.tsx";

export function ResourceListPage<Row extends Identified>({ resource }: { readonly resource: Resource<Row> }) {
  const { texts: words, titleOf, page, searched, bulkActions = [] } = resource;
  const rows = useQuery(allQuery<Row>(resource.api));
  const title: ListColumn<Row> = {
    id: "title",
    header: resourceTexts.name,
    ordering: "title",
    text: titleOf,
    cell: (row) => (
      <ObjectLink to={`${page}/${row.id}`} fw={600} fz="sm">
        {titleOf(row)}
      </ObjectLink>
    ),
  };
  return (
    <LocalList
      name={queryKeyOf(resource.api)}
      title={words.many}
      about={words.about}
      rows={rows.data}
      error={rows.error}
      retry={() => void rows.refetch()}
      rowId={({ id }) => String(id)}
      titleOf={titleOf}
      searched={searched}
      columns={[title, ...resource.columns]}
      empty={words.empty}
      actions={<CreateButton resource={resource} />}
      bulkActions={resource.isDeletable === false ? bulkActions : [...bulkActions, deletion(resource)]}
    />
  );
}

function deletion<Row extends Identified>(resource: Resource<Row>): BulkAction<Row> {
  const { api, model, texts: words, lockedReason } = resource;
  return {
    id: "delete",
    label: texts.common.delete,
    permission: permissionOf(model, "delete"),
    consequence: words.deletes,
    ...(lockedReason === undefined ? {} : { refusal: lockedReason }),
    run: ({ id }) => requestJson("DELETE", `${api}${id}/`),
  };
}

function CreateButton<Row extends Identified>({ resource }: { readonly resource: Resource<Row> }) {
  const { fields, model, page, texts: words, listActions } = resource;
  const { can } = useSession();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  if (listActions !== undefined) return <>{listActions}</>;
  if (fields === undefined) return null;
  const permission = permissionOf(model, "add");
  return (
    <>
      <ActionButton
        leftSection={<IconPlus size={16} aria-hidden />}
        disabledReason={can(permission) ? null : texts.common.noRight(permission)}
        onClick={() => setOpen(true)}
      >
        {words.create}
      </ActionButton>
      {isOpen && (
        <ResourceForm
          resource={resource}
          fields={fields}
          row={null}
          onClose={() => setOpen(false)}
          onSaved={(row) => void navigate({ to: `${page}/${row.id}` })}
        />
      )}
    </>
  );
}
