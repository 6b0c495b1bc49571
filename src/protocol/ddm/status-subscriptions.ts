// Which status items a device is asked to report: everything it says it can (desired-state.md 4.10).

/** What is subscribed to while a device has not said what it can. */
export const defaultStatusItems: readonly string[] = [
  "device.identifier.serial-number",
  "device.identifier.udid",
  "device.model.family",
  "device.model.identifier",
  "device.model.marketing-name",
  "device.operating-system.build-version",
  "device.operating-system.family",
  "device.operating-system.marketing-name",
  "device.operating-system.version",
  "management.client-capabilities",
  "management.declarations",
];

/** Names of one subscription. Apple lists about 60. */
export const subscribedItemsMax = 1000;
const nameCharactersMax = 255;

/** What to subscribe to, ascending and each once. */
export type StatusSubscriptions = {
  readonly names: readonly string[];
  /** True when the capabilities were there and unusable: the defaults stand in, and somebody should know. */
  readonly isMalformed: boolean;
};

/**
 * Chooses the status items to subscribe to.
 *
 * @param capabilities The stored `management.client-capabilities`: anything a device may have sent; null for none.
 */
export function planStatusSubscriptions(capabilities: unknown): StatusSubscriptions {
  const reported = listSupportedStatusItems(capabilities);
  const names = [...new Set(reported ?? [])].filter((name) => !name.startsWith("test.")).sort();
  if (names.length > 0) return { names, isMalformed: false };
  return { names: defaultStatusItems, isMalformed: reported === null && capabilities !== null };
}

/** `supported-payloads.status-items`, or null where the capabilities have no such list of names. */
export function listSupportedStatusItems(capabilities: unknown): readonly string[] | null {
  return namesAt(capabilities, ["supported-payloads", "status-items"]);
}

/** `supported-payloads.declarations.configurations`, or null where the capabilities have no such list of names. */
export function listSupportedConfigurations(capabilities: unknown): readonly string[] | null {
  return namesAt(capabilities, ["supported-payloads", "declarations", "configurations"]);
}

function namesAt(root: unknown, path: readonly string[]): readonly string[] | null {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
    value = Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : null;
  }
  return isNames(value) ? value : null;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= subscribedItemsMax && value.every(isName);
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value.length <= nameCharactersMax;
}
