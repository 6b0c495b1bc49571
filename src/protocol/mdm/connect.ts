// Connect messages: a device asks for a command, and reports how the last one went, by PUT to the server URL.
// The answer of a command stays in `response`, for the decoders of mdm/answers and for storing.
// Nothing here knows which commands exist or were sent.
import { arrayAt, booleanAt, stringAt } from "../plist/access.ts";
import { readPlistDictionary } from "../plist/read.ts";
import {
  type PlistDictionary,
  PlistError,
  type PlistWritableDictionary,
  quoteHostileText,
} from "../plist/value.ts";
import { writePlist } from "../plist/write.ts";
import { decodeIdentifiers, identifierCharactersMax, type MessageIdentifiers } from "./identifiers.ts";
import { type JsonValue, plistToJson } from "./json.ts";
import { textAt } from "./text.ts";

/** Bytes of a connect body (protocol.md 0.4). */
export const connectBodyBytesMax = 10 * 1024 * 1024;

/** Links of an error chain that are kept. Devices send one to four. */
export const errorChainLinksMax = 64;

/** How a command went. */
export type ReportStatus = "Acknowledged" | "Error" | "CommandFormatError" | "NotNow";

type ConnectBase = {
  readonly identifiers: MessageIdentifiers;
  readonly notOnConsole: boolean | null;
};

/** The device has nothing to report and asks for a command. */
export type IdleMessage = ConnectBase & { readonly status: "Idle" };

/** The device reports on a command. */
export type ReportMessage = ConnectBase & {
  readonly status: ReportStatus;
  /**
   * As sent: not necessarily a UUID. Null when absent, as it may be where the device could not read the
   * command.
   */
  readonly commandUuid: string | null;
  /** Apple's dictionaries as JSON, first cause first; null when absent or not an array. */
  readonly errorChain: JsonValue[] | null;
  readonly requestType: string | null;
  /** The whole message, the command's answer in it. */
  readonly response: PlistDictionary;
};

/** A connect message, discriminated by `status`. */
export type ConnectMessage = IdleMessage | ReportMessage;

/** Why a connect message was refused. */
export type ConnectErrorCode =
  | "connect_status_missing"
  | "connect_status_unknown"
  | "connect_identifier_missing"
  | "connect_field_malformed"
  | "connect_idle_with_command";

/** A connect message that is a property list, but not a message. `field` names the key at fault. */
export class ConnectError extends Error {
  readonly code: ConnectErrorCode;
  readonly field: string;

  constructor(code: ConnectErrorCode, field: string, message: string) {
    super(message);
    this.name = "ConnectError";
    this.code = code;
    this.field = field;
  }
}

const reportStatuses = new Set(["Acknowledged", "Error", "CommandFormatError", "NotNow"]);

/**
 * Decodes one connect message from the body of a PUT to the server URL.
 *
 * @param body XML or binary plist, at most {@link connectBodyBytesMax} bytes.
 * @throws {PlistError} As `readPlistDictionary`.
 * @throws {ConnectError} Each of {@link ConnectErrorCode}.
 * @see https://developer.apple.com/documentation/devicemanagement/implementing-device-management
 */
export function decodeConnect(body: Uint8Array): ConnectMessage {
  if (body.length > connectBodyBytesMax) {
    throw new PlistError("plist_too_large", `Cannot read more than ${connectBodyBytesMax} bytes of connect`);
  }
  const response = readPlistDictionary(body);
  const status = decodeStatus(response);
  const base = {
    identifiers: connectIdentifiers(response),
    notOnConsole: booleanAt(response, "NotOnConsole"),
  };
  const commandUuid = decodeCommandUuid(response);
  if (status !== "Idle") {
    const requestType = textAt(response, "RequestType");
    return { ...base, status, commandUuid, errorChain: decodeErrorChain(response), requestType, response };
  }
  if (commandUuid !== null) {
    const message = "Cannot read an idle message that reports on a command";
    throw new ConnectError("connect_idle_with_command", "CommandUUID", message);
  }
  return { ...base, status };
}

/**
 * Encodes a command for the response to a connect message.
 *
 * @param uuid The command's UUID; sent in upper case, as Apple's devices return it.
 * @param command The command with its `RequestType`, members that are `undefined` left out.
 * @throws {PlistError} `plist_unwritable`, `plist_too_deep`.
 */
export function encodeCommand(uuid: string, command: PlistWritableDictionary): Buffer {
  return writePlist({ Command: command, CommandUUID: uuid.toUpperCase() });
}

function decodeStatus(response: PlistDictionary): ConnectMessage["status"] {
  const status = stringAt(response, "Status");
  if (status === null || status === "") {
    throw new ConnectError("connect_status_missing", "Status", "Cannot find the status of the message");
  }
  if (status === "Idle" || isReportStatus(status)) return status;
  const message = `Cannot decode a message of status ${quoteHostileText(status)}`;
  throw new ConnectError("connect_status_unknown", "Status", message);
}

function isReportStatus(status: string): status is ReportStatus {
  return reportStatuses.has(status);
}

function connectIdentifiers(response: PlistDictionary): MessageIdentifiers {
  const identifiers = decodeIdentifiers(response);
  if (!("problem" in identifiers)) return identifiers;
  if (identifiers.problem === "malformed") throw malformedField(identifiers.field);
  const message = "Cannot find the identifier of the device";
  throw new ConnectError("connect_identifier_missing", identifiers.field, message);
}

function decodeCommandUuid(response: PlistDictionary): string | null {
  if (response["CommandUUID"] === undefined) return null;
  const uuid = stringAt(response, "CommandUUID");
  // A malformed UUID read as absent would turn a report into "no command", which clears the lock PIN
  // (protocol.md 1.7).
  if (uuid === null || uuid.length > identifierCharactersMax) throw malformedField("CommandUUID");
  return uuid || null;
}

function decodeErrorChain(response: PlistDictionary): JsonValue[] | null {
  return arrayAt(response, "ErrorChain")?.slice(0, errorChainLinksMax).map(plistToJson) ?? null;
}

function malformedField(field: string): ConnectError {
  return new ConnectError("connect_field_malformed", field, `Cannot read "${field}" of the connect message`);
}
