import { booleanAt, bytesAt, dictionariesAt } from "../../plist/access.ts";
import type { PlistDictionary } from "../../plist/value.ts";
import { textAt } from "../text.ts";

/** A certificate on a device. */
export type InstalledCertificate = {
  readonly commonName: string | null;
  /** The certificate as sent, DER when it is whole: not parsed, let alone verified. */
  readonly data: Buffer;
  /** Whether the device has the private key too. Null: not reported. */
  readonly isIdentity: boolean | null;
};

/**
 * Decodes the answer to CertificateList.
 *
 * @param response The whole report. Entries without a certificate are left out: they name nothing.
 * @returns Null when there is no list: nothing is known, so nothing may be overwritten.
 * @see https://developer.apple.com/documentation/devicemanagement/certificatelistresponse
 */
export function decodeCertificateList(response: PlistDictionary): InstalledCertificate[] | null {
  return dictionariesAt(response, "CertificateList")?.flatMap(decodeCertificate) ?? null;
}

function decodeCertificate(entry: PlistDictionary): InstalledCertificate[] {
  const data = bytesAt(entry, "Data");
  if (data === null || data.length === 0) return [];
  return [{ commonName: textAt(entry, "CommonName"), data, isIdentity: booleanAt(entry, "IsIdentity") }];
}
