import { binaryPlistMagic, readBinaryPlist } from "./read-binary.ts";
import { readXmlPlist } from "./read-xml.ts";
import {
  isDictionary,
  type MakeReal,
  type PlistDictionary,
  PlistError,
  type PlistValue,
  type PlistWritableDictionary,
  plistBytesMax,
  Real,
} from "./value.ts";

/**
 * Reads a property list, binary when it begins with `bplist00` and XML otherwise.
 *
 * @param bytes At most {@link plistBytesMax} bytes. Neither kept nor changed.
 * @throws {PlistError} `plist_malformed`, `plist_too_deep`, `plist_too_large`, `plist_duplicate_key`.
 */
export function readPlist(bytes: Uint8Array): PlistValue {
  return readWith(bytes, (value) => value);
}

function readWith(bytes: Uint8Array, makeReal: MakeReal): PlistValue {
  if (bytes.length > plistBytesMax) {
    throw new PlistError("plist_too_large", `Cannot read a plist of more than ${plistBytesMax} bytes`);
  }
  return isBinaryPlist(bytes) ? readBinaryPlist(bytes, makeReal) : readXmlPlist(bytes, makeReal);
}

/**
 * Reads a property list whose root must be a dictionary, as in every MDM message and profile.
 *
 * @throws {PlistError} As {@link readPlist}, and `plist_root_not_dictionary`.
 */
export function readPlistDictionary(bytes: Uint8Array): PlistDictionary {
  return refuseOtherRoots(readPlist(bytes));
}

/**
 * Reads a dictionary that is written again: reals stay reals, `<real>1</real>` too, as {@link Real}.
 *
 * @throws {PlistError} As {@link readPlistDictionary}.
 */
export function readPlistForWriting(bytes: Uint8Array): PlistWritableDictionary {
  // Only what is written may hold them: nobody reads values out of this tree as those of a message.
  const value: unknown = readWith(bytes, (real) => new Real(real) as unknown as PlistValue);
  return refuseOtherRoots(value instanceof Real ? value.value : (value as PlistValue));
}

function refuseOtherRoots(value: PlistValue): PlistDictionary {
  if (!isDictionary(value)) {
    throw new PlistError("plist_root_not_dictionary", "Cannot read a plist whose root is not a dictionary");
  }
  return value;
}

function isBinaryPlist(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, binaryPlistMagic.length));
  return head.toString("latin1") === binaryPlistMagic;
}
