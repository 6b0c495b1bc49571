import { booleanAt, dictionariesAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { type JsonObject, plistToJsonObject } from "../json.ts";
import { textAt } from "../text.ts";

/** An account on a Mac or Shared iPad. Null: not reported, or malformed. */
export type DeviceAccount = {
  readonly userName: string;
  readonly fullName: string | null;
  readonly userGuid: string | null;
  readonly isLoggedIn: boolean | null;
  readonly hasSecureToken: boolean | null;
  /** The whole entry, for storing. */
  readonly json: JsonObject;
};

/**
 * Decodes the answer to UserList.
 *
 * @param response The whole report. Entries without a name are left out: they cannot be told apart.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/userlistresponse
 */
export function decodeUserList(response: PlistDictionary): DeviceAccount[] | null {
  return dictionariesAt(response, "Users")?.flatMap(decodeAccount) ?? null;
}

function decodeAccount(entry: PlistDictionary): DeviceAccount[] {
  const userName = textAt(entry, "UserName");
  if (userName === null) return [];
  const account = {
    userName,
    fullName: textAt(entry, "FullName"),
    userGuid: textAt(entry, "UserGUID"),
    isLoggedIn: booleanAt(entry, "IsLoggedIn"),
    hasSecureToken: booleanAt(entry, "HasSecureToken"),
    json: plistToJsonObject(entry),
  };
  return [account];
}
