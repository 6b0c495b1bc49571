/** What a file that somebody dropped is: by its first bytes and its content, not by its name alone. */
import { readBinaryPlist } from "../format/binary-plist.ts";
import { readCertificates } from "./certificate-file.ts";

export type DetectedFile =
  | {
      readonly kind: "profile";
      readonly title: string | null;
      readonly channel: "Device" | "User";
      readonly isSigned: boolean;
    }
  | { readonly kind: "provisioning profile"; readonly title: string | null }
  | {
      readonly kind: "declaration";
      readonly type: string;
      readonly artifactType: "Activation" | "Asset" | "Configuration";
      readonly source: string;
    }
  /** In DER, one or a chain: it becomes a profile. */
  | { readonly kind: "certificate"; readonly certificates: readonly Uint8Array[] }
  | { readonly kind: "package"; readonly isIpa: boolean }
  | { readonly kind: "data asset"; readonly type: "PLIST" | "ZIP" }
  /** Said in a sentence. */
  | { readonly kind: "unknown"; readonly reason: UnknownReason };

export type UnknownReason = "empty" | "declaration_type" | "json" | "private_key" | "request" | "other";

type Dictionary = Readonly<Record<string, unknown>>;

/** How much is looked at: large files are packages, which their first bytes tell. */
export const detectedBytesMax = 4 * 1024 * 1024;

/**
 * @param bytes Its beginning, {@link detectedBytesMax} at most.
 * @param readXml Reads a property list in XML; null for what is none.
 */
export function detectFile(
  name: string,
  bytes: Uint8Array,
  readXml: (text: string) => Dictionary | null,
): DetectedFile {
  const head = latin1(bytes.subarray(0, 8));
  if (bytes.length === 0) return { kind: "unknown", reason: "empty" };
  if (head.startsWith("xar!")) return { kind: "package", isIpa: false };
  if (head.startsWith("PK")) {
    return /\.ipa$/i.test(name) ? { kind: "package", isIpa: true } : { kind: "data asset", type: "ZIP" };
  }
  if (head.startsWith("bplist")) return detectPlist(asDictionary(readBinaryPlist(bytes)), false);
  const text = latin1(bytes).trimStart();
  if (text.includes("-----BEGIN ")) return detectPem(text, bytes);
  if (text.startsWith("{")) return detectJson(new TextDecoder().decode(bytes));
  if (text.startsWith("<") || bytes[0] === 0xef) {
    return detectPlist(readXml(new TextDecoder().decode(bytes).trim()), false);
  }
  const certificates = bytes[0] === 0x30 ? readCertificates(bytes) : null;
  if (certificates !== null) return { kind: "certificate", certificates };
  if (/\.(?:p12|pfx)$/i.test(name)) return { kind: "unknown", reason: "private_key" };
  // A signed message holds the property list as it was, in one piece or with the lengths of pieces between.
  if (bytes[0] === 0x30) return detectPlist(readSigned(bytes, readXml), true);
  return { kind: "unknown", reason: "other" };
}

function detectPlist(content: Dictionary | null, isSigned: boolean): DetectedFile {
  if (content === null) return { kind: "unknown", reason: "other" };
  if (content["PayloadType"] === "Configuration" || Array.isArray(content["PayloadContent"])) {
    return {
      kind: "profile",
      title: textOf(content["PayloadDisplayName"]),
      // Apple's default: without a scope, a profile is for the user.
      channel: content["PayloadScope"] === "System" ? "Device" : "User",
      isSigned,
    };
  }
  if ("ProvisionedDevices" in content || "ProvisionsAllDevices" in content || "TeamIdentifier" in content) {
    return { kind: "provisioning profile", title: textOf(content["Name"]) };
  }
  return isSigned ? { kind: "unknown", reason: "other" } : { kind: "data asset", type: "PLIST" };
}

function detectPem(text: string, bytes: Uint8Array): DetectedFile {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return { kind: "unknown", reason: "private_key" };
  if (/-----BEGIN [A-Z ]*REQUEST-----/.test(text)) return { kind: "unknown", reason: "request" };
  const certificates = readCertificates(bytes);
  return certificates === null ? { kind: "unknown", reason: "other" } : { kind: "certificate", certificates };
}

function detectJson(text: string): DetectedFile {
  const content = parseJson(text);
  const type = textOf(content?.["Type"]);
  if (content === null || type === null) return { kind: "unknown", reason: "json" };
  const artifactType = (
    { configuration: "Configuration", activation: "Activation", asset: "Asset" } as const
  )[/^com\.apple\.(configuration|activation|asset)\./.exec(type)?.[1] as "asset"];
  if (artifactType === undefined) return { kind: "unknown", reason: "declaration_type" };
  return { kind: "declaration", type, artifactType, source: text };
}

function readSigned(bytes: Uint8Array, readXml: (text: string) => Dictionary | null): Dictionary | null {
  const text = latin1(bytes);
  const start = text.indexOf("<?xml");
  const end = text.lastIndexOf("</plist>");
  if (start === -1 || end === -1) return null;
  const inner = bytes.subarray(start, end + "</plist>".length);
  return readXml(new TextDecoder().decode(inner)) ?? readPieces(text.slice(start, end + 8));
}

/** The few members that matter here, when lengths of pieces stand in the middle of the text. */
function readPieces(text: string): Dictionary | null {
  if (!text.includes("<key>PayloadContent</key>")) return null;
  const last = (key: string): string | null =>
    [...text.matchAll(new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`, "g"))].at(-1)?.[1] ?? null;
  return {
    PayloadType: "Configuration",
    PayloadDisplayName: last("PayloadDisplayName"),
    PayloadScope: last("PayloadScope"),
  };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function parseJson(text: string): Dictionary | null {
  try {
    return asDictionary(JSON.parse(text));
  } catch {
    // What is no JSON is told to the person as such.
    return null;
  }
}

function asDictionary(value: unknown): Dictionary | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dictionary) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
