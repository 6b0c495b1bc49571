/**
 * The status items whose value is a dictionary (declarative/status of Apple's schema): in a report they look like a
 * branch of the tree of names, and are one value.
 */
export const dictionaryStatusItems: ReadonlySet<string> = new Set([
  "content-cache.info",
  "content-cache.status",
  "device.system.health",
  "management.client-capabilities",
  "management.declarations",
  "migration-assistant.report",
  "softwareupdate.failure-reason",
  "softwareupdate.install-reason",
  "softwareupdate.pending-version",
  "test.dictionary-value",
]);
