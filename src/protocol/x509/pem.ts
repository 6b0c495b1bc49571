/**
 * PEM text (RFC 7468): blocks of base64 between BEGIN and END lines, bounded because operators and proxies
 * send it.
 */
import { decodeCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { X509Error } from "./x509-error.ts";

/** Largest text read: a chain of a dozen certificates has about 24 KB. */
export const pemCharactersMax = 256 * 1024;
/** Most blocks of one text. */
export const pemBlocksMax = 64;

export type PemBlock = { readonly label: string; readonly der: Buffer };

/**
 * Decodes every block of a PEM text; what stands between blocks is commentary.
 *
 * @throws {X509Error} `pem_malformed` for a block without its end or of wrong base64; `pem_too_large`.
 */
export function decodePem(text: string): PemBlock[] {
  if (text.length > pemCharactersMax) throw new X509Error("pem_too_large", "PEM text is too large");
  const blocks: PemBlock[] = [];
  let at = 0;
  while (true) {
    const begin = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
    begin.lastIndex = at;
    const match = begin.exec(text);
    if (match === null) return blocks;
    if (blocks.length >= pemBlocksMax)
      throw new X509Error("pem_too_large", `More than ${pemBlocksMax} PEM blocks`);
    const label = match[1] as string;
    const endLine = `-----END ${label}-----`;
    const end = text.indexOf(endLine, begin.lastIndex);
    if (end < 0) throw new X509Error("pem_malformed", `PEM block "${label}" has no end`);
    blocks.push({ label, der: decodeBase64Body(text.slice(begin.lastIndex, end)) });
    at = end + endLine.length;
  }
}

function decodeBase64Body(body: string): Buffer {
  // An encrypted key of the old kind has header lines and an empty line before its base64 (RFC 1421 4.4).
  const base64 = body.includes(":") ? body.replace(/^[\s\S]*?\r?\n\r?\n/, "") : body;
  const compact = base64.replace(/\s+/g, "");
  if (compact === "" || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw new X509Error("pem_malformed", "PEM block is not base64");
  }
  return Buffer.from(compact, "base64");
}

/** Encodes one block in lines of 64 characters, with a line end after the last. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * Decodes the certificates of a PEM text in their order; other blocks, such as a key, are passed over.
 *
 * @throws {X509Error} `pem_malformed` also when there is no certificate; `pem_too_large`;
 *   `certificate_malformed`.
 */
export function decodeCertificateChain(text: string): Certificate[] {
  const certificates = decodePem(text)
    .filter(({ label }) => label === "CERTIFICATE" || label === "X509 CERTIFICATE")
    .map(({ der }) => decodeCertificate(der));
  if (certificates.length === 0) throw new X509Error("pem_malformed", "PEM text holds no certificate");
  return certificates;
}

/** Encodes certificates one after the other. */
export function encodeCertificateChain(certificates: readonly { readonly raw: Uint8Array }[]): string {
  return certificates.map(({ raw }) => encodePem("CERTIFICATE", raw)).join("");
}
