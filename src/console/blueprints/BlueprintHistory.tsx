/** What a blueprint was: change by change, compared, and restored after a look at what devices would notice. */
import { Box, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, unwrap } from "../api/client.ts";
import { type EventFacts, eventSentence } from "../format/event-sentence.ts";
import { useRelation } from "../resources/relations.ts";
import type { RowOf } from "../resources/resource.ts";
import { type BlueprintArtifact, pickScope } from "../scopes/scope.ts";
import { blueprintTexts as words } from "../texts/blueprints.ts";
import { texts } from "../texts/en.ts";
import { EmptyState, ErrorState, LoadingState } from "../ui/states.tsx";
import { TextDiff } from "../ui/TextDiff.tsx";
import { Time } from "../ui/Time.tsx";
import {
  type AuditChange,
  type BlueprintSettings,
  type BlueprintState,
  changedArtifact,
  listMoments,
  type Moment,
  type Naming,
  stateText,
} from "./blueprint-history.ts";
import { linksQuery } from "./link-queries.ts";
import { RestoreBlueprintButton } from "./RestoreBlueprint.tsx";

type Blueprint = RowOf<"/api/mdm/blueprints/">;

/** Changes of one answer of the API. */
const pageRows = 100;

function readEvents(id: number, before: string | null) {
  const query = {
    object: `mdm_blueprint:${id}`,
    type: "zentral_audit",
    limit: pageRows,
    ...(before === null ? {} : { before }),
  };
  return unwrap(api.GET("/api/events/", { params: { query } }));
}

type Event = Awaited<ReturnType<typeof readEvents>>["results"][number];

/** What was read together last: shown until all of it is there anew, so that nobody loses what they have open. */
type Kept = {
  readonly at: string;
  readonly blueprint: Blueprint;
  readonly links: readonly BlueprintArtifact[];
  readonly pages: readonly { readonly results: readonly Event[] }[];
};

export function BlueprintHistory({ blueprint }: { readonly blueprint: Blueprint }) {
  const links = useQuery(linksQuery({ blueprint: blueprint.id }));
  const artifacts = useRelation("artifact");
  const naming = useNaming();
  const [kept, keep] = useState<Kept | null>(null);
  const events = useInfiniteQuery({
    // The blueprint's time: after a change there is one more moment.
    queryKey: ["events", "blueprint", blueprint.id, blueprint.updated_at, links.dataUpdatedAt],
    queryFn: ({ pageParam }) => readEvents(blueprint.id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) =>
      next === null ? null : new URL(next, globalThis.location.origin).searchParams.get("before"),
    enabled: links.data !== undefined,
  });
  const failed = links.error ?? events.error;
  if (failed !== null) return <ErrorState error={failed} retry={() => void events.refetch()} />;
  const at = `${blueprint.id} ${blueprint.updated_at} ${links.dataUpdatedAt} ${events.dataUpdatedAt}`;
  if (links.data !== undefined && events.data !== undefined && kept?.at !== at)
    keep({ at, blueprint, links: links.data, pages: events.data.pages });
  if (kept === null || kept.blueprint.id !== blueprint.id) return <LoadingState />;
  const now: BlueprintState = {
    settings: settingsOf(kept.blueprint),
    links: new Map(
      kept.links.map((link) => [
        link.artifact,
        { name: artifacts.nameOf(link.artifact), scope: pickScope(link) },
      ]),
    ),
  };
  const moments = listMoments(
    blueprint.id,
    now,
    kept.pages.flatMap(({ results }) => results),
  );
  if (moments.length === 0) return <EmptyState title={words.noHistory}>{words.noHistoryHelp}</EmptyState>;
  return (
    <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
      {moments.map((moment, index) => (
        <MomentCard
          key={moment.event.metadata.id}
          moment={moment}
          naming={naming}
          restore={
            index > 0 && (
              <RestoreBlueprintButton
                blueprint={kept.blueprint}
                now={now}
                wanted={moment.after}
                naming={naming}
              />
            )
          }
        />
      ))}
      {events.hasNextPage && (
        <Button
          variant="default"
          loading={events.isFetchingNextPage}
          onClick={() => void events.fetchNextPage()}
        >
          {texts.activity.older}
        </Button>
      )}
    </Stack>
  );
}

function MomentCard(props: {
  readonly moment: Moment<Event>;
  readonly naming: Naming;
  /** Nothing for what is now. */
  readonly restore: React.ReactNode;
}) {
  const { moment, naming, restore } = props;
  const { event, before, after } = moment;
  const [isOpen, setOpen] = useState(false);
  const artifact = changedArtifact(event.payload as AuditChange);
  const facts = { ...event.metadata, payload: event.payload } as EventFacts;
  return (
    <Paper withBorder p="md" component="li">
      <Stack gap="xs">
        <Group justify="space-between" align="flex-start">
          <Box flex={1} miw={180}>
            <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
              {eventSentence(facts)}
              {artifact !== null && `: ${artifact}`}
            </Text>
            <Text size="xs" c="dimmed" component="div">
              <Time at={event.metadata.created_at} />
            </Text>
          </Box>
          <Group gap="xs">
            {before !== null && (
              <Button
                size="compact-sm"
                variant="subtle"
                aria-expanded={isOpen}
                onClick={() => setOpen(!isOpen)}
              >
                {isOpen ? texts.common.hide : words.whatChanged}
              </Button>
            )}
            {restore}
          </Group>
        </Group>
        {isOpen && before !== null && (
          <TextDiff
            before={stateText(before, naming)}
            after={stateText(after, naming)}
            label={words.whatChanged}
            same={words.sameState}
          />
        )}
      </Stack>
    </Paper>
  );
}

function settingsOf(blueprint: Blueprint): BlueprintSettings {
  return {
    name: blueprint.name,
    inventory_interval: blueprint.inventory_interval,
    collect_apps: blueprint.collect_apps,
    collect_certificates: blueprint.collect_certificates,
    collect_profiles: blueprint.collect_profiles,
    legacy_profiles_via_ddm: blueprint.legacy_profiles_via_ddm,
    filevault_config: blueprint.filevault_config,
    recovery_password_config: blueprint.recovery_password_config,
    software_update_enforcements: blueprint.software_update_enforcements,
  };
}

function useNaming(): Naming {
  const tag = useRelation("tag").nameOf;
  const filevault = useRelation("filevaultConfig").nameOf;
  const recovery = useRelation("recoveryPasswordConfig").nameOf;
  const enforcement = useRelation("softwareUpdateEnforcement").nameOf;
  return useMemo(() => ({ tag, filevault, recovery, enforcement }), [tag, filevault, recovery, enforcement]);
}
