/** All artifacts, by page: searched and filtered by the server. */
import { Group, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, requestJson, unwrap } from "../api/client.ts";
import { pageQuery, type SearchChange } from "../api/list-search.ts";
import { useSearchChange } from "../api/use-search-change.ts";
import type { BulkAction } from "../resources/bulk-action.ts";
import type { ListColumn } from "../resources/list-column.ts";
import { PagedList } from "../resources/PagedList.tsx";
import { platformOptions } from "../resources/platforms.ts";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { type ArtifactsSearch, artifactsSearch, artifactTypes } from "./artifacts-search.ts";

const orderingDefault = "name";

function readArtifacts(search: ArtifactsSearch, piece: { readonly limit: number; readonly offset: number }) {
  const { search: text, type, platform, ordering = orderingDefault } = search;
  const query = {
    ordering,
    ...piece,
    ...(text === undefined ? {} : { search: text }),
    ...(type === undefined ? {} : { type }),
    ...(platform === undefined ? {} : { platform }),
  };
  return unwrap(api.GET("/api/mdm/artifacts/", { params: { query } }));
}

type Artifact = Awaited<ReturnType<typeof readArtifacts>>["results"][number];

const titleOf = ({ name }: Artifact): string => name;

const columns: readonly ListColumn<Artifact>[] = [
  {
    id: "name",
    header: resourceTexts.name,
    ordering: "name",
    cell: ({ id, name }) => (
      <ObjectLink to={`/artifacts/${id}`} fw={600} fz="sm">
        {name}
      </ObjectLink>
    ),
    text: titleOf,
  },
  { id: "type", header: words.kind, ordering: "type", cell: ({ type: kind }) => kind },
  { id: "platforms", header: words.platforms, cell: ({ platforms }) => platforms.join(", ") },
  { id: "channel", header: words.channel, cell: ({ channel }) => words.channels[channel] },
  {
    id: "updated",
    header: resourceTexts.changed,
    ordering: "updated_at",
    cell: ({ updated_at: at }) => <Time at={at} />,
    text: ({ updated_at: at }) => at,
  },
];

const bulkActions: readonly BulkAction<Artifact>[] = [
  {
    id: "delete",
    label: texts.common.delete,
    permission: "mdm.delete_artifact",
    consequence: words.deletes,
    run: ({ id }) => requestJson("DELETE", `/api/mdm/artifacts/${id}/`),
  },
];

export function ArtifactsPage() {
  const search: ArtifactsSearch = useSearch({ strict: false });
  const { limit, offset } = pageQuery(search);
  const artifacts = useQuery({
    queryKey: ["artifacts", "list", search],
    queryFn: () => readArtifacts(search, { limit, offset }),
    placeholderData: keepPreviousData,
  });
  const change = useSearchChange(artifactsSearch);
  const isFiltered = [search.search, search.type, search.platform].some((filter) => filter !== undefined);
  return (
    <PagedList
      name="artifacts"
      title={words.many}
      about={words.about}
      rowId={({ id }) => id}
      titleOf={titleOf}
      columns={columns}
      search={search}
      orderingDefault={orderingDefault}
      onChange={change}
      query={artifacts}
      readPage={(piece) => readArtifacts(search, piece)}
      filters={<Filters search={search} onChange={(changed) => change({ ...changed, page: undefined })} />}
      empty={
        isFiltered ? (
          <EmptyState title={texts.navigation.nothingFound}>{resourceTexts.nothingFound}</EmptyState>
        ) : (
          <EmptyState title={resourceTexts.none(words.many)} action={<Actions />}>
            {words.empty}
          </EmptyState>
        )
      }
      actions={<Actions />}
      bulkActions={bulkActions}
    />
  );
}

function Filters(props: {
  readonly search: ArtifactsSearch;
  readonly onChange: (changed: SearchChange<ArtifactsSearch>) => void;
}) {
  const { search, onChange } = props;
  return (
    <Group mb="sm" component="search">
      <SearchInput
        label={resourceTexts.search(words.many)}
        value={search.search ?? ""}
        onChange={(typed) => onChange({ search: typed })}
      />
      <Select
        aria-label={words.kind}
        placeholder={words.anyKind}
        clearable
        data={[...artifactTypes]}
        value={search.type ?? null}
        onChange={(chosen) => onChange({ type: chosen ?? undefined })}
      />
      <Select
        aria-label={words.platforms}
        placeholder={words.anyPlatform}
        clearable
        w={160}
        data={platformOptions}
        value={search.platform ?? null}
        onChange={(chosen) => onChange({ platform: chosen ?? undefined })}
      />
    </Group>
  );
}

function Actions() {
  const { can } = useSession();
  const navigate = useNavigate();
  const right = "mdm.add_artifact";
  return (
    <Group gap="xs">
      <ButtonLink variant="default" to="/artifacts/compose">
        {words.compose}
      </ButtonLink>
      <ActionButton
        leftSection={<IconPlus size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => void navigate({ to: "/artifacts/add" })}
      >
        {words.create}
      </ActionButton>
    </Group>
  );
}
