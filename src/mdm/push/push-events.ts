/** The events of pushes. */
import type { DomainEvent } from "#platform/events/event.ts";

/**
 * The end of one notification, whatever the number of its attempts (specification sections 6.1 and 10). Neither token
 * nor push magic are part of it.
 */
export function deviceNotification(facts: {
  readonly udid: string;
  readonly serialNumber: string;
  readonly userId: string | null;
  readonly priority: number;
  readonly expirationSeconds: number;
  readonly isSent: boolean;
}): DomainEvent {
  return {
    type: "mdm_device_notification",
    tags: ["mdm"],
    serialNumber: facts.serialNumber,
    payload: {
      udid: facts.udid,
      apns_priority: facts.priority,
      apns_expiration_seconds: facts.expirationSeconds,
      status: facts.isSent ? "success" : "failure",
      ...(facts.userId === null ? {} : { user_id: facts.userId }),
    },
  };
}
