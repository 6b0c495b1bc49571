import { booleanAt, dictionaryAt, integerAt } from "../../plist/access.ts";
import { isDictionary, type PlistDictionary } from "../../plist/value.ts";
import { textAt, textCharactersMax } from "../text.ts";

/** An application a device knows to be managed. Null: not reported, or malformed. */
export type ManagedApplication = {
  readonly identifier: string;
  /** `Managed`, `Installing`, `ManagedButUninstalled`, … */
  readonly status: string | null;
  readonly managementFlags: number | null;
  readonly hasConfiguration: boolean | null;
  readonly hasFeedback: boolean | null;
  readonly isValidated: boolean | null;
  readonly externalVersionIdentifier: number | null;
};

/**
 * Decodes the answer to ManagedApplicationList. The redemption codes in it are worth money and are not read.
 *
 * @param response The whole report. Members that are not dictionaries are left out.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/managedapplicationlistresponse
 */
export function decodeManagedApplicationList(response: PlistDictionary): ManagedApplication[] | null {
  const list = dictionaryAt(response, "ManagedApplicationList");
  if (list === null) return null;
  return Object.entries(list).flatMap(([identifier, entry]) => {
    const isNamed = identifier !== "" && identifier.length <= textCharactersMax;
    if (!isNamed || !isDictionary(entry)) return [];
    return {
      identifier,
      status: textAt(entry, "Status"),
      managementFlags: integerAt(entry, "ManagementFlags"),
      hasConfiguration: booleanAt(entry, "HasConfiguration"),
      hasFeedback: booleanAt(entry, "HasFeedback"),
      isValidated: booleanAt(entry, "IsValidated"),
      externalVersionIdentifier: integerAt(entry, "ExternalVersionIdentifier"),
    };
  });
}
