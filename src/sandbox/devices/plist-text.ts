/** The device's own property list writer: XML with tabs, as Apple's devices send it. */
import { Real } from "#protocol/plist/value.ts";
import type { PlistWritable } from "#protocol/plist/value.ts";

const header = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/** Writes a value as an XML property list. Members that are undefined are left out. */
export function plistText(value: PlistWritable): Buffer {
  return Buffer.from(`${header}${writeElement(value, "")}</plist>\n`, "utf8");
}

function writeElement(value: PlistWritable, indent: string): string {
  if (value instanceof Uint8Array) return writeData(value, indent);
  if (Array.isArray(value)) return writeArray(value, indent);
  if (typeof value === "object" && !(value instanceof Date) && !(value instanceof Real)) {
    return writeDictionary(value as Readonly<Record<string, PlistWritable | undefined>>, indent);
  }
  return `${indent}${writeScalar(value)}\n`;
}

function writeScalar(value: string | number | bigint | boolean | Date | Real): string {
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (value instanceof Date) return `<date>${value.toISOString().slice(0, 19)}Z</date>`;
  if (value instanceof Real) return `<real>${value.value}</real>`;
  return Number.isInteger(Number(value)) ? `<integer>${value}</integer>` : `<real>${value}</real>`;
}

function writeData(value: Uint8Array, indent: string): string {
  const lines =
    Buffer.from(value)
      .toString("base64")
      .match(/.{1,68}/g) ?? [];
  return `${indent}<data>\n${lines.map((line) => `${indent}${line}\n`).join("")}${indent}</data>\n`;
}

function writeArray(values: readonly PlistWritable[], indent: string): string {
  if (values.length === 0) return `${indent}<array/>\n`;
  const items = values.map((value) => writeElement(value, `${indent}\t`)).join("");
  return `${indent}<array>\n${items}${indent}</array>\n`;
}

function writeDictionary(
  members: Readonly<Record<string, PlistWritable | undefined>>,
  indent: string,
): string {
  const inner = `${indent}\t`;
  const lines = Object.entries(members).flatMap(([key, value]) =>
    value === undefined ? [] : [`${inner}<key>${escapeText(key)}</key>\n${writeElement(value, inner)}`],
  );
  return lines.length === 0 ? `${indent}<dict/>\n` : `${indent}<dict>\n${lines.join("")}${indent}</dict>\n`;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
