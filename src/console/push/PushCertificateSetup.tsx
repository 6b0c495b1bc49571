/** From a request to a certificate of Apple: for a new one, and every year again. */
import {
  Alert,
  Anchor,
  Button,
  Code,
  Group,
  Paper,
  PasswordInput,
  Stack,
  Switch,
  Text,
  Textarea,
  Timeline,
} from "@mantine/core";
import { IconDownload, IconExternalLink } from "@tabler/icons-react";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { ApiFailure } from "../api/failure.ts";
import { toBase64 } from "../format/bytes.ts";
import type { RowOf } from "../resources/resource.ts";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { pushTexts as words } from "../texts/push.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FileDrop } from "../ui/FileDrop.tsx";
import { saveFile } from "../ui/save-file.ts";
import { ErrorState } from "../ui/states.tsx";
import { useAction } from "../ui/use-action.ts";

export type PushCertificate = RowOf<"/api/mdm/push_certificates/">;

const portal = "https://identity.apple.com/pushcert/";
/** Of docs/command-line.md; with Apple's two certificates, and the vendor's in the folder `vendor`. */
const signCommand = "pomona mdmcerts -d vendor sign_req push_certificate.csr --wwdr wwdr.cer --root root.cer";
const right = "mdm.change_pushcertificate";

export function PushCertificateSetup({ row }: { readonly row: PushCertificate }) {
  const { can } = useSession();
  const reason = can(right) ? null : texts.common.noRight(right);
  const fetchRequest = useAction<undefined, undefined>({
    run: async () => {
      await savePushRequest(row.id);
    },
    refreshes: [],
  });
  return (
    <Paper withBorder p="md" maw={760}>
      <Stack>
        {row.topic !== null && (
          <Alert color="yellow" variant="light">
            {words.renewNote}
          </Alert>
        )}
        <Timeline active={-1} bulletSize={22} lineWidth={2}>
          <Timeline.Item title={words.step1}>
            <Text size="sm" c="dimmed" mb="xs">
              {words.step1Help}
            </Text>
            <ActionButton
              variant="light"
              leftSection={<IconDownload size={16} aria-hidden />}
              disabledReason={reason}
              loading={fetchRequest.isPending}
              onClick={() => fetchRequest.mutate(undefined)}
            >
              {words.downloadRequest}
            </ActionButton>
          </Timeline.Item>
          <Timeline.Item title={words.vendor}>
            <Text size="sm" c="dimmed" mb="xs">
              {words.vendorHelp}
            </Text>
            <Code>{signCommand}</Code>
          </Timeline.Item>
          <Timeline.Item title={words.step2}>
            <Text size="sm" c="dimmed" mb="xs">
              {words.step2Help}
            </Text>
            <Anchor href={portal} target="_blank" rel="noreferrer">
              <Group gap={4} component="span" display="inline-flex">
                {words.portal} <IconExternalLink size={14} aria-hidden />
              </Group>
            </Anchor>
          </Timeline.Item>
          <Timeline.Item title={words.step3}>
            <CertificateForm row={row} reason={reason} />
          </Timeline.Item>
        </Timeline>
      </Stack>
    </Paper>
  );
}

/** Hands the request of a certificate to the person, as a file. */
export async function savePushRequest(id: number): Promise<void> {
  saveFile(await readRequest(id));
}

/** The request that Apple takes: signed by the vendor's service where one is set up. */
async function readRequest(id: number): Promise<{ readonly name: string; readonly content: string }> {
  const path = `/api/mdm/push_certificates/${id}/`;
  const { csr } = await requestJson<{ readonly csr: string }>("GET", `${path}csr/`);
  try {
    const { signed_csr: signed } = await requestJson<{ readonly signed_csr: string }>(
      "GET",
      `${path}signed_csr/`,
    );
    return { name: `push_certificate_${id}_signed_csr.b64`, content: signed };
  } catch (error) {
    // Without a service that signs, the request goes as it is.
    if (error instanceof ApiFailure && error.status === 404) {
      return { name: `push_certificate_${id}.csr`, content: csr };
    }
    throw error;
  }
}

type Upload = { readonly certificate: string; readonly private_key?: string; readonly password?: string };

function CertificateForm(props: { readonly row: PushCertificate; readonly reason: string | null }) {
  const { row, reason } = props;
  const [chosen, setChosen] = useState<{ readonly name: string; readonly pem: string } | null>(null);
  const [hasKey, setHasKey] = useState(false);
  const [key, setKey] = useState("");
  const [password, setPassword] = useState("");
  const upload = useAction<Upload, unknown>({
    run: (body) => requestJson("PUT", `/api/mdm/push_certificates/${row.id}/certificate/`, body),
    done: () => words.uploaded,
    refreshes: [["push_certificates"], ["setup"]],
    showsError: true,
    onDone: () => setChosen(null),
  });
  const take = async (file: File): Promise<void> => {
    setChosen({ name: file.name, pem: toPem(new Uint8Array(await file.arrayBuffer())) });
  };
  const submit = (): void => {
    if (chosen === null) return;
    upload.mutate({
      certificate: chosen.pem,
      ...(hasKey ? { private_key: key, ...(password === "" ? {} : { password }) } : {}),
    });
  };
  return (
    <Stack gap="sm" mt="xs">
      <FileDrop
        label={chosen?.name ?? words.dropCertificate}
        hint={words.dropHint}
        choose={words.choose}
        onFile={(file) => void take(file)}
      />
      <Switch
        label={words.ownKey}
        checked={hasKey}
        onChange={(event) => setHasKey(event.currentTarget.checked)}
      />
      {hasKey && (
        <>
          <Textarea
            label={words.key}
            description={words.keyHelp}
            autosize
            minRows={3}
            value={key}
            spellCheck={false}
            onChange={(event) => setKey(event.currentTarget.value)}
          />
          <PasswordInput
            label={words.password}
            autoComplete="off"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        </>
      )}
      {upload.error !== null && <ErrorState error={told(upload.error)} />}
      {chosen !== null && (
        <Group>
          {reason === null ? (
            <Button loading={upload.isPending} onClick={submit}>
              {words.upload}
            </Button>
          ) : (
            <ActionButton disabledReason={reason}>{words.upload}</ActionButton>
          )}
        </Group>
      )}
    </Stack>
  );
}

/** What is wrong with a field is said here: the fields are one file. */
function told(error: Error): Error {
  const sentences = error instanceof ApiFailure ? Object.values(error.fields) : [];
  return sentences.length === 0 ? error : new Error(sentences.join(" "));
}

function toPem(bytes: Uint8Array): string {
  if (bytes[0] !== 0x30) return new TextDecoder().decode(bytes);
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
