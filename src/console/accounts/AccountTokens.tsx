/** The API tokens of an account. */
import { Group, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { requestJson } from "../api/client.ts";
import { Expiry } from "../resources/Expiry.tsx";
import type { RowOf } from "../resources/resource.ts";
import { useSession } from "../session/session.ts";
import { userTexts as words } from "../texts/accounts.ts";
import { texts } from "../texts/en.ts";
import { ActionButton } from "../ui/ActionButton.tsx";
import { ResourceTable } from "../ui/ResourceTable.tsx";
import { EmptyState, ErrorState } from "../ui/states.tsx";
import { Time } from "../ui/Time.tsx";
import { useAction } from "../ui/use-action.ts";
import type { Account } from "./ResetPassword.tsx";
import { ShownOnce } from "./ShownOnce.tsx";

type Token = RowOf<"/api/session/api_tokens/">;

export function AccountTokens({ account }: { readonly account: Account }) {
  const { can } = useSession();
  const path = `/api/accounts/users/${account.id}/api_tokens/`;
  const key = ["users", "tokens", account.id] as const;
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: () => requestJson<readonly Token[]>("GET", path),
  });
  const create = useAction<undefined, Readonly<Record<string, unknown>>>({
    run: () => requestJson("POST", path, { name: account.username }),
    refreshes: [key],
  });
  const remove = useAction<string, undefined>({
    run: (id) => requestJson("DELETE", `/api/accounts/api_tokens/${id}/`),
    done: () => words.tokenDeleted,
    refreshes: [key],
  });
  if (error !== null) return <ErrorState error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={120} aria-label={texts.common.loading} />;
  const reason = (right: string): string | null => (can(right) ? null : texts.common.noRight(right));
  const secret = create.data?.["secret"] ?? create.data?.["key"] ?? create.data?.["token"];
  return (
    <>
      {account.is_service_account && (
        <Group mb="sm">
          <ActionButton
            variant="light"
            loading={create.isPending}
            disabledReason={reason("accounts.add_apitoken")}
            onClick={() => create.mutate(undefined)}
          >
            {words.createToken}
          </ActionButton>
        </Group>
      )}
      <ResourceTable
        label={words.tokens}
        rowId={({ id }) => id}
        page={{ count: data.length, results: data }}
        empty={<EmptyState title={words.noTokens} />}
        columns={[
          { id: "name", header: words.tokenName, cell: ({ name }) => name },
          { id: "expires", header: words.expires, cell: ({ expiry }) => <Expiry at={expiry} /> },
          { id: "created", header: words.createToken, cell: ({ created_at: at }) => <Time at={at} /> },
          {
            id: "actions",
            header: "",
            cell: ({ id }) => (
              <ActionButton
                size="compact-sm"
                variant="default"
                c="var(--mantine-color-error)"
                disabledReason={reason("accounts.delete_apitoken")}
                onClick={() => remove.mutate(id)}
              >
                {words.deleteToken}
              </ActionButton>
            ),
          },
        ]}
      />
      {typeof secret === "string" && (
        <ShownOnce title={words.createToken} label={words.token} secret={secret} onClose={create.reset} />
      )}
    </>
  );
}
