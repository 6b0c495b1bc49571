/** What surrounds every page behind the login: navigation, search, account. */
import { Anchor, AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet } from "@tanstack/react-router";
import { useLiveUpdates } from "./api/live.ts";
import { AccountMenu } from "./shell/AccountMenu.tsx";
import { ExpiryBanner } from "./shell/ExpiryBanner.tsx";
import { Navigation } from "./shell/Navigation.tsx";
import { SearchButton } from "./shell/SearchButton.tsx";
import { useFocusOnNavigation } from "./shell/use-focus-on-navigation.ts";
import { texts } from "./texts/en.ts";

const contentId = "content";

export function Shell() {
  const [isMenuOpen, menu] = useDisclosure();
  useLiveUpdates();
  useFocusOnNavigation(contentId);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isMenuOpen } }}
      padding="md"
    >
      <Anchor href={`#${contentId}`} className="skip-link">
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
              aria-expanded={isMenuOpen}
              aria-label={texts.navigation.openMenu}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit" aria-label={texts.navigation.start}>
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" width={26} height={26} alt="" />
                <Text fw={700} visibleFrom="xs">
                  Pomona
                </Text>
              </Group>
            </Anchor>
          </Group>
          <SearchButton />
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <Navigation onNavigate={menu.close} />
      <AppShell.Main id={contentId} tabIndex={-1}>
        <ExpiryBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
