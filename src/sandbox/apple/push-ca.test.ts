import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { writeCertificateRequest, writeName } from "../crypto/certificate-writer.ts";
import { makeKeyPair } from "../crypto/key-pool.ts";
import { createPushCa } from "./push-ca.ts";

test("a push certificate names its topic, belongs to the requested key and keeps its topic when renewed", async () => {
  const [ca, keys] = await Promise.all([createPushCa(), makeKeyPair()]);
  const request = writeCertificateRequest(writeName([{ type: "CN", value: "whatever" }]), keys, null);
  const first = ca.issuePushCertificate(request);
  const certificate = new X509Certificate(first.certificatePem);
  expect(first.topic).toMatch(/^com\.apple\.mgmt\.External\./);
  expect(certificate.subject).toContain(`UID=${first.topic}`);
  expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true);
  expect(certificate.verify(new X509Certificate(ca.certificatePem).publicKey)).toBe(true);
  expect(ca.issuePushCertificate(request, { topic: first.topic }).topic).toBe(first.topic);
});

test("a certificate of the push service names its hosts", async () => {
  const ca = await createPushCa();
  const { certificatePem } = await ca.issueServerCertificate(["localhost", "127.0.0.1"]);
  const certificate = new X509Certificate(certificatePem);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
});
