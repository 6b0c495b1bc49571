/** What refers to an object: why it cannot be deleted, and what changes with it. */
import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ErrorState, LoadingPart } from "../ui/states.tsx";
import type { NameOf } from "./list-column.ts";
import { ObjectLink } from "./ObjectLink.tsx";
import { allQuery, type RelationName, useNames } from "./relations.ts";
import { permissionOf, type ResourceTab } from "./resource.ts";
import { type Use, uses, type UseName } from "./uses.ts";

/** The tab of it, for the kinds of objects that can refer to a row. */
export function usedByTab<Row extends { readonly id: number | string }>(
  names: readonly UseName[],
): ResourceTab<Row> {
  return {
    id: "used-by",
    label: resourceTexts.usedBy,
    content: ({ id }) => <UsedBy id={id} names={names} />,
  };
}

function UsedBy(props: { readonly id: number | string; readonly names: readonly UseName[] }) {
  const nameOf = useNames(namedKinds);
  return (
    <Paper withBorder p="md">
      <Stack>
        {props.names.map((name) => (
          <Users key={name} use={uses[name]} id={props.id} nameOf={nameOf} />
        ))}
      </Stack>
    </Paper>
  );
}

/** The kinds whose names stand in titles. */
const namedKinds: readonly RelationName[] = ["artifact", "blueprint"];

/** Those of one kind. */
function Users(props: { readonly use: Use; readonly id: number | string; readonly nameOf: NameOf }) {
  const { use, id, nameOf } = props;
  const { can } = useSession();
  const right = permissionOf(use.model, "view");
  const { data, error } = useQuery({
    ...allQuery<Readonly<Record<string, unknown>>>(use.api),
    enabled: can(right),
  });
  const using = data?.filter((row) => use.isUsing(row, id)) ?? [];
  const links = new Map(using.map((row) => [use.pageOf(row), use.titleOf(row, nameOf)]));
  return (
    <Stack gap={4} component="section" aria-label={use.label}>
      <Title order={2} size="h5">
        {use.label}
      </Title>
      {error !== null && <ErrorState error={error} />}
      {!can(right) && <Quiet>{texts.common.noRight(right)}</Quiet>}
      {can(right) && error === null && data === undefined && <LoadingPart height={20} />}
      {data !== undefined && links.size === 0 && <Quiet>{texts.common.none}</Quiet>}
      <Group gap="md">
        {[...links].map(([page, title]) => (
          <ObjectLink key={page} to={page} fz="sm">
            {title}
          </ObjectLink>
        ))}
      </Group>
    </Stack>
  );
}

function Quiet({ children }: { readonly children: string }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}
