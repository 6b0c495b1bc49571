import { Switch, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import type { RowOf } from "../resources/resource.ts";
import { useSession } from "../session/session.ts";
import { userTexts as words } from "../texts/accounts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { useAction } from "../ui/use-action.ts";
import { ShownOnce } from "./ShownOnce.tsx";

export type Account = RowOf<"/api/accounts/users/">;

const right = "accounts.change_user";

/** A new one-time password for somebody who forgot theirs. */
export function ResetPassword({ account }: { readonly account: Account }) {
  const { can } = useSession();
  const [isOpen, setOpen] = useState(false);
  const [removes, setRemoves] = useState(false);
  const reset = useAction<boolean, { readonly one_time_password: string }>({
    run: (removesDevices) =>
      requestJson("POST", `/api/accounts/users/${account.id}/reset_password/`, {
        remove_verification_devices: removesDevices,
      }),
    refreshes: [["users"]],
    showsError: true,
    onDone: () => setOpen(false),
  });
  if (account.is_service_account) return null;
  return (
    <>
      <ActionButton
        variant="default"
        leftSection={<IconKey size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => setOpen(true)}
      >
        {words.reset}
      </ActionButton>
      <FormModal
        isOpen={isOpen}
        title={words.resetTitle(account.username)}
        submitLabel={words.reset}
        isPending={reset.isPending}
        error={reset.error}
        onSubmit={() => reset.mutate(removes)}
        onClose={() => setOpen(false)}
      >
        <Text size="sm">{words.resetHelp}</Text>
        <Switch
          label={words.resetDevices}
          description={words.resetDevicesHelp}
          checked={removes}
          onChange={(event) => setRemoves(event.currentTarget.checked)}
        />
      </FormModal>
      {reset.data !== undefined && (
        <ShownOnce
          title={words.resetDone}
          label={words.password}
          secret={reset.data.one_time_password}
          onClose={reset.reset}
        />
      )}
    </>
  );
}
