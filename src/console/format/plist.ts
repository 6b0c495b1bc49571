/** Property lists in XML, as profiles are written: from values, with the types of Apple's schema where they say more. */

/** What of a key of the schema matters for writing. */
export type PlistKey = { readonly key: string; readonly type: string; readonly keys: readonly PlistKey[] };

/** An element as it stood in a property list: what no form shows is written as it was read. */
export class PlistSource {
  readonly xml: string;

  constructor(xml: string) {
    this.xml = xml;
  }

  static of(element: Element): PlistSource {
    return new PlistSource(new XMLSerializer().serializeToString(element));
  }
}

/** A dictionary with the keys of its own type, among others of other types. */
export class TypedDictionary {
  readonly value: Readonly<Record<string, unknown>>;
  readonly keys: readonly PlistKey[];

  constructor(value: Readonly<Record<string, unknown>>, keys: readonly PlistKey[]) {
    this.value = value;
    this.keys = keys;
  }
}

const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">`;

/** Writes a dictionary as a property list; keys of the schema tell data and dates, which JSON has as text. */
export function writePlist(value: Readonly<Record<string, unknown>>, keys: readonly PlistKey[] = []): string {
  return `${head}\n${dictionary(value, keys, "")}\n</plist>\n`;
}

function element(value: unknown, key: PlistKey | undefined, indent: string): string {
  if (value instanceof PlistSource) return `${indent}${value.xml.trim()}`;
  if (value instanceof TypedDictionary) return dictionary(value.value, value.keys, indent);
  if (Array.isArray(value)) return array(value, key, indent);
  if (typeof value === "boolean") return `${indent}<${String(value)}/>`;
  if (typeof value === "number") {
    const tag = key?.type === "real" || !Number.isInteger(value) ? "real" : "integer";
    return `${indent}<${tag}>${value}</${tag}>`;
  }
  if (typeof value === "object" && value !== null) {
    return dictionary(value as Readonly<Record<string, unknown>>, key?.keys ?? [], indent);
  }
  const tag = key?.type === "data" || key?.type === "date" ? key.type : "string";
  return `${indent}<${tag}>${escapeText(String(value))}</${tag}>`;
}

function dictionary(
  value: Readonly<Record<string, unknown>>,
  keys: readonly PlistKey[],
  indent: string,
): string {
  const inner = `${indent}\t`;
  const known = new Map(keys.map((key) => [key.key, key]));
  const wildcard = keys.find(({ key }) => /^ANY(?: |$)/.test(key));
  const members = Object.entries(value).map(
    ([name, member]) =>
      `${inner}<key>${escapeText(name)}</key>\n${element(member, known.get(name) ?? wildcard, inner)}`,
  );
  return members.length === 0
    ? `${indent}<dict/>`
    : `${indent}<dict>\n${members.join("\n")}\n${indent}</dict>`;
}

function array(items: readonly unknown[], key: PlistKey | undefined, indent: string): string {
  if (items.length === 0) return `${indent}<array/>`;
  const item = key?.keys[0];
  const inner = items.map((value) => element(value, item, `${indent}\t`));
  return `${indent}<array>\n${inner.join("\n")}\n${indent}</array>`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
