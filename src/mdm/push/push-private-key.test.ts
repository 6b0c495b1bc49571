import { describe, expect, test } from "vitest";
import { integer, octetString, oid, sequence } from "#protocol/asn1/write.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import { ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { privateKeyPem } from "../../../test/tools/push-world.ts";
import { isPair, passwordIterationsMax, readPrivateKey } from "./push-private-key.ts";

const key = rsaKey("push certificate");
const unreadable = {
  kind: "invalid",
  code: "push_certificate_key_unreadable",
  field: "private_key",
  detail: "Could not load PEM private key",
};

function encrypted(options: object = { cipher: "aes-256-cbc", passphrase: "open sesame" }): string {
  return key.privateKey.export({ type: "pkcs8", format: "pem", ...options } as never).toString();
}

/** An encrypted key as hostile as its parameters: nothing in it decrypts. */
function withParameters(...algorithm: Buffer[]): string {
  return encodePem(
    "ENCRYPTED PRIVATE KEY",
    sequence(sequence(...algorithm), octetString(Buffer.alloc(1200))),
  );
}

describe("readPrivateKey", () => {
  test.each([
    ["PKCS#8", privateKeyPem(key), null],
    ["PKCS#1", key.privateKey.export({ type: "pkcs1", format: "pem" }).toString(), null],
    ["encrypted PKCS#8", encrypted(), "open sesame"],
    [
      "a key after a certificate",
      `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${privateKeyPem(key)}`,
      null,
    ],
  ])("reads %s", (_, pem, password) => {
    const read = readPrivateKey(pem, password);
    expect("code" in read ? read : isPair(key.publicKey, read)).toBe(true);
  });

  test.each([
    ["nothing", "", null],
    ["text", "not a key", null],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", null],
    ["a damaged key", privateKeyPem(key).replace(/^.{64}$/m, "A".repeat(64)), null],
    ["a wrong password", encrypted(), "guess"],
    ["no password", encrypted(), null],
    ["a megabyte", "A".repeat(1_000_000), null],
    ["a public key", key.publicKey.export({ type: "spki", format: "pem" }).toString(), null],
  ])("refuses %s with one and the same text", (_, pem, password) => {
    expect(readPrivateKey(pem, password)).toEqual(unreadable);
  });

  const pbkdf2 = (iterations: number) =>
    sequence(
      sequence(
        oid("1.2.840.113549.1.5.12"),
        sequence(octetString(Buffer.alloc(8)), integer(iterations), sequence(oid("1.2.840.113549.2.9"))),
      ),
      sequence(oid("2.16.840.1.101.3.4.1.42"), octetString(Buffer.alloc(16))),
    );

  test.each([
    ["PBKDF2", withParameters(oid("1.2.840.113549.1.5.13"), pbkdf2(2_000_000_000))],
    ["PBKDF2, one too many", withParameters(oid("1.2.840.113549.1.5.13"), pbkdf2(passwordIterationsMax + 1))],
    [
      "PKCS#12",
      withParameters(
        oid("1.2.840.113549.1.12.1.3"),
        sequence(octetString(Buffer.alloc(8)), integer(2_000_000_000)),
      ),
    ],
    ["no parameters", withParameters(oid("1.2.840.113549.1.5.13"))],
    [
      "scrypt",
      withParameters(
        oid("1.2.840.113549.1.5.13"),
        sequence(sequence(oid("1.3.6.1.4.1.11591.4.11"), sequence())),
      ),
    ],
  ])("does not start to count what a hostile file asks for: %s", (_, pem) => {
    const start = performance.now();
    expect(readPrivateKey(pem, "x")).toEqual(unreadable);
    // Counting would take minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  testWithProgram(["openssl"], "reads keys that OpenSSL encrypted, the old way and the new", (openssl) => {
    using bench = new Workbench();
    const plain = bench.write("key.pem", privateKeyPem(key));
    const protect = (...options: string[]) =>
      bench.run(openssl, "pkcs8", "-topk8", "-in", plain, "-passout", "pass:x", ...options).toString();
    for (const pem of [protect(), protect("-v1", "PBE-SHA1-3DES"), protect("-iter", "600000")]) {
      expect(readPrivateKey(pem, "x")).not.toHaveProperty("code");
    }
    const traditional = bench.run(
      openssl,
      "rsa",
      "-in",
      plain,
      "-traditional",
      "-aes128",
      "-passout",
      "pass:x",
    );
    expect(readPrivateKey(traditional.toString(), "x")).not.toHaveProperty("code");
  });
});

test("isPair tells keys apart, also of another kind", () => {
  expect(isPair(rsaKey("another").publicKey, key.privateKey)).toBe(false);
  expect(isPair(ecKey("another").publicKey, key.privateKey)).toBe(false);
  expect(isPair(key.publicKey, key.privateKey)).toBe(true);
});
