// What acknowledged commands left behind on a device, one row a kind of outcome, and the lists devices report beside
// their inventory: accounts, managed applications, provisioning profiles, results of settings.
// Only acknowledged answers change it; a purge ends it with the enrollment.
// Hostile names are data: they are cut and cleaned, never refused, because a report must not fail.
import type { ManagedApplication } from "#protocol/mdm/answers/managed-application-list.ts";
import type { ProvisioningProfile } from "#protocol/mdm/answers/provisioning-profile-list.ts";
import type { SettingResult } from "#protocol/mdm/answers/settings.ts";
import type { DeviceAccount } from "#protocol/mdm/answers/user-list.ts";
import { storableText } from "./device.ts";

/** The kinds of outcomes; the API shows them by these names. */
export const outcomeNames = [
  "account_configuration",
  "activation_lock_bypass_code_cleared",
  "applications_validated",
  "cellular_plans_refreshed",
  "lost_mode",
  "lost_mode_sound",
  "mirroring",
  "passcode_cleared",
  "program_invitation",
  "remote_desktop",
  "restrictions",
  "shut_down",
  "user_account_unlocked",
] as const;

export type OutcomeName = (typeof outcomeNames)[number];

/** A Shared iPad has some hundred accounts at most, a Mac of a school lab some thousand. */
export const accountsMax = 2_000;
export const managedApplicationsMax = 5_000;
export const provisioningProfilesMax = 1_000;
/** What fits into an index row. */
const keyBytesMax = 512;
/** Attributes kept of one account; more is dropped, the columns stay. */
const entryCharactersMax = 16_000;

/** A row of `device_accounts`. */
export type AccountRow = {
  readonly user_name: string;
  readonly full_name: string;
  readonly user_guid: string;
  readonly is_logged_in: boolean | null;
  readonly has_secure_token: boolean | null;
  readonly attributes: unknown;
};

/** A row of `device_managed_applications`. */
export type ManagedApplicationRow = {
  readonly identifier: string;
  readonly status: string;
  readonly management_flags: number | null;
  readonly has_configuration: boolean | null;
  readonly has_feedback: boolean | null;
  readonly is_validated: boolean | null;
  readonly external_version_identifier: number | null;
};

/** A row of `device_provisioning_profiles`, without who installed it. */
export type ProvisioningProfileRow = {
  readonly uuid: string;
  readonly name: string;
  readonly expires_at: string | null;
};

/** What a device said of one item of Settings. */
export type ItemResult = SettingResult & { readonly item: string };

/** A row of `device_settings`. */
export type SettingRow = {
  readonly item: string;
  readonly identifier: string;
  readonly status: string;
  readonly error_chain: unknown;
};

/** Accounts by name; the last of two with one name wins. */
export function accountRows(accounts: readonly DeviceAccount[]): AccountRow[] {
  const rows = accounts.map((account) => ({
    user_name: storableText(account.userName, keyBytesMax),
    full_name: storableText(account.fullName ?? ""),
    user_guid: storableText(account.userGuid ?? ""),
    is_logged_in: account.isLoggedIn,
    has_secure_token: account.hasSecureToken,
    attributes: JSON.stringify(account.json).length <= entryCharactersMax ? account.json : null,
  }));
  return distinct(rows, (row) => row.user_name).slice(0, accountsMax);
}

/** Managed applications by identifier. */
export function managedApplicationRows(applications: readonly ManagedApplication[]): ManagedApplicationRow[] {
  const rows = applications.map((application) => ({
    identifier: storableText(application.identifier, keyBytesMax),
    status: storableText(application.status ?? "Unknown"),
    management_flags: integerOrNull(application.managementFlags),
    has_configuration: application.hasConfiguration,
    has_feedback: application.hasFeedback,
    is_validated: application.isValidated,
    external_version_identifier: application.externalVersionIdentifier,
  }));
  return distinct(rows, (row) => row.identifier).slice(0, managedApplicationsMax);
}

/** Provisioning profiles by UUID; several of one UUID are one. */
export function provisioningProfileRows(profiles: readonly ProvisioningProfile[]): ProvisioningProfileRow[] {
  const rows = profiles.map((profile) => ({
    uuid: storableText(profile.uuid, keyBytesMax),
    name: storableText(profile.name ?? ""),
    expires_at: storableTime(profile.expiresAt),
  }));
  return distinct(rows, (row) => row.uuid).slice(0, provisioningProfilesMax);
}

/** Results of settings by item and application. */
export function settingRows(results: readonly ItemResult[]): SettingRow[] {
  const rows = results.map((result) => ({
    item: storableText(result.item, keyBytesMax),
    identifier: storableText(result.identifier ?? "", keyBytesMax),
    status: storableText(result.status ?? "Unknown"),
    error_chain: result.errorChain,
  }));
  return distinct(rows, (row) => `${row.item}\0${row.identifier}`);
}

/** PostgreSQL and ISO 8601 agree on the years a person may live to see. */
function storableTime(time: Date | null): string | null {
  const year = time?.getUTCFullYear() ?? Number.NaN;
  return time !== null && year >= 1 && year <= 9999 ? time.toISOString() : null;
}

function integerOrNull(value: number | null): number | null {
  return value !== null && value === (value | 0) ? value : null;
}

function distinct<Row>(rows: readonly Row[], key: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [key(row), row])).values()];
}
