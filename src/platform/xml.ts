/**
 * Small XML documents as trees, for formats of other people that are XML: strict, bounded, and without any entity but
 * the five of XML itself.
 */
import { SaxesParser } from "saxes";

export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data right inside the element, as it is. */
  readonly text: string;
};

/** Deepest nesting, and so the deepest recursion of whoever walks a tree. */
export const xmlDepthMax = 64;
/** Most elements of one document: a package that lists every file it has stays below it. */
export const xmlElementsMax = 200_000;

export type XmlErrorCode = "xml_malformed" | "xml_too_large";

/** A document that is not well-formed, or beyond a limit. */
export class XmlError extends Error {
  readonly code: XmlErrorCode;
  constructor(code: XmlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "XmlError";
    this.code = code;
  }
}

type OpenElement = { name: string; attributes: Map<string, string>; children: XmlElement[]; text: string };

/**
 * Reads a document in UTF-8, or in UTF-16 with a byte order mark. The caller bounds its bytes.
 *
 * @throws {XmlError} Also for a document type that declares something: there entities could be made.
 */
export function readXml(bytes: Uint8Array): XmlElement {
  const parser = new SaxesParser({ position: false });
  const open: OpenElement[] = [{ name: "", attributes: new Map(), children: [], text: "" }];
  let elements = 0;
  const top = (): OpenElement => open.at(-1) as OpenElement;
  parser.on("error", (error) => {
    throw malformed(error);
  });
  parser.on("doctype", (text) => {
    if (text.includes("[")) throw malformed("Cannot read a document type with declarations");
  });
  parser.on("opentag", ({ name, attributes }) => {
    elements += 1;
    if (open.length > xmlDepthMax) throw tooLarge(`nested deeper than ${xmlDepthMax} elements`);
    if (elements > xmlElementsMax) throw tooLarge(`more than ${xmlElementsMax} elements`);
    open.push({ name, attributes: new Map(Object.entries(attributes)), children: [], text: "" });
  });
  const addText = (text: string): void => {
    if (open.length > 1) top().text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const closed = open.pop() as OpenElement;
    top().children.push(closed);
  });
  parser.write(decodeText(bytes)).close();
  const [root] = top().children;
  if (root === undefined) throw malformed("The document is empty");
  return root;
}

function decodeText(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(cause: unknown): XmlError {
  return new XmlError("xml_malformed", "The document is not well-formed XML", { cause });
}

function tooLarge(what: string): XmlError {
  return new XmlError("xml_too_large", `The document is ${what}`);
}

/** The first child of the name, or null. */
export function childOf(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((child) => child.name === name) ?? null;
}

/** The trimmed text of the first child of the name, or null when there is none. */
export function childText(element: XmlElement, name: string): string | null {
  return childOf(element, name)?.text.trim() ?? null;
}

/** Every element of the name below this one, in document order. */
export function descendantsOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...descendantsOf(child, name),
  ]);
}
