/** The API tokens of an account. People make their own, on the page of their own account. */
import { useSession } from "../session/session.ts";
import { texts } from "../texts/en.ts";
import type { Account } from "./ResetPassword.tsx";
import { TokenList } from "./TokenList.tsx";

export function AccountTokens({ account }: { readonly account: Account }) {
  const { can } = useSession();
  const reason = (right: string): string | null => (can(right) ? null : texts.common.noRight(right));
  return (
    <TokenList
      owner={{
        path: `/api/accounts/users/${account.id}/api_tokens/`,
        tokenPath: "/api/accounts/api_tokens/",
        queryKey: ["users", "tokens", account.id],
        addReason: account.is_service_account ? reason("accounts.add_apitoken") : undefined,
        revokeReason: reason("accounts.delete_apitoken"),
      }}
    />
  );
}
