/** The commands that many devices can be given at once: what is asked for, and which must be confirmed. */
import { type BulkTarget, countOf, selectionOf } from "./bulk-target.ts";

export const bulkCommandNames = [
  "DeviceInformation",
  "SecurityInfo",
  "InstalledApplicationList",
  "ProfileList",
  "CertificateList",
  "RestartDevice",
  "ShutDownDevice",
  "DeviceLock",
  "EnableLostMode",
  "DisableLostMode",
  "ClearPasscode",
] as const;
export type BulkCommandName = (typeof bulkCommandNames)[number];

/** People notice these: how many there are is typed before they are sent. */
const confirmed = [
  "RestartDevice",
  "ShutDownDevice",
  "DeviceLock",
  "EnableLostMode",
  "ClearPasscode",
] as const;
export type ConfirmedName = (typeof confirmed)[number];

export function confirmedName(name: BulkCommandName): ConfirmedName | null {
  return confirmed.find((one) => one === name) ?? null;
}

/** Whether a lock screen has something to say. */
export function hasWords(name: BulkCommandName): boolean {
  return name === "DeviceLock" || name === "EnableLostMode";
}

export type BulkWords = { readonly message: string; readonly phone: string };

/** The request. What was confirmed reaches no more devices than were confirmed, however many match by then. */
export function bulkRequest(
  order: { readonly name: BulkCommandName; readonly words: BulkWords; readonly target: BulkTarget },
  now: Date,
) {
  const { name, target } = order;
  const [message, phone] = [order.words.message.trim(), order.words.phone.trim()];
  const words = {
    ...(message === "" ? {} : { Message: message }),
    ...(phone === "" ? {} : { PhoneNumber: phone }),
  };
  return {
    name,
    ...selectionOf(target, now),
    ...(hasWords(name) ? { arguments: words } : {}),
    ...(name === "DeviceLock" ? { generate_secrets: true } : {}),
    ...(confirmedName(name) === null ? {} : { devices_max: countOf(target) }),
  };
}
