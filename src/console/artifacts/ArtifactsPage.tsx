/** All artifacts, by page: searched and filtered by the server. */
import { Group, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, unwrap } from "../api/client.ts";
import { pageQuery, pagingOf } from "../api/list-search.ts";
import { platformOptions } from "../resources/platforms.ts";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { useSession } from "../session/session.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { SearchInput } from "../ui/SearchInput.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { type ArtifactsSearch, artifactsSearch, artifactTypes } from "./artifacts-search.ts";

function readArtifacts({ search, type, platform, ...list }: ArtifactsSearch) {
  const query = {
    ...pageQuery({ ordering: "name", ...list }),
    ...(search === undefined ? {} : { search }),
    ...(type === undefined ? {} : { type }),
    ...(platform === undefined ? {} : { platform }),
  };
  return unwrap(api.GET("/api/mdm/artifacts/", { params: { query } }));
}

export function ArtifactsPage() {
  const search: ArtifactsSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const artifacts = useQuery({
    queryKey: ["artifacts", "list", search],
    queryFn: () => readArtifacts(search),
    placeholderData: keepPreviousData,
  });
  const change = (changed: Readonly<Record<string, unknown>>): void => {
    void navigate({ to: ".", search: artifactsSearch({ ...search, ...changed }), replace: true });
  };
  const { search: text, type, platform } = search;
  const isFiltered = [text, type, platform].some((filter) => filter !== undefined);
  return (
    <>
      <PageHeader title={words.many} description={words.about} actions={<Actions />} />
      <Group mb="sm">
        <SearchInput
          label={resourceTexts.search(words.many)}
          value={text ?? ""}
          onChange={(typed) => change({ search: typed, page: 1 })}
        />
        <Select
          aria-label={words.kind}
          placeholder={words.anyKind}
          clearable
          data={[...artifactTypes]}
          value={type ?? null}
          onChange={(chosen) => change({ type: chosen, page: 1 })}
        />
        <Select
          aria-label={words.platforms}
          placeholder={words.anyPlatform}
          clearable
          w={160}
          data={platformOptions}
          value={platform ?? null}
          onChange={(chosen) => change({ platform: chosen, page: 1 })}
        />
      </Group>
      <ResourceTable
        label={words.many}
        rowId={({ id }) => id}
        page={artifacts.data}
        error={artifacts.error}
        retry={() => void artifacts.refetch()}
        empty={
          isFiltered ? (
            <EmptyState title={texts.navigation.nothingFound}>{resourceTexts.nothingFound}</EmptyState>
          ) : (
            <EmptyState title={resourceTexts.none(words.many)} action={<Actions />}>
              {words.empty}
            </EmptyState>
          )
        }
        paging={{ ...pagingOf(search), onChange: change }}
        sorting={{
          ordering: search.ordering ?? "name",
          onChange: (ordering) => change({ ordering, page: 1 }),
        }}
        columns={[
          {
            id: "name",
            header: resourceTexts.name,
            ordering: "name",
            cell: ({ id, name }) => (
              <ObjectLink to={`/artifacts/${id}`} fw={600} fz="sm">
                {name}
              </ObjectLink>
            ),
          },
          { id: "type", header: words.kind, ordering: "type", cell: ({ type: kind }) => kind },
          { id: "platforms", header: words.platforms, cell: ({ platforms }) => platforms.join(", ") },
          { id: "channel", header: words.channel, cell: ({ channel }) => words.channels[channel] },
          {
            id: "updated",
            header: resourceTexts.changed,
            ordering: "updated_at",
            cell: ({ updated_at: at }) => <Time at={at} />,
          },
        ]}
      />
    </>
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
