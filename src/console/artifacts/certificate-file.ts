/** Certificates that somebody drops, and the profile that makes devices trust them. */
import { newUuid, toBase64 } from "../format/bytes.ts";
import { writePlist } from "../format/plist.ts";

/** More certificates than a chain has are a bundle for other uses. */
const certificatesMax = 20;

/** The certificates (DER) of a PEM text or of a file that is one; null for what is none, or too many. */
export function readCertificates(bytes: Uint8Array): readonly Uint8Array[] | null {
  const text = new TextDecoder("latin1").decode(bytes);
  const found = text.includes("-----BEGIN") ? readPem(text) : [bytes];
  const isGood = found.length > 0 && found.length <= certificatesMax;
  return isGood && found.every((der) => issuerAndSubject(der) !== null) ? found : null;
}

function readPem(text: string): readonly Uint8Array[] {
  const blocks = text.matchAll(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]*)-----END/g);
  return [...blocks].map(([, body = ""]) => {
    try {
      return Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    } catch {
      // What is no base64 is no certificate, which the caller tells.
      return new Uint8Array();
    }
  });
}

/** One payload a certificate: those that issued themselves as roots. */
export function certificateProfile(
  certificates: readonly Uint8Array[],
  about: { readonly name: string; readonly filename: string; readonly channel: "Device" | "User" },
): string {
  const identifier = `pomona.certificate.${newUuid().slice(0, 8).toLowerCase()}`;
  const payloads = certificates.map((der, index) => ({
    PayloadCertificateFileName: about.filename,
    PayloadContent: toBase64(der),
    PayloadType: isSelfIssued(der) ? "com.apple.security.root" : "com.apple.security.pkcs1",
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier}.${index + 1}`,
    PayloadUUID: newUuid(),
    PayloadDisplayName: about.name,
  }));
  const profile = {
    PayloadContent: payloads,
    PayloadDisplayName: about.name,
    PayloadIdentifier: identifier,
    PayloadScope: about.channel === "User" ? "User" : "System",
    PayloadType: "Configuration",
    PayloadUUID: newUuid(),
    PayloadVersion: 1,
  };
  const data = { key: "PayloadContent", type: "data", keys: [] };
  const payload = { key: "Payload", type: "dictionary", keys: [data] };
  return writePlist(profile, [{ key: "PayloadContent", type: "array", keys: [payload] }]);
}

/** Whether issuer and subject are the same name, as those of roots are. */
export function isSelfIssued(der: Uint8Array): boolean {
  const names = issuerAndSubject(der);
  return names !== null && toBase64(names.issuer) === toBase64(names.subject);
}

type Element = {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
};

/** The two names in a certificate, as they stand (RFC 5280, section 4.1); null for what is no certificate. */
function issuerAndSubject(
  der: Uint8Array,
): { readonly issuer: Uint8Array; readonly subject: Uint8Array } | null {
  const certificate = elementAt(der, 0);
  if (certificate?.tag !== 0x30 || certificate.end > der.length) return null;
  const signed = elementAt(der, certificate.content);
  if (signed?.tag !== 0x30) return null;
  const members: Element[] = [];
  for (let at = signed.content; at < signed.end && members.length < 7; ) {
    const member = elementAt(der, at);
    if (member === null || member.end > signed.end) return null;
    members.push(member);
    at = member.end;
  }
  // The version is there only when it is not the first.
  const [serial, , issuer, , subject] = members[0]?.tag === 0xa0 ? members.slice(1) : members;
  if (serial?.tag !== 0x02 || issuer?.tag !== 0x30 || subject?.tag !== 0x30) return null;
  return { issuer: der.slice(issuer.start, issuer.end), subject: der.slice(subject.start, subject.end) };
}

/** Tag and bounds of what begins somewhere; null for the end and for lengths that no certificate has. */
function elementAt(der: Uint8Array, start: number): Element | null {
  const [tag, first] = [der[start], der[start + 1]];
  if (tag === undefined || first === undefined) return null;
  if (first < 0x80) return { tag, start, content: start + 2, end: start + 2 + first };
  const count = first & 0x7f;
  if (count === 0 || count > 3) return null;
  const content = start + 2 + count;
  const length = der.subarray(start + 2, content).reduce((sum, byte) => sum * 256 + byte, 0);
  return { tag, start, content, end: content + length };
}
