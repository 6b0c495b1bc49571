import { stringAt } from "../plist/access.ts";
import type { PlistDictionary } from "../plist/value.ts";

/**
 * Characters of a text, such as a device name, that is kept from a message: beyond, a database could not
 * index it.
 */
export const textCharactersMax = 1024;

/**
 * The text at `key`, or null when absent, of another type, empty or longer than {@link textCharactersMax}.
 */
export function textAt(dictionary: PlistDictionary, key: string): string | null {
  const text = stringAt(dictionary, key);
  return text !== null && text !== "" && text.length <= textCharactersMax ? text : null;
}
