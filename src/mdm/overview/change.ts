/**
 * Changes as those who look at pages hear of them: a topic, and what is worth reading again. They are hints and hold
 * nothing to be seen; a hint that comes twice costs a read, one that is lost is made up for by the next.
 */

/** Topics, with the permission that hearing of them takes. */
export const topicPermissions = {
  devices: "mdm.view_enrolleddevice",
  commands: "mdm.view_devicecommand",
  artifacts: "mdm.view_artifact",
  blueprints: "mdm.view_blueprint",
  enrollments: "mdm.view_otaenrollment",
  push_certificates: "mdm.view_pushcertificate",
  issuers: "mdm.view_scepissuer",
  tags: "inventory.view_tag",
  business_units: "inventory.view_metabusinessunit",
  accounts: "accounts.view_user",
  events: "core.view_event",
} as const;
export type ChangeTopic = keyof typeof topicPermissions;
// Object.keys knows the members only as text.
export const changeTopics = Object.keys(topicPermissions) as readonly ChangeTopic[];

/** More ids than these are "many": who looks reads its whole page again. */
export const changeIdsMax = 100;

/** What an event says of what it is about. */
export type ChangeRecord = {
  /** bigint, as text. */
  readonly sequence: string;
  readonly serialNumber: string | null;
  readonly objects: Readonly<Record<string, readonly string[]>>;
  readonly at: Date;
  /** A device reported about a command. */
  readonly isReport: boolean;
  /** False where nothing but the time of the last contact changed. */
  readonly isNews: boolean;
  /** A device came and was served. */
  readonly isContact: boolean;
};

/** That a watched device came; many times within one look are one. */
export type Contact = { readonly serialNumber: string; readonly at: Date };

/** When devices came last, of some events. */
export function contactsOf(records: readonly ChangeRecord[]): Contact[] {
  const latest = new Map<string, Date>();
  for (const { serialNumber, at, isContact } of records) {
    if (!isContact || serialNumber === null) continue;
    const known = latest.get(serialNumber);
    if (known === undefined || known < at) latest.set(serialNumber, at);
  }
  return [...latest].map(([serialNumber, at]) => ({ serialNumber, at }));
}

/** One message: ids of objects, or serial numbers of devices; null for many. */
export type Change = { readonly topic: ChangeTopic; readonly ids: readonly string[] | null };

/** The beginnings of the names of objects that events link to; the first that fits counts. */
const objectTopics: readonly (readonly [string, ChangeTopic])[] = [
  ["mdm_device_command", "commands"],
  ["mdm_user_command", "commands"],
  ["mdm_bulk_command", "commands"],
  ["mdm_artifact", "artifacts"],
  ["mdm_package", "artifacts"],
  ["mdm_stored_file", "artifacts"],
  ["mdm_blueprint", "blueprints"],
  ["mdm_filevault_config", "blueprints"],
  ["mdm_recovery_password_config", "blueprints"],
  ["mdm_software_update", "blueprints"],
  ["mdm_ota_enrollment", "enrollments"],
  ["mdm_push_certificate", "push_certificates"],
  ["mdm_scep_issuer", "issuers"],
  ["mdm_acme_issuer", "issuers"],
  ["taxonomy", "tags"],
  ["tag", "tags"],
  ["meta_business_unit", "business_units"],
  ["accounts_", "accounts"],
];

/** One message for each topic that some events are about. Devices are named by their serial numbers. */
export function changesOf(records: readonly ChangeRecord[]): Change[] {
  const found = new Map<ChangeTopic, Set<string>>();
  const add = (topic: ChangeTopic, ids: readonly string[]): void => {
    const known = found.get(topic) ?? new Set();
    for (const id of ids) known.add(id);
    found.set(topic, known);
  };
  for (const { serialNumber, objects, isReport, isNews } of records) {
    if (!isNews) continue;
    add("events", []);
    if (serialNumber !== null) add("devices", [serialNumber]);
    if (isReport && serialNumber !== null) add("commands", [serialNumber]);
    for (const [name, keys] of Object.entries(objects)) {
      const topic = objectTopics.find(([beginning]) => name.startsWith(beginning))?.[1];
      if (topic !== undefined)
        add(topic, topic === "commands" && serialNumber !== null ? [serialNumber] : keys);
    }
  }
  return [...found].map(([topic, ids]) => ({ topic, ids: ids.size > changeIdsMax ? null : [...ids] }));
}

/** An event of the `text/event-stream` format; the data has no line ends. */
export function streamEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
