/** The operators' door to what commands left behind on a device, and to the lists beside its inventory. */
import { Type } from "typebox";
import { type Endpoint, readEndpoint } from "#platform/http/endpoint.ts";
import { choice, nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { listOfDevice } from "./device-api.ts";
import type { DeviceDeps } from "./device-operations.ts";
import { outcomeNames } from "./device-outcome.ts";
import {
  type AccountListed,
  listAccounts,
  listManagedApplications,
  listOutcomes,
  listProvisioningProfiles,
  listSettings,
  type ManagedApplicationListed,
  type OutcomeListed,
  type ProvisioningProfileListed,
  type SettingListed,
} from "./device-outcome-store.ts";

const access = "mdm.view_enrolleddevice";
const text = Type.String();
const optionalFlag = nullable(Type.Boolean());
const command = Type.String({ format: "uuid", description: "The command it came from" });

const OutcomeView = Type.Object({
  name: choice(outcomeNames),
  user_id: nullable(Type.String({ description: "The user channel it happened on; null: the device" })),
  detail: Type.Unknown(),
  command,
  at: timestamp(),
});

const SettingView = Type.Object({
  item: text,
  identifier: Type.String({ description: "The application the item is for, or empty" }),
  status: text,
  error_chain: Type.Unknown(),
  command,
  at: timestamp(),
});

const AccountView = Type.Object({
  user_name: text,
  full_name: text,
  user_guid: text,
  is_logged_in: optionalFlag,
  has_secure_token: optionalFlag,
  attributes: Type.Unknown(),
  reported_at: timestamp(),
});

const ManagedApplicationView = Type.Object({
  identifier: text,
  status: text,
  management_flags: nullable(Type.Integer()),
  has_configuration: optionalFlag,
  has_feedback: optionalFlag,
  is_validated: optionalFlag,
  external_version_identifier: nullable(Type.Integer()),
  reported_at: timestamp(),
});

const ProvisioningProfileView = Type.Object({
  uuid: text,
  name: text,
  expires_at: nullable(timestamp()),
  installed_by: nullable(command),
  installed_at: nullable(timestamp()),
});

export const deviceOutcomeEndpoints: readonly Endpoint<DeviceDeps>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/outcomes/",
    operationId: "listDeviceOutcomes",
    view: "enrolled_device_outcomes",
    access,
    summary: "What acknowledged commands left behind on a device",
    response: { status: 200, schema: OutcomeView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listOutcomes, view: viewOutcome }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/settings/",
    operationId: "listDeviceSettings",
    view: "enrolled_device_settings",
    access,
    summary: "The last result of each setting",
    response: { status: 200, schema: SettingView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listSettings, view: viewSetting }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/accounts/",
    operationId: "listDeviceAccounts",
    view: "enrolled_device_accounts",
    access,
    summary: "Accounts a device reported",
    response: { status: 200, schema: AccountView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, { id: params.id, page, list: listAccounts, view: viewAccount }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/managed_applications/",
    operationId: "listDeviceManagedApplications",
    view: "enrolled_device_managed_applications",
    access,
    summary: "Managed applications a device reported, and how far each is",
    response: { status: 200, schema: ManagedApplicationView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, {
        id: params.id,
        page,
        list: listManagedApplications,
        view: viewManagedApplication,
      }),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/mdm/devices/:id/provisioning_profiles/",
    operationId: "listDeviceProvisioningProfiles",
    view: "enrolled_device_provisioning_profiles",
    access,
    summary: "Provisioning profiles a device reported or acknowledged",
    response: { status: 200, schema: ProvisioningProfileView },
    list: "envelope",
    handle: (_, op, { params, page }) =>
      listOfDevice(op.tx, {
        id: params.id,
        page,
        list: listProvisioningProfiles,
        view: viewProvisioningProfile,
      }),
  }),
];

function viewOutcome(outcome: OutcomeListed): Record<string, unknown> {
  return {
    name: outcome.name,
    user_id: outcome.userId,
    detail: outcome.detail,
    command: outcome.commandUuid,
    at: wireTime(outcome.at),
  };
}

function viewSetting(setting: SettingListed): Record<string, unknown> {
  return {
    item: setting.item,
    identifier: setting.identifier,
    status: setting.status,
    error_chain: setting.errorChain,
    command: setting.commandUuid,
    at: wireTime(setting.at),
  };
}

function viewAccount(account: AccountListed): Record<string, unknown> {
  return {
    user_name: account.userName,
    full_name: account.fullName,
    user_guid: account.userGuid,
    is_logged_in: account.isLoggedIn,
    has_secure_token: account.hasSecureToken,
    attributes: account.attributes,
    reported_at: wireTime(account.reportedAt),
  };
}

function viewManagedApplication(application: ManagedApplicationListed): Record<string, unknown> {
  const version = application.externalVersionIdentifier;
  return {
    identifier: application.identifier,
    status: application.status,
    management_flags: application.managementFlags,
    has_configuration: application.hasConfiguration,
    has_feedback: application.hasFeedback,
    is_validated: application.isValidated,
    // A safe integer, which is what was stored.
    external_version_identifier: version === null ? null : Number(version),
    reported_at: wireTime(application.reportedAt),
  };
}

function viewProvisioningProfile(profile: ProvisioningProfileListed): Record<string, unknown> {
  return {
    uuid: profile.uuid,
    name: profile.name,
    expires_at: wireTime(profile.expiresAt),
    installed_by: profile.installedBy,
    installed_at: wireTime(profile.installedAt),
  };
}
