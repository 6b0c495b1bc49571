/** How a first device comes in: a code for its camera, and the same link as text. */
import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { firstRunTexts } from "../../texts/first-run.ts";
import { CopyText } from "../../ui/CopyText.tsx";
import { QrCode } from "../../ui/QrCode.tsx";
import { ErrorState, LoadingState } from "../../ui/states.tsx";

export function EnrollmentLink({ id, baseUrl }: { readonly id: number; readonly baseUrl: string }) {
  const enrollment = useQuery({
    queryKey: ["ota_enrollments", "link", id],
    queryFn: () => unwrap(api.GET("/api/mdm/ota_enrollments/{id}/", { params: { path: { id } } })),
  });
  if (enrollment.error !== null) return <ErrorState error={enrollment.error} />;
  if (enrollment.data === undefined) return <LoadingState />;
  const link = `${baseUrl}/public/mdm/enroll/${enrollment.data.enrollment_secret.secret}/`;
  return (
    <Group align="flex-start" gap="md">
      <QrCode text={link} label={firstRunTexts.code} />
      <Stack gap="xs" flex={1} miw={220}>
        <Text size="sm" fw={600}>
          {firstRunTexts.link}
        </Text>
        <CopyText value={link} label={firstRunTexts.link} />
        <Text size="xs" c="dimmed">
          {firstRunTexts.secretHint}
        </Text>
      </Stack>
    </Group>
  );
}
