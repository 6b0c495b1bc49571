/** Events as sentences: who did what to what. The log keeps the details; this is what people read first. */

export type EventFacts = {
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id: string | null };
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly payload: Readonly<Record<string, unknown>>;
};

/** What objects are called; the part of a model's name after the dot. */
const nouns: Readonly<Record<string, string>> = {
  acmeissuer: "the ACME issuer",
  apitoken: "an API token",
  artifact: "the artifact",
  blueprint: "the blueprint",
  blueprintartifact: "an artifact of the blueprint",
  certasset: "a certificate asset",
  dataasset: "a data asset",
  declaration: "a declaration",
  devicecommand: "the command",
  enrolleddevice: "the device",
  enterpriseapp: "an app",
  filevaultconfig: "the FileVault configuration",
  metabusinessunit: "the business unit",
  otaenrollment: "the enrollment",
  package: "the package",
  profile: "a profile",
  provisioningprofile: "a provisioning profile",
  pushcertificate: "the push certificate",
  recoverypasswordconfig: "the recovery password configuration",
  role: "the role",
  scepissuer: "the SCEP issuer",
  softwareupdateenforcement: "the software update enforcement",
  storedfile: "a file",
  tag: "the tag",
  taxonomy: "the taxonomy",
  user: "the account",
  usercommand: "the command",
};

type Fields = Readonly<Record<string, unknown>>;

/** One sentence without a full stop, such as `anna changed the blueprint “Sales”`. */
export function eventSentence(event: EventFacts): string {
  const { type, payload } = event;
  const who = actorName(event);
  switch (type) {
    case "zentral_audit":
      return auditSentence(who, payload);
    case "mdm_request":
      return deviceRequest(payload);
    case "mdm_device_notification":
      return payload["status"] === "success"
        ? "Apple took a push for the device"
        : "A push could not be sent";
    case "machine_tag":
      return `The tag “${nameOf(payload["tag"])}” was ${text(payload["action"]) ?? "changed"}`;
    case "target_artifact_update":
      return `An artifact is now ${text(fields(payload["target_artifact"])["status"]) ?? "gone"}`;
    case "blueprint_assigned":
      return `${who} gave ${String(payload["devices"])} devices the blueprint “${nameOf(payload["blueprint"])}”`;
    default:
      return known[type]?.(who, payload) ?? `${capitalize(type.replaceAll("_", " "))}`;
  }
}

const known: Readonly<Record<string, (who: string, payload: Fields) => string>> = {
  device_lock_pin_set: () => "The device was locked with a PIN",
  device_lock_pin_cleared: () => "The device was unlocked, and its PIN is gone",
  device_lock_pin_viewed: (who, { reason }) => `${who} read the lock PIN${because(reason)}`,
  activation_lock_bypass_code_set: () => "The device handed over its Activation Lock bypass code",
  activation_lock_bypass_code_viewed: (who, { reason }) =>
    `${who} read the Activation Lock bypass code${because(reason)}`,
  device_location_set: () => "The device said where it is",
  device_location_viewed: (who, { reason }) => `${who} read where the device is${because(reason)}`,
  mdm_download: (_, { outcome, target_type: kind }) =>
    outcome === "success"
      ? `The device downloaded ${kindWords(kind)}`
      : `A download of ${kindWords(kind)} was refused`,
  scep_request: (_, { status }) =>
    status === "success" ? "A certificate was issued" : "A certificate was refused",
  ota_enrollment_request: (_, { status, phase }) =>
    `Over-the-air enrollment, phase ${String(phase)}: ${text(status) ?? "answered"}`,
  enrollment_secret_verification: (_, { status }) =>
    status === "success" ? "An enrollment secret was used" : "An enrollment secret was refused",
  zentral_login: (who) => `${who} logged in`,
  zentral_logout: (who) => `${who} logged out`,
  zentral_failed_login: () => "A login failed",
  zentral_failed_verification: () => "A second factor failed",
};

function auditSentence(who: string, payload: Fields): string {
  const { model, new_value: after, prev_value: before } = fields(payload["object"]);
  const verb = text(payload["action"]) ?? "changed";
  const kind = text(model)?.split(".").at(-1) ?? "";
  const noun = nouns[kind] ?? (kind === "" ? "something" : `the ${kind}`);
  const name = nameOf(after) || nameOf(before);
  const past = verb === "updated" ? "changed" : verb;
  return `${who} ${past} ${noun}${name === "" ? "" : ` “${name}”`}`;
}

function deviceRequest(payload: Fields): string {
  const { status, message_type: message, request_status: answer, reason } = payload;
  if (text(answer) !== null && text(answer) !== "Idle" && text(answer) !== "Acknowledged") {
    return answer === "NotNow"
      ? "The device was busy"
      : `The device answered a command with ${text(answer) ?? ""}`;
  }
  if (status === "failure") return `The device was refused: ${text(reason) ?? "no reason given"}`;
  if (text(message) !== null) return `The device sent ${text(message) ?? ""}`;
  if (text(answer) === "Idle") return "The device asked for commands";
  return text(answer) === null ? "The device came" : "The device carried a command out";
}

export function actorName({ actor, request }: EventFacts): string {
  const account = fields(fields(request)["user"]);
  const name = text(account["username"]) ?? text(fields(request)["account"]);
  if (name !== null) return name;
  if (actor.kind === "device") return "The device";
  if (actor.kind === "operator") return "The server's command line";
  return actor.kind === "job" ? "The server" : `Account ${actor.id ?? "unknown"}`;
}

function nameOf(value: unknown): string {
  const { name, username, serial_number: serial } = fields(value);
  return text(name) ?? text(username) ?? text(serial) ?? "";
}

function because(reason: unknown): string {
  const words = text(reason);
  return words === null ? "" : `: “${words}”`;
}

function kindWords(kind: unknown): string {
  return `a ${(text(kind) ?? "file").replaceAll("_", " ")}`;
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
