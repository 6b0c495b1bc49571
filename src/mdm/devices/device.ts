// A device is one row a UDID (or EnrollmentID), kept across re-enrollments; its user channels are rows of their own.
// Check-in and the landing of answers change it; operators block and unblock it.
// It never holds cleartext secrets, and a purge never lifts a block (decisions, "Blocked or told to leave").
import type { Platform } from "#protocol/mdm/platform.ts";
import type { Refusal } from "#platform/errors.ts";
import type { Id } from "#platform/ids.ts";

export type DeviceId = Id<"Device">;
export type DeviceUserId = Id<"DeviceUser">;

/** UDIDs and EnrollmentIDs are 25 to 64 characters; more is refused before it reaches an index. */
export const deviceKeyCharactersMax = 128;
/** Apple's serial numbers have 8 to 14 characters. */
export const serialNumberCharactersMax = 64;
/** User channels of a device. Far more people than share one; each is a target to be planned. */
export const deviceUsersMax = 1000;
/** Names, models and versions as devices report them; longer ones are cut. */
export const reportedTextBytesMax = 255;

/** A reported document kept as it came: real ones are below 20,000 characters. */
export const reportedDocumentCharactersMax = 1_000_000;

/** A device without the documents it reported: what check-in, connect and the command rules need. */
export type Device = {
  readonly id: DeviceId;
  readonly udid: string;
  readonly enrollmentId: string | null;
  readonly serialNumber: string;
  readonly name: string | null;
  readonly model: string | null;
  readonly platform: Platform;
  readonly osVersion: string;
  readonly osVersionExtra: string;
  readonly buildVersion: string;
  readonly buildVersionExtra: string;
  readonly appleSilicon: boolean | null;
  readonly sessionId: number | null;
  readonly pushCertificateId: number;
  readonly blueprintId: number | null;
  readonly depEnrollment: boolean | null;
  readonly userEnrollment: boolean | null;
  readonly userApprovedEnrollment: boolean | null;
  readonly supervised: boolean | null;
  readonly awaitingConfiguration: boolean | null;
  readonly authenticatedAt: Date | null;
  readonly checkoutAt: Date | null;
  readonly blockedAt: Date | null;
  readonly token: Buffer | null;
  readonly pushMagic: string | null;
  /** Digests of push tokens this enrollment had before, the latest first. */
  readonly supersededTokens: readonly Buffer[];
  readonly tokenRejectedAt: Date | null;
  readonly tokenRejectedReason: string | null;
  readonly certFingerprint: Buffer | null;
  readonly certNotValidAfter: Date | null;
  readonly certAttSerialNumber: string | null;
  readonly certAttUdid: string | null;
  readonly hasUnlockToken: boolean;
  readonly hasBootstrapToken: boolean;
  readonly hasDeviceLockPin: boolean;
  readonly declarativeManagement: boolean;
  readonly deviceInformationUpdatedAt: Date | null;
  readonly securityInfoUpdatedAt: Date | null;
  readonly applicationsUpdatedAt: Date | null;
  readonly profilesUpdatedAt: Date | null;
  readonly certificatesUpdatedAt: Date | null;
  readonly filevaultEnabled: boolean | null;
  readonly activationLockManageable: boolean | null;
  readonly bootstrapTokenAllowedForAuthentication: boolean | null;
  readonly bootstrapTokenRequiredForSoftwareUpdate: boolean | null;
  readonly bootstrapTokenRequiredForKextApproval: boolean | null;
  readonly lockMessageResult: string | null;
  readonly lockedAt: Date | null;
  readonly erasedAt: Date | null;
  readonly restartedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A user channel of a device. `userId` is unique across all devices (protocol specification 0.1). */
export type DeviceUser = {
  readonly id: DeviceUserId;
  readonly deviceId: DeviceId;
  readonly userId: string;
  readonly enrollmentId: string | null;
  readonly longName: string;
  readonly shortName: string;
  readonly token: Buffer | null;
  readonly tokenRejectedAt: Date | null;
  readonly tokenRejectedReason: string | null;
  readonly declarativeManagement: boolean;
  readonly lastIp: string | null;
  readonly lastSeenAt: Date | null;
  readonly lastNotifiedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Whom a command is for: the device on its device channel, or one user on the user channel. */
export type Target = { readonly device: Device; readonly user: DeviceUser | null };

/** The two channels of the MDM protocol. */
export type Channel = "Device" | "User";

/** The channel of a target. */
export function channelOf(target: Target): Channel {
  return target.user === null ? "Device" : "User";
}

/** Facts a patch may not change: keys, secrets (device-secrets does) and what the database keeps itself. */
type FixedMember =
  | "id"
  | "udid"
  | "hasUnlockToken"
  | "hasBootstrapToken"
  | "hasDeviceLockPin"
  | "createdAt"
  | "updatedAt";

/** Changes of a device row; absent members stay. */
export type DevicePatch = { readonly [Member in Exclude<keyof Device, FixedMember>]?: Device[Member] };

/** What an Authenticate says of a device (protocol specification 1.2). */
export type DeviceAuthentication = {
  readonly udid: string;
  readonly serialNumber: string;
  readonly pushCertificateId: number;
  /** Null when it cannot be inferred: a known device keeps its platform, a new one counts as a Mac (0.2). */
  readonly platform: Platform | null;
  /** Written after the purge, so that it does not lose the enrollment flags (hazard 7). */
  readonly patch: DevicePatch;
  /** False for re-enrollment sessions, which renew an identity and lose nothing. */
  readonly purges: boolean;
};

/** What a user-channel TokenUpdate says of its user. */
export type DeviceUserUpdate = {
  readonly userId: string;
  readonly enrollmentId: string | null;
  readonly longName: string;
  readonly shortName: string;
  readonly token: Buffer;
};

/** Which rows of a list, and what comes back. */
export type PageRange = { readonly limit: number; readonly offset: number };
export type PageOf<Row> = { readonly count: number; readonly rows: readonly Row[] };

/** What ends the old life of a device: a new Authenticate, or a check-out. */
export type PurgeKind = "authenticate" | "checkout";

/**
 * What a purge does to the device row (protocol specification 1.8).
 *
 * The block stays in both cases: only an operator unblocks (hazard 7 and decisions). Sealed secrets are in
 * {@link purgedSecrets}.
 */
export function purgePatch(kind: PurgeKind, at: Date): DevicePatch {
  return {
    token: null,
    pushMagic: null,
    supersededTokens: [],
    tokenRejectedAt: null,
    tokenRejectedReason: null,
    checkoutAt: kind === "checkout" ? at : null,
    declarativeManagement: false,
    depEnrollment: null,
    userEnrollment: null,
    userApprovedEnrollment: null,
    supervised: null,
    deviceInformationUpdatedAt: null,
    securityInfoUpdatedAt: null,
    applicationsUpdatedAt: null,
    profilesUpdatedAt: null,
    certificatesUpdatedAt: null,
    lockMessageResult: null,
    lockedAt: null,
    erasedAt: null,
    restartedAt: null,
  };
}

/**
 * The sealed columns a purge empties: a new Authenticate keeps the bootstrap token, a check-out does not (1.8). The
 * Activation Lock bypass code stays in both cases, because an erased device is what it is for.
 */
export function purgedSecrets(
  kind: PurgeKind,
): readonly ("unlockToken" | "bootstrapToken" | "deviceLockPin" | "location")[] {
  return kind === "checkout"
    ? ["unlockToken", "bootstrapToken", "deviceLockPin", "location"]
    : ["unlockToken", "deviceLockPin", "location"];
}

/** The codes of this slice's refusals. */
export type DeviceRefusalCode =
  | "device_unknown"
  | "user_unknown"
  | "device_blocked_already"
  | "device_not_blocked"
  | "tag_unknown"
  | "certificate_of_another_device"
  | "certificate_replaced"
  | "device_users_too_many";

/** The refusal of an id that names no device. */
export function deviceUnknown(): Refusal {
  return { kind: "not_found", code: "device_unknown", detail: "No EnrolledDevice matches the given query." };
}

/** The refusal of an id that names no user channel. */
export function userUnknown(): Refusal {
  return { kind: "not_found", code: "user_unknown", detail: "No EnrolledUser matches the given query." };
}

/** Refuses to block a blocked device (http-api 2.24). */
export function refuseBlock(device: Device): Refusal | null {
  if (device.blockedAt === null) return null;
  return { kind: "invalid", code: "device_blocked_already", detail: "Device already blocked." };
}

/** Refuses to unblock a free device (http-api 2.24). */
export function refuseUnblock(device: Device): Refusal | null {
  if (device.blockedAt !== null) return null;
  return { kind: "invalid", code: "device_not_blocked", detail: "Device not blocked." };
}

/** Version and supplemental letter as the API shows them: `14.5 (a)` (http-api 2.23). */
export function displayedOsVersion(device: Pick<Device, "osVersion" | "osVersionExtra">): string {
  return device.osVersionExtra === "" ? device.osVersion : `${device.osVersion} ${device.osVersionExtra}`;
}

/** The supplemental build if there is one, else the build (http-api 2.23). */
export function displayedBuildVersion(device: Pick<Device, "buildVersion" | "buildVersionExtra">): string {
  return device.buildVersionExtra === "" ? device.buildVersion : device.buildVersionExtra;
}

/**
 * Makes hostile text storable: NUL removed and lone surrogates replaced (PostgreSQL refuses both), cut to a number
 * of UTF-8 bytes so that no index row grows too large.
 */
export function storableText(text: string, bytesMax: number = reportedTextBytesMax): string {
  const clean = text.replaceAll("\0", "").toWellFormed();
  const bytes = Buffer.from(clean, "utf8");
  if (bytes.length <= bytesMax) return clean;
  // A character cut in half decodes to the replacement character, which is dropped.
  return bytes
    .subarray(0, bytesMax)
    .toString("utf8")
    .replace(/\uFFFD+$/u, "");
}

/**
 * Writes a document as JSON that `jsonb` takes: NUL removed and lone surrogates replaced, in keys too.
 *
 * @returns Null when the text is longer than `charactersMax`.
 */
export function storableJson(
  document: unknown,
  charactersMax: number = reportedDocumentCharactersMax,
): string | null {
  const written = JSON.stringify(document);
  if (!written.includes("\\u")) return written.length > charactersMax ? null : written;
  // Every escape of JSON text is met here as a whole, so an escaped backslash before "u" is not mistaken for one.
  const text = written.replace(/\\(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/gsu, (escape, rest: string) => {
    if (rest === "u0000") return "";
    return rest.length === 5 && /^u[dD]/.test(rest) ? "\uFFFD" : escape;
  });
  return text.length > charactersMax ? null : text;
}
