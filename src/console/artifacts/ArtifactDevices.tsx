/** How far an artifact has come, blueprint by blueprint. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { linksQuery, statusQuery } from "../blueprints/link-queries.ts";
import { StatusWord } from "../blueprints/StatusWord.tsx";
import { RelationName } from "../resources/RelationName.tsx";
import { artifactTexts as words } from "../texts/artifacts.ts";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState, ErrorState, LoadingPart } from "../ui/states.tsx";

export function ArtifactDevices({ artifact }: { readonly artifact: string }) {
  const links = useQuery(linksQuery({ artifact }));
  const blueprints = (links.data ?? []).map(({ blueprint }) => blueprint);
  const statuses = useQueries({ queries: blueprints.map(statusQuery) });
  const failed = [links, ...statuses].find(({ error }) => error !== null);
  if (failed !== undefined) return <ErrorState error={failed.error} />;
  if (links.data === undefined || statuses.some(({ data }) => data === undefined))
    return <LoadingPart height={120} />;
  const rows = statuses.flatMap(({ data }, index) =>
    (data?.artifacts ?? [])
      .filter((row) => row.artifact.pk === artifact)
      .map((row) => ({ ...row, blueprint: blueprints[index] ?? 0 })),
  );
  return (
    <ResourceTable
      label={words.devices}
      rowId={({ blueprint, version, status }) => `${blueprint} ${version} ${status}`}
      page={{ count: rows.length, results: rows }}
      empty={<EmptyState title={words.noDevices} />}
      columns={[
        {
          id: "blueprint",
          header: words.blueprint,
          cell: ({ blueprint }) => <RelationName to="blueprint" id={blueprint} />,
        },
        { id: "version", header: words.version, cell: ({ version }) => version },
        { id: "status", header: words.status, cell: ({ status }) => <StatusWord status={status} /> },
        { id: "count", header: words.count, cell: ({ count }) => count.toLocaleString("en") },
      ]}
    />
  );
}
