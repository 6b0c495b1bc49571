/** From an empty server to the first enrolled device, step by step. */
import { Group, Paper, Progress, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { api, unwrap } from "../api/client.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { firstRunTexts } from "../texts/first-run.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ButtonLink } from "../ui/links.tsx";
import { PageHeader } from "../ui/PageHeader.tsx";
import { ErrorState, LoadingState } from "../ui/states.tsx";
import { StatusBadge } from "../ui/StatusBadge.tsx";
import { useAction } from "../ui/use-action.ts";
import { setupQuery } from "./dashboard/dashboard-query.ts";
import { createFirstBlueprint, createTestEnrollment, testQuota } from "./first-run/create-enrollment.ts";
import { EnrollmentLink } from "./first-run/EnrollmentLink.tsx";
import { PushStep } from "./first-run/PushStep.tsx";
import { TestButton } from "./first-run/TestButton.tsx";

type Setup = Awaited<ReturnType<typeof readSetup>>;
type Step = Setup["steps"][number];

const readSetup = () => unwrap(api.GET("/api/mdm/setup/", {}));
const againMilliseconds = 15_000;

export function FirstRunPage() {
  const setup = useQuery({ ...setupQuery, refetchInterval: againMilliseconds });
  return (
    <>
      <PageHeader title={firstRunTexts.title} description={firstRunTexts.description} />
      {setup.error !== null && <ErrorState error={setup.error} retry={() => void setup.refetch()} />}
      {setup.data === undefined ? setup.error === null && <LoadingState /> : <Steps setup={setup.data} />}
    </>
  );
}

function Steps({ setup }: { readonly setup: Setup }) {
  const { steps, is_complete: isComplete } = setup;
  const done = steps.filter(({ is_done: isDone }) => isDone).length;
  const next = steps.find(({ is_done: isDone }) => !isDone)?.key;
  const progress = isComplete ? firstRunTexts.complete : firstRunTexts.progress(done, steps.length);
  return (
    <Stack gap="md" maw={860}>
      <Stack gap={6}>
        <Text size="sm" role="status">
          {progress}
        </Text>
        <Progress value={(done / steps.length) * 100} aria-label={progress} />
      </Stack>
      {steps.map((step, index) => (
        <StepCard key={step.key} step={step} number={index + 1} isNext={step.key === next}>
          <StepActions step={step} setup={setup} />
        </StepCard>
      ))}
    </Stack>
  );
}

function StepCard(props: {
  readonly step: Step;
  readonly number: number;
  readonly isNext: boolean;
  readonly children: ReactNode;
}) {
  const { step, number, isNext, children } = props;
  const { title, about } = firstRunTexts.steps[step.key];
  const { is_done: isDone, problem } = step;
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={`step-${step.key}`}>
      <Group align="flex-start" wrap="nowrap">
        <ThemeIcon radius="xl" variant={isDone ? "filled" : "default"} aria-hidden>
          {isDone ? <IconCheck size={16} /> : <Text size="sm">{number}</Text>}
        </ThemeIcon>
        <Stack gap="xs" flex={1} miw={0}>
          <Group justify="space-between" gap="xs">
            <Title order={2} size="h5" id={`step-${step.key}`}>
              {title}
            </Title>
            <StatusBadge tone={isDone ? "good" : isNext ? "progress" : "neutral"}>
              {isDone ? firstRunTexts.done : isNext ? firstRunTexts.next : firstRunTexts.later}
            </StatusBadge>
          </Group>
          <Text size="sm" c="dimmed">
            {about}
          </Text>
          {problem !== null && <Text size="sm">{firstRunTexts.problems[problem]}</Text>}
          {children}
        </Stack>
      </Group>
    </Paper>
  );
}

function StepActions({ step, setup }: { readonly step: Step; readonly setup: Setup }) {
  switch (step.key) {
    case "base_url":
      return <AddressStep baseUrl={setup.base_url} />;
    case "push_certificate":
      return <PushStep id={step.object_id} isDone={step.is_done} />;
    case "blueprint":
      return <BlueprintStep isDone={step.is_done} />;
    case "enrollment":
      return <EnrollmentStep step={step} setup={setup} />;
    case "device":
      return <DeviceStep step={step} setup={setup} />;
  }
}

function AddressStep({ baseUrl }: { readonly baseUrl: string }) {
  return (
    <>
      <Text size="sm" ff="monospace">
        {baseUrl}
      </Text>
      <TestButton
        permission="mdm.add_otaenrollment"
        run={() => unwrap(api.POST("/api/mdm/setup/test_base_url/", {}))}
      />
    </>
  );
}

function BlueprintStep({ isDone }: { readonly isDone: boolean }) {
  const { can } = useSession();
  const create = useAction<void, void>({ run: createFirstBlueprint, refreshes: [["setup"], ["blueprints"]] });
  const right = "mdm.add_blueprint";
  return (
    <Group gap="sm">
      {!isDone && (
        <ActionButton
          size="xs"
          loading={create.isPending}
          disabledReason={can(right) ? null : texts.common.noRight(right)}
          onClick={() => create.mutate()}
        >
          {firstRunTexts.createBlueprint}
        </ActionButton>
      )}
      <ButtonLink to="/blueprints" size="xs" variant="default">
        {firstRunTexts.openBlueprints}
      </ButtonLink>
    </Group>
  );
}

const objectOf = ({ steps }: Setup, key: Step["key"]): number | null =>
  steps.find((step) => step.key === key)?.object_id ?? null;

function EnrollmentStep({ step, setup }: { readonly step: Step; readonly setup: Setup }) {
  const { can } = useSession();
  // One that still waits for Apple's answer wakes nobody: no device could enroll with it.
  const hasPush = setup.steps.some(({ key, is_done: isDone }) => key === "push_certificate" && isDone);
  const pushCertificateId = hasPush ? objectOf(setup, "push_certificate") : null;
  const create = useAction<number, void>({
    run: (push) =>
      createTestEnrollment({ pushCertificateId: push, blueprintId: objectOf(setup, "blueprint") }),
    refreshes: [["setup"], ["ota_enrollments"]],
  });
  const right = "mdm.add_otaenrollment";
  const withoutPush = pushCertificateId === null ? firstRunTexts.needsPush : null;
  return (
    <>
      {!step.is_done && (
        <Text size="xs" c="dimmed">
          {firstRunTexts.quotaHelp(testQuota)}
        </Text>
      )}
      <Group gap="sm">
        {!step.is_done && (
          <ActionButton
            size="xs"
            loading={create.isPending}
            disabledReason={can(right) ? withoutPush : texts.common.noRight(right)}
            onClick={() => {
              if (pushCertificateId !== null) create.mutate(pushCertificateId);
            }}
          >
            {firstRunTexts.createEnrollment}
          </ActionButton>
        )}
        <ButtonLink to="/enrollments" size="xs" variant="default">
          {firstRunTexts.openEnrollments}
        </ButtonLink>
      </Group>
    </>
  );
}

function DeviceStep({ step, setup }: { readonly step: Step; readonly setup: Setup }) {
  const { can } = useSession();
  const enrollment = setup.steps.find(({ key }) => key === "enrollment");
  const id = enrollment?.object_id ?? null;
  const canShow = enrollment?.is_done === true && id !== null && can("mdm.view_otaenrollment");
  return (
    <>
      {canShow && <EnrollmentLink id={id} baseUrl={setup.base_url} />}
      {step.is_done && (
        <Group>
          <ButtonLink
            to="/devices"
            size="xs"
            variant="default"
            leftSection={<IconCircleCheck size={16} aria-hidden />}
          >
            {firstRunTexts.openDevices}
          </ButtonLink>
        </Group>
      )}
    </>
  );
}
