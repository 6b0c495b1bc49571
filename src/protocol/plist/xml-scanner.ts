// The part of XML that property lists use, as a scanner over one string: tags, text, comments, document type.
// It knows no plist types. Nothing here resolves an external or a declared entity: there is no such code to
// switch off. Every step moves forward, so the work is linear in the length of the text.
import { PlistError, quoteHostileText } from "./value.ts";

/** A position in the text of one document. */
export type XmlScanner = { readonly text: string; at: number };

const tagAttributesMax = 16;
const declarationCharactersMax = 256;
const readableEncodings = new Set(["utf-8", "utf8", "us-ascii", "ascii"]);
const readableWideEncodings = new Set(["utf-16", "utf-16le", "utf-16be"]);
// XML 1.0, section 2.2: the only control characters are tab, line feed and carriage return.
const forbiddenCharacter = /[^\t\n\r\u0020-\ufffd]/;
const space = "[\\t\\n ]+";
const quoted = `(?:"[^"]*"|'[^']*')`;
const externalId = `${space}(?:PUBLIC${space}${quoted}|SYSTEM)${space}${quoted}`;
const documentType = new RegExp(`<!DOCTYPE${space}plist(?:${externalId})?(?:${space})?>`, "y");
const tagStart = /<(\/?)([A-Za-z]+)/y;
const tagAttribute = /[\t\n ]+[A-Za-z_:][\w:.-]*[\t\n ]*=[\t\n ]*(?:"[^"<&]*"|'[^'<&]*')/y;
const tagEnd = /[\t\n ]*(\/?)>/y;
const reference = /&(?:#(\d{1,10})|#x([0-9a-fA-F]{1,8})|(lt|gt|amp|quot|apos));|&/g;
const namedCharacters = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);
const plainTags = new Set(
  ["plist", "dict", "array", "key", "string", "integer", "real", "date", "data", "true", "false"].flatMap(
    (name) => [name, `/${name}`, `${name}/`],
  ),
);

/**
 * Decodes the bytes of a document (UTF-8, or UTF-16 with a byte order mark) and passes over its XML
 * declaration.
 *
 * @returns A scanner on the first character after the declaration. Line ends are already line feeds (XML 1.0,
 *   section 2.11).
 * @throws {PlistError} `plist_malformed`: other encodings, bad sequences, control characters.
 */
export function openXmlScanner(bytes: Uint8Array): XmlScanner {
  const decoded = decodeXmlText(bytes);
  const text = decoded.text.includes("\r") ? decoded.text.replace(/\r\n?/g, "\n") : decoded.text;
  if (forbiddenCharacter.test(text)) throw malformed("Cannot read a control character in a plist");
  const scanner: XmlScanner = { text, at: 0 };
  skipDeclaration(scanner, decoded.isWide);
  return scanner;
}

/**
 * Passes over the document type, when there is one. An internal subset, where entities are declared, is
 * refused.
 */
export function skipDocumentType(scanner: XmlScanner): void {
  skipMiscellaneous(scanner);
  if (!scanner.text.startsWith("<!", scanner.at)) return;
  documentType.lastIndex = scanner.at;
  if (!documentType.test(scanner.text)) throw malformed("Cannot read a document type other than Apple's");
  scanner.at = documentType.lastIndex;
}

/** Passes over what may follow the root and refuses anything else. */
export function skipToEnd(scanner: XmlScanner): void {
  skipMiscellaneous(scanner);
  if (scanner.at < scanner.text.length) throw malformedAt(scanner, "Cannot read text after the plist");
}

/**
 * Reads the next tag, passing over white space, comments and processing instructions. Attributes are ignored.
 *
 * @returns `name` for a start tag, `/name` for an end tag, `name/` for an empty element.
 * @throws {PlistError} `plist_malformed`: text or the end of the document where a tag must stand.
 */
export function readTag(scanner: XmlScanner): string {
  skipMiscellaneous(scanner);
  const end = scanner.text.indexOf(">", scanner.at);
  if (end < 0 || scanner.text.charCodeAt(scanner.at) !== 0x3c) {
    throw malformedAt(scanner, "Cannot find a tag");
  }
  const plain = scanner.text.slice(scanner.at + 1, end);
  if (!plainTags.has(plain)) return readTagWithSpace(scanner);
  scanner.at = end + 1;
  return plain;
}

/**
 * Reads character data up to the end tag of the element `name`, and that end tag.
 *
 * @returns The text with references resolved, CDATA sections included, comments left out.
 */
export function readText(scanner: XmlScanner, name: string): string {
  let result = "";
  for (;;) {
    const end = scanner.text.indexOf("<", scanner.at);
    if (end < 0) throw malformed(`Cannot find the end of <${name}>`);
    result += resolveReferences(scanner.text.slice(scanner.at, end));
    scanner.at = end;
    if (scanner.text.startsWith("<![CDATA[", end)) result += readCharacterSection(scanner);
    else if (scanner.text.startsWith("<!--", end)) skipComment(scanner);
    else break;
  }
  readEndTag(scanner, name);
  return result;
}

/** Reads the end tag of the element `name` and refuses any other. */
export function readEndTag(scanner: XmlScanner, name: string): void {
  const tag = readTag(scanner);
  if (tag !== `/${name}`) {
    throw malformed(`Cannot close <${name}> with ${quoteHostileText(`<${tag}>`)}`);
  }
}

function decodeXmlText(bytes: Uint8Array): { text: string; isWide: boolean } {
  const encoding = sniffEncoding(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return { text, isWide: encoding !== "utf-8" };
  } catch (error) {
    // The decoder reports a bad sequence as a TypeError, which would look like our own mistake.
    if (error instanceof TypeError) throw malformed(`Cannot read the plist as ${encoding}`);
    throw error;
  }
}

function sniffEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

function skipDeclaration(scanner: XmlScanner, isWide: boolean): void {
  if (!/^<\?xml[\t\n ]/.test(scanner.text.slice(0, 6))) return;
  const end = scanner.text.slice(0, declarationCharactersMax).indexOf("?>");
  if (end < 0) throw malformed("Cannot find the end of the XML declaration");
  const encoding = /encoding[\t\n ]*=[\t\n ]*["']([\w.:-]*)["']/.exec(scanner.text.slice(0, end))?.[1];
  const readable = isWide ? readableWideEncodings : readableEncodings;
  if (encoding !== undefined && !readable.has(encoding.toLowerCase())) {
    throw malformed(`Cannot read a plist declared as ${quoteHostileText(encoding)}`);
  }
  scanner.at = end + 2;
}

function skipMiscellaneous(scanner: XmlScanner): void {
  const { text } = scanner;
  for (;;) {
    while (isSpace(text.charCodeAt(scanner.at))) scanner.at += 1;
    if (text.charCodeAt(scanner.at) !== 0x3c) return;
    if (text.startsWith("<!--", scanner.at)) skipComment(scanner);
    else if (text.startsWith("<?", scanner.at)) skipInstruction(scanner);
    else return;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09;
}

function skipComment(scanner: XmlScanner): void {
  const end = scanner.text.indexOf("--", scanner.at + 4);
  // XML 1.0, section 2.5: two hyphens end a comment and cannot stand inside it.
  if (end < 0 || scanner.text.charCodeAt(end + 2) !== 0x3e) {
    throw malformedAt(scanner, "Cannot read the comment");
  }
  scanner.at = end + 3;
}

function skipInstruction(scanner: XmlScanner): void {
  const end = scanner.text.indexOf("?>", scanner.at + 2);
  const isLateDeclaration = /^<\?xml[^\w.:-]/i.test(scanner.text.slice(scanner.at, scanner.at + 6));
  if (end < 0 || isLateDeclaration) throw malformedAt(scanner, "Cannot read the processing instruction");
  scanner.at = end + 2;
}

function readTagWithSpace(scanner: XmlScanner): string {
  const start = matchHere(tagStart, scanner);
  const name = start?.[2] ?? "";
  if (start === null || !plainTags.has(name)) throw malformedAt(scanner, "Cannot read the tag");
  let attributeCount = 0;
  while (matchHere(tagAttribute, scanner) !== null) {
    attributeCount += 1;
    if (attributeCount > tagAttributesMax) throw malformed(`Cannot read <${name}> with that many attributes`);
  }
  const end = matchHere(tagEnd, scanner);
  const isEndTag = start[1] === "/";
  const isEmpty = end?.[1] === "/";
  if (end === null || (isEndTag && (isEmpty || attributeCount > 0))) {
    throw malformedAt(scanner, `Cannot read the tag <${name}>`);
  }
  return `${isEndTag ? "/" : ""}${name}${isEmpty ? "/" : ""}`;
}

function matchHere(expression: RegExp, scanner: XmlScanner): RegExpExecArray | null {
  expression.lastIndex = scanner.at;
  const match = expression.exec(scanner.text);
  if (match !== null) scanner.at = expression.lastIndex;
  return match;
}

function readCharacterSection(scanner: XmlScanner): string {
  const start = scanner.at + "<![CDATA[".length;
  const end = scanner.text.indexOf("]]>", start);
  if (end < 0) throw malformedAt(scanner, "Cannot find the end of the CDATA section");
  scanner.at = end + 3;
  return scanner.text.slice(start, end);
}

function resolveReferences(text: string): string {
  // XML 1.0, section 2.4: the end of a CDATA section cannot stand in character data.
  if (text.includes("]]>")) throw malformed("Cannot read ]]> outside a CDATA section");
  return text.includes("&") ? text.replace(reference, resolveReference) : text;
}

function resolveReference(whole: string, decimal?: string, hex?: string, named?: string): string {
  if (named !== undefined) return namedCharacters.get(named) ?? "";
  if (decimal !== undefined) return characterOf(Number.parseInt(decimal, 10));
  if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
  throw malformed(`Cannot resolve an entity at ${quoteHostileText(whole)}`);
}

function characterOf(codePoint: number): string {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  const character = codePoint > 0x10ffff || isSurrogate ? "\0" : String.fromCodePoint(codePoint);
  if (forbiddenCharacter.test(character)) {
    throw malformed(`Cannot read the character reference "${codePoint}"`);
  }
  return character;
}

function malformed(message: string): PlistError {
  return new PlistError("plist_malformed", message);
}

function malformedAt(scanner: XmlScanner, message: string): PlistError {
  const excerpt = scanner.text.slice(scanner.at, scanner.at + 40);
  return malformed(`${message} at character ${scanner.at}: ${quoteHostileText(excerpt)}`);
}
