import { ContentInfo, SignedData as OracleSignedData } from "pkijs";
import { describe, expect, test } from "vitest";
import {
  anAttribute,
  asIndefinite,
  craftSignedData,
  properAttributes,
} from "../../../test/tools/craft-signed-data.ts";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { rawBytes } from "../asn1/read.ts";
import {
  contextPrimitive,
  element,
  octetString,
  oid,
  printableString,
  sequence,
  setOf,
} from "../asn1/write.ts";
import { verifyAppleDeviceChain } from "../x509/apple-device-ca.ts";
import { formatName } from "../x509/name.ts";
import { importPublicKey } from "../x509/public-key.ts";
import { rsaEncryptionOid } from "../x509/signature-algorithm.ts";
import { CmsError } from "./cms-error.ts";
import { encodeDegenerate, signData } from "./sign.ts";
import type { SignInput } from "./sign.ts";
import { cmsCertificatesMax, cmsOids, cmsSignersMax, decodeSignedData } from "./signed-data.ts";
import { verifySignedData } from "./verify-signed-data.ts";

const ca = aCa(rsaKey("ca"));
const device = anIdentity(ca, rsaKey("device"));
const curved = anIdentity(ca, ecKey("device"));
const content = Buffer.from("<plist>body\r\n with line ends\n</plist>");
const refused = (code: string) => expect.objectContaining({ name: "CmsError", code });
const bytesDiffer = (one: Buffer, other: Buffer) => Buffer.compare(one, other) !== 0;

function verify(message: Uint8Array, detached?: Uint8Array) {
  const signedData = decodeSignedData(message);
  return verifySignedData({ signedData, ...(detached === undefined ? {} : { content: detached }) });
}

function aMessage(overrides: Partial<SignInput> = {}): Buffer {
  const { certificate, privateKey } = device;
  return signData({ content, certificate, privateKey, signedAttributes: true, ...overrides });
}

describe("messages we sign", () => {
  const at = new Date("2026-03-04T05:06:07Z");

  test.each([
    ["RSA with attributes", {}],
    ["RSA without attributes", { signedAttributes: false }],
    ["ECDSA with attributes", { certificate: curved.certificate, privateKey: curved.privateKey }],
    [
      "ECDSA without",
      { certificate: curved.certificate, privateKey: curved.privateKey, signedAttributes: false },
    ],
    ["SHA-1", { hash: "sha1" as const }],
    ["SHA-384", { hash: "sha384" as const }],
    ["SHA-512", { hash: "sha512" as const, signedAttributes: false }],
    ["empty content", { content: Buffer.alloc(0) }],
    ["empty content without attributes", { content: Buffer.alloc(0), signedAttributes: false }],
    ["other content", { contentType: cmsOids.envelopedData }],
  ])("verify: %s, attached and detached, DER and BER", (_, overrides) => {
    const body = "content" in overrides ? overrides.content : content;
    const attached = aMessage(overrides);
    const detached = aMessage({ ...overrides, detached: true });
    for (const message of [attached, asIndefinite(attached), asIndefinite(attached, 3)]) {
      expect(verify(message).content.equals(body)).toBe(true);
    }
    for (const message of [detached, asIndefinite(detached)]) {
      expect(verify(message, body).signers.length).toBe(1);
    }
  });

  test("tell signer, time, extra attributes and chain", () => {
    const extraAttributes = [{ oid: "2.16.840.1.113733.1.9.2", value: printableString("19") }];
    const verified = verify(aMessage({ at, extraAttributes, chain: [ca.certificate] }));
    const [signer] = verified.signers;
    expect(signer?.signingTime).toEqual(at);
    expect(signer?.algorithm).toEqual({ keyKind: "rsa", hash: "sha256" });
    expect(signer?.certificate.raw.equals(device.certificate.raw)).toBe(true);
    expect(signer?.attributes.get("2.16.840.1.113733.1.9.2")?.map(rawBytes)).toEqual([printableString("19")]);
    expect(verified.certificates.map(({ subject }) => formatName(subject))).toEqual([
      "CN=Test device",
      "CN=Test CA",
    ]);
  });

  test("name RSA without its hash, and ECDSA with it, which is what strongSwan and Apple read", () => {
    const { certificate, privateKey } = curved;
    const [rsa, ec] = [aMessage(), aMessage({ certificate, privateKey })].map(decodeSignedData);
    expect(rsa?.signers[0]?.signatureOid).toBe(rsaEncryptionOid);
    expect(ec?.signers[0]?.signatureOid).toBe("1.2.840.10045.4.3.2");
  });

  test("verify with a key the caller kept, and not with another one", () => {
    const signedData = decodeSignedData(aMessage());
    expect(verifySignedData({ signedData, resolveKey: () => device.publicKey }).signers.length).toBe(1);
    expect(() => verifySignedData({ signedData, resolveKey: () => ca.publicKey })).toThrowError(
      refused("cms_signature_invalid"),
    );
    expect(() => verifySignedData({ signedData, resolveKey: () => curved.publicKey })).toThrowError(
      refused("cms_algorithm_refused"),
    );
  });

  test("verify with another implementation, which also refuses them when changed", async () => {
    const message = aMessage({ at });
    const oracle = (bytes: Buffer) =>
      new OracleSignedData({ schema: ContentInfo.fromBER(bytes).content }).verify({
        signer: 0,
        checkChain: false,
      });
    expect(await oracle(message)).toBe(true);
    const changed = Buffer.from(message);
    changed[changed.indexOf("body")] = 0x42;
    await expect(oracle(changed)).rejects.toThrow();
    expect(() => verify(changed)).toThrowError(refused("cms_signature_invalid"));
  });
});

describe("content", () => {
  test("of a detached signature must be given, and of an attached one must not", () => {
    expect(() => verify(aMessage({ detached: true }))).toThrowError(refused("cms_content_missing"));
    expect(() => verify(aMessage(), content)).toThrowError(refused("cms_content_unexpected"));
  });

  test("other than the signed is refused, with attributes and without", () => {
    for (const signedAttributes of [true, false]) {
      const message = aMessage({ detached: true, signedAttributes });
      for (const other of [
        Buffer.alloc(0),
        content.subarray(1),
        Buffer.concat([content, Buffer.from("\n")]),
      ]) {
        expect(() => verify(message, other)).toThrowError(refused("cms_signature_invalid"));
      }
    }
  });
});

describe("signed attributes", () => {
  const crafted = (attributes: Buffer[], overrides = {}) =>
    craftSignedData({ identity: device, content, attributes, ...overrides });
  const [contentType, digest] = properAttributes(content) as [Buffer, Buffer];

  test("that are proper verify, whatever else is among them", () => {
    const signingTime = anAttribute(cmsOids.signingTime, printableString(""));
    expect(verify(crafted([contentType, digest, signingTime])).signers[0]?.signingTime).toBeNull();
  });

  test.each([
    ["no message digest", [contentType]],
    ["no content type", [digest]],
    ["nothing", []],
    ["another content type", [anAttribute(cmsOids.contentType, oid(cmsOids.envelopedData)), digest]],
    [
      "two content types",
      [anAttribute(cmsOids.contentType, oid(cmsOids.data), oid(cmsOids.signedData)), digest],
    ],
    ["no value", [anAttribute(cmsOids.contentType), digest]],
    [
      "two digests in one attribute",
      [
        contentType,
        anAttribute(cmsOids.messageDigest, octetString(Buffer.alloc(32)), octetString(Buffer.alloc(31))),
      ],
    ],
    [
      "two digest attributes",
      [contentType, digest, anAttribute(cmsOids.messageDigest, octetString(Buffer.alloc(32)))],
    ],
  ])("with %s are refused", (_, attributes) => {
    expect(() => verify(crafted(attributes))).toThrowError(refused("cms_attributes_invalid"));
  });

  test("with the digest of something else are refused, though their signature holds", () => {
    for (const length of [0, 31, 32, 33]) {
      const wrong = anAttribute(cmsOids.messageDigest, octetString(Buffer.alloc(length)));
      expect(() => verify(crafted([contentType, wrong]))).toThrowError(refused("cms_signature_invalid"));
    }
    const noString = anAttribute(cmsOids.messageDigest, printableString("x"));
    expect(() => verify(crafted([contentType, noString]))).toThrowError(refused("cms_malformed"));
  });

  test("are needed by content that is not data", () => {
    const message = craftSignedData({ identity: device, content, contentType: cmsOids.envelopedData });
    expect(() => verify(message)).toThrowError(refused("cms_attributes_invalid"));
  });

  test("cannot be passed off as content by leaving them out", () => {
    const attributes = setOf(contentType, digest);
    const { signature } = decodeSignedData(crafted([contentType, digest])).signers[0] as {
      signature: Buffer;
    };
    const forged = craftSignedData({ identity: device, content: attributes, signature });
    expect(() => verify(forged)).toThrowError(refused("cms_attributes_invalid"));
    // Content that merely begins like a SET is content.
    for (const harmless of [Buffer.from("1 body"), element(0x31), setOf(sequence(oid("2.5.4.3")))]) {
      expect(verify(craftSignedData({ identity: device, content: harmless })).content).toEqual(harmless);
    }
  });

  test("are verified over the bytes received, not over a sorted copy", () => {
    const sorted = setOf(contentType, digest);
    const message = crafted([contentType, digest]);
    const unsorted = Buffer.from(message);
    const at = unsorted.indexOf(sorted.subarray(2));
    const parts = [contentType, digest].sort((one, other) => Buffer.compare(other, one));
    Buffer.concat(parts).copy(unsorted, at);
    expect(bytesDiffer(unsorted, message)).toBe(true);
    expect(() => verify(unsorted)).toThrowError(refused("cms_signature_invalid"));
  });
});

describe("algorithms", () => {
  const md5 = "1.2.840.113549.2.5";
  const crafted = (overrides: object) => craftSignedData({ identity: device, content, ...overrides });

  test.each([
    ["MD5 as digest", { digestOid: md5, signatureOid: "1.2.840.113549.1.1.1" }],
    ["MD5 with RSA", { digestOid: md5, signatureOid: "1.2.840.113549.1.1.4" }],
    ["RSA-PSS", { signatureOid: "1.2.840.113549.1.1.10" }],
    ["a digest other than the signature's", { digestOid: "1.3.14.3.2.26" }],
    ["ECDSA with an RSA key", { signatureOid: "1.2.840.10045.4.3.2" }],
    ["an EC key algorithm with an RSA key", { signatureOid: "1.2.840.10045.2.1" }],
  ])("refused: %s", (_, overrides) => {
    expect(() => verify(crafted(overrides))).toThrowError(refused("cms_algorithm_refused"));
  });

  test("an algorithm named by the kind of key alone takes its hash from the digest", () => {
    expect(verify(crafted({ signatureOid: "1.2.840.113549.1.1.1" })).signers.length).toBe(1);
    const ec = craftSignedData({ identity: curved, content, signatureOid: "1.2.840.10045.2.1" });
    expect(verify(ec).signers[0]?.algorithm).toEqual({ keyKind: "ec", hash: "sha256" });
  });
});

describe("signers", () => {
  const identifier = (keyIdentifier: Buffer) => contextPrimitive(0, keyIdentifier);

  test("may be named by key identifier", () => {
    const reference = identifier(device.certificate.subjectKeyIdentifier as Buffer);
    const certificates = [ca.certificate.raw, device.certificate.raw];
    const message = craftSignedData({ identity: device, content, reference, certificates });
    expect(verify(message).signers[0]?.certificate.raw.equals(device.certificate.raw)).toBe(true);
  });

  test("whose certificate is not embedded are refused", () => {
    for (const certificates of [[], [ca.certificate.raw]]) {
      const message = craftSignedData({ identity: device, content, certificates });
      expect(() => verify(message)).toThrowError(refused("cms_signer_certificate_missing"));
    }
    const reference = identifier(Buffer.alloc(20));
    expect(() => verify(craftSignedData({ identity: device, content, reference }))).toThrowError(
      refused("cms_signer_certificate_missing"),
    );
  });

  test("must exist: certificates alone are signed by nobody", () => {
    const degenerate = encodeDegenerate([ca.certificate, device.certificate]);
    expect(decodeSignedData(degenerate).certificates).toEqual([ca.certificate.raw, device.certificate.raw]);
    expect(() => verify(degenerate, content)).toThrowError(refused("cms_signer_missing"));
  });

  test("beyond the limit, and certificates beyond theirs, are refused", () => {
    const many = encodeDegenerate(Array.from({ length: cmsCertificatesMax + 1 }, () => device.certificate));
    expect(() => decodeSignedData(many)).toThrowError(refused("cms_malformed"));
    const crowd = craftSignedData({ identity: device, content, signerCopies: cmsSignersMax + 1 });
    expect(() => decodeSignedData(crowd)).toThrowError(refused("cms_signers_too_many"));
  });

  test("of which one of two is false make the message false", () => {
    const two = (signatures: [Buffer, Buffer]) => {
      const both = signatures.map((bytes) => decodeSignedData(bytes));
      const [one, other] = both as [(typeof both)[0], (typeof both)[0]];
      return {
        ...one,
        certificates: [...one.certificates, ...other.certificates],
        signers: [...one.signers, ...other.signers],
      };
    };
    const good = aMessage();
    const second = aMessage({ certificate: curved.certificate, privateKey: curved.privateKey });
    expect(verifySignedData({ signedData: two([good, second]) }).signers.length).toBe(2);
    const false_ = craftSignedData({
      identity: curved,
      content,
      signatureOid: "1.2.840.10045.2.1",
      signature: Buffer.alloc(70),
    });
    expect(() => verifySignedData({ signedData: two([good, false_]) })).toThrowError(
      refused("cms_signature_invalid"),
    );
  });
});

describe("hostile bytes", () => {
  const signerKey = ({ signers }: ReturnType<typeof verify>) =>
    importPublicKey((signers[0] as (typeof signers)[0]).certificate);

  test.each([
    ["with attributes", aMessage({ hash: "sha1" })],
    ["without attributes", aMessage({ signedAttributes: false })],
    ["of indefinite length", asIndefinite(aMessage())],
    ["by ECDSA", aMessage({ certificate: curved.certificate, privateKey: curved.privateKey })],
  ])("a flipped bit in content, attributes, signature or signer breaks a message %s", (_, message) => {
    const original = verify(message);
    let refusedCount = 0;
    for (let index = 0; index < message.length; index++) {
      const changed = Buffer.from(message);
      changed[index] = (changed[index] as number) ^ (1 << (index % 8));
      try {
        const verified = verify(changed);
        // What still verifies says the same: only bytes nobody signed and nobody reads were changed.
        expect(verified.content.equals(original.content)).toBe(true);
        expect(signerKey(verified).equals(signerKey(original))).toBe(true);
      } catch (error) {
        if (!(error instanceof CmsError)) throw error;
        refusedCount++;
      }
    }
    expect(refusedCount).toBeGreaterThan(message.length / 4);
  });

  test("a flipped bit in the embedded certificate is caught by the chain, if not by the signature", () => {
    const message = aMessage({ signedAttributes: false });
    const start = message.indexOf(device.certificate.raw);
    const anchors = { issuesDevices: true, ...anchorOf() };
    for (let index = start; index < start + device.certificate.raw.length; index++) {
      const changed = Buffer.from(message);
      changed[index] = (changed[index] as number) ^ 0x10;
      expect(() => {
        const { signers } = verify(changed);
        verifyAppleDeviceChain((signers[0] as (typeof signers)[0]).certificate, [], [anchors]);
      }).toThrowError(expect.objectContaining({ name: expect.stringMatching(/^(Cms|X509)Error$/) }));
    }
  });

  function anchorOf() {
    const { subject, publicKeyInfo, subjectKeyIdentifier: keyIdentifier } = ca.certificate;
    return { subject, publicKeyInfo, keyIdentifier, validity: null, pathLength: null };
  }

  test("every prefix, trailing bytes and other messages are refused", () => {
    const message = aMessage();
    for (let length = 0; length < message.length; length++) {
      expect(() => decodeSignedData(message.subarray(0, length))).toThrowError(refused("cms_malformed"));
    }
    expect(() => decodeSignedData(Buffer.concat([message, Buffer.from([0])]))).toThrowError(
      refused("cms_malformed"),
    );
    const indefinite = asIndefinite(message);
    expect(() => decodeSignedData(Buffer.concat([indefinite, Buffer.alloc(2)]))).toThrowError(
      refused("cms_malformed"),
    );
    const enveloped = sequence(oid(cmsOids.envelopedData), element(0xa0, sequence()));
    expect(() => decodeSignedData(enveloped)).toThrowError(refused("cms_not_signed_data"));
  });

  test("a message nested a thousand deep, and one too large, are refused at once", () => {
    const deep = Buffer.concat([Buffer.alloc(2_000, Buffer.from([0x30, 0x80])), Buffer.alloc(2_000)]);
    expect(() => decodeSignedData(deep)).toThrowError(refused("cms_malformed"));
    expect(() => decodeSignedData(Buffer.alloc(32 * 1024 * 1024 + 1))).toThrowError(refused("cms_too_large"));
  });
});
