/** All that is kept of one command: its times, what was sent, what came back, and what went wrong in plain words. */
import { Button, Drawer, Group, List, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { type PlainError, plainErrors } from "../../../format/apple-errors.ts";
import { readBinaryPlist } from "../../../format/binary-plist.ts";
import { ObjectLink } from "../../../resources/ObjectLink.tsx";
import { deviceTexts as t } from "../../../texts/devices.ts";
import { texts } from "../../../texts/en.ts";
import { CodeView } from "../../../ui/CodeView.tsx";
import { CopyText } from "../../../ui/CopyText.tsx";
import { Facts } from "../../../ui/Facts.tsx";
import { ErrorState, LoadingState } from "../../../ui/states.tsx";
import { Time } from "../../../ui/Time.tsx";
import {
  artifactsQuery,
  type Channel,
  type Device,
  type DeviceCommand,
  type DeviceUser,
  payloadQuery,
  summaryRows,
  type UserCommand,
} from "../device-queries.ts";

type Shown = {
  readonly device: Device;
  readonly channel: Channel;
  /** Whose channel it is; absent for the device's. */
  readonly user?: DeviceUser;
};

/** The details at the side of a list; null closes them. */
export function CommandDrawer(
  props: Shown & { readonly command: DeviceCommand | UserCommand | null; readonly onClose: () => void },
) {
  const { command, onClose, ...shown } = props;
  return (
    <Drawer
      opened={command !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={command?.name}
      closeButtonProps={{ "aria-label": texts.common.close }}
    >
      {command !== null && <CommandDetails {...shown} command={command} />}
    </Drawer>
  );
}

function CommandDetails({ command, ...shown }: Shown & { readonly command: DeviceCommand | UserCommand }) {
  const { result, error_chain: chain } = command;
  const answer = useMemo(() => (result === null ? null : readAnswer(result)), [result]);
  const errors = plainErrors(chain);
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
      {errors.length > 0 && (
        <Section title={t.details.errorsMeaning}>
          <PlainErrors errors={errors} />
          <CodeView value={chain} label={t.details.errors} />
        </Section>
      )}
      <Section title={t.details.sentTitle}>
        <Payload {...shown} command={command} />
      </Section>
      <Section title={t.details.answer}>
        <CodeView value={answer ?? t.details.noAnswer} label={t.details.answer} />
        {result !== null && (
          <Group justify="flex-end">
            <Button
              component="a"
              size="compact-sm"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              href={`/api/mdm/${shown.channel}s/commands/${command.uuid}/result/`}
              download
            >
              {t.details.download}
            </Button>
          </Group>
        )}
      </Section>
    </Stack>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

/** What was sent, as the server shows it: without secrets. */
function Payload(props: Shown & { readonly command: DeviceCommand | UserCommand }) {
  const { device, channel, user, command } = props;
  const payload = useQuery(payloadQuery(device.id, channel, command.uuid));
  if (payload.error !== null)
    return <ErrorState error={payload.error} retry={() => void payload.refetch()} />;
  if (payload.data === undefined) return <LoadingState />;
  const { command: sent, artifact_version: versionId } = payload.data;
  return (
    <>
      {versionId !== null && (
        <ArtifactName device={device} versionId={versionId} {...(user === undefined ? {} : { user })} />
      )}
      {sent === null ? (
        <Text size="sm">{t.details.notKept}</Text>
      ) : (
        <CodeView value={sent} label={t.details.sentTitle} />
      )}
      <Text size="xs" c="dimmed">
        {t.details.sentHelp}
      </Text>
    </>
  );
}

function ArtifactName(props: {
  readonly device: Device;
  readonly user?: DeviceUser;
  readonly versionId: string;
}) {
  const { device, user, versionId } = props;
  const ofUser = user === undefined ? {} : { user: user.id };
  const artifacts = useQuery(artifactsQuery(device.id, { ...summaryRows, ...ofUser }));
  const row = artifacts.data?.results.find(
    ({ artifact_version: wanted, stored }) =>
      wanted === versionId || stored.some((version) => version.artifact_version === versionId),
  );
  const version = row?.stored.find((each) => each.artifact_version === versionId)?.version ?? row?.version;
  return (
    <Text size="sm">
      {t.details.artifact}{" "}
      {row === undefined ? (
        <CopyText value={versionId} label={t.details.artifact} />
      ) : (
        <ObjectLink to={`/artifacts/${row.artifact.pk}`} size="sm" underline="always">
          {t.details.artifactOf(row.artifact.name, version ?? null)}
        </ObjectLink>
      )}
      {". "}
      {t.details.artifactHelp}
    </Text>
  );
}

/** Errors of Apple's in plain words, each with what to do about it. */
export function PlainErrors({ errors }: { readonly errors: readonly PlainError[] }) {
  return (
    <List size="xs" maw={420}>
      {errors.map(({ code, meaning, advice }) => (
        <List.Item key={code}>
          {meaning} {advice}{" "}
          <Text span size="xs" c="dimmed">
            {code}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

/** The answer as the server keeps it: a property list, binary, in base64. */
function readAnswer(base64: string): unknown {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  // What cannot be read is shown as it came.
  return readBinaryPlist(bytes) ?? base64;
}
