import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OperationRefused } from "#platform/errors.ts";
import { readOperation } from "#platform/operation.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { decodePem } from "#protocol/x509/pem.ts";
import {
  type FakePushCsrSigner,
  startFakePushCsrSigner,
} from "../../sandbox/push-csr-signer/fake-push-csr-signer.ts";
import { testActor, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { PushCertificateId } from "./push-certificate.ts";
import {
  createPushCertificate,
  requestPushCertificate,
  requestSignedPushCsr,
} from "./push-certificate-operations.ts";
import { createPushCsrSigner, signerAnswerBytesMax } from "./push-csr-signer.ts";

const world = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
let signer: FakePushCsrSigner;
let id: PushCertificateId;

beforeAll(async () => {
  signer = await startFakePushCsrSigner();
});
afterAll(() => signer.close());
beforeEach(async () => {
  const name = randomUUID();
  ({ id } = await world.testOperation((op) => createPushCertificate(op, { sealer }, { name })));
});
afterEach(() => signer.setFault(null));

function ask(
  signPushCsr: ReturnType<typeof createPushCsrSigner> | null = createPushCsrSigner({
    url: signer.url,
    fqdn: "mdm.example.com",
  }),
): Promise<string> {
  return requestSignedPushCsr(readOperation(world.source, testActor), { sealer, signPushCsr }, id);
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationRefused)) throw error;
  return error.refusal.detail;
}

describe("a push CSR signer", () => {
  test("gets the very CSR that operators get, and this server's name", async () => {
    const pem = await world.testOperation((op) => requestPushCertificate(op, { sealer }, id));
    const signed = await ask();
    const asked = signer.requests.at(-1);
    expect(asked?.fqdn).toBe("mdm.example.com");
    expect(decodePem(pem)[0]?.der).toEqual(asked?.csr);
    expect(Buffer.from(signed, "base64").toString()).toContain("PushCertSignature");
  });

  test.each([
    ["an error", { status: 503 }, "it answered 503"],
    ["a page", { body: "<html>" }, "no signed request"],
    ["no text", { body: '{"signed_csr":1}' }, "no signed request"],
    ["something that is not base64", { body: '{"signed_csr":"%%%%"}' }, "no signed request"],
    ["an endless answer", { body: "x".repeat(signerAnswerBytesMax + 1) }, "too large"],
    ["a way to somebody else", { location: "https://elsewhere.example.com" }, "cannot be reached"],
  ])("that answers %s is told of", async (_, fault, reason) => {
    signer.setFault(fault);
    const detail = await refusalOf(ask());
    expect(detail).toContain("The push CSR signer did not sign");
    expect(detail).toContain(reason);
  });

  test("that is not there is told of", async () => {
    const absent = createPushCsrSigner({ url: new URL("http://127.0.0.1:9/"), fqdn: "x" });
    expect(await refusalOf(ask(absent))).toContain("cannot be reached");
  });

  test("is not asked when none is configured", async () => {
    expect(await refusalOf(ask(null))).toBe("No push CSR signer is configured.");
  });
});
