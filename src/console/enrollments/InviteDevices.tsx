/** How devices get the profile of an enrollment. */
import { Group, Paper, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, requestRaw, unwrap } from "../api/client.ts";
import { EnrollmentLink } from "../pages/first-run/EnrollmentLink.tsx";
import type { RowOf } from "../resources/resource.ts";
import { useSession } from "../session/session.ts";
import { enrollmentTexts as words } from "../texts/enrollments.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { saveFile } from "../ui/save-file.ts";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";

export type Enrollment = RowOf<"/api/mdm/ota_enrollments/">;

const right = "mdm.view_otaenrollment";

async function download(path: string, init: RequestInit, name: string): Promise<void> {
  const response = await requestRaw(path, init);
  saveFile({ name: `${name}.mobileconfig`, content: await response.blob() });
}

export function InviteDevices({ row }: { readonly row: Enrollment }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <LinkCard row={row} />
      <ProfileCard row={row} />
      <DirectCard row={row} />
    </SimpleGrid>
  );
}

/** Devices reach the server at its public address, which may not be the one of this page. */
function LinkCard({ row }: { readonly row: Enrollment }) {
  const setup = useQuery({
    queryKey: ["setup"],
    queryFn: () => unwrap(api.GET("/api/mdm/setup/", {})),
  });
  const isOpen = row.enrollment_secret.revoked_at === undefined;
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.link}
        </Title>
        <Text size="sm" c="dimmed">
          {isOpen ? words.linkHelp : words.revokedReason}
        </Text>
        {isOpen && setup.data !== undefined && <EnrollmentLink id={row.id} baseUrl={setup.data.base_url} />}
        {setup.error !== null && <ErrorState error={setup.error} />}
      </Stack>
    </Paper>
  );
}

function ProfileCard({ row }: { readonly row: Enrollment }) {
  const { can } = useSession();
  const fetchProfile = useAction<undefined, void>({
    run: () => download(`/api/mdm/ota_enrollments/${row.id}/profile/`, {}, row.name),
    refreshes: [],
  });
  return (
    <Paper withBorder p="md">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h4">
          {words.profile}
        </Title>
        <Text size="sm" c="dimmed">
          {words.profileHelp}
        </Text>
        <ActionButton
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={fetchProfile.isPending}
          disabledReason={can(right) ? null : texts.common.noRight(right)}
          onClick={() => fetchProfile.mutate(undefined)}
        >
          {words.download}
        </ActionButton>
      </Stack>
    </Paper>
  );
}

function DirectCard({ row }: { readonly row: Enrollment }) {
  const { can } = useSession();
  const [serialNumber, setSerialNumber] = useState("");
  const fetchProfile = useAction<string, void>({
    run: (serial) =>
      download(
        `/api/mdm/ota_enrollments/${row.id}/direct_profiles/`,
        {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ serial_number: serial }),
        },
        serial,
      ),
    refreshes: [],
  });
  const verb = "mdm.change_otaenrollment";
  return (
    <Paper withBorder p="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (can(verb)) fetchProfile.mutate(serialNumber.trim());
        }}
      >
        <Stack gap="sm">
          <Title order={2} size="h4">
            {words.direct}
          </Title>
          <Text size="sm" c="dimmed">
            {words.directHelp}
          </Text>
          <TextInput
            label={words.serialNumber}
            required
            value={serialNumber}
            onChange={(event) => setSerialNumber(event.currentTarget.value)}
          />
          <Group>
            <ActionButton
              type="submit"
              variant="light"
              loading={fetchProfile.isPending}
              disabledReason={can(verb) ? null : texts.common.noRight(verb)}
            >
              {words.downloadDirect}
            </ActionButton>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
