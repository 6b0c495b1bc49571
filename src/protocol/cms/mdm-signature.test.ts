import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { asIndefinite, craftSignedData, properAttributes } from "../../../test/tools/craft-signed-data.ts";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { certificateFingerprint, decodeCertificate } from "../x509/certificate.ts";
import { importPublicKey } from "../x509/public-key.ts";
import { mdmSignatureCharactersMax, readMdmSignature, verifyMdmSignature } from "./mdm-signature.ts";
import { encodeDegenerate, signData } from "./sign.ts";
import type { SignInput } from "./sign.ts";
import { cmsOids } from "./signed-data.ts";

const ca = aCa(rsaKey("ca"));
const device = anIdentity(ca, rsaKey("device"), { subject: [] });
const body = Buffer.from("<plist>Idle</plist>\n");
const refused = (code: string) => expect.objectContaining({ name: "CmsError", code });

function aHeader(overrides: Partial<SignInput> = {}): Buffer {
  const { certificate, privateKey } = device;
  return signData({
    content: body,
    certificate,
    privateKey,
    detached: true,
    signedAttributes: false,
    ...overrides,
  });
}
function verify(header: string | Buffer, signedBody: Buffer = body): void {
  const signature = readMdmSignature(header);
  verifyMdmSignature(signature, signedBody, importPublicKey(decodeCertificate(signature.certificate)));
}

describe("the Mdm-Signature header", () => {
  test.each([
    ["as devices of 2021 send it", asIndefinite(aHeader({ hash: "sha1" }))],
    ["in DER", aHeader()],
    ["with signed attributes", aHeader({ signedAttributes: true, at: new Date("2026-01-01T00:00:00Z") })],
    ["with a chain", aHeader({ chain: [ca.certificate] })],
  ])("verifies %s", (_, header) => {
    expect(() => verify(header.toString("base64"))).not.toThrow();
    expect(() => verify(header)).not.toThrow();
  });

  test("verifies with an identity on P-256", () => {
    const { certificate, privateKey } = anIdentity(ca, ecKey("device"));
    expect(() => verify(aHeader({ certificate, privateKey }))).not.toThrow();
  });

  test("gives the certificate, its fingerprint and what else was embedded, without any key", () => {
    const signature = readMdmSignature(aHeader({ chain: [ca.certificate] }));
    expect(signature.certificate.equals(device.certificate.raw)).toBe(true);
    expect(signature.fingerprint).toEqual(certificateFingerprint(device.certificate.raw));
    expect(signature.certificates.length).toBe(2);
  });

  test("is refused for another body and for another key", () => {
    for (const signedAttributes of [true, false]) {
      const header = aHeader({ signedAttributes });
      expect(() => verify(header, Buffer.from("<plist>Idle</plist>"))).toThrowError(
        refused("cms_signature_invalid"),
      );
      expect(() => verifyMdmSignature(readMdmSignature(header), body, ca.publicKey)).toThrowError(
        refused("cms_signature_invalid"),
      );
    }
  });

  test("tolerates white space in its base64 and nothing else", () => {
    const base64 = aHeader().toString("base64");
    expect(() => verify(` ${base64.slice(0, 76)}\r\n${base64.slice(76)}\n`)).not.toThrow();
    for (const wrong of [
      "",
      "*",
      `${base64}!`,
      `${base64.slice(0, -4)}=${base64.slice(-3)}`,
      base64.slice(1),
      `${base64.slice(0, 8)}-_${base64.slice(10)}`,
    ]) {
      expect(() => readMdmSignature(wrong)).toThrowError(refused("cms_malformed"));
    }
  });

  test("that holds content, is of other content, or is signed by nobody or by two is refused", () => {
    expect(() => readMdmSignature(aHeader({ detached: false }))).toThrowError(
      refused("cms_content_unexpected"),
    );
    const contentType = cmsOids.envelopedData;
    expect(() => readMdmSignature(aHeader({ contentType, signedAttributes: true }))).toThrowError(
      refused("cms_content_unexpected"),
    );
    expect(() => readMdmSignature(encodeDegenerate([device.certificate]))).toThrowError(
      refused("cms_signer_missing"),
    );
    const twice = craftSignedData({ identity: device, content: body, isAttached: false, signerCopies: 2 });
    expect(() => readMdmSignature(twice)).toThrowError(refused("cms_signers_too_many"));
  });

  test("whose attributes do not describe the body is refused", () => {
    const attributes = properAttributes(Buffer.from("other body"));
    const header = craftSignedData({ identity: device, content: body, isAttached: false, attributes });
    expect(() => verify(header)).toThrowError(refused("cms_signature_invalid"));
  });

  test("longer than the limit is refused before it is decoded", () => {
    expect(() => readMdmSignature("A".repeat(mdmSignatureCharactersMax + 4))).toThrowError(
      refused("cms_too_large"),
    );
  });

  test("with a flipped bit anywhere never verifies as another device", () => {
    const header = asIndefinite(aHeader({ hash: "sha1" }));
    for (let index = 0; index < header.length; index++) {
      const changed = Buffer.from(header);
      changed[index] = (changed[index] as number) ^ 0x04;
      try {
        const signature = readMdmSignature(changed);
        if (signature.fingerprint.equals(certificateFingerprint(device.certificate.raw))) {
          verifyMdmSignature(signature, body, device.publicKey);
        }
      } catch (error) {
        expect(error).toMatchObject({ name: "CmsError" });
      }
    }
  });
});

describeWithFixtures("captured Mdm-Signature headers", (folder) => {
  const read = (name: string) => readFileSync(join(folder, "mdm-signature", name));

  test("are read, and the one whose body was captured verifies over its exact bytes", () => {
    const header = read("header2.b64").toString();
    const captured = read("body2.plist");
    expect(() => verify(header, captured)).not.toThrow();
    expect(() => verify(header, Buffer.concat([captured, Buffer.from("\n")]))).toThrowError(
      refused("cms_signature_invalid"),
    );
    const { certificate, signer } = readMdmSignature(read("header1.b64").toString());
    expect(signer.signedAttributes).toBeNull();
    expect(decodeCertificate(certificate).subject.attributes).toEqual([]);
  });

  test("with any bit of body or signature flipped are refused", () => {
    const signature = readMdmSignature(read("header2.b64").toString());
    const key = importPublicKey(decodeCertificate(signature.certificate));
    const captured = read("body2.plist");
    const flips = (bytes: Buffer) =>
      Array.from(bytes.keys(), (index) => {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] as number) ^ (1 << (index % 8));
        return changed;
      });
    for (const changed of flips(captured)) {
      expect(() => verifyMdmSignature(signature, changed, key)).toThrowError(
        refused("cms_signature_invalid"),
      );
    }
    for (const changed of flips(signature.signer.signature)) {
      const signer = { ...signature.signer, signature: changed };
      expect(() => verifyMdmSignature({ ...signature, signer }, captured, key)).toThrowError(
        refused("cms_signature_invalid"),
      );
    }
  });
});
