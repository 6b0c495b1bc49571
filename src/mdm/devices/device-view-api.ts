/** Devices as the API shows them (http-api 2.23): the 36 keys of a list, and our additions of the detail. */
import { Type } from "typebox";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { type DeviceUser, displayedBuildVersion, displayedOsVersion } from "./device.ts";
import type { ApplicationListed, CertificateListed, ProfileListed } from "./device-inventory-store.ts";
import type { DetailedDevice, ListedDevice } from "./device-store.ts";

const text = Type.String();
const flag = Type.Boolean();
const optionalText = nullable(text);
const optionalFlag = nullable(flag);
const optionalTime = nullable(timestamp());

const userFields = {
  id: Type.Integer(),
  user_id: text,
  enrollment_id: optionalText,
  long_name: text,
  short_name: text,
  declarative_management: flag,
  last_ip: optionalText,
  last_seen_at: optionalTime,
  created_at: timestamp(),
  updated_at: timestamp(),
};

const DeviceUserView = Type.Object(userFields);

/** A user channel on its own. */
export const UserView = Type.Object({ enrolled_device: Type.Integer(), ...userFields });

const RealmUserView = Type.Object({ pk: Type.String({ format: "uuid" }), username: text, email: text });

const listFields = {
  id: Type.Integer(),
  users: Type.Array(DeviceUserView),
  realm_user: nullable(RealmUserView),
  udid: text,
  serial_number: text,
  name: optionalText,
  model: optionalText,
  platform: Type.Union(["iOS", "iPadOS", "macOS", "tvOS"].map((value) => Type.Literal(value))),
  os_version: text,
  build_version: text,
  apple_silicon: optionalFlag,
  cert_not_valid_after: optionalTime,
  cert_att_serial_number: optionalText,
  cert_att_udid: optionalText,
  blueprint: nullable(Type.Integer()),
  awaiting_configuration: optionalFlag,
  declarative_management: flag,
  dep_enrollment: optionalFlag,
  user_enrollment: optionalFlag,
  user_approved_enrollment: optionalFlag,
  supervised: optionalFlag,
  bootstrap_token_escrowed: flag,
  filevault_enabled: optionalFlag,
  filevault_prk_escrowed: flag,
  recovery_password_escrowed: flag,
  admin_guid: optionalText,
  admin_shortname: optionalText,
  admin_password_escrowed: flag,
  activation_lock_manageable: optionalFlag,
  last_ip: optionalText,
  last_seen_at: optionalTime,
  last_notified_at: optionalTime,
  checkout_at: optionalTime,
  blocked_at: optionalTime,
  created_at: timestamp(),
  updated_at: timestamp(),
};

export const DeviceView = Type.Object(listFields);

export const DeviceDetailView = Type.Object({
  ...listFields,
  push: Type.Object({ token_rejected_at: optionalTime, reason: optionalText }),
  locked_at: optionalTime,
  lock_message_result: optionalText,
  erased_at: optionalTime,
  restarted_at: optionalTime,
  bootstrap_token_allowed_for_authentication: optionalFlag,
  bootstrap_token_required_for_software_update: optionalFlag,
  bootstrap_token_required_for_kext_approval: optionalFlag,
  device_information: Type.Unknown(),
  device_information_updated_at: optionalTime,
  security_info: Type.Unknown(),
  security_info_updated_at: optionalTime,
  applications_updated_at: optionalTime,
  profiles_updated_at: optionalTime,
  certificates_updated_at: optionalTime,
});

export const ApplicationView = Type.Object({
  identifier: text,
  name: text,
  short_version: text,
  version: text,
  bundle_size: nullable(Type.Integer()),
  attributes: Type.Unknown(),
});

export const ProfileView = Type.Object({
  identifier: text,
  uuid: text,
  display_name: text,
  organization: text,
  is_managed: optionalFlag,
  is_encrypted: optionalFlag,
  removal_disallowed: optionalFlag,
  payloads: Type.Unknown(),
  installed_by: nullable(Type.String({ format: "uuid" })),
  installed_at: optionalTime,
});

export const CertificateView = Type.Object({
  fingerprint: Type.String({ description: "SHA-256, hexadecimal" }),
  common_name: text,
  is_identity: flag,
  subject: text,
  issuer: text,
  serial_number: text,
  not_before: optionalTime,
  not_after: optionalTime,
});

/** A device of a list, with its user channels. */
export function viewDevice(device: ListedDevice, users: readonly DeviceUser[]): Record<string, unknown> {
  return {
    id: device.id,
    users: users.map(viewUser),
    realm_user: null,
    udid: device.udid,
    serial_number: device.serialNumber,
    name: device.name,
    model: device.model,
    platform: device.platform,
    os_version: displayedOsVersion(device),
    build_version: displayedBuildVersion(device),
    apple_silicon: device.appleSilicon,
    cert_not_valid_after: wireTime(device.certNotValidAfter),
    cert_att_serial_number: device.certAttSerialNumber,
    cert_att_udid: device.certAttUdid,
    blueprint: device.blueprintId,
    awaiting_configuration: device.awaitingConfiguration,
    declarative_management: device.declarativeManagement,
    dep_enrollment: device.depEnrollment,
    user_enrollment: device.userEnrollment,
    user_approved_enrollment: device.userApprovedEnrollment,
    supervised: device.supervised,
    bootstrap_token_escrowed: device.hasBootstrapToken,
    filevault_enabled: device.filevaultEnabled,
    filevault_prk_escrowed: false,
    recovery_password_escrowed: false,
    admin_guid: device.adminGuid,
    admin_shortname: device.adminShortname,
    admin_password_escrowed: false,
    activation_lock_manageable: device.activationLockManageable,
    last_ip: device.lastIp,
    last_seen_at: wireTime(device.lastSeenAt),
    last_notified_at: wireTime(device.lastNotifiedAt),
    checkout_at: wireTime(device.checkoutAt),
    blocked_at: wireTime(device.blockedAt),
    created_at: wireTime(device.createdAt),
    updated_at: wireTime(device.updatedAt),
  };
}

/** A device with all we know of it but its secrets. */
export function viewDeviceDetail(
  device: DetailedDevice,
  users: readonly DeviceUser[],
): Record<string, unknown> {
  return {
    ...viewDevice(device, users),
    push: { token_rejected_at: wireTime(device.tokenRejectedAt), reason: device.tokenRejectedReason },
    locked_at: wireTime(device.lockedAt),
    lock_message_result: device.lockMessageResult,
    erased_at: wireTime(device.erasedAt),
    restarted_at: wireTime(device.restartedAt),
    bootstrap_token_allowed_for_authentication: device.bootstrapTokenAllowedForAuthentication,
    bootstrap_token_required_for_software_update: device.bootstrapTokenRequiredForSoftwareUpdate,
    bootstrap_token_required_for_kext_approval: device.bootstrapTokenRequiredForKextApproval,
    device_information: device.deviceInformation,
    device_information_updated_at: wireTime(device.deviceInformationUpdatedAt),
    security_info: device.securityInfo,
    security_info_updated_at: wireTime(device.securityInfoUpdatedAt),
    applications_updated_at: wireTime(device.applicationsUpdatedAt),
    profiles_updated_at: wireTime(device.profilesUpdatedAt),
    certificates_updated_at: wireTime(device.certificatesUpdatedAt),
  };
}

export function viewApplication(application: ApplicationListed): Record<string, unknown> {
  return {
    identifier: application.identifier,
    name: application.name,
    short_version: application.shortVersion,
    version: application.version,
    // bigint arrives as text; sizes are safe integers, which is what was stored.
    bundle_size: application.bundleSize === null ? null : Number(application.bundleSize),
    attributes: application.attributes,
  };
}

export function viewProfile(profile: ProfileListed): Record<string, unknown> {
  return {
    identifier: profile.identifier,
    uuid: profile.uuid,
    display_name: profile.displayName,
    organization: profile.organization,
    is_managed: profile.isManaged,
    is_encrypted: profile.isEncrypted,
    removal_disallowed: profile.removalDisallowed,
    payloads: profile.payloads,
    installed_by: profile.installedBy,
    installed_at: wireTime(profile.installedAt),
  };
}

export function viewCertificate(certificate: CertificateListed): Record<string, unknown> {
  return {
    fingerprint: certificate.fingerprint.toString("hex"),
    common_name: certificate.commonName,
    is_identity: certificate.isIdentity,
    subject: certificate.subject,
    issuer: certificate.issuer,
    serial_number: certificate.serialNumber,
    not_before: wireTime(certificate.notBefore),
    not_after: wireTime(certificate.notAfter),
  };
}

/** A user channel, as a device shows it. */
export function viewUser(user: DeviceUser): Record<string, unknown> {
  return {
    id: user.id,
    user_id: user.userId,
    enrollment_id: user.enrollmentId,
    long_name: user.longName,
    short_name: user.shortName,
    declarative_management: user.declarativeManagement,
    last_ip: user.lastIp,
    last_seen_at: wireTime(user.lastSeenAt),
    created_at: wireTime(user.createdAt),
    updated_at: wireTime(user.updatedAt),
  };
}
