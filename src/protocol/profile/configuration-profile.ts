// Configuration profiles that operators upload (protocol.md 3.6): read, never rewritten; what was signed is
// kept as bytes. A profile goes to the device's channel or to the user's, as its scope says.
// Which payloads it may hold, and what is substituted in them, is decided elsewhere.
import type { Channel } from "../mdm/identifiers.ts";
import { textAt } from "../mdm/text.ts";
import { readPlistDictionary } from "../plist/read.ts";
import { type PlistDictionary, quoteHostileText } from "../plist/value.ts";

/** A profile as uploaded. */
export type ConfigurationProfile = {
  readonly payloadIdentifier: string;
  readonly payloadUuid: string;
  readonly payloadDisplayName: string | null;
  readonly payloadDescription: string | null;
  readonly channel: Channel;
  /** The whole profile. */
  readonly content: PlistDictionary;
  /** The plist itself: the upload, without the signature around it when there was one. */
  readonly bytes: Uint8Array;
};

/** Why a profile was refused. */
export type ProfileErrorCode =
  | "profile_identifier_missing"
  | "profile_uuid_missing"
  | "profile_scope_unknown";

/** A property list that is not a configuration profile. */
export class ProfileError extends Error {
  readonly code: ProfileErrorCode;
  /** What was found instead, cut and quoted; empty when nothing can be shown. */
  readonly found: string;

  constructor(code: ProfileErrorCode, message: string, found = "") {
    super(message);
    this.name = "ProfileError";
    this.code = code;
    this.found = found;
  }
}

/** Opens a signed message: its content when the signature verifies, null otherwise. */
export type SignedContentReader = (bytes: Uint8Array) => Uint8Array | null;

/**
 * Parses an uploaded configuration profile.
 *
 * @param bytes XML or binary plist, or a CMS message around one.
 * @param readSignedContent Called with every upload; what does not verify is read as it is, and then is no
 *   plist.
 * @throws {PlistError} As `readPlistDictionary`.
 * @throws {ProfileError} Each of {@link ProfileErrorCode}.
 */
export function parseConfigurationProfile(
  bytes: Uint8Array,
  readSignedContent: SignedContentReader = () => null,
): ConfigurationProfile {
  const plist = readSignedContent(bytes) ?? bytes;
  const content = readPlistDictionary(plist);
  const payloadIdentifier = textAt(content, "PayloadIdentifier");
  if (payloadIdentifier === null) {
    throw new ProfileError("profile_identifier_missing", "Cannot find the PayloadIdentifier of the profile");
  }
  const payloadUuid = textAt(content, "PayloadUUID");
  if (payloadUuid === null) {
    throw new ProfileError("profile_uuid_missing", "Cannot find the PayloadUUID of the profile");
  }
  return {
    payloadIdentifier,
    payloadUuid,
    payloadDisplayName: textAt(content, "PayloadDisplayName"),
    payloadDescription: textAt(content, "PayloadDescription"),
    channel: decodeScope(content),
    content,
    bytes: plist,
  };
}

function decodeScope(content: PlistDictionary): Channel {
  const scope = content["PayloadScope"];
  // Absent means the user's, as in Apple's documentation of PayloadScope.
  if (scope === undefined || scope === "User") return "User";
  if (scope === "System") return "Device";
  const quoted = typeof scope === "string" ? quoteHostileText(scope) : "";
  const message = `Cannot choose a channel for the PayloadScope ${quoted}`.trimEnd();
  throw new ProfileError("profile_scope_unknown", message, quoted);
}
