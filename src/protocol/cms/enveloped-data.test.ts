import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import type { Identity } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { contextPrimitive, element, integer, nullValue, octetString, oid, sequence } from "../asn1/write.ts";
import { encodePem } from "../x509/pem.ts";
import { describeContentCipher } from "./content-cipher.ts";
import type { ContentCipher } from "./content-cipher.ts";
import {
  cmsRecipientsMax,
  decodeEnvelopedData,
  decryptEnveloped,
  encryptEnveloped,
} from "./enveloped-data.ts";
import { removePkcs1Padding } from "./key-transport.ts";
import { encodeContentInfo, encodeIssuerAndSerial } from "./sign.ts";
import { cmsOids } from "./signed-data.ts";

const ca = aCa(rsaKey("ca"));
const ours = anIdentity(ca, rsaKey("device"));
const other = anIdentity(ca, rsaKey("ca"));
const ciphers: ContentCipher[] = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-cbc"];
const refused = (code: string) => expect.objectContaining({ name: "CmsError", code });
const content = Buffer.from("a secret of more than one block");

function aMessage(cipher: ContentCipher = "aes-256-cbc", plain: Buffer = content): Buffer {
  return encryptEnveloped({ content: plain, recipient: ours.certificate, cipher });
}
const open = (message: Buffer, identity: Identity = ours) =>
  decryptEnveloped(message, { privateKey: identity.privateKey, certificate: identity.certificate });

/** A message whose content key and parameters are what a test says. */
function craft(parts: {
  key?: Buffer;
  cipher?: ContentCipher;
  iv?: Buffer;
  cipherOid?: string;
  keyOid?: string;
  block?: Buffer;
  recipients?: number;
}) {
  const { cipher = "aes-128-cbc", recipients = 1 } = parts;
  const { oid: cipherOid, keyBytes, blockBytes } = describeContentCipher(cipher);
  const key = parts.key ?? randomBytes(keyBytes);
  const iv = parts.iv ?? Buffer.alloc(blockBytes, 1);
  const encryption = createCipheriv("aes-128-cbc", Buffer.alloc(16, 7), Buffer.alloc(16, 1));
  const encrypted = parts.block ?? Buffer.concat([encryption.update(content), encryption.final()]);
  const encryptedKey = publicEncrypt({ key: ours.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const recipient = sequence(
    integer(0),
    encodeIssuerAndSerial(ours.certificate),
    sequence(oid(parts.keyOid ?? "1.2.840.113549.1.1.1"), nullValue()),
    octetString(encryptedKey),
  );
  return encodeContentInfo(
    cmsOids.envelopedData,
    sequence(
      integer(0),
      element(0x31, ...Array.from({ length: recipients }, () => recipient)),
      sequence(
        oid(cmsOids.data),
        sequence(oid(parts.cipherOid ?? cipherOid), octetString(iv)),
        contextPrimitive(0, encrypted),
      ),
    ),
  );
}

describe("enveloped messages", () => {
  test.each(ciphers)("with %s open again, whatever the length of the content", (cipher) => {
    for (const length of [0, 1, 7, 8, 15, 16, 17, 5_000]) {
      const plain = randomBytes(length);
      const message = aMessage(cipher, plain);
      expect(open(message).equals(plain)).toBe(true);
      expect(decodeEnvelopedData(message).cipher).toBe(cipher);
    }
  });

  test("use a new key and a new IV each time", () => {
    const [one, two] = [decodeEnvelopedData(aMessage()), decodeEnvelopedData(aMessage())];
    expect(one.iv.equals(two.iv)).toBe(false);
    expect(one.encryptedContent.equals(two.encryptedContent)).toBe(false);
  });

  test("open without our certificate when they have one recipient only", () => {
    const { privateKey } = ours;
    expect(decryptEnveloped(aMessage(), { privateKey }).equals(content)).toBe(true);
    expect(() => decryptEnveloped(craft({ recipients: 2 }), { privateKey })).toThrowError(
      refused("cms_recipient_unknown"),
    );
  });

  test("are not ours when another certificate is named", () => {
    expect(() => open(aMessage(), other)).toThrowError(refused("cms_recipient_unknown"));
  });

  test("cannot be made for an EC certificate", () => {
    const recipient = anIdentity(ca, ecKey("device")).certificate;
    expect(() => encryptEnveloped({ content, recipient, cipher: "aes-128-cbc" })).toThrowError(
      expect.objectContaining({ name: "X509Error", code: "key_unsupported" }),
    );
  });
});

describe("what cannot be decrypted", () => {
  test("is refused in one way, whichever step failed", () => {
    const errors = [
      // The wrong private key, a content key of a wrong length, of none, and content that does not fit its
      // cipher.
      () => decryptEnveloped(aMessage(), { privateKey: other.privateKey }),
      () => open(craft({ key: Buffer.alloc(8, 7), block: Buffer.alloc(15) })),
      () => open(craft({ key: Buffer.alloc(0), block: Buffer.alloc(15) })),
      () => open(craft({ key: Buffer.alloc(16, 7), block: Buffer.alloc(0) })),
      () => open(craft({ key: Buffer.alloc(16, 7), block: Buffer.alloc(16) })),
      () => decryptEnveloped(aMessage(), { privateKey: ecKey("device").privateKey }),
    ].map((act) => {
      try {
        return act();
      } catch (error) {
        return error;
      }
    });
    for (const error of errors) {
      // A random key gives a padding that fits once in 256 times: then the content is random, and never ours.
      if (Buffer.isBuffer(error)) expect(error.equals(content)).toBe(false);
      else expect(error).toEqual(refused("cms_decrypt_failed"));
      if (error instanceof Error)
        expect([error.message, error.cause]).toEqual(["Cannot decrypt message", undefined]);
    }
  });

  test("is refused by name when its algorithms are not ours", () => {
    expect(() => open(craft({ cipherOid: "1.2.840.113549.3.2" }))).toThrowError(
      refused("cms_algorithm_refused"),
    );
    expect(() => open(craft({ keyOid: "1.2.840.113549.1.1.10" }))).toThrowError(
      refused("cms_algorithm_refused"),
    );
    expect(() => open(craft({ iv: Buffer.alloc(8) }))).toThrowError(refused("cms_malformed"));
    expect(() => open(craft({ recipients: cmsRecipientsMax + 1 }))).toThrowError(refused("cms_malformed"));
  });

  test("is refused when cut off, followed by something, or of another type", () => {
    const message = aMessage();
    for (let length = 0; length < message.length; length++) {
      expect(() => decodeEnvelopedData(message.subarray(0, length))).toThrowError(refused("cms_malformed"));
    }
    expect(() => decodeEnvelopedData(Buffer.concat([message, Buffer.alloc(1)]))).toThrowError(
      refused("cms_malformed"),
    );
    const signed = encodeContentInfo(cmsOids.signedData, sequence());
    expect(() => decodeEnvelopedData(signed)).toThrowError(refused("cms_not_enveloped_data"));
  });

  test("never gives the content when a bit of key or IV is flipped", () => {
    const message = aMessage();
    for (let index = 0; index < message.length; index++) {
      const changed = Buffer.from(message);
      changed[index] = (changed[index] as number) ^ 1;
      try {
        const opened = open(changed);
        // CBC is malleable: it tells nothing about who wrote the content, signatures do.
        expect(opened.length).toBeLessThanOrEqual(content.length + 16);
      } catch (error) {
        expect(error).toMatchObject({ name: "CmsError" });
      }
    }
  });
});

describe("PKCS#1 v1.5 padding", () => {
  const padded = (filler: number, message: string) =>
    Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(filler, 0xaa), Buffer.from([0]), Buffer.from(message)]);

  test("is removed when it has the form of RFC 8017", () => {
    expect(removePkcs1Padding(padded(8, "key"))?.toString()).toBe("key");
    expect(removePkcs1Padding(padded(200, ""))?.length).toBe(0);
  });

  test.each([
    ["seven octets of filler", padded(7, "key")],
    ["no end", Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(100, 0xaa)])],
    ["another type", Buffer.concat([Buffer.from([0, 1]), padded(8, "key").subarray(2)])],
    ["no leading zero", Buffer.concat([Buffer.from([1, 2]), padded(8, "key").subarray(2)])],
    ["nothing", Buffer.alloc(0)],
  ])("is refused with %s", (_, block) => {
    expect(removePkcs1Padding(block)).toBeNull();
  });
});

describe("OpenSSL", () => {
  function aBench(): Workbench {
    const bench = new Workbench();
    bench.write("plain", content);
    bench.write("cert.pem", encodePem("CERTIFICATE", ours.certificate.raw));
    bench.write("key.pem", ours.privateKey.export({ type: "pkcs8", format: "pem" }));
    return bench;
  }

  testWithProgram(["openssl"], "opens what we encrypt", (openssl) => {
    using bench = aBench();
    for (const cipher of ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc"] as const) {
      bench.write("message", aMessage(cipher));
      const opened = bench.run(
        openssl,
        "cms",
        "-decrypt",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "message",
        "-recip",
        "cert.pem",
        "-inkey",
        "key.pem",
      );
      expect(opened).toEqual(content);
    }
  });

  testWithProgram(["openssl"], "encrypts what we open, in every shape", (openssl) => {
    using bench = aBench();
    for (const shape of [
      ["-aes128"],
      ["-aes192"],
      ["-aes256"],
      ["-des3"],
      ["-aes128", "-stream"],
      ["-aes128", "-keyid"],
    ]) {
      bench.run(
        openssl,
        "cms",
        "-encrypt",
        "-binary",
        "-outform",
        "DER",
        "-in",
        "plain",
        "-out",
        "message",
        ...shape,
        "cert.pem",
      );
      expect(open(bench.read("message")).equals(content)).toBe(true);
    }
  });

  testWithProgram(["openssl"], "encrypts keys with OAEP, which we open when both hashes agree", (openssl) => {
    using bench = aBench();
    const oaep = (...options: string[]) => {
      const keyOptions = ["rsa_padding_mode:oaep", ...options].flatMap((option) => ["-keyopt", option]);
      bench.run(
        openssl,
        "cms",
        "-encrypt",
        "-binary",
        "-outform",
        "DER",
        "-aes256",
        "-in",
        "plain",
        "-out",
        "message",
        "-recip",
        "cert.pem",
        ...keyOptions,
      );
      return bench.read("message");
    };
    expect(open(oaep()).equals(content)).toBe(true);
    expect(open(oaep("rsa_oaep_md:sha256", "rsa_mgf1_md:sha256")).equals(content)).toBe(true);
    expect(() => open(oaep("rsa_oaep_md:sha256", "rsa_mgf1_md:sha1"))).toThrowError(
      refused("cms_algorithm_refused"),
    );
  });
});

test("several recipients are told apart by the certificate they name", () => {
  const forUs = decodeEnvelopedData(aMessage());
  const forOther = decodeEnvelopedData(
    encryptEnveloped({ content, recipient: other.certificate, cipher: "aes-128-cbc" }),
  );
  const message = { ...forUs, recipients: [...forOther.recipients, ...forUs.recipients] };
  const { privateKey, certificate } = ours;
  expect(decryptEnveloped(message, { privateKey, certificate }).equals(content)).toBe(true);
});
