/** The configuration that a managed app is given: a dictionary, as an operator writes it (http-api 2.14). */
import type { Refusal } from "#platform/errors.ts";
import { readXmlPlist } from "#protocol/plist/read-xml.ts";
import {
  isDictionary,
  PlistError,
  type PlistValue,
  type PlistWritable,
  Real,
} from "#protocol/plist/value.ts";
import { isMembers, writePlist } from "#protocol/plist/write.ts";

/** Configurations are settings, not files. */
export const configurationCharactersMax = 1024 * 1024;

/** Reads a property list, or a `dict` alone; empty is null. @returns The canonical text, or what is wrong. */
export function readAppConfiguration(text: string | null): { readonly text: string | null } | Refusal {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return { text: null };
  const whole = /^<dict\b/.test(trimmed) ? `<plist version="1.0">${trimmed}</plist>` : trimmed;
  try {
    // Reals stay reals; the tree is only written again.
    const value = readXmlPlist(Buffer.from(whole), (real) => new Real(real) as unknown as PlistValue);
    if (!isDictionary(value) || (value as unknown) instanceof Real) return refusal("Not a dictionary");
    if (Object.keys(value).length === 0) return { text: null };
    return { text: writePlist(sortKeys(value)).toString("utf8") };
  } catch (error) {
    if (!(error instanceof PlistError)) throw error;
    return refusal("Invalid property list");
  }
}

function sortKeys(value: PlistWritable): PlistWritable {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isMembers(value)) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // Without a prototype: a key may be called like a member of one.
  const sorted = Object.create(null) as { [key: string]: PlistWritable };
  for (const [key, member] of members) if (member !== undefined) sorted[key] = sortKeys(member);
  return sorted;
}

function refusal(detail: string): Refusal {
  return { kind: "invalid", code: "app_configuration_invalid", field: "configuration", detail };
}
