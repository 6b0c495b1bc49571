import "reflect-metadata";
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import {
  bitString,
  contextConstructed,
  integer,
  oid,
  printableString,
  sequence,
  setOf,
} from "../asn1/write.ts";
import {
  certificateRequestBytesMax,
  challengePasswordOid,
  decodeCertificateRequest,
  encodeCertificateRequest,
  verifyProofOfPossession,
} from "./certificate-request.ts";
import { extensionOids } from "./extensions.ts";
import { encodeName, formatName, nameOids } from "./name.ts";
import { encodePem } from "./pem.ts";

const subject = [
  { oid: nameOids.organization, value: "MBU$1" },
  { oid: nameOids.commonName, value: "MDM$DEP$secret" },
];
const refused = (code: string) => expect.objectContaining({ name: "X509Error", code });

function aRequest(challenge?: string, key = ecKey("request")): Buffer {
  const publicKeyInfo = key.spki;
  const { privateKey } = key;
  return encodeCertificateRequest({
    subject,
    privateKey,
    publicKeyInfo,
    ...(challenge === undefined ? {} : { challenge }),
  });
}

describe("certificate requests", () => {
  test.each(["rsa", "ec"])(
    "with a key of kind %s keep subject, key and challenge, and prove possession",
    (kind) => {
      const key = kind === "rsa" ? rsaKey("ca") : ecKey("request");
      const request = decodeCertificateRequest(aRequest("s3cret $ ü", key));
      expect(formatName(request.subject)).toBe("CN=MDM$DEP$secret,O=MBU$1");
      expect(request.challengePassword).toBe("s3cret $ ü");
      expect(verifyProofOfPossession(request).equals(key.publicKey)).toBe(true);
    },
  );

  test("without a challenge have none, and an empty one is not none", () => {
    expect(decodeCertificateRequest(aRequest()).challengePassword).toBeNull();
    expect(decodeCertificateRequest(aRequest("")).challengePassword).toBe("");
  });

  test("mean the same to another implementation", async () => {
    const oracle = new Pkcs10CertificateRequest(aRequest("challenge"));
    expect(await oracle.verify()).toBe(true);
    expect(oracle.getAttribute(challengePasswordOid)).not.toBeNull();
  });

  test("signed with another key prove nothing", () => {
    const der = encodeCertificateRequest({
      subject,
      privateKey: ecKey("other").privateKey,
      publicKeyInfo: ecKey("request").spki,
    });
    expect(() => verifyProofOfPossession(decodeCertificateRequest(der))).toThrowError(
      refused("signature_invalid"),
    );
  });

  test("signed with MD5 are refused", () => {
    const request = decodeCertificateRequest(aRequest());
    const md5 = { ...request, signatureAlgorithm: { oid: "1.2.840.113549.1.1.4", parameters: null } };
    expect(() => verifyProofOfPossession(md5)).toThrowError(refused("signature_algorithm_refused"));
  });

  test("with a flipped bit anywhere are refused", () => {
    const raw = aRequest("challenge");
    for (let index = 0; index < raw.length; index++) {
      const changed = Buffer.from(raw);
      changed[index] = (changed[index] as number) ^ 1;
      expect(() => verifyProofOfPossession(decodeCertificateRequest(changed))).toThrowError(
        expect.objectContaining({ name: "X509Error" }),
      );
    }
  });

  test("that are cut off, too large, or name the challenge twice are refused", () => {
    const raw = aRequest();
    for (let length = 0; length < raw.length; length++) {
      expect(() => decodeCertificateRequest(raw.subarray(0, length))).toThrowError(
        refused("certificate_request_malformed"),
      );
    }
    const challenge = sequence(oid(challengePasswordOid), setOf(printableString("a")));
    const twice = sequence(
      sequence(
        integer(0),
        encodeName(subject),
        ecKey("request").spki,
        contextConstructed(0, challenge, challenge),
      ),
      sequence(oid("1.2.840.10045.4.3.2")),
      bitString(Buffer.from("x")),
    );
    for (const der of [twice, Buffer.alloc(certificateRequestBytesMax + 1)]) {
      expect(() => decodeCertificateRequest(der)).toThrowError(refused("certificate_request_malformed"));
    }
  });

  testWithProgram(["openssl"], "made by us verify with OpenSSL", (openssl) => {
    using bench = new Workbench();
    bench.write("request.pem", encodePem("CERTIFICATE REQUEST", aRequest("challenge", rsaKey("ca"))));
    const shown = bench.run(openssl, "req", "-in", "request.pem", "-verify", "-noout", "-text").toString();
    expect(shown).toContain("challengePassword");
  });

  testWithProgram(["openssl"], "made by OpenSSL with extensions are understood", (openssl) => {
    using bench = new Workbench();
    bench.write(
      "request.cnf",
      [
        "[req]\nprompt=no\ndistinguished_name=dn\nattributes=attributes\nreq_extensions=extensions",
        "[dn]\nCN=device\n[attributes]\nchallengePassword=hello there",
        "[extensions]\nsubjectAltName=DNS:a.example",
        "keyUsage=digitalSignature",
      ].join("\n"),
    );
    bench.write("key.pem", rsaKey("ca").privateKey.export({ type: "pkcs8", format: "pem" }));
    bench.run(
      openssl,
      "req",
      "-new",
      "-key",
      "key.pem",
      "-config",
      "request.cnf",
      "-outform",
      "DER",
      "-out",
      "request.der",
      "-sha1",
    );
    const request = decodeCertificateRequest(bench.read("request.der"));
    expect(request.challengePassword).toBe("hello there");
    expect([...request.extensions.keys()]).toEqual([
      extensionOids.subjectAlternativeName,
      extensionOids.keyUsage,
    ]);
    expect(verifyProofOfPossession(request).equals(rsaKey("ca").publicKey)).toBe(true);
  });
});
