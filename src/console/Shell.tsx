/** What surrounds every page behind the login: navigation, account, colours. */
import {
  Anchor,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSun,
  IconSunMoon,
} from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useLogout, useSession } from "./session/session.ts";
import { texts } from "./texts/en.ts";

type NavigationItem = {
  readonly label: string;
  readonly to: string;
  readonly icon: ComponentType<{ readonly size?: number }>;
  /** Shown to whoever holds it. */
  readonly permission: string;
};

const items: readonly NavigationItem[] = [
  {
    label: texts.navigation.devices,
    to: "/devices",
    icon: IconDeviceDesktop,
    permission: "mdm.view_enrolleddevice",
  },
];

export function Shell() {
  const [isMenuOpen, menu] = useDisclosure();
  const { can } = useSession();
  const { pathname } = useLocation();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isMenuOpen } }}
      padding="md"
    >
      <Anchor href="#content" className="skip-link">
        {texts.common.skipToContent}
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isMenuOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={texts.navigation.openMenu}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit">
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" width={26} height={26} alt="" />
                <Text fw={700}>Pomona</Text>
              </Group>
            </Anchor>
          </Group>
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={texts.navigation.label}>
        <ScrollArea>
          {items
            .filter(({ permission }) => can(permission))
            .map(({ label, to, icon: Icon }) => (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={label}
                leftSection={<Icon size={18} aria-hidden />}
                active={pathname === to || pathname.startsWith(`${to}/`)}
                onClick={menu.close}
              />
            ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function AccountMenu() {
  const { answer } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const logout = useLogout();
  const schemes = [
    ["light", "Light", IconSun],
    ["dark", "Dark", IconMoon],
    ["auto", "As the system", IconSunMoon],
  ] as const;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton aria-label={texts.navigation.account}>
          <Group gap={4} wrap="nowrap">
            <Text size="sm">{answer.account?.username}</Text>
            <IconChevronDown size={14} aria-hidden />
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{texts.navigation.scheme}</Menu.Label>
        {schemes.map(([scheme, label, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => setColorScheme(scheme)}
            aria-current={colorScheme === scheme}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logout()}>
          {texts.navigation.logout}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
