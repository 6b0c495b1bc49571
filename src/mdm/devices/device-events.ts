/** The events this slice records, with their public fields. */
import type { DomainEvent } from "#platform/events/event.ts";
import { auditEvent } from "#platform/events/audit-event.ts";
import { type Device, displayedBuildVersion, displayedOsVersion } from "./device.ts";

/** The names of blueprints, by id. */
export type BlueprintNames = ReadonlyMap<number, string>;

/** What audit events say of a device: no tokens, no secrets, no reported documents. */
export function auditedDevice(device: Device, names: BlueprintNames): Readonly<Record<string, unknown>> {
  return {
    pk: device.id,
    udid: device.udid,
    serial_number: device.serialNumber,
    name: device.name,
    model: device.model,
    platform: device.platform,
    os_version: displayedOsVersion(device),
    build_version: displayedBuildVersion(device),
    blueprint: namedBlueprint(device.blueprintId, names),
    dep_enrollment: device.depEnrollment,
    user_enrollment: device.userEnrollment,
    supervised: device.supervised,
    checkout_at: device.checkoutAt?.toISOString() ?? null,
    blocked_at: device.blockedAt?.toISOString() ?? null,
  };
}

/** A blueprint as events refer to it. */
export function namedBlueprint(
  pk: number | null,
  names: BlueprintNames,
): Readonly<Record<string, unknown>> | null {
  return pk === null ? null : { pk, name: names.get(pk) ?? null };
}

/** An operator changed a device (http-api 2.24). */
export function deviceUpdated(before: Device, after: Device, names: BlueprintNames): DomainEvent {
  return auditEvent({
    action: "updated",
    model: "mdm.enrolleddevice",
    pk: after.id,
    prevValue: auditedDevice(before, names),
    newValue: auditedDevice(after, names),
    objectKey: "mdm_enrolled_device",
    app: "mdm",
    serialNumber: after.serialNumber,
  });
}
