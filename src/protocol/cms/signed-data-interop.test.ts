import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { verifyAppleDeviceChain } from "../x509/apple-device-ca.ts";
import { decodeCertificate } from "../x509/certificate.ts";
import { formatName } from "../x509/name.ts";
import { encodePem } from "../x509/pem.ts";
import { encodeDegenerate, signData } from "./sign.ts";
import type { SignInput } from "./sign.ts";
import { decodeSignedData } from "./signed-data.ts";
import { verifySignedData } from "./verify-signed-data.ts";

const ca = aCa(rsaKey("ca"));
const device = anIdentity(ca, rsaKey("device"));
const curved = anIdentity(ca, ecKey("device"));
const content = Buffer.from("<plist>body\r\n with line ends\n</plist>");
const refused = (code: string) => expect.objectContaining({ name: "CmsError", code });

function verify(message: Uint8Array, detached?: Uint8Array) {
  const signedData = decodeSignedData(message);
  return verifySignedData({ signedData, ...(detached === undefined ? {} : { content: detached }) });
}

function aMessage(overrides: Partial<SignInput> = {}): Buffer {
  const { certificate, privateKey } = device;
  return signData({ content, certificate, privateKey, signedAttributes: true, ...overrides });
}

describe("OpenSSL", () => {
  function aBench(): Workbench {
    const bench = new Workbench();
    bench.write("body", content);
    for (const [name, identity] of [
      ["ca", ca],
      ["rsa", device],
      ["ec", curved],
    ] as const) {
      bench.write(`${name}.pem`, encodePem("CERTIFICATE", identity.certificate.raw));
      bench.write(`${name}.key`, identity.privateKey.export({ type: "pkcs8", format: "pem" }));
    }
    return bench;
  }

  testWithProgram(["openssl"], "verifies what we sign", (openssl) => {
    using bench = aBench();
    const keys = [device, curved].map(({ certificate, privateKey }) => ({ certificate, privateKey }));
    for (const key of keys) {
      for (const overrides of [
        {},
        { signedAttributes: false },
        { hash: "sha512" as const, chain: [ca.certificate] },
      ]) {
        bench.write("attached", aMessage({ ...key, ...overrides }));
        bench.write("detached", aMessage({ ...key, ...overrides, detached: true }));
        const common = [
          "cms",
          "-verify",
          "-binary",
          "-inform",
          "DER",
          "-CAfile",
          "ca.pem",
          "-purpose",
          "any",
        ];
        expect(bench.run(openssl, ...common, "-in", "attached")).toEqual(content);
        expect(bench.run(openssl, ...common, "-in", "detached", "-content", "body")).toEqual(content);
      }
    }
  });

  testWithProgram(["openssl"], "signs what we verify, in every shape", (openssl) => {
    using bench = aBench();
    const common = ["cms", "-sign", "-binary", "-outform", "DER", "-in", "body", "-out", "message"];
    for (const who of ["rsa", "ec"]) {
      for (const shape of [
        [],
        ["-noattr"],
        ["-md", "sha1"],
        ["-md", "sha384", "-noattr"],
        ["-keyid"],
        ["-stream"],
      ]) {
        const signer = ["-signer", `${who}.pem`, "-inkey", `${who}.key`, ...shape];
        bench.run(openssl, ...common, ...signer, "-nodetach", "-certfile", "ca.pem");
        expect(verify(bench.read("message")).content.equals(content)).toBe(true);
        if (shape[0] === "-stream") continue; // Streaming embeds the content whatever was asked.
        bench.run(openssl, ...common, ...signer);
        expect(verify(bench.read("message"), content).signers.length).toBe(1);
      }
    }
  });

  testWithProgram(["openssl"], "signs twice, and both signers are found", (openssl) => {
    using bench = aBench();
    const two = ["-signer", "rsa.pem", "-inkey", "rsa.key", "-signer", "ec.pem", "-inkey", "ec.key"];
    bench.run(
      openssl,
      "cms",
      "-sign",
      "-binary",
      "-nodetach",
      "-outform",
      "DER",
      "-in",
      "body",
      "-out",
      "message",
      ...two,
    );
    expect(
      verify(bench.read("message"))
        .signers.map(({ algorithm }) => algorithm.keyKind)
        .sort(),
    ).toEqual(["ec", "rsa"]);
  });

  testWithProgram(["openssl"], "signs with MD5, PSS and without certificates, which we refuse", (openssl) => {
    using bench = aBench();
    const common = [
      "cms",
      "-sign",
      "-binary",
      "-nodetach",
      "-outform",
      "DER",
      "-in",
      "body",
      "-out",
      "message",
      "-signer",
      "rsa.pem",
      "-inkey",
      "rsa.key",
    ];
    for (const [code, ...shape] of [
      ["cms_algorithm_refused", "-md", "md5"],
      ["cms_algorithm_refused", "-keyopt", "rsa_padding_mode:pss"],
      ["cms_signer_certificate_missing", "-nocerts"],
    ] as const) {
      bench.run(openssl, ...common, ...shape);
      expect(() => verify(bench.read("message"))).toThrowError(refused(code));
    }
  });

  testWithProgram(["openssl"], "reads certificates alone", (openssl) => {
    using bench = aBench();
    bench.write("certificates", encodeDegenerate([device.certificate, ca.certificate]));
    const shown = bench
      .run(openssl, "pkcs7", "-inform", "DER", "-in", "certificates", "-print_certs", "-noout")
      .toString();
    expect(shown.match(/subject=.*/g)).toEqual(["subject=CN = Test device", "subject=CN = Test CA"]);
  });
});

describeWithFixtures("a captured OTA phase 2 message", (folder) => {
  test("verifies, and its signer descends from Apple's device CA", () => {
    const verified = verify(readFileSync(join(folder, "ota/zentral-phase2-virtualmac.der")));
    expect(verified.content.toString()).toContain("<string>VirtualMac2,1</string>");
    const [signer] = verified.signers;
    expect(formatName((signer as (typeof verified.signers)[0]).certificate.issuer)).toBe(
      "CN=Apple iPhone Device CA,OU=Apple iPhone,O=Apple Inc.,C=US",
    );
    const leaf = (signer as (typeof verified.signers)[0]).certificate;
    expect(() => verifyAppleDeviceChain(leaf, verified.certificates)).not.toThrow();
    expect(() => verifyAppleDeviceChain(leaf, [])).not.toThrow();
    expect(decodeCertificate(leaf.raw).raw.equals(leaf.raw)).toBe(true);
  });
});
