/** The events of a device's secrets (protocol specification section 10); none holds a secret. */
import type { DomainEvent } from "#platform/events/event.ts";

type Bearer = { readonly id: number; readonly serialNumber: string };

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
export function deviceLockPinViewed(device: Bearer): DomainEvent {
  return { ...lockPinEvent("device_lock_pin_viewed", device, {}), tags: ["mdm"] };
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
