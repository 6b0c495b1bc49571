/** The artifacts that refer to an artifact or a package, with the versions that do. */
import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../api/client.ts";
import { ObjectLink } from "../resources/ObjectLink.tsx";
import { answerRowsMax } from "../api/read-pages.ts";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";

export type Used = { readonly kind: "artifact" | "package"; readonly id: string };

async function readUsers({ kind, id }: Used) {
  const params = { path: { uuid: id }, query: { limit: answerRowsMax } };
  return unwrap(
    kind === "artifact"
      ? api.GET("/api/mdm/artifacts/{uuid}/used_by/", { params })
      : api.GET("/api/mdm/packages/{uuid}/used_by/", { params }),
  );
}

export function UsedBy(used: Used) {
  const { kind, id } = used;
  const users = useQuery({
    queryKey: [`${kind}s`, id, "used_by"],
    queryFn: () => readUsers(used),
  });
  return (
    <Stack gap="xs" component="section" aria-labelledby="used-by">
      <Title order={2} size="h5" id="used-by">
        {words.usedByArtifacts}
      </Title>
      <ResourceTable
        label={words.usedByArtifacts}
        rowId={({ artifact, relation }) => `${artifact.pk} ${relation}`}
        page={users.data}
        error={users.error}
        retry={() => void users.refetch()}
        empty={<EmptyState title={words.usedByNone}>{words.usedByNoneHelp}</EmptyState>}
        columns={[
          {
            id: "artifact",
            header: words.one,
            cell: ({ artifact }) => (
              <ObjectLink to={`/artifacts/${artifact.pk}`} fw={600} fz="sm">
                {artifact.name}
              </ObjectLink>
            ),
          },
          { id: "kind", header: words.kind, cell: ({ artifact }) => artifact.type },
          {
            id: "relation",
            header: words.usedHow,
            cell: ({ relation, versions }) =>
              relation === "requirement" ? words.requiresIt : words.refersToIt(versions.join(", ")),
          },
        ]}
      />
    </Stack>
  );
}
