import { dateAt, dictionariesAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { textAt } from "../text.ts";

/** A provisioning profile on a device. */
export type ProvisioningProfile = {
  /** As the profile has it; profiles of applications are not always named by a proper UUID. */
  readonly uuid: string;
  readonly name: string | null;
  readonly expiresAt: Date | null;
};

/**
 * Decodes the answer to ProvisioningProfileList.
 *
 * @param response The whole report. Entries without UUID are left out: they cannot be told apart.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/provisioningprofilelistresponse
 */
export function decodeProvisioningProfileList(response: PlistDictionary): ProvisioningProfile[] | null {
  const list = dictionariesAt(response, "ProvisioningProfileList");
  if (list === null) return null;
  return list.flatMap((entry) => {
    const uuid = textAt(entry, "UUID");
    return uuid === null
      ? []
      : [{ uuid, name: textAt(entry, "Name"), expiresAt: dateAt(entry, "ExpiryDate") }];
  });
}
