import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decryptEnveloped } from "#protocol/cms/enveloped-data.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { pemOf, writeCertificateRequest, writeName, writeSelfSigned } from "./certificate-writer.ts";
import type { Identity } from "./certificate-writer.ts";
import { encryptContent, signatureShapes, signContent } from "./cms-writer.ts";
import { makeKeyPair } from "./key-pool.ts";
import type { KeyPair } from "./key-pool.ts";

const run = promisify(execFile);
const at = new Date("2026-03-01T10:00:00Z");
const body = Buffer.from(`<plist>${"x".repeat(3000)}\r\n</plist>\n`);
let keys: KeyPair;
let identity: Identity;
const bench = new Workbench();

afterAll(() => bench[Symbol.dispose]());

beforeAll(async () => {
  keys = await makeKeyPair();
  identity = writeSelfSigned(
    writeName([
      { type: "CN", value: "Zoë" },
      { type: "2.5.4.5", value: "ZX81" },
    ]),
    keys,
    at,
  );
});

describe("a sandbox signature", () => {
  for (const [name, shape] of Object.entries(signatureShapes)) {
    testWithProgram(["openssl"], `of the shape ${name} verifies with openssl, detached`, async (openssl) => {
      const signature = bench.write(
        `${name}.der`,
        signContent(body, identity, { shape, isDetached: true, at }),
      );
      const content = bench.write(`${name}.body`, body);
      const args = ["cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", content];
      await run(openssl, [...args, "-noverify", "-out", "/dev/null"]);
      const other = bench.write(`${name}.other`, Buffer.concat([body, Buffer.from(" ")]));
      const wrong = args.map((argument) => (argument === content ? other : argument));
      await expect(run(openssl, [...wrong, "-noverify", "-out", "/dev/null"])).rejects.toThrow(/failure/);
    });

    testWithProgram(
      ["openssl"],
      `of the shape ${name} yields its content to openssl, embedded`,
      async (openssl) => {
        const signature = bench.write(`${name}.embedded.der`, signContent(body, identity, { shape, at }));
        const args = ["cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-noverify"];
        const { stdout } = await run(openssl, args, { encoding: "buffer" });
        expect(stdout.equals(body)).toBe(true);
      },
    );

    test(`of the shape ${name} opens with the server's reader`, () => {
      const signedData = decodeSignedData(signContent(body, identity, { shape, at }));
      const { content, signers } = verifySignedData({ signedData });
      expect(content.equals(body)).toBe(true);
      expect(signers[0]?.certificate.raw.equals(identity.certificate)).toBe(true);
      expect(signers[0]?.attributes.size).toBe(shape.hasSignedAttributes ? 3 : 0);
    });
  }
});

describe("a sandbox envelope", () => {
  for (const cipher of ["aes-256-cbc", "aes-128-cbc", "des-ede3-cbc"] as const) {
    testWithProgram(["openssl"], `of ${cipher} is opened by openssl and by the server`, async (openssl) => {
      const message = encryptContent(body, identity.certificate, cipher);
      expect(decryptEnveloped(message, keys).equals(body)).toBe(true);
      const envelope = bench.write(`${cipher}.der`, message);
      const key = bench.write("key.pem", keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string);
      const certificate = bench.write("certificate.pem", pemOf(identity.certificate));
      const args = [
        "cms",
        "-decrypt",
        "-inform",
        "DER",
        "-in",
        envelope,
        "-inkey",
        key,
        "-recip",
        certificate,
      ];
      const { stdout } = await run(openssl, args, { encoding: "buffer" });
      expect(stdout.equals(body)).toBe(true);
    });
  }
});

testWithProgram(
  ["openssl"],
  "openssl verifies a sandbox certificate request and reads its challenge",
  async (openssl) => {
    const subject = writeName([{ type: "CN", value: "MDM$OTA$secret" }]);
    const path = bench.write("request.der", writeCertificateRequest(subject, keys, "a_challenge"));
    const { stdout, stderr } = await run(openssl, [
      "req",
      "-inform",
      "DER",
      "-in",
      path,
      "-verify",
      "-noout",
      "-text",
    ]);
    expect(stdout + stderr).toContain("verify OK");
    expect(stdout).toContain("Subject: CN = MDM$OTA$secret");
    expect(stdout).toMatch(/challengePassword\s*:a_challenge/);
  },
);

testWithProgram(["openssl"], "openssl verifies a self-signed sandbox certificate", async (openssl) => {
  const path = bench.write("self-signed.pem", pemOf(identity.certificate));
  const { stdout } = await run(openssl, ["verify", "-check_ss_sig", "-no_check_time", "-CAfile", path, path]);
  expect(stdout).toContain("OK");
  const text = await run(openssl, ["x509", "-in", path, "-noout", "-subject"]);
  expect(text.stdout).toContain("serialNumber = ZX81");
});
