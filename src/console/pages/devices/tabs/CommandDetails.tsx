import { Stack, Title } from "@mantine/core";
import { useMemo } from "react";
import { readBinaryPlist } from "../../../format/binary-plist.ts";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { CodeView } from "../../../ui/CodeView.tsx";
import { CopyText } from "../../../ui/CopyText.tsx";
import { Facts } from "../../../ui/Facts.tsx";
import { Time } from "../../../ui/Time.tsx";
import type { DeviceCommand } from "../device-queries.ts";

/** All that is kept of one command: its times, what the device answered, and in which words it failed. */
export function CommandDetails({ command }: { readonly command: DeviceCommand }) {
  const { result, error_chain: chain } = command;
  const answer = useMemo(() => (result === null ? null : readAnswer(result)), [result]);
  return (
    <Stack>
      <Facts
        columns={2}
        facts={[
          { label: "UUID", value: <CopyText value={command.uuid} label="UUID" /> },
          { label: t.columns.state, value: t.commandStates[command.state] },
          { label: t.columns.queued, value: <Time at={command.created_at} /> },
          { label: t.details.sent, value: <Time at={command.time} none={t.details.notYet} /> },
          { label: t.columns.answered, value: <Time at={command.result_time} none={t.details.notYet} /> },
          { label: t.details.deliveries, value: command.delivery_count },
          { label: t.details.busyAnswers, value: command.not_now_count },
          { label: t.details.notBefore, value: <Time at={command.not_before} none="–" /> },
          { label: t.details.expires, value: <Time at={command.expires_at} none="–" /> },
          { label: t.details.again, value: <Time at={command.retry_at} none="–" /> },
        ]}
      />
      {Array.isArray(chain) && chain.length > 0 && (
        <>
          <Title order={3} size="h5">
            {t.details.errors}
          </Title>
          <CodeView value={chain} label={t.details.errors} />
        </>
      )}
      <Title order={3} size="h5">
        {t.details.answer}
      </Title>
      <CodeView value={answer ?? t.details.noAnswer} label={t.details.answer} />
    </Stack>
  );
}

/** The answer as the server keeps it: a property list, binary, in base64. */
function readAnswer(base64: string): unknown {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  // What cannot be read is shown as it came.
  return readBinaryPlist(bytes) ?? base64;
}
