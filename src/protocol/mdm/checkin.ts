// Check-in messages: what a device says about its own enrollment, by PUT to the check-in URL.
// Decoded here from hostile bytes; what they change is decided by the check-in slice. Unknown keys stay in
// `raw`. Required members must be whole; a malformed optional member reads as null and never fails a message.
import { booleanAt, bytesAt, dictionaryAt, stringAt } from "../plist/access.ts";
import { readPlistDictionary } from "../plist/read.ts";
import { type PlistDictionary, PlistError, quoteHostileText } from "../plist/value.ts";
import { decodeIdentifiers, type MessageIdentifiers } from "./identifiers.ts";
import { textAt } from "./text.ts";

/** Bytes of a check-in body (protocol.md 0.4). */
export const checkinBodyBytesMax = 10 * 1024 * 1024;

type MessageBase<Type extends string> = {
  readonly messageType: Type;
  readonly identifiers: MessageIdentifiers;
  /** The whole message, for keys not decoded here. */
  readonly raw: PlistDictionary;
};

/** The device introduces itself, before it has a push token. */
export type AuthenticateMessage = MessageBase<"Authenticate"> & {
  readonly topic: string;
  readonly osVersion: string | null;
  readonly supplementalOsVersionExtra: string | null;
  readonly buildVersion: string | null;
  readonly productName: string | null;
  readonly model: string | null;
  readonly modelName: string | null;
  readonly deviceName: string | null;
  readonly serialNumber: string | null;
  readonly imei: string | null;
  readonly meid: string | null;
  readonly challenge: Buffer | null;
};

/**
 * The device, or a user on it, can be pushed to. `null` means the key was absent: the stored value is kept.
 */
export type TokenUpdateMessage = MessageBase<"TokenUpdate"> & {
  readonly topic: string;
  readonly token: Buffer;
  readonly pushMagic: string;
  readonly unlockToken: Buffer | null;
  readonly awaitingConfiguration: boolean | null;
  readonly notOnConsole: boolean | null;
};

/** The device leaves management. */
export type CheckOutMessage = MessageBase<"CheckOut"> & { readonly topic: string | null };

/**
 * The device escrows its bootstrap token. `null`, absent or empty on the wire, means: forget the stored one.
 */
export type SetBootstrapTokenMessage = MessageBase<"SetBootstrapToken"> & {
  readonly bootstrapToken: Buffer | null;
  readonly awaitingConfiguration: boolean | null;
};

/** The device asks for its bootstrap token. */
export type GetBootstrapTokenMessage = MessageBase<"GetBootstrapToken"> & {
  readonly awaitingConfiguration: boolean | null;
};

/** A network user logs in on a Mac. */
export type UserAuthenticateMessage = MessageBase<"UserAuthenticate"> & {
  readonly digestResponse: string | null;
};

/** The device speaks declarative management: one endpoint, and JSON bytes where it reports. */
export type DeclarativeManagementMessage = MessageBase<"DeclarativeManagement"> & {
  readonly endpoint: string;
  readonly data: Buffer | null;
};

/** The device asks for a token of a service, such as a watch pairing. */
export type GetTokenMessage = MessageBase<"GetToken"> & {
  readonly tokenServiceType: string;
  readonly tokenParameters: PlistDictionary | null;
};

/** An erased device asks whether it shall return to service. */
export type ReturnToServiceMessage = MessageBase<"ReturnToService">;

/** A check-in message, discriminated by `messageType`. */
export type CheckinMessage =
  | AuthenticateMessage
  | TokenUpdateMessage
  | CheckOutMessage
  | SetBootstrapTokenMessage
  | GetBootstrapTokenMessage
  | UserAuthenticateMessage
  | DeclarativeManagementMessage
  | GetTokenMessage
  | ReturnToServiceMessage;

/** Why a check-in message was refused. */
export type CheckinErrorCode =
  | "checkin_message_type_unknown"
  | "checkin_message_type_missing"
  | "checkin_identifier_missing"
  | "checkin_field_malformed";

/** A check-in message that is a property list, but not a message. `field` names the key at fault. */
export class CheckinError extends Error {
  readonly code: CheckinErrorCode;
  readonly field: string;

  constructor(code: CheckinErrorCode, field: string, message: string) {
    super(message);
    this.name = "CheckinError";
    this.code = code;
    this.field = field;
  }
}

type Decoder<Type extends CheckinMessage["messageType"]> = (
  base: MessageBase<Type>,
) => Extract<CheckinMessage, { messageType: Type }>;

/** One decoder per message type: a type without one does not compile. */
const decoders: { readonly [Type in CheckinMessage["messageType"]]: Decoder<Type> } = {
  Authenticate: decodeAuthenticate,
  TokenUpdate: decodeTokenUpdate,
  CheckOut: (base) => ({ ...base, topic: textAt(base.raw, "Topic") }),
  SetBootstrapToken: decodeSetBootstrapToken,
  GetBootstrapToken: (base) => ({
    ...base,
    awaitingConfiguration: booleanAt(base.raw, "AwaitingConfiguration"),
  }),
  UserAuthenticate: (base) => ({ ...base, digestResponse: textAt(base.raw, "DigestResponse") }),
  DeclarativeManagement: (base) => ({
    ...base,
    endpoint: requiredText(base.raw, "Endpoint"),
    data: bytesAt(base.raw, "Data"),
  }),
  GetToken: (base) => ({
    ...base,
    tokenServiceType: requiredText(base.raw, "TokenServiceType"),
    tokenParameters: dictionaryAt(base.raw, "TokenParameters"),
  }),
  ReturnToService: (base) => base,
};

/**
 * Decodes one check-in message from the body of a PUT to the check-in URL.
 *
 * @param body XML or binary plist, at most {@link checkinBodyBytesMax} bytes.
 * @returns The message, discriminated by `messageType`. Keys we do not know stay in `raw`. Tokens are bytes,
 *   not base64.
 * @throws {PlistError} As `readPlistDictionary`.
 * @throws {CheckinError} Each of {@link CheckinErrorCode}. An identifier of another type than string is a
 *   malformed field.
 * @see https://developer.apple.com/documentation/devicemanagement/check-in
 */
export function decodeCheckin(body: Uint8Array): CheckinMessage {
  if (body.length > checkinBodyBytesMax) {
    throw new PlistError("plist_too_large", `Cannot read more than ${checkinBodyBytesMax} bytes of check-in`);
  }
  const raw = readPlistDictionary(body);
  const messageType = decodeMessageType(raw);
  return decodeMessage(messageType, { identifiers: checkinIdentifiers(raw), raw });
}

function decodeMessage<Type extends CheckinMessage["messageType"]>(
  messageType: Type,
  parts: Omit<MessageBase<Type>, "messageType">,
): CheckinMessage {
  return decoders[messageType]({ messageType, ...parts });
}

function decodeMessageType(raw: PlistDictionary): CheckinMessage["messageType"] {
  const value = stringAt(raw, "MessageType");
  if (value === null || value === "") {
    throw new CheckinError("checkin_message_type_missing", "MessageType", "Cannot find the message type");
  }
  if (!isMessageType(value)) {
    const message = `Cannot decode a check-in message of type ${quoteHostileText(value)}`;
    throw new CheckinError("checkin_message_type_unknown", "MessageType", message);
  }
  return value;
}

function isMessageType(value: string): value is CheckinMessage["messageType"] {
  return Object.hasOwn(decoders, value);
}

function checkinIdentifiers(raw: PlistDictionary): MessageIdentifiers {
  const identifiers = decodeIdentifiers(raw);
  if (!("problem" in identifiers)) return identifiers;
  if (identifiers.problem === "malformed") throw malformedField(identifiers.field);
  const message = "Cannot find the identifier of the device";
  throw new CheckinError("checkin_identifier_missing", identifiers.field, message);
}

function decodeAuthenticate(base: MessageBase<"Authenticate">): AuthenticateMessage {
  const { raw } = base;
  return {
    ...base,
    topic: requiredText(raw, "Topic"),
    osVersion: textAt(raw, "OSVersion"),
    supplementalOsVersionExtra: textAt(raw, "SupplementalOSVersionExtra"),
    buildVersion: textAt(raw, "BuildVersion"),
    productName: textAt(raw, "ProductName"),
    model: textAt(raw, "Model"),
    modelName: textAt(raw, "ModelName"),
    deviceName: textAt(raw, "DeviceName"),
    serialNumber: textAt(raw, "SerialNumber"),
    imei: textAt(raw, "IMEI"),
    meid: textAt(raw, "MEID"),
    challenge: bytesAt(raw, "Challenge"),
  };
}

function decodeTokenUpdate(base: MessageBase<"TokenUpdate">): TokenUpdateMessage {
  const { raw } = base;
  const token = bytesAt(raw, "Token");
  if (token === null || token.length === 0) throw malformedField("Token");
  return {
    ...base,
    topic: requiredText(raw, "Topic"),
    token,
    pushMagic: requiredText(raw, "PushMagic"),
    unlockToken: nonEmptyBytes(bytesAt(raw, "UnlockToken")),
    awaitingConfiguration: booleanAt(raw, "AwaitingConfiguration"),
    notOnConsole: booleanAt(raw, "NotOnConsole"),
  };
}

function decodeSetBootstrapToken(base: MessageBase<"SetBootstrapToken">): SetBootstrapTokenMessage {
  const { raw } = base;
  const bootstrapToken = bytesAt(raw, "BootstrapToken");
  // Absent means "forget the token", so a malformed one must not read as absent.
  if (bootstrapToken === null && raw["BootstrapToken"] !== undefined) throw malformedField("BootstrapToken");
  return {
    ...base,
    bootstrapToken: nonEmptyBytes(bootstrapToken),
    awaitingConfiguration: booleanAt(raw, "AwaitingConfiguration"),
  };
}

function requiredText(raw: PlistDictionary, field: string): string {
  const text = textAt(raw, field);
  if (text === null) throw malformedField(field);
  return text;
}

function nonEmptyBytes(bytes: Buffer | null): Buffer | null {
  return bytes !== null && bytes.length > 0 ? bytes : null;
}

function malformedField(field: string): CheckinError {
  return new CheckinError("checkin_field_malformed", field, `Cannot read "${field}" of the check-in message`);
}
