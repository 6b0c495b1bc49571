// Tells whether a target has what a message or a key needs (schema.md, "supportedOS"). What is not known of a
// target (null, or an unreadable version) is never held against it.
import { compareOsVersions, type OsVersion, parseOsVersion, unknownOsVersion } from "../mdm/os-version.ts";
import type { Platform } from "../mdm/platform.ts";
import type { SchemaProblem, SchemaProblemCode } from "./finding.ts";
import { accessRightBits, type SchemaPlatform, type Support, type SupportedOs } from "./schema.ts";

/** Whom a command is for, as far as the schema asks. */
export type SchemaTarget = {
  readonly platform: Platform;
  /** As reported, "26.1"; empty when unknown. */
  readonly osVersion: string;
  /** The supplement, "(a)", or empty. */
  readonly osVersionExtra: string;
  readonly channel: "Device" | "User";
  readonly supervised: boolean | null;
  readonly userEnrollment: boolean | null;
  /** True for Automated Device Enrollment. */
  readonly depEnrollment: boolean | null;
  /** `AccessRights` of the MDM payload; 8191 is all of them. */
  readonly accessRights: number;
};

/** Whom a document is for that is delivered to many devices, of which only this is known. */
export type SchemaAudience = {
  readonly channel: "Device" | "User";
  /** Each with the oldest version it is for; empty for any. */
  readonly platforms: readonly { readonly platform: Platform; readonly osVersionMin: string }[];
};

/** The support judged, and whether it is that of a whole message: a key says only what differs. */
export type SupportPlace = { readonly on: SupportedOs; readonly keyPath: string; readonly isWhole: boolean };

type Found = readonly [SchemaProblemCode, string] | null;

/** The platform under which the schema lists a device: iPads are iOS devices. */
export function schemaPlatform(platform: Platform): SchemaPlatform {
  return platform === "iPadOS" ? "iOS" : platform;
}

/** Everything that speaks against a message or key for a target; `deprecated` among it is only a warning. */
export function judgeSupport(target: SchemaTarget, { on, keyPath, isWhole }: SupportPlace): SchemaProblem[] {
  const support = on[schemaPlatform(target.platform)];
  if (support === undefined) return [];
  if (support === null) return [unsupportedPlatform(target.platform, keyPath)];
  const found: readonly Found[] = [
    judgeVersion(target, support, "the target has"),
    judgeChannel(target, support, isWhole),
    judgeSharedIpad(target, support),
    judgeManagement(target, support),
    judgeUserEnrollment(target, support),
    judgeAccessRight(target, support),
  ];
  return problemsOf(found, keyPath);
}

/**
 * What speaks against a document or a key of it for some of those it is for. A version is judged where the oldest one
 * is told; supervision and enrollment are not known.
 */
export function judgeAudience(
  { channel, platforms }: SchemaAudience,
  { on, keyPath, isWhole }: SupportPlace,
): SchemaProblem[] {
  return platforms.flatMap(({ platform, osVersionMin }) => {
    const support = on[schemaPlatform(platform)];
    if (support === undefined) return [];
    if (support === null) return [unsupportedPlatform(platform, keyPath)];
    const target = { platform, osVersion: osVersionMin, osVersionExtra: "", channel };
    const found = [judgeVersion(target, support, "it is also for"), judgeChannel(target, support, isWhole)];
    return problemsOf(found, keyPath);
  });
}

function unsupportedPlatform(platform: Platform, keyPath: string): SchemaProblem {
  return { code: "platform_unsupported", keyPath, reason: `is not available on ${platform}` };
}

function problemsOf(found: readonly Found[], keyPath: string): SchemaProblem[] {
  return found.flatMap((each) => (each === null ? [] : [{ code: each[0], keyPath, reason: each[1] }]));
}

type VersionedTarget = Pick<SchemaTarget, "platform" | "osVersion" | "osVersionExtra">;

function judgeVersion(
  target: VersionedTarget,
  { introduced, deprecated, removed }: Support,
  versionIs: string,
): Found {
  const version = parseOsVersion(target.osVersion, target.osVersionExtra);
  if (isUnknown(version)) return null;
  const hasReached = (text: string | undefined): text is string =>
    text !== undefined && compareOsVersions(version, parseOsVersion(text)) >= 0;
  const name = (text: string): string => `${target.platform} ${text}`;
  if (introduced !== undefined && !hasReached(introduced)) {
    return ["os_too_old", `needs ${name(introduced)}; ${versionIs} ${target.osVersion}`];
  }
  if (hasReached(removed)) {
    return ["os_too_new", `was removed in ${name(removed)}; ${versionIs} ${target.osVersion}`];
  }
  return hasReached(deprecated) ? ["deprecated", `is deprecated since ${name(deprecated)}`] : null;
}

const isUnknown = (version: OsVersion): boolean => compareOsVersions(version, unknownOsVersion) === 0;

/** iPhones and iPads have a user channel only as Shared iPads, so their flags are under `sharedipad`. */
function judgeChannel({ channel }: Pick<SchemaTarget, "channel">, support: Support, isWhole: boolean): Found {
  const { devicechannel, userchannel, sharedipad } = support;
  if (channel === "Device") {
    const isForUsers = sharedipad?.mode === "required" && sharedipad.devicechannel === false;
    const isRefused = devicechannel === false || isForUsers;
    return isRefused ? ["channel_unsupported", "is not available on the device channel"] : null;
  }
  const isTaken = userchannel === true || sharedipad?.userchannel === true;
  const isForbidden =
    userchannel === false || sharedipad?.userchannel === false || sharedipad?.mode === "forbidden";
  const isRefused = isWhole ? !isTaken : isForbidden;
  return isRefused ? ["channel_unsupported", "is not available on the user channel"] : null;
}

/** The first version whose iPads are not on the platform iOS any more: what is left are iPhones and iPods. */
const firstIpadOs = "13";

function judgeSharedIpad(target: SchemaTarget, { sharedipad }: Support): Found {
  if (sharedipad?.mode !== "required" || target.platform !== "iOS") return null;
  const version = parseOsVersion(target.osVersion, target.osVersionExtra);
  const isPhone = compareOsVersions(version, parseOsVersion(firstIpadOs)) >= 0;
  return isPhone ? ["shared_ipad_required", "is only for Shared iPads"] : null;
}

function judgeManagement(target: SchemaTarget, { supervised, requiresdep }: Support): Found {
  if (supervised === true && target.supervised === false) {
    return ["supervision_required", "is only for supervised devices"];
  }
  if (requiresdep === true && target.depEnrollment === false) {
    return ["automated_enrollment_required", "is only for devices of Automated Device Enrollment"];
  }
  return null;
}

function judgeUserEnrollment(
  { userEnrollment: isUser }: SchemaTarget,
  { userenrollment: mode }: Support,
): Found {
  if (mode === "forbidden" && isUser === true) {
    return ["user_enrollment_forbidden", "is not available with User Enrollment"];
  }
  if (mode === "required" && isUser === false) {
    return ["user_enrollment_required", "is only for User Enrollment"];
  }
  return null;
}

/** User enrollments have no access rights of their own (com.apple.mdm, `AccessRights`: ignored). */
function judgeAccessRight(target: SchemaTarget, { accessrights: name }: Support): Found {
  if (name === undefined || target.userEnrollment === true) return null;
  const isGranted = (target.accessRights & accessRightBits[name]) === accessRightBits[name];
  return isGranted ? null : ["access_right_missing", `needs the access right ${name}`];
}
