/** What the authority certifies, and for how long. */
import { describe, expect, test } from "vitest";
import { asId } from "#platform/ids.ts";
import { aCa, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { type Authority, planDeviceCertificate, refuseDeviceKey, serialOf } from "./authority.ts";

const at = new Date("2026-11-21T12:00:00Z");
const day = 86_400_000;

function anAuthority(notAfter: Date): Authority {
  const ca = aCa(ecKey("authority"), { notAfter });
  return { id: asId(1), certificate: ca.certificate, privateKey: ca.privateKey };
}

describe("a device certificate", () => {
  const material = { publicKeyInfo: ecKey("device").spki, serial: Buffer.from([1]), at, subject: [] };

  test("begins a day before it is issued and ends after a year", () => {
    const plan = planDeviceCertificate(anAuthority(new Date("2046-01-01T00:00:00Z")), material);
    expect(plan.notBefore).toEqual(new Date(at.getTime() - day));
    expect(plan.notAfter).toEqual(new Date(at.getTime() + 365 * day));
  });

  test("never outlives its authority", () => {
    const end = new Date("2027-01-01T00:00:00Z");
    expect(planDeviceCertificate(anAuthority(end), material).notAfter).toEqual(end);
  });
});

describe("a serial number", () => {
  test.each([0x00, 0xff])("made of octets %i is positive and has its full length", (octet) => {
    const serial = serialOf(Buffer.alloc(20, octet));
    expect(serial).toHaveLength(20);
    expect((serial[0] as number) & 0xc0).toBe(0x40);
  });

  test("is made of 20 octets and no other number", () => {
    expect(() => serialOf(Buffer.alloc(16))).toThrow(TypeError);
  });
});

describe("a key", () => {
  test("of RSA is certified from 2048 bits on", () => {
    expect(refuseDeviceKey(rsaKey("device one").publicKey)).toBeNull();
    expect(refuseDeviceKey(rsaKey("small", 1024).publicKey)).toMatchObject({ code: "scep_key_refused" });
  });

  test("of another kind is not certified", () => {
    expect(refuseDeviceKey(ecKey("device").publicKey)).toMatchObject({ code: "scep_key_refused" });
  });
});
