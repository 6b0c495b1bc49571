/** The push certificate, made here and nowhere else: the request, and what Apple answers. */
import { Group } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { api, requestJson, unwrap } from "../../api/client.ts";
import {
  type PushCertificate,
  PushCertificateSetup,
  savePushRequest,
} from "../../push/PushCertificateSetup.tsx";
import { useSession } from "../../session/session.ts";
import { texts } from "../../texts/en.ts";
import { firstRunTexts } from "../../texts/first-run.ts";
import { ActionButton } from "../../ui/ActionButton.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorState, LoadingState } from "../../ui/states.tsx";
import { useAction } from "../../ui/use-action.ts";
import { TestButton } from "./TestButton.tsx";

export function PushStep({ id, isDone }: { readonly id: number | null; readonly isDone: boolean }) {
  if (id === null) return <BeginButton />;
  const path = { id };
  return (
    <>
      {!isDone && <Setup id={id} />}
      <Group gap="sm">
        <ButtonLink to="/push-certificates" size="xs" variant="default">
          {firstRunTexts.openPush}
        </ButtonLink>
        {isDone && (
          <TestButton
            permission="mdm.change_pushcertificate"
            run={() => unwrap(api.POST("/api/mdm/push_certificates/{id}/test/", { params: { path } }))}
          />
        )}
      </Group>
    </>
  );
}

/** Makes a certificate that waits for Apple's, and hands out its request at once. */
function BeginButton() {
  const { can } = useSession();
  const right = "mdm.add_pushcertificate";
  const begin = useAction<void, void>({
    run: async () => {
      const body = { name: firstRunTexts.pushName };
      await savePushRequest((await unwrap(api.POST("/api/mdm/push_certificates/", { body }))).id);
    },
    refreshes: [["setup"], ["push_certificates"]],
  });
  return (
    <Group>
      <ActionButton
        size="xs"
        leftSection={<IconDownload size={16} aria-hidden />}
        loading={begin.isPending}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => begin.mutate()}
      >
        {firstRunTexts.beginPush}
      </ActionButton>
    </Group>
  );
}

function Setup({ id }: { readonly id: number }) {
  const { can } = useSession();
  const certificate = useQuery({
    queryKey: ["push_certificates", "one", String(id)],
    queryFn: () => requestJson<PushCertificate>("GET", `/api/mdm/push_certificates/${id}/`),
    enabled: can("mdm.view_pushcertificate"),
  });
  if (certificate.error !== null) return <ErrorState error={certificate.error} />;
  if (certificate.isLoading) return <LoadingState />;
  return certificate.data === undefined ? null : <PushCertificateSetup row={certificate.data} />;
}
