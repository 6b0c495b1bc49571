// Who a message speaks for: the identifiers a device puts into every check-in and connect body, and the keys
// of the device and the user made from them. They are claims: the certificate decides, and a mismatch is
// refused elsewhere.
import { stringAt } from "../plist/access.ts";
import type { PlistDictionary } from "../plist/value.ts";
import { textAt } from "./text.ts";

/**
 * The identifiers of a message, each null when absent or empty. At least one of `udid` and `enrollmentId` is
 * present.
 */
export type MessageIdentifiers = {
  readonly udid: string | null;
  readonly enrollmentId: string | null;
  readonly userId: string | null;
  readonly enrollmentUserId: string | null;
  readonly userShortName: string | null;
  readonly userLongName: string | null;
};

/** The channel a message belongs to: a user key makes it the user's. */
export type Channel = "Device" | "User";

/** The user id a Shared iPad sends while nobody is signed in: not a user. */
export const sharedIpadUserId = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";

/** Characters of an identifier. Apple's are 25 to 40 long; what is longer could not be indexed. */
export const identifierCharactersMax = 255;

/** What is wrong with the identifiers of a message, and with which key. */
export type IdentifierProblem = {
  readonly problem: "missing" | "malformed";
  readonly field: string;
};

/**
 * Reads the identifiers of a check-in or connect message.
 *
 * An identifier of another type is a problem and not an absence: taken as absent, a broken `UserID` would
 * turn a message of the user channel into one of the device channel, and its push token would replace the
 * device's.
 */
export function decodeIdentifiers(dictionary: PlistDictionary): MessageIdentifiers | IdentifierProblem {
  const identifiers = {
    udid: identifierAt(dictionary, "UDID"),
    enrollmentId: identifierAt(dictionary, "EnrollmentID"),
    userId: identifierAt(dictionary, "UserID"),
    enrollmentUserId: identifierAt(dictionary, "EnrollmentUserID"),
    userShortName: textAt(dictionary, "UserShortName"),
    userLongName: textAt(dictionary, "UserLongName"),
  };
  const malformed = ["UDID", "EnrollmentID", "UserID", "EnrollmentUserID"].find((key) =>
    isMalformedIdentifier(dictionary, key),
  );
  if (malformed !== undefined) return { problem: "malformed", field: malformed };
  if (identifiers.udid === null && identifiers.enrollmentId === null) {
    return { problem: "missing", field: "UDID" };
  }
  return identifiers;
}

/** The key of the device: its UDID, or the enrollment id of a user enrollment (protocol.md 1.1). */
export function deviceKey(identifiers: MessageIdentifiers): string {
  // Never empty: `decodeIdentifiers` refuses a message with neither.
  return identifiers.udid ?? identifiers.enrollmentId ?? "";
}

/**
 * The key of the user, or null on the device channel: the user id, or that of a user enrollment (protocol.md
 * 1.1).
 */
export function userKey(identifiers: MessageIdentifiers): string | null {
  return identifiers.userId ?? identifiers.enrollmentUserId;
}

/** The channel of a message. The placeholder user of a Shared iPad counts as a user here. */
export function channelOf(identifiers: MessageIdentifiers): Channel {
  return userKey(identifiers) === null ? "Device" : "User";
}

/** Tells whether a user key is the placeholder of a Shared iPad without a signed-in user, in either case. */
export function isSharedIpadUser(key: string): boolean {
  return key.toUpperCase() === sharedIpadUserId;
}

function identifierAt(dictionary: PlistDictionary, key: string): string | null {
  return stringAt(dictionary, key) || null;
}

function isMalformedIdentifier(dictionary: PlistDictionary, key: string): boolean {
  if (dictionary[key] === undefined) return false;
  // stringAt also refuses NUL, which would end the identifier somewhere else for somebody else.
  const identifier = stringAt(dictionary, key);
  return identifier === null || identifier.length > identifierCharactersMax;
}
