import "reflect-metadata";
import { createPublicKey, X509Certificate } from "node:crypto";
import { X509Certificate as OracleCertificate } from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { integer, oid, bitString, nullValue, sequence } from "../asn1/write.ts";
import {
  attested,
  certificateBytesMax,
  certificateFingerprint,
  decodeCertificate,
  readIssuerAndSerial,
} from "./certificate.ts";
import { encodeKeyUsage, decodeKeyUsage, extendedKeyUsageOids } from "./extensions.ts";
import { issueCertificate, issuerNamed, serialBytesMax } from "./issue.ts";
import { formatName, nameOids } from "./name.ts";
import { decodeCertificateChain, decodePem, encodeCertificateChain, encodePem, pemBlocksMax } from "./pem.ts";
import { importPublicKey, importPublicKeyInfo, keyIdentifierOf } from "./public-key.ts";
import { ecPublicKeyOid, rsaEncryptionOid } from "./signature-algorithm.ts";

const code = (value: string) => expect.objectContaining({ code: value });
const ca = aCa(rsaKey("ca"));
const device = anIdentity(ca, ecKey("device"), {
  subject: [
    { oid: nameOids.serialNumber, value: "C02ABC" },
    { oid: nameOids.commonName, value: "MDM$DEP$secret" },
    { oid: nameOids.attestedSerialNumber, value: "C02ABC" },
    { oid: nameOids.attestedUdid, value: "one" },
    { oid: nameOids.attestedUdid, value: "two" },
  ],
  extendedKeyUsage: [extendedKeyUsageOids.clientAuth],
  alternativeNames: [
    { kind: "dns", value: "mdm.example.com" },
    { kind: "email", value: "a@example.com" },
    { kind: "uri", value: "urn:x" },
  ],
});

describe("issued certificates", () => {
  test("decode to what was asked for", () => {
    const { certificate } = device;
    expect(formatName(certificate.issuer)).toBe("CN=Test CA");
    expect(certificate.basicConstraints).toEqual({ isCa: false, pathLength: null });
    expect([...(certificate.keyUsage ?? [])]).toEqual(["digitalSignature", "keyEncipherment"]);
    expect(certificate.extendedKeyUsage).toEqual([extendedKeyUsageOids.clientAuth]);
    expect(certificate.alternativeNames).toEqual([
      { kind: "dns", value: "mdm.example.com" },
      { kind: "email", value: "a@example.com" },
      { kind: "uri", value: "urn:x" },
    ]);
    expect(certificate.authorityKeyIdentifier).toEqual(ca.certificate.subjectKeyIdentifier);
    expect(certificate.subjectKeyIdentifier).toEqual(keyIdentifierOf(device.spki));
    expect(certificate.notAfter.toISOString()).toBe("2039-12-31T00:00:00.000Z");
    expect(ca.certificate.basicConstraints).toEqual({ isCa: true, pathLength: null });
  });

  test("mean the same to two other implementations", () => {
    for (const { certificate } of [ca, device]) {
      const node = new X509Certificate(certificate.raw);
      const oracle = new OracleCertificate(Buffer.from(certificate.raw));
      expect(certificate.serial.toString("hex")).toBe(node.serialNumber.toLowerCase());
      expect(oracle.serialNumber).toBe(certificate.serial.toString("hex"));
      expect(oracle.notBefore).toEqual(certificate.notBefore);
      expect(oracle.notAfter).toEqual(certificate.notAfter);
      expect(Buffer.from(oracle.publicKey.rawData).equals(certificate.publicKeyInfo)).toBe(true);
      expect(oracle.extensions.map(({ type, critical }) => [type, critical])).toEqual(
        [...certificate.extensions.values()].map(({ oid: type, isCritical }) => [type, isCritical]),
      );
      expect(node.fingerprint256.replaceAll(":", "").toLowerCase()).toBe(
        certificateFingerprint(certificate.raw).toString("hex"),
      );
      expect(importPublicKey(certificate).equals(node.publicKey)).toBe(true);
    }
    expect(new X509Certificate(device.certificate.raw).verify(ca.publicKey)).toBe(true);
  });

  test("give issuer and serial number without being decoded", () => {
    const { issuer, serial } = readIssuerAndSerial(device.certificate.raw);
    expect(issuer.equals(device.certificate.issuer.raw)).toBe(true);
    expect(serial.equals(device.certificate.serial)).toBe(true);
    expect(() => readIssuerAndSerial(Buffer.from("3003020101", "hex"))).toThrowError(
      code("certificate_malformed"),
    );
  });

  test("attest only what occurs exactly once", () => {
    expect(attested(device.certificate)).toEqual({ serialNumber: "C02ABC", udid: null });
    expect(attested(ca.certificate)).toEqual({ serialNumber: null, udid: null });
  });

  test.each([
    ["no serial number", { serial: Buffer.alloc(0) }],
    ["a serial number of zero", { serial: Buffer.alloc(8) }],
    ["too long a serial number", { serial: Buffer.alloc(serialBytesMax + 1, 1) }],
    ["a serial number that becomes too long", { serial: Buffer.alloc(serialBytesMax, 0xff) }],
    ["an end before the beginning", { notAfter: new Date("2000-01-01T00:00:00Z") }],
  ])("are refused with %s", (_, overrides) => {
    expect(() => aCa(rsaKey("ca"), overrides)).toThrowError(code("certificate_fields_invalid"));
  });

  test("may have an empty subject, as devices with SCEP identities do", () => {
    const { certificate } = anIdentity(ca, ecKey("device"), { subject: [] });
    expect(certificate.subject.attributes).toEqual([]);
  });

  testWithProgram(["openssl"], "OpenSSL verifies them and reads their extensions", (openssl) => {
    using bench = new Workbench();
    const anchor = bench.write("ca.pem", encodePem("CERTIFICATE", ca.certificate.raw));
    const sub = anIdentity(ca, ecKey("sub"), { isCa: true, pathLength: 0, keyUsage: ["keyCertSign"] });
    const leaf = anIdentity(sub, rsaKey("ca"), { commonName: "leaf", hash: "sha384" });
    bench.write("chain.pem", encodeCertificateChain([sub.certificate]));
    bench.write("leaf.pem", encodePem("CERTIFICATE", leaf.certificate.raw));
    bench.write("device.pem", encodePem("CERTIFICATE", device.certificate.raw));
    bench.run(openssl, "verify", "-x509_strict", "-CAfile", anchor, "-untrusted", "chain.pem", "leaf.pem");
    bench.run(openssl, "verify", "-x509_strict", "-CAfile", anchor, "device.pem");
    const shown = bench.run(openssl, "x509", "-in", "device.pem", "-noout", "-text").toString();
    expect(shown).toContain("DNS:mdm.example.com, email:a@example.com, URI:urn:x");
    expect(shown).toContain("TLS Web Client Authentication");
    expect(shown).toContain("Digital Signature, Key Encipherment");
  });
});

describe("malformed certificates", () => {
  test("every prefix is refused, and so is what follows a certificate", () => {
    const { raw } = device.certificate;
    for (let length = 0; length < raw.length; length++) {
      expect(() => decodeCertificate(raw.subarray(0, length))).toThrowError(code("certificate_malformed"));
    }
    expect(() => decodeCertificate(Buffer.concat([raw, Buffer.from([0])]))).toThrowError(
      code("certificate_malformed"),
    );
  });

  test("a changed octet anywhere is decoded or refused with a code, and never crashes", () => {
    const { raw } = device.certificate;
    for (let index = 0; index < raw.length; index++) {
      for (const mask of [0x01, 0x20, 0x80, 0xff]) {
        const changed = Buffer.from(raw);
        changed[index] = (changed[index] as number) ^ mask;
        try {
          importPublicKey(decodeCertificate(changed));
        } catch (error) {
          expect(error).toMatchObject({ name: "X509Error" });
        }
      }
    }
  });

  test("one that is too large is refused before it is read", () => {
    expect(() => decodeCertificate(Buffer.alloc(certificateBytesMax + 1))).toThrowError(
      code("certificate_malformed"),
    );
  });

  test("two signature algorithms that differ are refused", () => {
    const changed = Buffer.from(device.certificate.raw);
    const sha256WithRsa = oid("1.2.840.113549.1.1.11");
    changed[changed.lastIndexOf(sha256WithRsa) + sha256WithRsa.length - 1] = 13;
    expect(() => decodeCertificate(changed)).toThrowError(code("certificate_malformed"));
  });
});

describe("key usage", () => {
  test("keeps every bit, the ninth included", () => {
    for (const usages of [[], ["digitalSignature"], ["decipherOnly"], ["keyCertSign", "cRLSign"]] as const) {
      expect([...decodeKeyUsage(encodeKeyUsage(usages))]).toEqual([...usages]);
    }
    expect(encodeKeyUsage(["keyCertSign", "cRLSign"]).toString("hex")).toBe("03020106");
  });
});

describe("public keys", () => {
  test.each(["P-256", "P-384", "P-521"])("on %s are imported", (curve) => {
    const { spki, publicKey } = ecKey("curve", curve);
    expect(importPublicKeyInfo(spki).equals(publicKey)).toBe(true);
  });

  const rsaInfo = (modulus: Buffer, exponent: Buffer | number) =>
    sequence(
      sequence(oid(rsaEncryptionOid), nullValue()),
      bitString(sequence(integer(modulus), integer(exponent))),
    );
  const odd = (bytes: number) => Buffer.alloc(bytes, 0xff);
  const ecInfo = (curveOid: string, point: Buffer) =>
    sequence(sequence(oid(ecPublicKeyOid), oid(curveOid)), bitString(point));
  const p256 = "1.2.840.10045.3.1.7";

  test.each([
    ["RSA with 1016 bits", rsaInfo(odd(127), 65_537)],
    ["RSA with 8200 bits", rsaInfo(odd(1025), 65_537)],
    ["RSA with exponent 1", rsaInfo(odd(256), 1)],
    ["RSA with an even exponent", rsaInfo(odd(256), 65_536)],
    ["RSA with an exponent of 2048 bits", rsaInfo(odd(256), odd(256))],
    ["an unknown curve", ecInfo("1.3.132.0.10", Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]))],
    ["a point off the curve", ecInfo(p256, Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]))],
    ["a compressed point", ecInfo(p256, Buffer.concat([Buffer.from([2]), Buffer.alloc(32, 1)]))],
    ["a short point", ecInfo(p256, Buffer.from([4, 1, 2]))],
    ["another kind of key", sequence(sequence(oid("1.3.101.112")), bitString(Buffer.alloc(32)))],
  ])("are refused: %s", (_, info) => {
    expect(() => importPublicKeyInfo(info)).toThrowError(code("key_unsupported"));
  });

  test("a modulus of zero and a negative one are malformed", () => {
    expect(() => importPublicKeyInfo(rsaInfo(Buffer.alloc(128), 3))).toThrowError(
      code("certificate_malformed"),
    );
    expect(() => importPublicKeyInfo(Buffer.from("3003020101", "hex"))).toThrowError(
      code("certificate_malformed"),
    );
  });

  test("RSA-1024 is the smallest accepted, for Apple's own device CA", () => {
    const { spki } = rsaKey("small", 1024);
    expect(
      importPublicKeyInfo(spki).equals(createPublicKey({ key: spki, type: "spki", format: "der" })),
    ).toBe(true);
  });
});

describe("PEM", () => {
  const pem = encodeCertificateChain([device.certificate, ca.certificate]);

  test("keeps a chain in its order, between commentary and beside other blocks", () => {
    const key = encodePem("PRIVATE KEY", Buffer.from("x"));
    const text = `subject: x\r\n${pem.replaceAll("\n", "\r\n")}\n${key}`;
    const chain = decodeCertificateChain(text);
    expect(chain.map(({ raw }) => raw.toString("hex"))).toEqual(
      [device, ca].map(({ certificate }) => certificate.raw.toString("hex")),
    );
    expect(decodePem(text).map(({ label }) => label)).toEqual(["CERTIFICATE", "CERTIFICATE", "PRIVATE KEY"]);
  });

  test("passes over the headers of an old encrypted key", () => {
    const headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\n";
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${headers}AAAA\n-----END RSA PRIVATE KEY-----`;
    expect(decodePem(key)[0]?.der.length).toBe(3);
  });

  test.each([
    ["a block without end", "-----BEGIN CERTIFICATE-----\nAAAA", "pem_malformed"],
    ["an end of another label", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----", "pem_malformed"],
    ["no base64", "-----BEGIN CERTIFICATE-----\nA*AA\n-----END CERTIFICATE-----", "pem_malformed"],
    ["an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "pem_malformed"],
    ["no certificate", "hello", "pem_malformed"],
    ["a certificate that is none", encodePem("CERTIFICATE", Buffer.from("x")), "certificate_malformed"],
    ["too many blocks", encodePem("X", Buffer.from("x")).repeat(pemBlocksMax + 1), "pem_too_large"],
    ["too much text", "-".repeat(300_000), "pem_too_large"],
  ])("refuses %s", (_, text, refusal) => {
    expect(() => decodeCertificateChain(text)).toThrowError(code(refusal));
  });
});

test("an issuer may be a bare name, as the certificates of escrow keys have", () => {
  const { spki, privateKey } = ecKey("escrow");
  const der = issueCertificate({
    serial: Buffer.from([1]),
    subject: [{ oid: nameOids.commonName, value: "escrow key" }],
    publicKeyInfo: spki,
    issuer: issuerNamed([{ oid: nameOids.commonName, value: "Pomona" }], spki),
    issuerKey: privateKey,
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2060-01-01T00:00:00Z"),
  });
  const certificate = decodeCertificate(der);
  expect(formatName(certificate.issuer)).toBe("CN=Pomona");
  expect(certificate.notAfter.getUTCFullYear()).toBe(2060);
  expect(new X509Certificate(der).verify(importPublicKey(certificate))).toBe(true);
});
