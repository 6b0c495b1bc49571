/** Hostile requests at the OTA doors: whatever the bytes, the answer is a value with a name. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asId } from "#platform/ids.ts";
import { planAuthorityCertificate, planDeviceCertificate, serialOf } from "#mdm/identities/authority.ts";
import { signData } from "#protocol/cms/sign.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { deviceCaAnchorOf } from "#protocol/x509/apple-device-ca.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { issueCertificate } from "#protocol/x509/issue.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { type Identity, aCa, anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import { type OtaTrust, readOtaRequest } from "./ota-request.ts";

const at = new Date("2026-11-21T12:00:00Z");
const deviceCa = aCa(rsaKey("device ca"), { commonName: "Test Device CA" });
const authority = (() => {
  const key = rsaKey("authority");
  const serial = serialOf(randomBytes(20));
  const plan = planAuthorityCertificate({ publicKeyInfo: key.spki, serial, privateKey: key.privateKey, at });
  const certificate = decodeCertificate(issueCertificate(plan));
  return { id: asId<"CertificateAuthority">(1), certificate, privateKey: key.privateKey };
})();
const trust: OtaTrust = { authority, deviceCaAnchors: [deviceCaAnchorOf(deviceCa.certificate)] };

const factory = anIdentity(deviceCa, rsaKey("factory"), { commonName: "U-1" });
const enrolling: Identity = (() => {
  const key = rsaKey("enrolling");
  const subject = [
    { oid: nameOids.commonName, value: "OTA$secret" },
    { oid: nameOids.serialNumber, value: "C02" },
    { oid: nameOids.organization, value: "MBU$7" },
  ];
  const plan = planDeviceCertificate(authority, {
    publicKeyInfo: key.spki,
    serial: serialOf(randomBytes(20)),
    subject,
    at,
  });
  return { ...key, certificate: decodeCertificate(issueCertificate(plan)) };
})();
const content = writePlist({ SERIAL: "C02", UDID: "U-1", CHALLENGE: "abc" });

function sign(identity: Identity, signedAttributes: boolean, bytes: Uint8Array = content): Buffer {
  const { certificate, privateKey } = identity;
  return signData({ content: bytes, certificate, privateKey, signedAttributes, at });
}

describe("the signer decides the phase", () => {
  test.each([true, false])("with signed attributes: %s", (signedAttributes) => {
    expect(readOtaRequest(sign(factory, signedAttributes), trust, at)).toMatchObject({
      phase: 2,
      attributes: { serialNumber: "C02", udid: "U-1", challenge: "abc" },
    });
    expect(readOtaRequest(sign(enrolling, signedAttributes), trust, at)).toMatchObject({
      phase: 3,
      subject: { commonName: "OTA$secret", serialNumber: "C02", organization: "MBU$7" },
    });
  });

  test("dates count for our own certificates, and not for the device CA's", () => {
    const later = new Date("2045-01-01T00:00:00Z");
    expect(readOtaRequest(sign(factory, false), trust, later)).toMatchObject({ phase: 2 });
    expect(readOtaRequest(sign(enrolling, false), trust, later)).toMatchObject({
      code: "ota_signer_unknown",
    });
  });
});

test("content that is signed but no dictionary is malformed by name", () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), writePlist(["C02"])]) {
    expect(readOtaRequest(sign(factory, true, bytes), trust, at)).toMatchObject({
      code: "ota_attributes_malformed",
    });
  }
});

test("one changed byte anywhere is a refusal, or changes nothing that was signed", () => {
  const bodies = [sign(factory, true), sign(factory, false), sign(enrolling, true)];
  fc.assert(
    fc.property(
      fc.constantFrom(...bodies),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (body, place, change) => {
        const copy = Buffer.from(body);
        const index = place % copy.length;
        copy[index] = (copy[index] ?? 0) ^ change;
        const answer = readOtaRequest(copy, trust, at);
        // Bytes outside the signature, such as the version of the message, may change; what was signed may not.
        if ("attributes" in answer)
          expect(answer.attributes).toMatchObject({ serialNumber: "C02", udid: "U-1" });
        else expect(answer.code).toMatch(/^ota_/);
      },
    ),
    { numRuns: 400 },
  );
});

test("any bytes are a refusal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(readOtaRequest(bytes, trust, at)).toMatchObject({ code: "ota_not_signed" });
    }),
  );
});

test("an issuer's name is quoted up to a limit", () => {
  const ca = aCa(rsaKey("stranger"), { commonName: "C".repeat(5_000) });
  const answer = readOtaRequest(sign(anIdentity(ca, rsaKey("stranger leaf")), false), trust, at);
  expect("detail" in answer && answer.detail.length).toBeLessThan(400);
});
