import { arrayAt, dictionariesAt, dictionaryAt } from "../../plist/access.ts";
import { isDictionary, type PlistDictionary } from "../../plist/value.ts";
import { type JsonValue, plistToJson } from "../json.ts";
import { textAt } from "../text.ts";

/** What became of one item of Settings. Null: not reported, or malformed. */
export type SettingResult = {
  readonly status: string | null;
  /** The application an item was for. */
  readonly identifier: string | null;
  readonly errorChain: JsonValue | null;
};

/**
 * Decodes the results in the answer to Settings, in the order of the items asked for.
 *
 * @param response The whole report. Devices send a list; Apple's schema says one dictionary, which counts as a list
 *   of one. A member of the list that is no dictionary stands for a result that is not known, so that those after it
 *   keep their places.
 * @returns Empty when there are none: the answer as a whole is the result.
 * @see https://developer.apple.com/documentation/devicemanagement/settingsresponse
 */
export function decodeSettingResults(response: PlistDictionary): SettingResult[] {
  const only = dictionaryAt(response, "Settings");
  const list = only === null ? arrayAt(response, "Settings") : [only];
  return (list ?? []).map((entry) => {
    if (!isDictionary(entry)) return { status: null, identifier: null, errorChain: null };
    const errorChain = dictionariesAt(entry, "ErrorChain");
    return {
      status: textAt(entry, "Status"),
      identifier: textAt(entry, "Identifier"),
      errorChain: errorChain === null ? null : plistToJson(errorChain),
    };
  });
}
