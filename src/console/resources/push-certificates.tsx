/** Push certificates: what lets the server wake devices. */
import { IconPlugConnected } from "@tabler/icons-react";
import { api, unwrap } from "../api/client.ts";
import { type PushCertificate, PushCertificateSetup } from "../push/PushCertificateSetup.tsx";
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import { pushTexts as words } from "../texts/push.ts";
import { resourceTexts } from "../texts/resources.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { CopyText } from "../ui/CopyText.tsx";
import { useAction } from "../ui/use-action.ts";
import { datedFacts } from "./common-columns.tsx";
import { Expiry } from "./Expiry.tsx";
import type { Resource } from "./resource.ts";
import { resourcePages } from "./resource-pages.tsx";
import { usedByTab } from "./UsedBy.tsx";

const resource: Resource<PushCertificate> = {
  api: "/api/mdm/push_certificates/",
  page: "/push-certificates",
  model: "mdm.pushcertificate",
  eventKind: "mdm_push_certificate",
  texts: words,
  titleOf: ({ name }) => name,
  searched: ({ topic }) => [topic ?? ""],
  columns: [
    { id: "topic", header: words.topic, ordering: "topic", cell: ({ topic }) => topic ?? words.noTopic },
    {
      id: "expires",
      header: words.expires,
      ordering: "not_after",
      cell: ({ not_after: at }) => <Expiry at={at} />,
      text: ({ not_after: at }) => at,
    },
  ],
  facts: (row) => [
    {
      label: words.topic,
      value: row.topic === null ? words.noTopic : <CopyText value={row.topic} label={words.topic} />,
    },
    { label: words.expires, value: <Expiry at={row.not_after} /> },
    ...datedFacts(row),
  ],
  fields: [{ kind: "text", name: "name", label: resourceTexts.name, isRequired: true, initial: "" }],
  isEditable: false,
  tabs: [
    { id: "setup", label: words.setup, content: (row) => <PushCertificateSetup row={row} /> },
    usedByTab(["enrollmentByPushCertificate"]),
  ],
  actions: (row) => <TestButton row={row} />,
  lockedReason: ({ provisioning_uid: uid }) => (uid === null ? null : resourceTexts.provisioned),
};

/** Asks Apple. @throws {Error} With the reason in a sentence, when its push service takes nothing. */
async function testPush(id: number): Promise<void> {
  const { is_ok: isOk, reason } = await unwrap(
    api.POST("/api/mdm/push_certificates/{id}/test/", { params: { path: { id } } }),
  );
  if (!isOk) throw new Error(words.testReasons[reason] ?? reason);
}

function TestButton({ row }: { readonly row: PushCertificate }) {
  const { can } = useSession();
  const right = "mdm.view_pushcertificate";
  const test = useAction<undefined, void>({
    run: () => testPush(row.id),
    done: () => words.testGood,
    refreshes: [],
  });
  if (row.topic === null) return null;
  return (
    <ActionButton
      variant="default"
      leftSection={<IconPlugConnected size={16} aria-hidden />}
      loading={test.isPending}
      disabledReason={can(right) ? null : texts.common.noRight(right)}
      onClick={() => test.mutate(undefined)}
    >
      {words.test}
    </ActionButton>
  );
}

export const { ListPage, ObjectPage } = resourcePages(resource);
