/** Which certificates pass for a device's. */
import { describe, expect, test } from "vitest";
import { extendedKeyUsageOids } from "#protocol/x509/extensions.ts";
import { asId } from "#platform/ids.ts";
import { aCa, anIdentity, ecKey, validMoment } from "../../../test/tools/identities.ts";
import type { Authority } from "./authority.ts";
import { encodeCertificateChain } from "#protocol/x509/pem.ts";
import {
  foreignClockSkewSecondsMax,
  readExtraAnchors,
  verifyDeviceCertificate,
} from "./verify-device-certificate.ts";

const ca = aCa(ecKey("authority"), { commonName: "Pomona CA" });
const authority: Authority = { id: asId(1), certificate: ca.certificate, privateKey: ca.privateKey };
const forClients = { extendedKeyUsage: [extendedKeyUsageOids.clientAuth] };
const device = anIdentity(ca, ecKey("device"), forClients);
const der = device.certificate.raw;

function verify(certificate: Uint8Array, at: Date = validMoment) {
  return verifyDeviceCertificate({ authority }, certificate, at);
}

describe("a device certificate", () => {
  test("of the authority is valid between its dates", () => {
    expect(verify(der)).toMatchObject({ issuerId: 1, validity: "valid" });
    expect(verify(der, device.certificate.notBefore)).toMatchObject({ validity: "valid" });
    expect(verify(der, device.certificate.notAfter)).toMatchObject({ validity: "valid" });
  });

  test("is told apart as expired after its end, and refused before its beginning", () => {
    const after = new Date(device.certificate.notAfter.getTime() + 1000);
    const before = new Date(device.certificate.notBefore.getTime() - 1000);
    expect(verify(der, after)).toMatchObject({ issuerId: 1, validity: "expired" });
    expect(verify(der, before)).toMatchObject({ code: "certificate_not_yet_valid" });
  });

  test("of another CA is refused, even one of the same name", () => {
    const impostor = aCa(ecKey("impostor"), { commonName: "Pomona CA" });
    const foreign = anIdentity(impostor, ecKey("device"), forClients);
    expect(verify(foreign.certificate.raw)).toMatchObject({ code: "certificate_untrusted" });
  });

  test("that claims the authority's key identifier without its signature is refused", () => {
    const impostor = aCa(ecKey("impostor"), { commonName: "Pomona CA" });
    const issuer = { name: ca.certificate.subject.raw, keyIdentifier: ca.certificate.subjectKeyIdentifier };
    const forged = anIdentity(impostor, ecKey("device"), { ...forClients, issuer });
    expect(verify(forged.certificate.raw)).toMatchObject({ code: "certificate_untrusted" });
  });

  test("that is the authority's own, a CA, or for another purpose is refused", () => {
    const mail = anIdentity(ca, ecKey("device"), {
      extendedKeyUsage: [extendedKeyUsageOids.emailProtection],
    });
    const anything = anIdentity(ca, ecKey("device"));
    const subordinate = anIdentity(ca, ecKey("device"), { ...forClients, isCa: true });
    for (const { certificate } of [ca, mail, anything, subordinate]) {
      expect(verify(certificate.raw)).toMatchObject({ code: "certificate_untrusted" });
    }
  });

  test("with any bit flipped is refused", () => {
    for (let index = 0; index < der.length; index++) {
      const flipped = Buffer.from(der);
      flipped[index] = (flipped[index] as number) ^ 0x01;
      expect(verify(flipped), `octet ${index}`).not.toHaveProperty("issuerId");
    }
  });

  test("that is none is refused", () => {
    expect(verify(Buffer.alloc(0))).toMatchObject({ code: "certificate_malformed" });
    expect(verify(Buffer.concat([der, Buffer.alloc(1)]))).toMatchObject({ code: "certificate_malformed" });
    expect(verify(Buffer.alloc(70_000, 0x30))).toMatchObject({ code: "certificate_malformed" });
  });
});

describe("a device certificate of another organisation", () => {
  const root = aCa(ecKey("foreign root"), { commonName: "Foreign Root" });
  const issuing = anIdentity(root, ecKey("foreign issuing"), {
    commonName: "Foreign Issuing",
    isCa: true,
    keyUsage: ["keyCertSign"],
  });
  const pem = encodeCertificateChain([issuing.certificate, root.certificate]);
  const extraAnchors = readExtraAnchors(pem);
  const verifyForeign = (certificate: Uint8Array, at: Date = validMoment) =>
    verifyDeviceCertificate({ authority, extraAnchors }, certificate, at);

  test("passes when it descends from the configured chain, whether it says what it is for or not", () => {
    for (const overrides of [{}, forClients]) {
      const { certificate } = anIdentity(issuing, ecKey("device"), overrides);
      expect(verifyForeign(certificate.raw)).toMatchObject({ issuerId: null, validity: "valid" });
      expect(verify(certificate.raw)).toMatchObject({ code: "certificate_untrusted" });
    }
    expect(verifyForeign(der)).toMatchObject({ issuerId: 1 });
  });

  test("does not pass when it is a CA's, for another purpose, or of a stranger", () => {
    const forMail = { extendedKeyUsage: [extendedKeyUsageOids.emailProtection] };
    const stranger = aCa(ecKey("stranger"), { commonName: "Foreign Issuing" });
    for (const { certificate } of [
      issuing,
      root,
      anIdentity(issuing, ecKey("device"), forMail),
      anIdentity(stranger, ecKey("device"), forClients),
    ]) {
      expect(verifyForeign(certificate.raw)).toMatchObject({ code: "certificate_untrusted" });
    }
  });

  test("may begin a little ahead of our clock, and ends on time", () => {
    const { certificate } = anIdentity(issuing, ecKey("device"));
    const before = (seconds: number) => new Date(certificate.notBefore.getTime() - seconds * 1000);
    expect(verifyForeign(certificate.raw, before(foreignClockSkewSecondsMax))).toMatchObject({
      validity: "valid",
    });
    expect(verifyForeign(certificate.raw, before(foreignClockSkewSecondsMax + 1))).toMatchObject({
      code: "certificate_not_yet_valid",
    });
    const after = new Date(certificate.notAfter.getTime() + 1000);
    expect(verifyForeign(certificate.raw, after)).toMatchObject({ validity: "expired" });
  });

  test("of a chain file that holds something else than CAs is a defect of the file", () => {
    expect(() => readExtraAnchors(encodeCertificateChain([device.certificate]))).toThrow();
  });
});
