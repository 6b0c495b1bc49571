import { readDataText, readDateText, readIntegerText, readRealText } from "./scalars.ts";
import {
  emptyDictionary,
  type MakeReal,
  type PlistDictionary,
  PlistError,
  type PlistValue,
  plistDepthMax,
  plistNodesMax,
  quoteHostileText,
} from "./value.ts";
import {
  openXmlScanner,
  readEndTag,
  readTag,
  readText,
  skipDocumentType,
  skipToEnd,
  type XmlScanner,
} from "./xml-scanner.ts";

type XmlReader = { readonly scanner: XmlScanner; readonly makeReal: MakeReal; nodeCount: number };

/**
 * Reads an XML property list.
 *
 * @param bytes UTF-8, or UTF-16 with a byte order mark. The caller bounds the length, see `readPlist`.
 * @param makeReal What a `<real>` becomes; its number unless told otherwise.
 * @throws {PlistError} `plist_malformed`, `plist_too_deep`, `plist_too_large`, `plist_duplicate_key`.
 * @see http://www.apple.com/DTDs/PropertyList-1.0.dtd
 */
export function readXmlPlist(bytes: Uint8Array, makeReal: MakeReal = (value) => value): PlistValue {
  const scanner = openXmlScanner(bytes);
  skipDocumentType(scanner);
  if (readTag(scanner) !== "plist") throw new PlistError("plist_malformed", "Cannot find the <plist> root");
  const reader: XmlReader = { scanner, makeReal, nodeCount: 0 };
  const value = readValue(reader, readTag(scanner), 1);
  readEndTag(scanner, "plist");
  skipToEnd(scanner);
  return value;
}

function readValue(reader: XmlReader, tag: string, depth: number): PlistValue {
  countNode(reader);
  const { scanner } = reader;
  switch (tag) {
    case "string":
      return readText(scanner, "string");
    case "string/":
      return "";
    case "integer":
      return readIntegerText(readText(scanner, "integer"));
    case "dict":
      return readDictionary(reader, depth);
    case "dict/":
      return emptyDictionary();
    case "array":
      return readArray(reader, depth);
    case "array/":
      return [];
    case "data":
      return readDataText(readText(scanner, "data"));
    case "data/":
      return Buffer.alloc(0);
    default:
      return readRareValue(reader, tag);
  }
}

function readRareValue({ scanner, makeReal }: XmlReader, tag: string): PlistValue {
  switch (tag) {
    case "true/":
      return true;
    case "false/":
      return false;
    case "true":
    case "false":
      readEndTag(scanner, tag);
      return tag === "true";
    case "real":
      return makeReal(readRealText(readText(scanner, "real")));
    case "date":
      return readDateText(readText(scanner, "date"));
    default:
      throw new PlistError("plist_malformed", `Cannot read a value from ${quoteHostileText(`<${tag}>`)}`);
  }
}

function readDictionary(reader: XmlReader, depth: number): PlistDictionary {
  refuseDepth(depth);
  const dictionary = emptyDictionary();
  for (;;) {
    const tag = readTag(reader.scanner);
    if (tag === "/dict") return dictionary;
    const key = readKey(reader, tag);
    if (key in dictionary) {
      throw new PlistError("plist_duplicate_key", `Cannot read the key ${quoteHostileText(key)} twice`);
    }
    dictionary[key] = readValue(reader, readTag(reader.scanner), depth + 1);
  }
}

function readKey(reader: XmlReader, tag: string): string {
  countNode(reader);
  if (tag === "key") return readText(reader.scanner, "key");
  if (tag === "key/") return "";
  throw new PlistError("plist_malformed", `Cannot read a key from ${quoteHostileText(`<${tag}>`)}`);
}

function readArray(reader: XmlReader, depth: number): PlistValue[] {
  refuseDepth(depth);
  const array: PlistValue[] = [];
  for (;;) {
    const tag = readTag(reader.scanner);
    if (tag === "/array") return array;
    array.push(readValue(reader, tag, depth + 1));
  }
}

function countNode(reader: XmlReader): void {
  reader.nodeCount += 1;
  if (reader.nodeCount > plistNodesMax) {
    throw new PlistError("plist_too_large", `Cannot read more than ${plistNodesMax} plist values`);
  }
}

function refuseDepth(depth: number): void {
  if (depth > plistDepthMax) {
    throw new PlistError("plist_too_deep", `Cannot read a plist nested deeper than ${plistDepthMax}`);
  }
}
