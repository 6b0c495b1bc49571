import { Accordion, Alert, Group, List, Paper, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { blueprintsQuery } from "../../api/choices.ts";
import { ObjectLink } from "../../resources/ObjectLink.tsx";
import { useSession } from "../../session/session.ts";
import { deviceTexts as t } from "../../texts/devices.ts";
import { texts } from "../../texts/en.ts";
import { CopyText } from "../../ui/CopyText.tsx";
import { type Fact, Facts } from "../../ui/Facts.tsx";
import { TextLink } from "../../ui/links.tsx";
import { Time } from "../../ui/Time.tsx";
import { useNow } from "../../ui/use-now.ts";
import { DeviceStateBadge } from "./DeviceStateBadge.tsx";
import { DeviceTags } from "./DeviceTags.tsx";
import { deviceProblems, nextStep, type Problem } from "./device-problems.ts";
import { artifactsQuery, commandsQuery, type Device, summaryRows } from "./device-queries.ts";

/** The answer to five questions, before anybody looks into a tab. */
export function DeviceSummary({ device }: { readonly device: Device }) {
  const { can } = useSession();
  const now = useNow();
  const [artifacts, commands] = useQueries({
    queries: [
      artifactsQuery(device.id, summaryRows),
      { ...commandsQuery(device.id, summaryRows), enabled: can("mdm.view_devicecommand") },
    ],
  });
  const known = { artifacts: artifacts.data?.results ?? [], commands: commands.data?.results ?? [] };
  const next = nextStep(now, known.artifacts, known.commands);
  const isLoading = artifacts.isLoading || commands.isLoading;
  return (
    <Paper withBorder p="md">
      <Stack>
        <Problems
          problems={deviceProblems({ device, ...known, now })}
          isLoading={isLoading}
          deviceId={device.id}
        />
        <Facts
          facts={[
            { label: t.summary.who, value: whoUses(device) },
            { label: t.summary.what, value: `${device.model ?? device.platform}, ${systemOf(device)}` },
            {
              label: t.summary.lastContact,
              value: (
                <Group gap="xs">
                  <Time at={device.last_seen_at} />
                  <DeviceStateBadge device={device} />
                </Group>
              ),
            },
            {
              label: t.summary.next,
              value: isLoading ? (
                <Skeleton height={16} w={160} />
              ) : (
                <>
                  {next.text}
                  {next.at !== null && (
                    <>
                      {" "}
                      (<Time at={next.at} />)
                    </>
                  )}
                </>
              ),
            },
            { label: t.summary.blueprint, value: <BlueprintName id={device.blueprint} /> },
            { label: t.summary.tags, value: <DeviceTags device={device} /> },
          ]}
        />
        <MoreFacts device={device} />
      </Stack>
    </Paper>
  );
}

function Problems(props: {
  readonly problems: readonly Problem[];
  readonly isLoading: boolean;
  readonly deviceId: number;
}) {
  const { problems, isLoading, deviceId } = props;
  if (problems.length === 0) {
    return isLoading ? (
      <Skeleton height={24} w={180} />
    ) : (
      <Group gap="xs">
        <ThemeIcon variant="light" size="sm" radius="xl">
          <IconCircleCheck size={16} aria-hidden />
        </ThemeIcon>
        <Text size="sm">{t.problems.none}</Text>
      </Group>
    );
  }
  const isBad = problems.some(({ severity }) => severity === "bad");
  return (
    <Alert
      color={isBad ? "red" : "yellow"}
      icon={<IconAlertTriangle aria-hidden />}
      title={t.summary.wrong}
      styles={{
        title: { color: "var(--mantine-color-text)" },
        message: { color: "var(--mantine-color-text)" },
      }}
    >
      <List size="sm" spacing={4}>
        {problems.map(({ text, tab }) => (
          <List.Item key={text}>
            {text}{" "}
            {tab !== undefined && (
              <TextLink
                to="/devices/$id"
                params={{ id: deviceId }}
                search={{ tab }}
                size="sm"
                underline="always"
              >
                {t.tabs[tab]}
              </TextLink>
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function MoreFacts({ device }: { readonly device: Device }) {
  return (
    <Accordion
      variant="default"
      chevronPosition="left"
      styles={{ control: { paddingInline: 0 }, content: { paddingInline: 0 }, label: { paddingBlock: 4 } }}
    >
      <Accordion.Item value="more" style={{ borderBottom: "none" }}>
        <Accordion.Control>
          <Text size="sm">{t.summary.moreFacts}</Text>
        </Accordion.Control>
        <Accordion.Panel>
          <Facts facts={moreFacts(device)} />
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function moreFacts(device: Device): readonly Fact[] {
  const flag = (value: boolean | null): string =>
    value === null ? texts.common.unknown : value ? texts.common.yes : texts.common.no;
  return [
    { label: t.summary.serial, value: <CopyText value={device.serial_number} label={t.summary.serial} /> },
    { label: t.summary.udid, value: <CopyText value={device.udid} label={t.summary.udid} /> },
    { label: t.summary.system, value: `${systemOf(device)} (${device.build_version})` },
    { label: t.summary.enrollment, value: enrollmentKind(device) },
    { label: t.summary.enrolled, value: <Time at={device.created_at} /> },
    { label: t.summary.supervised, value: flag(device.supervised) },
    { label: t.summary.declarative, value: flag(device.declarative_management) },
    { label: t.summary.activationLock, value: flag(device.activation_lock_manageable) },
    { label: t.summary.bootstrapToken, value: flag(device.bootstrap_token_escrowed) },
    { label: t.summary.filevault, value: flag(device.filevault_enabled) },
    { label: t.summary.address, value: device.last_ip ?? texts.common.unknown },
    { label: t.summary.lastPush, value: <Time at={device.last_notified_at} /> },
    {
      label: t.summary.certificate,
      value: <Time at={device.cert_not_valid_after} none={texts.common.unknown} />,
    },
  ];
}

function systemOf({ platform, os_version: version, apple_silicon: silicon }: Device): string {
  const chip = platform !== "macOS" || silicon === null ? "" : silicon ? ", Apple silicon" : ", Intel";
  return `${platform} ${version}${chip}`;
}

function whoUses({ users, realm_user: realmUser }: Device): string {
  if (realmUser !== null) return `${realmUser.username} (${realmUser.email})`;
  const names = users.map(({ long_name: long, short_name: short }) =>
    long === "" ? short : `${long} (${short})`,
  );
  return names.length === 0 ? t.summary.nobody : names.join(", ");
}

function enrollmentKind(device: Device): string {
  if (device.dep_enrollment === true) return t.enrollmentKinds.automated;
  if (device.user_enrollment === true) return t.enrollmentKinds.user;
  return device.user_approved_enrollment === true ? t.enrollmentKinds.approved : t.enrollmentKinds.device;
}

function BlueprintName({ id }: { readonly id: number | null }) {
  const { can } = useSession();
  const blueprints = useQuery({ ...blueprintsQuery, enabled: id !== null && can("mdm.view_blueprint") });
  if (id === null) return t.summary.noBlueprint;
  const name = blueprints.data?.results.find((blueprint) => blueprint.id === id)?.name ?? `#${id}`;
  return can("mdm.view_blueprint") ? <ObjectLink to={`/blueprints/${id}`}>{name}</ObjectLink> : name;
}
