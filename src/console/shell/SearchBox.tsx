/** One search box over everything: pages of the console at once, objects as the server finds them. */
import "@mantine/spotlight/styles.css";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight, spotlight } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { navigation } from "../navigation.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { hitAddress, readHits } from "./search-hits.ts";

const wordLengthMin = 2;

/** @param props.openings Counts how often somebody asked for it. */
export function SearchBox({ openings }: { readonly openings: number }) {
  const router = useRouter();
  const { can } = useSession();
  const [word, setWord] = useState("");
  const [asked] = useDebouncedValue(word.trim(), 200);
  useEffect(() => {
    if (openings > 0) spotlight.open();
  }, [openings]);
  const found = useQuery({
    queryKey: ["search", asked],
    queryFn: () => readHits(asked),
    enabled: asked.length >= wordLengthMin,
    placeholderData: keepPreviousData,
  });
  const go = (to: string): void => router.history.push(to);
  const pages = navigation
    .flatMap(({ items }) => items)
    .filter(({ permission }) => permission === null || can(permission))
    .filter(({ label }) => label.toLowerCase().includes(word.trim().toLowerCase()));
  const hits = asked.length >= wordLengthMin ? (found.data ?? []) : [];
  return (
    <Spotlight.Root
      query={word}
      onQueryChange={setWord}
      shortcut={null}
      scrollable
      maxHeight={480}
      attributes={{ content: { "aria-label": texts.navigation.searchAll } }}
    >
      <Spotlight.Search
        placeholder={texts.navigation.searchAll}
        aria-label={texts.navigation.searchAll}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {pages.length > 0 && (
          <Spotlight.ActionsGroup label={texts.navigation.pages}>
            {pages.map(({ label, to, icon: Icon }) => (
              <Spotlight.Action
                key={to}
                label={label}
                leftSection={<Icon size={18} aria-hidden />}
                onClick={() => go(to)}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {hits.map(({ kind, label, hits: group }) => (
          <Spotlight.ActionsGroup key={kind} label={label}>
            {group.map((hit) => (
              <Spotlight.Action
                key={hit.id}
                label={hit.title}
                description={hit.subtitle}
                onClick={() => go(hitAddress(hit))}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {pages.length === 0 && hits.length === 0 && (
          <Spotlight.Empty>{emptyText(found.isFetching, found.error)}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function emptyText(isFetching: boolean, error: Error | null): string {
  if (error !== null) return error.message;
  return isFetching ? texts.common.loading : texts.navigation.nothingFound;
}
