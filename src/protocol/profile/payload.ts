// The envelope of the profiles the server makes (protocol.md 3.1): an outer profile, payloads inside it.
// UUIDs are arguments, as all randomness is; so the same input always gives the same bytes.
// Nothing here signs: the bytes of `writePlist` go to the signer as they are.
import type { PlistWritable, PlistWritableDictionary } from "../plist/value.ts";

/** Apple's version of the payload format. */
export const payloadVersion = 1;

/** What tells a payload, or a profile, from others. */
export type PayloadIdentity = {
  readonly uuid: string;
  readonly identifier: string;
  readonly displayName: string;
};

/** A profile around payloads, or around the dictionary of a `Profile Service`. */
export type ProfileInput = PayloadIdentity & {
  readonly payloadType?: "Configuration" | "Profile Service";
  readonly content: readonly PlistWritableDictionary[] | PlistWritableDictionary;
  readonly description?: string;
  readonly organization?: string;
};

/**
 * Makes a profile.
 *
 * @returns The dictionary to be written with `writePlist` and signed.
 * @see https://developer.apple.com/documentation/devicemanagement/toplevel
 */
export function profile(input: ProfileInput): PlistWritableDictionary {
  const content: PlistWritable = input.content;
  return {
    ...envelope(input, input.payloadType ?? "Configuration"),
    PayloadDescription: input.description,
    PayloadOrganization: input.organization,
    PayloadContent: content,
  };
}

/**
 * Makes a payload inside a profile.
 *
 * @param settings The payload's own keys, inline; SCEP and certificates have theirs under `PayloadContent`.
 * @see https://developer.apple.com/documentation/devicemanagement/commonpayloadkeys
 */
export function payload(
  payloadType: string,
  identity: PayloadIdentity,
  settings: PlistWritableDictionary,
): PlistWritableDictionary {
  return { ...settings, ...envelope(identity, payloadType) };
}

function envelope(identity: PayloadIdentity, payloadType: string): PlistWritableDictionary {
  return {
    PayloadType: payloadType,
    PayloadUUID: identity.uuid,
    PayloadIdentifier: identity.identifier,
    PayloadVersion: payloadVersion,
    PayloadDisplayName: identity.displayName,
  };
}
