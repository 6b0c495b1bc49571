/** Keys, certificates and messages that the fuzzed signatures and envelopes are made of; other keys in every process. */
import { randomBytes } from "node:crypto";
import { asId } from "#platform/ids.ts";
import {
  type Authority,
  planAuthorityCertificate,
  planDeviceCertificate,
  serialOf,
} from "#mdm/identities/authority.ts";
import { children, rawBytes, readOnly } from "#protocol/asn1/read.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { issueCertificate } from "#protocol/x509/issue.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { craftSignedData, properAttributes } from "../../tools/craft-signed-data.ts";
import { aCa, anIdentity, type Identity, rsaKey } from "../../tools/identities.ts";
import { decodeOrNull } from "../target.ts";

export const at = new Date("2026-11-21T12:00:00Z");
export const content = Buffer.from("what was signed");

export const ca: Identity = aCa(rsaKey("ca"));
export const device: Identity = anIdentity(ca, rsaKey("device"), { commonName: "device" });

export const authority: Authority = (() => {
  const key = rsaKey("ca");
  const serial = serialOf(randomBytes(20));
  const plan = planAuthorityCertificate({ publicKeyInfo: key.spki, serial, privateKey: key.privateKey, at });
  const certificate = decodeCertificate(issueCertificate(plan));
  return { id: asId<"CertificateAuthority">(1), certificate, privateKey: key.privateKey };
})();

/** An identity the authority issued for an over-the-air enrollment. */
export const enrolling: Identity = (() => {
  const key = rsaKey("device");
  const subject = [
    { oid: nameOids.commonName, value: "OTA$secret" },
    { oid: nameOids.serialNumber, value: "C02" },
    { oid: nameOids.organization, value: "MBU$7" },
  ];
  const material = { publicKeyInfo: key.spki, serial: serialOf(randomBytes(20)), subject, at };
  return {
    ...key,
    certificate: decodeCertificate(issueCertificate(planDeviceCertificate(authority, material))),
  };
})();

/** Signs content with attributes given as a SET beside those every signer has; null when they are no SET. */
export function signWithAttributes(
  identity: Identity,
  attributes: Buffer,
  signed: Uint8Array,
): Buffer | null {
  const given = decodeOrNull(["Asn1Error"], () => children(readOnly(attributes)).map(rawBytes));
  if (given === null) return null;
  return craftSignedData({ identity, content: signed, attributes: [...properAttributes(signed), ...given] });
}
