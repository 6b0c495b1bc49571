import { Group, Text } from "@mantine/core";
import { texts } from "../texts/en.ts";
import { ObjectLink } from "./ObjectLink.tsx";
import { type RelationName as Name, relations, useRelation } from "./relations.ts";

/** What an object refers to, by name, and the way there. */
export function RelationName(props: { readonly to: Name; readonly id: number | string | null }) {
  const { to, id } = props;
  const { nameOf } = useRelation(to);
  if (id === null)
    return (
      <Text span size="sm" c="dimmed">
        {texts.common.none}
      </Text>
    );
  const { page } = relations[to];
  if (page === null) return <>{nameOf(id)}</>;
  return <ObjectLink to={`${page}/${id}`}>{nameOf(id)}</ObjectLink>;
}

/** Several of them. */
export function RelationNames(props: { readonly to: Name; readonly ids: readonly (number | string)[] }) {
  if (props.ids.length === 0) return <RelationName to={props.to} id={null} />;
  return (
    <Group gap="xs">
      {props.ids.map((id) => (
        <RelationName key={id} to={props.to} id={id} />
      ))}
    </Group>
  );
}
