/**
 * An account is a person or a service that may act here: human users log in and may own tokens, service
 * accounts have tokens only. Operators make accounts; roles say what they may do, and superusers may do
 * everything. An account never holds its password, only the hash of it.
 */
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";
import type { Secret } from "#platform/secret.ts";

export type AccountId = Id<"Account">;

export type Account = {
  readonly id: AccountId;
  readonly username: string;
  readonly email: string;
  readonly isServiceAccount: boolean;
  readonly isSuperuser: boolean;
  readonly isActive: boolean;
  readonly mustChangePassword: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type AccountInput = {
  readonly username: string;
  readonly email: string;
  readonly isServiceAccount: boolean;
  readonly isSuperuser: boolean;
};

/** What `pomona user create` is asked for; the reference's command, and roles. */
export type CreateAccountInput = AccountInput & {
  readonly roleNames: readonly string[];
  /** Service accounts always get one. */
  readonly withApiToken: boolean;
  readonly apiTokenName: string | null;
  readonly apiTokenExpiry: Date | null;
  /** An account of this very name and address is left as it is instead of refused. */
  readonly skipIfExisting: boolean;
};

export type CreatedAccount = {
  readonly account: Account;
  readonly isCreated: boolean;
  /** Of human users; shown once. */
  readonly oneTimePassword: Secret<string> | null;
  readonly apiToken: Secret<string> | null;
};

export const usernameCharactersMax = 150;
export const emailCharactersMax = 254;

/** The account of first start. */
export const firstAdministrator: AccountInput = {
  username: "admin",
  email: "admin@localhost",
  isServiceAccount: false,
  isSuperuser: true,
};

const usernamePattern = /^[\p{L}\p{N}_.@+-]+$/u;
const emailPattern = /^[^\s@"<>(),:;\\[\]]{1,64}@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;

/** Refuses an account that cannot be: no usable name or address, or a service account with all rights. */
export function refuseAccount(input: AccountInput): Refusal | null {
  const { username, email, isServiceAccount, isSuperuser } = input;
  if (username.length > usernameCharactersMax || !usernamePattern.test(username)) {
    const detail = `A username has 1 to ${usernameCharactersMax} letters, digits and @/./+/-/_ characters.`;
    return { kind: "invalid", code: "username_invalid", field: "username", detail };
  }
  if (email.length > emailCharactersMax || !emailPattern.test(email)) {
    return { kind: "invalid", code: "email_invalid", field: "email", detail: "Enter a valid email address." };
  }
  if (!isServiceAccount || !isSuperuser) return null;
  const detail = "A service account cannot be a superuser.";
  return { kind: "invalid", code: "service_account_superuser", field: "superuser", detail };
}

/** What is said when a name or an address is taken. */
export function accountTaken(field: "username" | "email"): Refusal {
  const detail = `user with this ${field} already exists.`;
  return { kind: "conflict", code: `account_${field}_taken`, field, detail };
}

export const accountUnknown: Refusal = {
  kind: "not_found",
  code: "account_unknown",
  detail: "No User matches the given query.",
};

export const superuserGrant: Refusal = {
  kind: "invalid",
  code: "superuser_grant",
  field: "is_superuser",
  detail: "Only a superuser can make superusers.",
};

/** Without a superuser nobody could give rights any more. */
export const lastSuperuser: Refusal = {
  kind: "invalid",
  code: "last_superuser",
  field: "non_field_errors",
  detail: "This is the last active superuser.",
};

export const serviceAccountPassword: Refusal = {
  kind: "invalid",
  code: "service_account_password",
  detail: "A service account has no password.",
};

/** Nobody issues a token for another person (http-api 1.3). */
export const tokenForPerson: Refusal = {
  kind: "invalid",
  code: "token_for_person",
  detail: "People make their own API tokens; this is not a service account.",
};
