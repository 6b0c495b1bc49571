import type { PlistWritableDictionary } from "../plist/value.ts";
import { payloadIdentifier } from "./identifier.ts";
import { profile } from "./payload.ts";

/** The attributes a device is asked for in OTA phase 2, in the order they are sent (protocol.md 3.3). */
export const otaDeviceAttributes = ["UDID", "VERSION", "PRODUCT", "SERIAL", "MEID", "IMEI"] as const;

/** What a Profile Service profile is made of. */
export type ProfileServiceInput = {
  readonly uuid: string;
  readonly prefix: string;
  /** The enrollment's display name. */
  readonly displayName: string;
  /** Where the device posts its attributes: `otaEnroll` or `otaSessionEnroll` of `deviceUrls`. */
  readonly url: string;
  /** The secret of the enrollment, or of the session. */
  readonly challenge: string;
};

/**
 * Makes the profile that starts an over-the-air enrollment (phase 1, protocol.md 3.3).
 *
 * @see Apple, "Over-the-Air Profile Delivery and Configuration", phase 1
 */
export function profileServiceProfile(input: ProfileServiceInput): PlistWritableDictionary {
  return profile({
    uuid: input.uuid,
    identifier: payloadIdentifier(input.prefix, "profile-service"),
    displayName: input.displayName,
    organization: input.displayName,
    description: `Install this profile to enroll your device with ${input.displayName}`,
    payloadType: "Profile Service",
    content: { URL: input.url, DeviceAttributes: otaDeviceAttributes, Challenge: input.challenge },
  });
}
