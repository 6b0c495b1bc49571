/** All events, with filters that the address keeps, and as a file for spreadsheets. */
import { Group, Select } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { api, unwrap } from "../../api/client.ts";
import { answerRowsMax, readPages } from "../../api/read-pages.ts";
import { useSearchChange } from "../../api/use-search-change.ts";
import { writeCsv } from "../../format/csv.ts";
import { actorName, type EventFacts, eventSentence } from "../../format/event-sentence.ts";
import { useSession } from "../../session/session.ts";
import { activityTexts as words } from "../../texts/activity-page.ts";
import { texts } from "../../texts/en.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { Moment } from "../../ui/Moment.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { SearchInput } from "../../ui/SearchInput.tsx";
import { useAction } from "../../ui/use-action.ts";
import { ActivityList } from "./ActivityList.tsx";
import { type ActivitySearch, activitySearch } from "./activity-search.ts";

/** The most events of one file: spreadsheets get slow. */
const csvRowsMax = 20_000;

type Downloaded = { readonly count: number; readonly isCut: boolean };

async function downloadCsv(filter: ActivitySearch): Promise<Downloaded> {
  const { rows: events, isCut } = await readPages({ rowsMax: csvRowsMax, placeName: "before" }, (before) => {
    const query = { ...filter, limit: answerRowsMax, ...(before === null ? {} : { before }) };
    return unwrap(api.GET("/api/events/", { params: { query } }));
  });
  const rows = events.map(({ metadata, payload }) => [
    metadata.created_at,
    metadata.type,
    eventSentence({ ...metadata, payload } as EventFacts),
    actorName({ ...metadata, payload } as EventFacts),
    metadata.machine_serial_number,
    metadata.request_id,
  ]);
  saveFile({ name: "events.csv", content: writeCsv([words.csvHead, ...rows]) });
  return { count: events.length, isCut };
}

export function ActivityPage() {
  const search: ActivitySearch = useSearch({ strict: false });
  const { can } = useSession();
  const right = "core.view_event";
  const change = useSearchChange(activitySearch);
  const download = useAction<undefined, Downloaded>({
    run: () => downloadCsv(search),
    done: ({ count, isCut }) => (isCut ? words.downloadedSome(count) : words.downloaded(count)),
    refreshes: [],
  });
  return (
    <>
      <PageHeader
        title={words.title}
        description={words.about}
        actions={
          <ActionButton
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            loading={download.isPending}
            disabledReason={can(right) ? null : texts.common.noRight(right)}
            onClick={() => download.mutate(undefined)}
          >
            {words.download}
          </ActionButton>
        }
      />
      <Group mb="sm" align="flex-end">
        <Select
          label={words.kind}
          placeholder={words.anyKind}
          clearable
          data={[...words.kinds]}
          value={search.type ?? null}
          onChange={(type) => change({ type: type ?? undefined })}
        />
        <Select
          label={words.actor}
          placeholder={words.anyActor}
          clearable
          data={[...words.actors]}
          value={search.actor ?? null}
          onChange={(actor) => change({ actor: actor ?? undefined })}
        />
        <SearchInput
          label={words.serialNumber}
          value={search.serial_number ?? ""}
          onChange={(serial) => change({ serial_number: serial })}
        />
        <Moment label={words.since} value={search.since} onChange={(since) => change({ since })} />
        <Moment label={words.until} value={search.until} onChange={(until) => change({ until })} />
      </Group>
      <ActivityList filter={search} />
    </>
  );
}
