import { Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconChevronDown,
  IconLogout,
  IconMoon,
  IconSun,
  IconSunMoon,
  IconUserCircle,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useLogout, useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";

const schemes = [
  ["light", texts.navigation.light, IconSun],
  ["dark", texts.navigation.dark, IconMoon],
  ["auto", texts.navigation.automatic, IconSunMoon],
] as const;

/** Who is logged in; colours; the way out. */
export function AccountMenu() {
  const { answer } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const logout = useLogout();
  const username = answer.account?.username ?? "";
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton
          aria-label={`${texts.navigation.account}: ${username}`}
          style={{ display: "flex", alignItems: "center", gap: 6, minHeight: 40 }}
        >
          <IconUserCircle size={22} aria-hidden />
          <Text size="sm" visibleFrom="xs" maw={160} truncate>
            {username}
          </Text>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{texts.navigation.scheme}</Menu.Label>
        {schemes.map(([scheme, label, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === scheme ? <IconCheck size={14} aria-hidden /> : null}
            onClick={() => setColorScheme(scheme)}
            aria-current={colorScheme === scheme}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={16} aria-hidden />}>
          {texts.navigation.ownAccount}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logout()}>
          {texts.navigation.logout}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
