/** The blueprints that refer to an object. */
import { List, Paper, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { filevaultTexts } from "../texts/blueprint-configs.ts";
import { texts } from "../texts/en.ts";
import { ObjectLink } from "./ObjectLink.tsx";
import { EmptyState, ErrorState } from "../ui/states.tsx";
import { allQuery } from "./relations.ts";
import type { ResourceTab, RowOf } from "./resource.ts";

type Blueprint = RowOf<"/api/mdm/blueprints/">;

function UsedByBlueprints({ isUsing }: { readonly isUsing: (blueprint: Blueprint) => boolean }) {
  const { data, error } = useQuery(allQuery<Blueprint>("/api/mdm/blueprints/"));
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <Skeleton height={80} aria-label={texts.common.loading} />;
  const using = data.filter(isUsing);
  if (using.length === 0) return <EmptyState title={filevaultTexts.notUsed} />;
  return (
    <Paper withBorder p="md">
      <List>
        {using.map(({ id, name }) => (
          <List.Item key={id}>
            <ObjectLink to={`/blueprints/${id}`}>{name}</ObjectLink>
          </List.Item>
        ))}
      </List>
    </Paper>
  );
}

/** The tab of it. */
export function usedByTab<Row>(isUsing: (blueprint: Blueprint, row: Row) => boolean): ResourceTab<Row> {
  return {
    id: "blueprints",
    label: filevaultTexts.usedBy,
    permission: "mdm.view_blueprint",
    content: (row) => <UsedByBlueprints isUsing={(blueprint) => isUsing(blueprint, row)} />,
  };
}
