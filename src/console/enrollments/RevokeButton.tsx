import { IconBan } from "@tabler/icons-react";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { useSession } from "../session/session.ts";
import { enrollmentTexts as words } from "../texts/enrollments.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ConfirmTyped } from "../ui/ConfirmTyped.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Enrollment } from "./InviteDevices.tsx";

const right = "mdm.change_otaenrollment";

/** Ends an enrollment: its profiles stop working. */
export const revokeEnrollment = ({ id }: Enrollment): Promise<unknown> =>
  requestJson("POST", `/api/mdm/ota_enrollments/${id}/revoke/`);

export function RevokeButton({ row }: { readonly row: Enrollment }) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const revoke = useAction<undefined, unknown>({
    run: () => revokeEnrollment(row),
    done: () => words.revokedOne(row.name),
    refreshes: [["ota_enrollments"]],
    showsError: true,
    onDone: () => setOpen(false),
  });
  const isRevoked = row.enrollment_secret.revoked_at !== undefined;
  return (
    <>
      <ActionButton
        variant="default"
        c="var(--mantine-color-error)"
        leftSection={<IconBan size={16} aria-hidden />}
        disabledReason={!can(right) ? texts.common.noRight(right) : isRevoked ? words.revokedReason : null}
        onClick={() => setOpen(true)}
      >
        {words.revoke}
      </ActionButton>
      <ConfirmTyped
        isOpen={isOpen}
        title={words.revokeTitle(row.name)}
        consequence={words.revokeConsequence}
        phrase={row.name}
        confirmLabel={words.revoke}
        isPending={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(undefined)}
        onClose={() => setOpen(false)}
      />
    </>
  );
}
