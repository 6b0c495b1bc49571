/** Devices for tests: builders with every member valid, and rows in a test database. */
import { randomUUID } from "node:crypto";
import type { Device, DeviceUser, Target } from "#mdm/devices/device.ts";
import { upsertDeviceAtAuthenticate, upsertDeviceUser } from "#mdm/devices/device-operations.ts";
import { asId } from "#platform/ids.ts";
import type { Operation } from "#platform/operation.ts";
import type { PlistDictionary, PlistValue } from "#protocol/plist/value.ts";
import { insertPushCertificate } from "./enrollments.ts";

const early = new Date("2026-01-01T00:00:00Z");

/** A supervised Mac with Apple silicon that has reported nothing yet. */
export function aDevice(overrides: Partial<Device> = {}): Device {
  return {
    id: asId(1),
    udid: "00008112-000A1B2C3D4E5F60",
    enrollmentId: null,
    serialNumber: "ZX81SPEC0001",
    name: null,
    model: null,
    platform: "macOS",
    osVersion: "26.1",
    osVersionExtra: "",
    buildVersion: "",
    buildVersionExtra: "",
    appleSilicon: true,
    sessionId: null,
    pushCertificateId: 1,
    blueprintId: null,
    depEnrollment: false,
    userEnrollment: false,
    userApprovedEnrollment: true,
    supervised: true,
    awaitingConfiguration: false,
    authenticatedAt: early,
    checkoutAt: null,
    blockedAt: null,
    token: Buffer.from("token"),
    pushMagic: "magic",
    tokenRejectedAt: null,
    tokenRejectedReason: null,
    supersededTokens: [],
    certFingerprint: null,
    certNotValidAfter: null,
    certAttSerialNumber: null,
    certAttUdid: null,
    hasUnlockToken: false,
    hasBootstrapToken: false,
    hasDeviceLockPin: false,
    declarativeManagement: false,
    deviceInformationUpdatedAt: null,
    securityInfoUpdatedAt: null,
    applicationsUpdatedAt: null,
    profilesUpdatedAt: null,
    certificatesUpdatedAt: null,
    filevaultEnabled: null,
    activationLockManageable: null,
    bootstrapTokenAllowedForAuthentication: null,
    bootstrapTokenRequiredForSoftwareUpdate: null,
    bootstrapTokenRequiredForKextApproval: null,
    lockMessageResult: null,
    lockedAt: null,
    erasedAt: null,
    restartedAt: null,
    createdAt: early,
    updatedAt: early,
    ...overrides,
  };
}

/** A user channel of {@link aDevice}. */
export function aDeviceUser(overrides: Partial<DeviceUser> = {}): DeviceUser {
  return {
    id: asId(7),
    deviceId: asId(1),
    userId: "6F0B0C5E-0000-4000-8000-000000000001",
    enrollmentId: null,
    longName: "Ada Park",
    shortName: "ada",
    token: Buffer.from("user token"),
    tokenRejectedAt: null,
    tokenRejectedReason: null,
    declarativeManagement: false,
    lastIp: null,
    lastSeenAt: null,
    lastNotifiedAt: null,
    createdAt: early,
    updatedAt: early,
    ...overrides,
  };
}

/** The device channel of {@link aDevice}. */
export function aTarget(overrides: Partial<Device> = {}): Target {
  return { device: aDevice(overrides), user: null };
}

let nextDevice = 1;

/** Enrolls a device of its own in the database, with the push certificate it needs. */
export async function enrollDevice(op: Operation, facts: Partial<Device> = {}): Promise<Device> {
  const number = nextDevice++;
  const { platform, udid, serialNumber, id: _id, hasUnlockToken: _u, hasBootstrapToken: _b, ...rest } = facts;
  const { hasDeviceLockPin: _l, createdAt: _c, updatedAt: _m, ...patch } = rest;
  const { device } = await upsertDeviceAtAuthenticate(op, {
    udid: udid ?? `UDID-${number}`,
    serialNumber: serialNumber ?? `SERIAL${number}`,
    platform: platform ?? "macOS",
    pushCertificateId: await insertPushCertificate(op.tx, randomUUID(), op.at),
    patch: { token: Buffer.from(`token ${number}`), pushMagic: "magic", ...patch },
    purges: true,
  });
  return device;
}

/** Adds a user channel to an enrolled device. */
export async function enrollUser(
  op: Operation,
  device: Device,
  userId: string = randomUUID(),
): Promise<DeviceUser> {
  const update = { userId, enrollmentId: null, longName: "Ada Park", shortName: "ada" };
  return (await upsertDeviceUser(op, device, { ...update, token: Buffer.from("user token") })).user;
}

/** A dictionary as the plist reader makes it. */
export function dictionary(members: Readonly<Record<string, PlistValue>>): PlistDictionary {
  return Object.assign(Object.create(null) as PlistDictionary, members);
}
