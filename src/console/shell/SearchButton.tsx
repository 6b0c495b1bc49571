import { Kbd, Text, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { texts } from "../texts/en.ts";

const SearchBox = lazy(() => import("./SearchBox.tsx").then(({ SearchBox: box }) => ({ default: box })));

/** Opens the search over everything; it is loaded when somebody first asks for it. */
export function SearchButton() {
  const [isLoaded, setLoaded] = useState(false);
  const [openings, setOpenings] = useState(0);
  const open = (): void => {
    setLoaded(true);
    setOpenings((count) => count + 1);
  };
  useHotkeys([["mod+K", open]], []);
  return (
    <>
      <UnstyledButton
        onClick={open}
        title={texts.navigation.searchAll}
        aria-keyshortcuts="Control+K Meta+K"
        flex={1}
        maw={360}
        px="sm"
        py={6}
        bd="1px solid var(--mantine-color-default-border)"
        style={{ borderRadius: "var(--mantine-radius-md)", display: "flex", gap: 8, alignItems: "center" }}
      >
        <IconSearch size={16} aria-hidden />
        <Text size="sm" c="dimmed" flex={1} truncate>
          {texts.navigation.search}
        </Text>
        <Kbd size="xs" visibleFrom="sm" aria-hidden>
          {navigator.platform.startsWith("Mac") ? "⌘" : "Ctrl"} K
        </Kbd>
      </UnstyledButton>
      {isLoaded && (
        <Suspense>
          <SearchBox openings={openings} />
        </Suspense>
      )}
    </>
  );
}
