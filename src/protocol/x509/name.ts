/**
 * Distinguished names: what certificates call their subject and issuer. They are decoded in order, compared
 * as RFC 5280 7.1 asks, written for people as RFC 4514, and read from the header a TLS proxy sends (spec
 * 2.2).
 */
import { Asn1Error, children, expectTag, oid, rawBytes, readOnly, tags, text } from "../asn1/read.ts";
import type { Element } from "../asn1/read.ts";
import {
  element,
  ia5String,
  oid as encodeOid,
  printableString,
  sequence,
  utf8String,
} from "../asn1/write.ts";
import { decodeOrRefuse, X509Error } from "./x509-error.ts";

/** Attributes this server reads or writes, by the name used for them in code. */
export const nameOids = {
  commonName: "2.5.4.3",
  serialNumber: "2.5.4.5",
  country: "2.5.4.6",
  locality: "2.5.4.7",
  state: "2.5.4.8",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  domainComponent: "0.9.2342.19200300.100.1.25",
  userId: "0.9.2342.19200300.100.1.1",
  emailAddress: "1.2.840.113549.1.9.1",
  attestedSerialNumber: "1.2.840.113635.100.8.9.1",
  attestedUdid: "1.2.840.113635.100.8.9.2",
} as const;

/** Most attributes of a name; real ones have fewer than ten. */
export const nameAttributesMax = 64;
/** Longest DN header read; Node's whole header block is limited to a few times this. */
export const dnHeaderCharactersMax = 8_192;

/** One attribute; `value` is null when it is not a character string. `rdn` counts relative names from 0. */
export type NameAttribute = {
  readonly oid: string;
  readonly value: string | null;
  readonly raw: Buffer;
  readonly rdn: number;
};
/** A name in the order of its encoding, and the encoding itself. */
export type DistinguishedName = { readonly raw: Buffer; readonly attributes: readonly NameAttribute[] };
/** An attribute to encode; each becomes a relative name of its own. */
export type NameInput = { readonly oid: string; readonly value: string };

/** Decodes a Name. @throws {X509Error} `name_malformed` */
export function decodeName(der: Uint8Array): DistinguishedName {
  return decodeOrRefuse("name_malformed", "Cannot decode distinguished name", () => readName(readOnly(der)));
}

/** Reads a Name inside a larger structure. @throws {Asn1Error} */
export function readName(nameElement: Element): DistinguishedName {
  const attributes: NameAttribute[] = [];
  for (const [rdn, set] of children(expectTag(nameElement, tags.sequence, "name")).entries()) {
    for (const attribute of children(expectTag(set, tags.set, "relative name"))) {
      const [type, value] = children(expectTag(attribute, tags.sequence, "name attribute"));
      if (value === undefined) throw new Asn1Error("asn1_unexpected", "name attribute without value");
      if (attributes.length >= nameAttributesMax) {
        throw new Asn1Error("asn1_too_many_elements", `more than ${nameAttributesMax} name attributes`);
      }
      attributes.push({ oid: oid(type), value: textOrNull(value), raw: rawBytes(value), rdn });
    }
  }
  return { raw: rawBytes(nameElement), attributes };
}

const stringTags: ReadonlySet<number> = new Set([
  tags.utf8String,
  tags.printableString,
  tags.ia5String,
  tags.numericString,
  tags.teletexString,
  tags.bmpString,
]);

function textOrNull(value: Element): string | null {
  return stringTags.has(value.tag) ? text(value) : null;
}

/** The text values of an attribute, in order; values that are not text are left out. */
export function listNameValues(name: DistinguishedName, attributeOid: string): string[] {
  return name.attributes.flatMap(({ oid: type, value }) =>
    type === attributeOid && value !== null ? [value] : [],
  );
}

/** The first text value of an attribute, or null. */
export function findNameValue(name: DistinguishedName, attributeOid: string): string | null {
  return listNameValues(name, attributeOid)[0] ?? null;
}

/** The text value of an attribute that occurs exactly once, whatever its type; otherwise null (spec 7.5). */
export function findSoleNameValue(name: DistinguishedName, attributeOid: string): string | null {
  const found = name.attributes.filter(({ oid: type }) => type === attributeOid);
  return found.length === 1 ? (found[0]?.value ?? null) : null;
}

/** X.520 makes these PrintableString; a value that does not fit is written as UTF8String instead. */
const printableOids: ReadonlySet<string> = new Set([nameOids.country, nameOids.serialNumber, "2.5.4.46"]);
/** RFC 4519 and RFC 2985 make these IA5String. */
const ia5Oids: ReadonlySet<string> = new Set([nameOids.domainComponent, nameOids.emailAddress]);

/** Encodes a Name of single-valued relative names, in the order given. */
export function encodeName(attributes: readonly NameInput[]): Buffer {
  return sequence(
    ...attributes.map(({ oid: type, value }) =>
      element(tags.set, sequence(encodeOid(type), encodeNameValue(type, value))),
    ),
  );
}

function encodeNameValue(attributeOid: string, value: string): Buffer {
  if (printableOids.has(attributeOid) && /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value))
    return printableString(value);
  if (ia5Oids.has(attributeOid) && /^[\x20-\x7e]*$/.test(value)) return ia5String(value);
  return utf8String(value);
}

/**
 * Whether two names are the same: equal encodings, or equal attributes when string types, letter case and
 * runs of white space are disregarded (RFC 5280 7.1).
 */
export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  if (one.raw.equals(other.raw)) return true;
  if (one.attributes.length !== other.attributes.length) return false;
  return one.attributes.every((attribute, index) => isSameAttribute(attribute, other.attributes[index]));
}

function isSameAttribute(one: NameAttribute, other: NameAttribute | undefined): boolean {
  if (other === undefined || one.oid !== other.oid || one.rdn !== other.rdn) return false;
  if (one.value === null || other.value === null) return one.raw.equals(other.raw);
  return foldNameValue(one.value) === foldNameValue(other.value);
}

function foldNameValue(value: string): string {
  return value.trim().replace(/\s+/g, " ").toLowerCase();
}

/** The short names of RFC 4514 3; other types are written as dotted OIDs. */
const shortNames: ReadonlyMap<string, string> = new Map([
  [nameOids.commonName, "CN"],
  [nameOids.locality, "L"],
  [nameOids.state, "ST"],
  [nameOids.organization, "O"],
  [nameOids.organizationalUnit, "OU"],
  [nameOids.country, "C"],
  ["2.5.4.9", "STREET"],
  [nameOids.domainComponent, "DC"],
  [nameOids.userId, "UID"],
]);

/**
 * Writes a name as RFC 4514 does: last relative name first, `#` and hexadecimal DER for types without a
 * short name.
 */
export function formatName(name: DistinguishedName): string {
  const relativeNames: string[][] = [];
  for (const attribute of name.attributes)
    (relativeNames[attribute.rdn] ??= []).push(formatAttribute(attribute));
  return relativeNames
    .map((attributes) => attributes.join("+"))
    .reverse()
    .join(",");
}

function formatAttribute(attribute: NameAttribute): string {
  const shortName = shortNames.get(attribute.oid);
  if (shortName === undefined || attribute.value === null) {
    return `${shortName ?? attribute.oid}=#${attribute.raw.toString("hex")}`;
  }
  return `${shortName}=${escapeNameValue(attribute.value)}`;
}

function escapeNameValue(value: string): string {
  const last = value.length - 1;
  return value.replace(/[\\"+,;<> #\0]/g, (character, index: number) => {
    if (character === "\0") return "\\00";
    if (character === "#") return index === 0 ? "\\#" : "#";
    if (character === " ") return index === 0 || index === last ? "\\ " : " ";
    return `\\${character}`;
  });
}

/**
 * Reads the subject a TLS proxy puts in a header, such as `serialNumber=C02,CN=MDM$DEP$…,O=MBU$1`.
 *
 * The grammar is the reference's (spec 2.2), not RFC 4514: a backslash escapes the next character, nothing is
 * trimmed, keys keep their case, the last duplicate wins, and a `2.5.4.5` given as `#` and hexadecimal DER
 * of a string is the serial number.
 *
 * @returns Values by key; `2.5.4.5` becomes `serialNumber` when it was decoded. Parts without a key are
 *   dropped.
 * @throws {X509Error} `name_malformed` when longer than {@link dnHeaderCharactersMax}.
 */
export function parseDnHeader(header: string): Map<string, string> {
  if (header.length > dnHeaderCharactersMax)
    throw new X509Error("name_malformed", "Distinguished name is too long");
  const values = new Map<string, string>();
  for (const { key, value } of splitDnHeader(header)) {
    const serialNumber = key === nameOids.serialNumber ? decodeHexText(value) : null;
    if (key !== "") values.set(serialNumber === null ? key : "serialNumber", serialNumber ?? value);
  }
  return values;
}

function splitDnHeader(header: string): { key: string; value: string }[] {
  const parts = [{ key: "", value: "" }];
  let isInValue = false;
  for (const match of header.matchAll(/\\([\s\S])|([\s\S])/g)) {
    const [, escaped, plain] = match;
    // The list starts with one part and only grows.
    const part = parts.at(-1) as { key: string; value: string };
    if (plain === ",") {
      parts.push({ key: "", value: "" });
      isInValue = false;
    } else if (plain === "=" && !isInValue) isInValue = true;
    else part[isInValue ? "value" : "key"] += escaped ?? plain ?? "";
  }
  return parts;
}

function decodeHexText(value: string): string | null {
  if (!/^#(?:[0-9a-fA-F]{2})+$/.test(value)) return null;
  try {
    return textOrNull(readOnly(Buffer.from(value.slice(1), "hex")));
  } catch (error) {
    // Not a DER string: the header keeps the text it had, as for a plain-text 2.5.4.5.
    if (error instanceof Asn1Error) return null;
    throw error;
  }
}
