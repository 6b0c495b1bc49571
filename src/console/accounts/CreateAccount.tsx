/** A new account, and the secret that its owner needs. */
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ResourceForm } from "../resources/ResourceForm.tsx";
import type { Field } from "../resources/field.ts";
import type { Resource } from "../resources/resource.ts";
import { useSession } from "../session/session.ts";
import { userTexts as words } from "../texts/accounts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import type { Account } from "./ResetPassword.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

type Created = Account & { readonly one_time_password?: string | null; readonly api_token?: string | null };

export function CreateAccount(props: {
  readonly resource: Resource<Account>;
  readonly fields: readonly Field[];
}) {
  const { can } = useSession();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [created, setCreated] = useState<Created | null>(null);
  const right = "accounts.add_user";
  const password = created?.one_time_password ?? null;
  const secret = password ?? created?.api_token ?? null;
  return (
    <>
      <ActionButton
        leftSection={<IconPlus size={16} aria-hidden />}
        disabledReason={can(right) ? null : texts.common.noRight(right)}
        onClick={() => setOpen(true)}
      >
        {words.create}
      </ActionButton>
      {isOpen && <ResourceForm {...props} row={null} onClose={() => setOpen(false)} onSaved={setCreated} />}
      {created !== null && secret !== null && (
        <ShownOnce
          title={words.createdTitle(created.username)}
          label={password === null ? words.token : words.password}
          secret={secret}
          onClose={() => void navigate({ to: `/users/${created.id}` })}
        />
      )}
    </>
  );
}
