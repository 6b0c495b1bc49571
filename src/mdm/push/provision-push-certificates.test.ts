import { randomBytes, randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { decodeCertificateRequest, verifyProofOfPossession } from "#protocol/x509/certificate-request.ts";
import { decodePem } from "#protocol/x509/pem.ts";
import { certificatePem, pushIdentity } from "../../../test/tools/push-world.ts";
import { runDuring, useTestDatabase } from "../../../test/tools/test-database.ts";
import { provisionPushCertificate } from "./provision-push-certificates-operations.ts";
import type { PushCertificate } from "./push-certificate.ts";
import { deletePushCertificate, requestPushCertificate } from "./push-certificate-operations.ts";

const world = useTestDatabase();
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };
let uid: string;
let name: string;

beforeEach(() => {
  uid = randomUUID();
  name = `Provisioned ${uid}`;
});

function provision(changes: { readonly name?: string; readonly certificate?: string } = {}): Promise<void> {
  return world.testOperation((op) =>
    provisionPushCertificate(op, deps, { uid, name, certificate: null, ...changes }),
  );
}

function row(): Promise<PushCertificate | null> {
  return world.database.maybe<PushCertificate>(
    sql`select id, name, topic, certificate, updated_at from push_certificates where provisioning_uid = ${uid}`,
  );
}

async function required(): Promise<PushCertificate> {
  const found = await row();
  if (found === null) throw new Error("The entry was not provisioned");
  return found;
}

/** What Apple answers to the CSR of the server's key. */
async function issued(topic: string): Promise<string> {
  const { id } = await required();
  const pem = await world.testOperation((op) => requestPushCertificate(op, deps, id));
  const request = decodeCertificateRequest(decodePem(pem)[0]?.der ?? Buffer.alloc(0));
  const publicKey = verifyProofOfPossession(request);
  const key = { publicKey, privateKey: publicKey, spki: request.publicKeyInfo };
  return certificatePem(pushIdentity(topic, { key }));
}

describe("provisioned push certificates", () => {
  test("are made once with a key of the server's, and follow their entry", async () => {
    await provision();
    const first = await required();
    await provision();
    expect(await required()).toEqual(first);
    await provision({ name: `${name} renamed` });
    expect(await required()).toMatchObject({ id: first.id, name: `${name} renamed`, certificate: null });

    const certificate = await issued(`topic.${uid}`);
    await provision({ certificate });
    const whole = await required();
    expect(whole).toMatchObject({ name, topic: `topic.${uid}`, certificate });
    world.clock.advance(60);
    await provision({ certificate });
    await provision();
    expect(await required()).toEqual(whole);
  });

  test("are made once by processes that start at once", async () => {
    const entry = { uid, name, certificate: null };
    await runDuring(world, (op) => provisionPushCertificate(op, deps, entry), provision);
    expect(await required()).toMatchObject({ name, topic: null });
  });

  test("cannot be deleted by operators", async () => {
    await provision();
    const { id } = await required();
    await expect(world.testOperation((op) => deletePushCertificate(op, id))).rejects.toThrow();
  });

  test("are not made with a certificate, whose key nobody has", async () => {
    await expect(provision({ certificate: certificatePem(pushIdentity()) })).rejects.toThrow();
    expect(await row()).toBeNull();
  });

  test("keep what they have when a certificate does not fit", async () => {
    await provision();
    const before = await required();
    await expect(provision({ name: "Other", certificate: certificatePem(pushIdentity()) })).rejects.toThrow();
    await expect(provision({ certificate: "no certificate" })).rejects.toThrow();
    expect(await required()).toEqual(before);
  });
});
