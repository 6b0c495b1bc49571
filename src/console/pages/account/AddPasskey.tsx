import { addPasskey, verificationDevicesQuery } from "../../session/account-requests.ts";
import { accountTexts as t } from "../../texts/account.ts";
import { useAction } from "../../ui/use-action.ts";
import { NameStep } from "./NameStep.tsx";

/** Makes a passkey: a name and the password, then the browser asks. */
export function AddPasskey({ onClose }: { readonly onClose: () => void }) {
  const add = useAction({
    run: addPasskey,
    done: ({ name }) => t.added(name),
    refreshes: [verificationDevicesQuery.queryKey],
    showsError: true,
    onDone: onClose,
  });
  return (
    <NameStep
      title={t.addPasskey}
      initialName={t.namePasskey}
      isPending={add.isPending}
      error={add.error}
      onSubmit={add.mutate}
      onClose={onClose}
    />
  );
}
