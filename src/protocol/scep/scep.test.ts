import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  asIndefinite,
  craftSignedData,
  properAttributes,
  anAttribute,
} from "../../../test/tools/craft-signed-data.ts";
import { aCa, anIdentity, ecKey, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { describeWithFixtures } from "../../../test/tools/shared-folder.ts";
import { octetString, printableString, utf8String } from "../asn1/write.ts";
import { decodeEnvelopedData, encryptEnveloped } from "../cms/enveloped-data.ts";
import { encodeDegenerate } from "../cms/sign.ts";
import { encodeCertificateRequest } from "../x509/certificate-request.ts";
import { formatName, nameOids } from "../x509/name.ts";
import { decodeCertificateChain, encodePem } from "../x509/pem.ts";
import { decodeCertificatesOnly, decodeCertRep, encodeCertRep, openCertRep } from "./cert-rep.ts";
import type { CertRepOutcome } from "./cert-rep.ts";
import {
  decodePkiMessage,
  openPkiMessage,
  scepMessageTypes,
  scepNonceBytesMax,
  scepOids,
  scepTransactionIdCharactersMax,
} from "./scep-message.ts";
import { encodePkiRequest } from "./scep-request.ts";

const ca = aCa(rsaKey("ca"));
const client = aCa(rsaKey("device"), { isCa: false, keyUsage: ["digitalSignature"], commonName: "client" });
const issued = anIdentity(ca, rsaKey("device"), { commonName: "issued" });
const refused = (code: string) => expect.objectContaining({ name: "ScepError", code });
const nonce = Buffer.alloc(16, 5);

const csr = encodeCertificateRequest({
  subject: [{ oid: nameOids.commonName, value: "MDM$DEP$secret" }],
  privateKey: client.privateKey,
  publicKeyInfo: client.spki,
  challenge: "challenge",
});

function aRequest(overrides: Partial<Parameters<typeof encodePkiRequest>[0]> = {}): Buffer {
  return encodePkiRequest({
    type: "PKCSReq",
    request: csr,
    transactionId: "ABCDEF",
    senderNonce: nonce,
    signer: client,
    recipient: ca.certificate,
    ...overrides,
  });
}

describe("a request", () => {
  test.each([
    ["as clients send it today", {}],
    ["with SHA-1 and triple DES", { hash: "sha1", cipher: "des-ede3-cbc" }],
    ["with SHA-512 and single DES, as micromdm's client", { hash: "sha512", cipher: "des-cbc" }],
    ["for a renewal", { type: "RenewalReq", cipher: "aes-256-cbc" }],
  ] as const)("is decoded and opened %s", (_, overrides) => {
    const der = aRequest(overrides);
    for (const bytes of [der, asIndefinite(der)]) {
      const message = decodePkiMessage(bytes);
      const type = "type" in overrides ? overrides.type : "PKCSReq";
      expect(message).toMatchObject({
        messageType: scepMessageTypes[type],
        messageTypeName: type,
        transactionId: "ABCDEF",
        senderNonce: nonce,
        recipientNonce: null,
        pkiStatus: null,
        failInfo: null,
        hash: "hash" in overrides ? overrides.hash : "sha256",
      });
      expect(message.signerCertificate.raw.equals(client.certificate.raw)).toBe(true);
      const opened = openPkiMessage(message, ca);
      expect(opened.cipher).toBe("cipher" in overrides ? overrides.cipher : "aes-128-cbc");
      expect(opened.request.challengePassword).toBe("challenge");
      expect(formatName(opened.request.subject)).toBe("CN=MDM$DEP$secret");
      expect(opened.publicKey.equals(client.publicKey)).toBe(true);
    }
  });

  test("tells types apart that a policy refuses, known or not", () => {
    expect(decodePkiMessage(aRequest({ type: "UpdateReq" })).messageTypeName).toBe("UpdateReq");
    const unknown = crafted([anAttribute(scepOids.messageType, printableString("99")), transactionId]);
    expect(decodePkiMessage(unknown)).toMatchObject({ messageType: 99, messageTypeName: null });
  });

  test("to another CA is unreadable, and so is garbage, in one and the same way", () => {
    const other = anIdentity(ca, rsaKey("other"));
    const toOther = decodePkiMessage(aRequest({ recipient: other.certificate }));
    const garbage = decodePkiMessage(aRequest({ request: Buffer.from("no request") }));
    const noEnvelope = decodePkiMessage(crafted([messageType, transactionId]));
    const wrongKey = { certificate: ca.certificate, privateKey: other.privateKey };
    for (const act of [
      () => openPkiMessage(toOther, ca),
      () => openPkiMessage(garbage, ca),
      () => openPkiMessage(noEnvelope, ca),
      () => openPkiMessage(decodePkiMessage(aRequest()), wrongKey),
    ]) {
      expect(act).toThrowError(refused("scep_envelope_unreadable"));
      expect(act).toThrowError("Cannot read SCEP envelope");
    }
  });

  test("for a key the requester does not hold is refused", () => {
    const request = encodeCertificateRequest({
      subject: [],
      privateKey: client.privateKey,
      publicKeyInfo: rsaKey("other").spki,
    });
    expect(() => openPkiMessage(decodePkiMessage(aRequest({ request })), ca)).toThrowError(
      refused("scep_proof_invalid"),
    );
  });

  test("without an envelope is refused", () => {
    const empty = decodePkiMessage(crafted([messageType, transactionId], Buffer.alloc(0)));
    expect(empty.envelope).toBeNull();
    expect(() => openPkiMessage(empty, ca)).toThrowError(refused("scep_envelope_missing"));
  });
});

const messageType = anAttribute(scepOids.messageType, printableString("19"));
const transactionId = anAttribute(scepOids.transactionId, printableString("T"));

function crafted(attributes: Buffer[], content: Buffer = Buffer.from("content"), overrides = {}): Buffer {
  const all = [...properAttributes(content), ...attributes];
  return craftSignedData({ identity: client, content, attributes: all, ...overrides });
}

describe("hostile messages", () => {
  const one = (type: string, value: Buffer) => anAttribute(type, value);

  test.each([
    ["no message type", [transactionId]],
    ["a message type in words", [one(scepOids.messageType, printableString("PKCSReq")), transactionId]],
    ["a message type of many digits", [one(scepOids.messageType, printableString("1900")), transactionId]],
    [
      "two message types",
      [anAttribute(scepOids.messageType, printableString("19"), printableString("3")), transactionId],
    ],
    [
      "a message type that is no text",
      [one(scepOids.messageType, octetString(Buffer.from("19"))), transactionId],
    ],
    ["no transaction id", [messageType]],
    ["an empty transaction id", [messageType, one(scepOids.transactionId, printableString(""))]],
    [
      "a transaction id of control characters",
      [messageType, one(scepOids.transactionId, utf8String("a\0b"))],
    ],
    [
      "an endless transaction id",
      [
        messageType,
        one(scepOids.transactionId, printableString("a".repeat(scepTransactionIdCharactersMax + 1))),
      ],
    ],
    ["an empty nonce", [messageType, transactionId, one(scepOids.senderNonce, octetString(Buffer.alloc(0)))]],
    [
      "an endless nonce",
      [
        messageType,
        transactionId,
        one(scepOids.senderNonce, octetString(Buffer.alloc(scepNonceBytesMax + 1))),
      ],
    ],
    [
      "a nonce that is no octets",
      [messageType, transactionId, one(scepOids.recipientNonce, printableString("n"))],
    ],
  ])("with %s are refused", (_, attributes) => {
    expect(() => decodePkiMessage(crafted(attributes))).toThrowError(refused("scep_attributes_invalid"));
  });

  test("without signed attributes are refused", () => {
    const bare = craftSignedData({ identity: client, content: Buffer.from("content") });
    expect(() => decodePkiMessage(bare)).toThrowError(refused("scep_attributes_invalid"));
  });

  test("signed by nobody or by two are refused", () => {
    const twice = crafted([messageType, transactionId], Buffer.from("content"), { signerCopies: 2 });
    for (const bytes of [encodeDegenerate([client.certificate]), twice]) {
      expect(() => decodePkiMessage(bytes)).toThrowError(refused("scep_malformed"));
    }
  });

  test("with MD5, and without the signer's certificate, are refused", () => {
    const md5 = { digestOid: "1.2.840.113549.2.5", signatureOid: "1.2.840.113549.1.1.4" };
    for (const overrides of [md5, { certificates: [] }]) {
      const message = crafted([messageType, transactionId], Buffer.from("content"), overrides);
      expect(() => decodePkiMessage(message)).toThrowError(refused("scep_signature_invalid"));
    }
  });

  test("cut off anywhere are refused, and flipped bits never change what is asked", () => {
    const der = aRequest();
    for (let length = 0; length < der.length; length += 7) {
      expect(() => decodePkiMessage(der.subarray(0, length))).toThrowError(refused("scep_malformed"));
    }
    const original = decodePkiMessage(der);
    for (let index = 0; index < der.length; index++) {
      const changed = Buffer.from(der);
      changed[index] = (changed[index] as number) ^ (1 << (index % 8));
      const message = decodedOrNull(changed);
      if (message === null) continue;
      expect(message.envelope).toEqual(original.envelope);
      expect(message.transactionId).toBe(original.transactionId);
      expect(message.messageType).toBe(original.messageType);
    }
  });

  function decodedOrNull(bytes: Buffer) {
    try {
      return decodePkiMessage(bytes);
    } catch (error) {
      expect(error).toMatchObject({ name: "ScepError" });
      return null;
    }
  }
});

describe("an answer", () => {
  const success: CertRepOutcome = {
    status: "success",
    certificates: [issued.certificate, ca.certificate],
    recipientCertificate: client.certificate,
    cipher: "aes-256-cbc",
  };
  const anAnswer = (outcome: CertRepOutcome, recipientNonce: Buffer | null = nonce) =>
    encodeCertRep({
      outcome,
      transactionId: "ABCDEF",
      recipientNonce,
      senderNonce: Buffer.alloc(16, 9),
      signer: ca,
    });

  test("of success brings the certificates to the client, in the cipher it used", () => {
    const answer = decodeCertRep(anAnswer(success));
    expect(answer).toMatchObject({
      pkiStatus: "success",
      failInfo: null,
      transactionId: "ABCDEF",
      recipientNonce: nonce,
    });
    expect(answer.signerCertificate.raw.equals(ca.certificate.raw)).toBe(true);
    expect(openCertRep(answer, client).map(({ subject }) => formatName(subject))).toEqual([
      "CN=issued",
      "CN=Test CA",
    ]);
    expect(decodeEnvelopedData(answer.envelope as Buffer).cipher).toBe("aes-256-cbc");
    expect(() => openCertRep(answer, ca)).toThrowError(refused("scep_envelope_unreadable"));
  });

  test("of failure and of waiting has a status and no envelope", () => {
    const failure = decodeCertRep(anAnswer({ status: "failure", failInfo: "badRequest" }, null));
    expect(failure).toMatchObject({
      pkiStatus: "failure",
      failInfo: "badRequest",
      envelope: null,
      recipientNonce: null,
    });
    const pending = decodeCertRep(anAnswer({ status: "pending" }));
    expect(pending).toMatchObject({ pkiStatus: "pending", failInfo: null, envelope: null });
    expect(() => openCertRep(failure, client)).toThrowError(refused("scep_envelope_missing"));
  });

  test("cannot be encrypted to an EC key", () => {
    const recipientCertificate = anIdentity(ca, ecKey("device")).certificate;
    expect(() => anAnswer({ ...success, recipientCertificate })).toThrowError(
      expect.objectContaining({ name: "X509Error", code: "key_unsupported" }),
    );
  });

  test("is no request, and a request is no answer", () => {
    expect(() => decodeCertRep(aRequest())).toThrowError(refused("scep_attributes_invalid"));
    const noStatus = crafted([anAttribute(scepOids.messageType, printableString("3")), transactionId]);
    expect(() => decodeCertRep(noStatus)).toThrowError(refused("scep_attributes_invalid"));
  });

  test("without any certificate is refused, and so is one with something else", () => {
    const answer = decodeCertRep(anAnswer({ ...success, certificates: [] }));
    expect(() => openCertRep(answer, client)).toThrowError(refused("scep_certificates_missing"));
    const content = Buffer.from("nothing");
    const envelope = encryptEnveloped({ content, recipient: client.certificate, cipher: "aes-128-cbc" });
    expect(() => openCertRep({ ...answer, envelope }, client)).toThrowError(refused("scep_malformed"));
    expect(decodeCertificatesOnly(encodeDegenerate([ca.certificate])).length).toBe(1);
  });

  testWithProgram(["openssl"], "is verified and opened by OpenSSL", (openssl) => {
    using bench = new Workbench();
    bench.write("answer", anAnswer(success));
    bench.write("failure", anAnswer({ status: "failure", failInfo: "badAlg" }));
    bench.write("ca.pem", encodePem("CERTIFICATE", ca.certificate.raw));
    bench.write("client.pem", encodePem("CERTIFICATE", client.certificate.raw));
    bench.write("client.key", client.privateKey.export({ type: "pkcs8", format: "pem" }));
    bench.write("empty", "");
    const verify = ["cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "ca.pem", "-purpose", "any"];
    bench.run(openssl, ...verify, "-in", "failure", "-content", "empty");
    bench.run(openssl, ...verify, "-in", "answer", "-out", "envelope");
    bench.run(
      openssl,
      "cms",
      "-decrypt",
      "-binary",
      "-inform",
      "DER",
      "-in",
      "envelope",
      "-recip",
      "client.pem",
      "-inkey",
      "client.key",
      "-out",
      "inner",
    );
    const printed = bench.run(openssl, "pkcs7", "-inform", "DER", "-in", "inner", "-print_certs").toString();
    expect(decodeCertificateChain(printed).map(({ raw }) => raw.equals(issued.certificate.raw))).toEqual([
      true,
      false,
    ]);
  });
});

describeWithFixtures("captured SCEP requests", (folder) => {
  const read = (name: string) => readFileSync(join(folder, "scep", name));

  test.each([
    [
      "of macOS 10.12",
      "commandment-macos-2017-PKIOperation.der",
      "sha512",
      "140BC832976B3D0300BE8F5C2E35CEDF66E73D7B",
    ],
    ["of an older client", "micromdm-PKCSReq.der", "sha1", "A13090761A30F66664F85D37433D2065E1112BA1"],
  ])("%s are decoded, verified, and say what cipher they came in", (_, name, hash, transaction) => {
    const message = decodePkiMessage(read(name));
    expect(message).toMatchObject({ messageTypeName: "PKCSReq", hash, transactionId: transaction });
    expect(message.senderNonce?.length).toBe(8);
    expect(formatName(message.signerCertificate.subject)).toContain("CN=MDM SCEP SIGNER");
    expect(decodeEnvelopedData(message.envelope as Buffer).cipher).toBe("des-ede3-cbc");
    expect(() => openPkiMessage(message, ca)).toThrowError(refused("scep_envelope_unreadable"));
  });

  test("are encrypted to the CA they were captured with", () => {
    const [captured] = decodeCertificateChain(read("micromdm-testca/ca.pem").toString());
    const { recipients } = decodeEnvelopedData(
      decodePkiMessage(read("micromdm-PKCSReq.der")).envelope as Buffer,
    );
    expect(recipients[0]?.reference).toMatchObject({ kind: "issuerAndSerial", serial: captured?.serial });
  });
});
