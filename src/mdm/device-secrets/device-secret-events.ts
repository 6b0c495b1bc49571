/** The events of a device's secrets (protocol specification section 10); none holds a secret. */
import type { DomainEvent } from "#platform/events/event.ts";

type Bearer = { readonly id: number; readonly serialNumber: string };

/** A reading: of whose secret, and why, in the words of who read it; null when no reason was given. */
export type Reading = Bearer & { readonly reason: string | null };

const reasonOf = ({ reason }: Reading): DomainEvent["payload"] => (reason === null ? {} : { reason });

/** A lock with a PIN was acknowledged: the PIN of the command now opens the device. */
export function deviceLockPinSet(device: Bearer, commandUuid: string): DomainEvent {
  return lockPinEvent("device_lock_pin_set", device, {
    command: { request_type: "DeviceLock", uuid: commandUuid },
  });
}

/** The device is unlocked, so its PIN is of no further use. */
export function deviceLockPinCleared(device: Bearer): DomainEvent {
  return lockPinEvent("device_lock_pin_cleared", device, {});
}

/** Somebody read the PIN. */
export function deviceLockPinViewed(reading: Reading): DomainEvent {
  return { ...lockPinEvent("device_lock_pin_viewed", reading, reasonOf(reading)), tags: ["mdm"] };
}

/** A device handed over the code that opens its Activation Lock. */
export function activationLockBypassCodeSet(device: Bearer, commandUuid: string): DomainEvent {
  const command = { request_type: "ActivationLockBypassCode", uuid: commandUuid };
  return secretEvent(device, { type: "activation_lock_bypass_code_set", payload: { command } });
}

/** Somebody read the code that opens the Activation Lock. */
export function activationLockBypassCodeViewed(reading: Reading): DomainEvent {
  return secretEvent(reading, { type: "activation_lock_bypass_code_viewed", payload: reasonOf(reading) });
}

/** A lost device said where it is; the event does not. */
export function deviceLocationSet(device: Bearer, commandUuid: string): DomainEvent {
  const command = { request_type: "DeviceLocation", uuid: commandUuid };
  return secretEvent(device, { type: "device_location_set", payload: { command } });
}

/** Somebody read where a device is. */
export function deviceLocationViewed(reading: Reading): DomainEvent {
  return secretEvent(reading, { type: "device_location_viewed", payload: reasonOf(reading) });
}

function secretEvent(device: Bearer, event: Pick<DomainEvent, "type" | "payload">): DomainEvent {
  return {
    ...event,
    tags: ["mdm"],
    serialNumber: device.serialNumber,
    objects: { mdm_enrolleddevice: [String(device.id)] },
  };
}

function lockPinEvent(type: string, device: Bearer, payload: DomainEvent["payload"]): DomainEvent {
  return {
    type,
    payload,
    tags: ["mdm", "device_lock_pin"],
    serialNumber: device.serialNumber,
    objects: { mdm_enrolleddevice: [String(device.id)] },
  };
}
