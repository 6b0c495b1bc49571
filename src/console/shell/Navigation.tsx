import { AppShell, NavLink, ScrollArea, Text } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";
import { navigation, type NavigationGroup, type NavigationItem } from "../navigation.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";

/** The menu of areas: what the account may see. */
export function Navigation({ onNavigate }: { readonly onNavigate: () => void }) {
  const { can } = useSession();
  const groups = navigation
    .map((group) => ({
      ...group,
      items: group.items.filter(({ permission }) => permission === null || can(permission)),
    }))
    .filter(({ items }) => items.length > 0);
  return (
    <AppShell.Navbar p="xs" aria-label={texts.navigation.label}>
      <AppShell.Section grow component={ScrollArea}>
        {groups.map((group) => (
          <Group key={group.label ?? ""} group={group} onNavigate={onNavigate} />
        ))}
      </AppShell.Section>
    </AppShell.Navbar>
  );
}

function Group(props: { readonly group: NavigationGroup; readonly onNavigate: () => void }) {
  const { label, items } = props.group;
  return (
    <>
      {label !== null && (
        <Text size="xs" c="dimmed" fw={600} mt="md" mb={4} px="sm">
          {label}
        </Text>
      )}
      {items.map((item) => (
        <Item key={item.to} item={item} onNavigate={props.onNavigate} />
      ))}
    </>
  );
}

function Item(props: { readonly item: NavigationItem; readonly onNavigate: () => void }) {
  const { label, to, icon: Icon } = props.item;
  const { pathname } = useLocation();
  const isHere = to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={<Icon size={18} aria-hidden />}
      active={isHere}
      aria-current={isHere ? "page" : undefined}
      onClick={props.onNavigate}
    />
  );
}
