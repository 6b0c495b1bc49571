/** What `pomona user create` prints. Both forms reveal the secrets: this is the one time they are shown. */
import type { CreatedAccount } from "./account.ts";

/**
 * The object of `--json`, with the members of the reference's command (http-api 1.3) and the one-time
 * password.
 */
export function createdAccountJson(created: CreatedAccount): Readonly<Record<string, unknown>> {
  const { account, isCreated, oneTimePassword, apiToken } = created;
  const common = {
    username: account.username,
    email: account.email,
    service_account: account.isServiceAccount,
    superuser: account.isSuperuser,
    created: isCreated,
    updated: false,
    api_token_created: apiToken !== null,
    api_token: apiToken?.reveal() ?? null,
  };
  if (account.isServiceAccount) return common;
  return { ...common, password_reset_url: null, one_time_password: oneTimePassword?.reveal() ?? null };
}

/** Lines for a person. */
export function createdAccountLines(created: CreatedAccount): string[] {
  const { account, isCreated, oneTimePassword, apiToken } = created;
  const kind = account.isServiceAccount ? "Service account" : account.isSuperuser ? "Superuser" : "User";
  const lines = [`${kind} ${account.username} ${isCreated ? "created" : "exists already, left as it is"}`];
  if (oneTimePassword !== null) lines.push(`One-time password: ${oneTimePassword.reveal()}`);
  if (apiToken !== null) lines.push(`API token (shown only now): ${apiToken.reveal()}`);
  return lines;
}
