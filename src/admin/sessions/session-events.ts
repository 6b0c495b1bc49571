/** Events of logins, by the names of the reference (console-ops 2.4). */
import type { DomainEvent } from "#platform/events/event.ts";

const event = (
  type: string,
  payload: Readonly<Record<string, unknown>>,
  accountId: number | null,
): DomainEvent => ({
  type,
  payload,
  tags: ["zentral"],
  objects: accountId === null ? {} : { accounts_user: [String(accountId)] },
});

export const loggedIn = (accountId: number): DomainEvent => event("zentral_login", {}, accountId);
export const loggedOut = (accountId: number): DomainEvent => event("zentral_logout", {}, accountId);

/** The name is told of accounts only: people type passwords into the wrong field. */
export function loginFailed(account: { readonly id: number; readonly username: string } | null): DomainEvent {
  const user = account === null ? null : { username: account.username };
  return event("zentral_failed_login", { user }, account?.id ?? null);
}

export const verificationFailed = (accountId: number, kind: string): DomainEvent =>
  event("zentral_failed_verification", { device: { type: kind } }, accountId);

type DeviceFacts = { readonly id: string; readonly kind: string; readonly name: string };

export const verificationDeviceCreated = (accountId: number, device: DeviceFacts): DomainEvent =>
  event("zentral_create_verification_device", { device: factsOf(device) }, accountId);

export const verificationDeviceDeleted = (accountId: number, device: DeviceFacts): DomainEvent =>
  event("zentral_delete_verification_device", { device: factsOf(device) }, accountId);

const factsOf = ({ id, kind, name }: DeviceFacts): Readonly<Record<string, unknown>> => ({
  pk: id,
  type: kind,
  name,
});
