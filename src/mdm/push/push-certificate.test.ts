import { describe, expect, test } from "vitest";
import { nameOids } from "#protocol/x509/name.ts";
import { anIdentity, rsaKey } from "../../../test/tools/identities.ts";
import {
  certificatePem,
  privateKeyPem,
  pushCa,
  pushIdentity,
  testTopic,
} from "../../../test/tools/push-world.ts";
import {
  type PushCertificate,
  type PushCertificateId,
  readPushCertificate,
  refuseReplacement,
  serializePushCertificate,
} from "./push-certificate.ts";

const at = new Date("2026-11-21T12:00:00Z");

function withSubject(...subject: { oid: string; value: string }[]): string {
  return certificatePem(anIdentity(pushCa(), rsaKey("push certificate"), { subject }));
}

describe("readPushCertificate", () => {
  test("tells topic and validity, and keeps the leaf alone", () => {
    const leaf = certificatePem(pushIdentity());
    const facts = readPushCertificate(`Bag Attributes\n${leaf}${certificatePem(pushCa())}`);
    expect(facts).toMatchObject({
      certificatePem: leaf,
      topic: testTopic,
      notBefore: new Date("2020-01-01T00:00:00Z"),
      notAfter: new Date("2039-12-31T00:00:00Z"),
    });
  });

  test.each([
    ["nothing", ""],
    ["text", "hello"],
    ["a key", privateKeyPem(rsaKey("push certificate"))],
    ["a cut certificate", certificatePem(pushIdentity()).slice(0, 400)],
    ["bytes that are no certificate", "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n"],
    ["a megabyte", "A".repeat(1_000_000)],
  ])("refuses %s", (_, pem) => {
    expect(readPushCertificate(pem)).toMatchObject({
      field: "certificate",
      detail: "Could not load PEM certificate",
    });
  });

  test.each([
    ["no UID", [{ oid: nameOids.commonName, value: "APSP" }]],
    ["an empty UID", [{ oid: nameOids.userId, value: "" }]],
    [
      "two UIDs",
      [
        { oid: nameOids.userId, value: "a" },
        { oid: nameOids.userId, value: "b" },
      ],
    ],
  ])("refuses a subject with %s", (_, subject) => {
    expect(readPushCertificate(withSubject(...subject))).toMatchObject({
      field: "certificate",
      detail: "Could not extract the topic from the certificate subject",
    });
  });
});

describe("refuseReplacement", () => {
  const next = { topic: testTopic, notAfter: new Date("2027-11-21T12:00:00Z") };

  test("the first certificate sets the topic, a renewal keeps it", () => {
    expect(refuseReplacement({ topic: null }, next, at)).toBeNull();
    expect(refuseReplacement({ topic: testTopic }, next, at)).toBeNull();
  });

  test("another topic is refused: no enrolled device listens to it", () => {
    expect(refuseReplacement({ topic: "com.apple.mgmt.External.other" }, next, at)).toMatchObject({
      detail: "The new certificate has a different topic",
    });
  });

  test("an expired certificate is refused from its last moment on", () => {
    expect(refuseReplacement({ topic: null }, { ...next, notAfter: at }, at)).toMatchObject({
      code: "push_certificate_expired",
    });
  });
});

test("audit events name a certificate by its fingerprint", () => {
  const identity = pushIdentity();
  const row: PushCertificate = {
    id: 7 as PushCertificateId,
    provisioningUid: null,
    name: "Company",
    topic: testTopic,
    certificate: certificatePem(identity),
    notBefore: at,
    notAfter: at,
    createdAt: at,
    updatedAt: at,
  };
  const value = serializePushCertificate(row);
  expect(value).toMatchObject({ pk: 7, name: "Company", topic: testTopic });
  expect(value["certificate"]).toMatch(/^[0-9a-f]{64}$/);
  expect(serializePushCertificate({ ...row, certificate: null })["certificate"]).toBeNull();
});
