/** Events as sentences: who did what to what. The log keeps the details; this is what people read first. */
import { eventTexts as words } from "../texts/events.ts";

export type EventFacts = {
  readonly type: string;
  readonly actor: { readonly kind: string; readonly id: string | null };
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly payload: Readonly<Record<string, unknown>>;
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
      return payload["status"] === "success" ? words.pushTaken : words.pushFailed;
    case "machine_tag":
      return words.tagged(nameOf(payload["tag"]), text(payload["action"]) ?? words.changed);
    case "target_artifact_update":
      return artifactSentence(fields(payload["target_artifact"]));
    case "blueprint_assigned":
      return words.assigned(who, String(payload["devices"]), nameOf(payload["blueprint"]));
    default:
      return known[type]?.(who, payload) ?? capitalize(type.replaceAll("_", " "));
  }
}

const known: Readonly<Record<string, (who: string, payload: Fields) => string>> = {
  device_lock_pin_set: () => words.pinSet,
  device_lock_pin_cleared: () => words.pinCleared,
  device_lock_pin_viewed: (who, { reason }) => words.pinRead(who) + because(reason),
  activation_lock_bypass_code_set: () => words.bypassCodeSet,
  activation_lock_bypass_code_viewed: (who, { reason }) => words.bypassCodeRead(who) + because(reason),
  device_location_set: () => words.located,
  device_location_viewed: (who, { reason }) => words.locationRead(who) + because(reason),
  mdm_download: (_, payload) =>
    payload["outcome"] === "success"
      ? words.downloaded(downloadWords(payload))
      : words.downloadRefused(downloadWords(payload)),
  scep_request: (_, { status }) =>
    status === "success" ? words.certificateIssued : words.certificateRefused,
  ota_enrollment_request: (_, { status, phase }) =>
    words.enrollmentPhase(String(phase), text(status) ?? words.answered),
  enrollment_secret_verification: (_, { status }) =>
    status === "success" ? words.secretUsed : words.secretRefused,
  zentral_login: (who) => words.loggedIn(who),
  zentral_logout: (who) => words.loggedOut(who),
  zentral_failed_login: () => words.loginFailed,
  zentral_failed_verification: () => words.verificationFailed,
};

function auditSentence(who: string, payload: Fields): string {
  const { model, new_value: after, prev_value: before } = fields(payload["object"]);
  const action = text(payload["action"]) ?? words.changed;
  const kind = text(model)?.split(".").at(-1) ?? "";
  const noun = words.nouns[kind] ?? (kind === "" ? words.something : words.nounOf(kind));
  const name = nameOf(after) || nameOf(before);
  return words.audit(who, words.did[action] ?? action, name === "" ? noun : words.named(noun, name));
}

function artifactSentence({ status, artifact_version: version }: Fields): string {
  const name = nameOf(fields(version)["artifact"]);
  const state = text(status) ?? words.gone;
  const subject = name === "" ? words.anArtifact : words.theArtifact(name);
  return `${subject} ${words.artifactStates[state] ?? words.artifactIs(state)}`;
}

function deviceRequest(payload: Fields): string {
  const { status, message_type: message, request_status: sent, reason } = payload;
  const answer = text(sent);
  const command = text(payload["command_name"]) ?? words.aCommand;
  if (answer === "NotNow") return words.busy(command);
  if (answer !== null && answer !== "Idle" && answer !== "Acknowledged") {
    return words.answeredWith(command, answer);
  }
  if (status === "failure") return words.refused(text(reason) ?? words.noReason);
  const kind = text(message);
  if (kind === "DeclarativeManagement") return declarationRequest(text(payload["endpoint"]) ?? "");
  if (kind !== null) return words.sent(kind);
  if (answer === "Idle") return words.asked;
  return answer === null ? words.came : words.carriedOut(command);
}

/** The four questions of declarative management, told apart by their endpoint. */
function declarationRequest(endpoint: string): string {
  if (endpoint === "tokens") return words.declarations.tokens;
  if (endpoint === "declaration-items") return words.declarations.items;
  if (endpoint === "status") return words.declarations.status;
  return endpoint.startsWith("declaration/") ? words.declarations.one : words.sent("DeclarativeManagement");
}

export function actorName({ actor, request }: EventFacts): string {
  const account = fields(fields(request)["user"]);
  const name = text(account["username"]) ?? text(fields(request)["account"]);
  if (name !== null) return name;
  if (actor.kind === "device") return words.theDevice;
  if (actor.kind === "operator") return actor.id === "serve" ? words.theServer : words.theCommandLine;
  if (actor.kind === "job") return words.theServer;
  return actor.id === null ? words.unknownAccount : words.accountOf(actor.id);
}

function nameOf(value: unknown): string {
  const { name, username, serial_number: serial } = fields(value);
  return text(name) ?? text(username) ?? text(serial) ?? "";
}

function because(reason: unknown): string {
  const said = text(reason);
  return said === null ? "" : words.because(said);
}

/** What was downloaded lies under the name of its kind. */
function downloadWords(payload: Fields): string {
  const kind = text(payload["target_type"]);
  const noun = kind?.replaceAll("_", " ") ?? words.file;
  const name = kind === null ? "" : nameOf(fields(payload[kind])["artifact"]);
  return name === "" ? words.aKind(noun) : words.theKind(noun, name);
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
