/** API tokens: listed, made, and taken back. Whose they are is the business of who shows it. */
import { Group, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { requestJson } from "../api/client.ts";
import { dayAfter, endOfDay } from "../format/time.ts";
import { Expiry } from "../resources/Expiry.tsx";
import type { RowOf } from "../resources/resource.ts";
import { userTexts as words } from "../texts/accounts.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ConfirmTyped } from "../ui/ConfirmTyped.tsx";
import { FormModal } from "../ui/FormModal.tsx";
import { type Column, ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { useAction } from "../ui/use-action.ts";
import { ShownOnce } from "./ShownOnce.tsx";

type Token = RowOf<"/api/session/api_tokens/">;
type Created = Token & { readonly key: string };

export type TokenOwner = {
  /** Of the list, with both slashes; tokens are made there. */
  readonly path: string;
  /** Where a token is revoked: this, its id and a slash. */
  readonly tokenPath: string;
  readonly queryKey: readonly [string, ...(readonly unknown[])];
  /** Null when it may be done; undefined where it is never done. */
  readonly addReason: string | null | undefined;
  readonly revokeReason: string | null;
};

export function TokenList({ owner }: { readonly owner: TokenOwner }) {
  const { path, queryKey, addReason, revokeReason } = owner;
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  const [created, setCreated] = useState<Created | null>(null);
  const tokens = useQuery({ queryKey, queryFn: () => requestJson<readonly Token[]>("GET", path) });
  const columns: readonly Column<Token>[] = [
    { id: "name", header: words.tokenName, cell: (token) => titleOf(token) },
    { id: "expires", header: words.expires, cell: ({ expiry }) => <Expiry at={expiry} /> },
    { id: "created", header: words.tokenMade, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      id: "actions",
      header: "",
      cell: (token) => (
        <ActionButton
          size="compact-sm"
          variant="default"
          c="var(--mantine-color-error)"
          disabledReason={revokeReason}
          onClick={() => setRevoked(token)}
        >
          {words.revokeToken}
        </ActionButton>
      ),
    },
  ];
  return (
    <>
      {addReason !== undefined && (
        <Group mb="sm">
          <ActionButton variant="default" disabledReason={addReason} onClick={() => setCreating(true)}>
            {words.createToken}
          </ActionButton>
        </Group>
      )}
      <ResourceTable
        label={words.tokens}
        rowId={({ id }) => id}
        page={tokens.data && { count: tokens.data.length, results: tokens.data }}
        error={tokens.error}
        retry={() => void tokens.refetch()}
        empty={<EmptyState title={words.noTokens}>{words.noTokensHelp}</EmptyState>}
        columns={columns}
      />
      {isCreating && <CreateToken owner={owner} onClose={() => setCreating(false)} onCreated={setCreated} />}
      {revoked !== null && <RevokeToken owner={owner} token={revoked} onClose={() => setRevoked(null)} />}
      {created !== null && (
        <ShownOnce
          title={words.tokenOf(titleOf(created))}
          label={words.token}
          secret={created.key}
          onClose={() => setCreated(null)}
        />
      )}
    </>
  );
}

const titleOf = ({ name }: Token): string => (name === "" ? words.unnamedToken : name);

/** What a token is for is forgotten; that it ends is not. */
const usualDays = 90;

function CreateToken(props: {
  readonly owner: TokenOwner;
  readonly onClose: () => void;
  readonly onCreated: (token: Created) => void;
}) {
  const { owner, onClose, onCreated } = props;
  const form = useForm({ initialValues: { name: "", lastDay: dayAfter(new Date(), usualDays) } });
  const create = useAction<typeof form.values, Created>({
    run: ({ name, lastDay }) =>
      requestJson("POST", owner.path, {
        name: name.trim(),
        expiry: endOfDay(lastDay)?.toISOString() ?? null,
      }),
    refreshes: [owner.queryKey],
    showsError: true,
    onDone: (token) => {
      onClose();
      onCreated(token);
    },
  });
  return (
    <FormModal
      isOpen
      title={words.createToken}
      submitLabel={words.createToken}
      isPending={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate(form.values)}
      onClose={onClose}
    >
      <TextInput
        label={words.tokenName}
        description={words.tokenNameHelp}
        required
        maxLength={256}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <TextInput
        type="date"
        label={words.lastDay}
        description={words.lastDayHelp}
        {...form.getInputProps("lastDay")}
      />
    </FormModal>
  );
}

function RevokeToken(props: {
  readonly owner: TokenOwner;
  readonly token: Token;
  readonly onClose: () => void;
}) {
  const { owner, token, onClose } = props;
  const title = titleOf(token);
  const revoke = useAction<undefined, undefined>({
    run: () => requestJson("DELETE", `${owner.tokenPath}${token.id}/`),
    done: () => words.tokenDeleted,
    refreshes: [owner.queryKey],
    showsError: true,
    onDone: onClose,
  });
  return (
    <ConfirmTyped
      isOpen
      title={words.revokeTokenTitle(title)}
      consequence={words.revokeTokenConsequence}
      phrase={title}
      confirmLabel={words.revokeToken}
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate(undefined)}
      onClose={onClose}
    />
  );
}
