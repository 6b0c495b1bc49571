/** The list of a resource of which there are few: read whole, searched and sorted here. */
import { Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { pagingOf } from "../api/list-search.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ObjectLink } from "./ObjectLink.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { type Column, ResourceTable } from "../ui/ResourceTable.tsx";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { findRows } from "./find-rows.ts";
import { allQuery } from "./relations.ts";
import { type Identified, permissionOf, type Resource } from "./resource.ts";
import { ResourceForm } from "./ResourceForm.tsx";
import { resourceSearch, type ResourceSearch } from "./resource-search.ts";

export function ResourceListPage<Row extends Identified>({ resource }: { readonly resource: Resource<Row> }) {
  const { texts: words, titleOf, page } = resource;
  // Lists of all resources keep the same things in their address.
  const search: ResourceSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const rows = useQuery(allQuery<Row>(resource.api));
  const change = (changed: ResourceSearch): void => {
    void navigate({ to: ".", search: resourceSearch({ ...search, ...changed }), replace: true });
  };
  const found = rows.data && findRows(resource, rows.data, search);
  const { page: number, size } = pagingOf(search);
  const create = <CreateButton resource={resource} />;
  const columns: readonly Column<Row>[] = [
    {
      id: "title",
      header: resourceTexts.name,
      ordering: "title",
      cell: (row) => (
        <ObjectLink to={`${page}/${row.id}`} fw={600} fz="sm">
          {titleOf(row)}
        </ObjectLink>
      ),
    },
    ...resource.columns,
  ];
  return (
    <>
      <PageHeader title={words.many} description={words.about} actions={create} />
      {(rows.data?.length ?? 0) > 0 && (
        <Group mb="sm">
          <SearchInput
            label={resourceTexts.search(words.many)}
            value={search.search ?? ""}
            onChange={(text) => change({ search: text, page: 1 })}
          />
        </Group>
      )}
      <ResourceTable
        label={words.many}
        columns={columns}
        rowId={({ id }) => String(id)}
        page={found && { count: found.length, results: found.slice((number - 1) * size, number * size) }}
        error={rows.error}
        retry={() => void rows.refetch()}
        empty={
          rows.data?.length === 0 ? (
            <EmptyState title={resourceTexts.none(words.many)} action={create}>
              {words.empty}
            </EmptyState>
          ) : (
            <EmptyState title={texts.navigation.nothingFound}>{resourceTexts.nothingFound}</EmptyState>
          )
        }
        paging={{ page: number, size, onChange: change }}
        sorting={{
          ordering: search.ordering ?? "",
          onChange: (ordering) => change({ ordering, page: 1 }),
        }}
      />
    </>
  );
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
