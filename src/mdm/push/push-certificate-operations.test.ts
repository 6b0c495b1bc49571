import { createPublicKey, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { createSealer, openText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { decodeCertificateRequest, verifyProofOfPossession } from "#protocol/x509/certificate-request.ts";
import { formatName } from "#protocol/x509/name.ts";
import { decodePem } from "#protocol/x509/pem.ts";
import { type Identity, type KeyPair, rsaKey } from "../../../test/tools/identities.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { certificatePem, privateKeyPem, pushIdentity } from "../../../test/tools/push-world.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { PushCertificateId } from "./push-certificate.ts";
import {
  contextOf,
  createPushCertificate,
  deletePushCertificate,
  type PushUpload,
  requestPushCertificate,
  uploadPushCertificate,
} from "./push-certificate-operations.ts";

const world = useTestDatabase();
const deps = { sealer: createSealer(new Secret(randomBytes(32))) };

let name: string;
let topic: string;
let id: PushCertificateId;

beforeEach(async () => {
  world.clock.set(testStart);
  name = `Company ${randomUUID()}`;
  topic = `com.apple.mgmt.External.${randomUUID()}`;
  id = (await create(name)).id;
});

function create(withName: string) {
  return world.testOperation((op) => createPushCertificate(op, deps, { name: withName }));
}

function csr(): Promise<string> {
  return world.testOperation((op) => requestPushCertificate(op, deps, id));
}

function upload(identity: Identity, changes: Partial<PushUpload> = {}) {
  const plain = { certificate: certificatePem(identity), privateKey: null, password: null };
  return world.testOperation((op) =>
    uploadPushCertificate(op, deps, { id, upload: { ...plain, ...changes } }),
  );
}

/** What Apple does with a request: a certificate for its key. */
async function signed(changes: Parameters<typeof pushIdentity>[1] = {}, ofTopic = topic): Promise<Identity> {
  const [block] = decodePem(await csr());
  const publicKey = verifyProofOfPossession(decodeCertificateRequest(block?.der ?? Buffer.alloc(0)));
  return pushIdentity(ofTopic, { key: keyOf(publicKey), ...changes });
}

function keyOf(publicKey: KeyObject): KeyPair {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { ...rsaKey("push certificate"), publicKey, spki };
}

async function keys() {
  return world.database.one<{ privateKeySealed: Buffer | null; nextPrivateKeySealed: Buffer | null }>(
    sql`select private_key_sealed, next_private_key_sealed from push_certificates where id = ${id}`,
  );
}

async function audit(): Promise<{ action: string; object: Record<string, unknown> }[]> {
  const rows = await world.database.many<{
    payload: { action: string; object: Record<string, unknown> };
  }>(sql`
    select payload from events
     where type = 'zentral_audit' and payload -> 'object' ->> 'pk' = ${String(id)} order by sequence`);
  return rows.map(({ payload }) => payload);
}

describe("create and request", () => {
  test("a new push certificate has a key, and nothing of Apple yet", async () => {
    const created = await create(`${name} 2`);
    expect(created).toMatchObject({ name: `${name} 2`, topic: null, certificate: null, notAfter: null });
    expect(await keys()).toMatchObject({ privateKeySealed: null, nextPrivateKeySealed: expect.any(Buffer) });
    expect(await audit()).toMatchObject([
      { action: "created", object: { new_value: { name, topic: null } } },
    ]);
  });

  test("a name is given once", async () => {
    await expect(create(name)).rejects.toMatchObject({
      refusal: { field: "name", detail: "push certificate with this name already exists." },
    });
  });

  test("the request is signed by the key it is for, and stays the same key until it is answered", async () => {
    const [first, second] = [await csr(), await csr()].map((pem) =>
      decodeCertificateRequest(decodePem(pem)[0]?.der ?? Buffer.alloc(0)),
    );
    if (first === undefined || second === undefined) throw new Error("no request");
    expect(formatName(first.subject)).toBe(`CN=Pomona Push Certificate ${id}`);
    expect(verifyProofOfPossession(first).asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(second.publicKeyInfo).toEqual(first.publicKeyInfo);
  });

  testWithProgram(["openssl"], "OpenSSL verifies the request", async (openssl) => {
    using bench = new Workbench();
    const path = bench.write("request.pem", await csr());
    const text = bench.run(openssl, "req", "-in", path, "-verify", "-noout", "-subject").toString();
    expect(text).toMatch(new RegExp(`CN ?= ?Pomona Push Certificate ${id}`));
  });

  test("a push certificate that does not exist has no request", async () => {
    await expect(
      world.testOperation((op) => requestPushCertificate(op, deps, 999_999 as PushCertificateId)),
    ).rejects.toMatchObject({ refusal: { kind: "not_found" } });
  });
});

describe("upload and renew", () => {
  test("the certificate for the request takes its key along", async () => {
    world.clock.advance(60);
    const identity = await signed();
    expect(await upload(identity)).toMatchObject({
      topic,
      certificate: certificatePem(identity),
      notBefore: identity.certificate.notBefore,
      notAfter: identity.certificate.notAfter,
      createdAt: testStart,
      updatedAt: world.clock.now(),
    });
    const { privateKeySealed, nextPrivateKeySealed } = await keys();
    expect(nextPrivateKeySealed).toBeNull();
    const pem = openText(deps.sealer, privateKeySealed ?? Buffer.alloc(0), contextOf(id)).reveal();
    expect(createPublicKey(pem).equals(identity.publicKey)).toBe(true);
    expect(await audit()).toMatchObject([
      { action: "created" },
      { action: "updated", object: { prev_value: { topic: null }, new_value: { topic } } },
    ]);
    expect(JSON.stringify(await audit())).not.toContain("PRIVATE");
  });

  test("a renewal is for a new key, and the old one works until its certificate comes", async () => {
    const first = await signed();
    await upload(first);
    const before = await keys();
    const second = await signed();
    expect(second.publicKey.equals(first.publicKey)).toBe(false);
    expect(await keys()).toMatchObject({ privateKeySealed: before.privateKeySealed });
    expect(await upload(second)).toMatchObject({ topic, certificate: certificatePem(second) });
    expect(await keys()).toMatchObject({ nextPrivateKeySealed: null });
  });

  test("a certificate for the key in use may be issued again", async () => {
    const first = await signed();
    await upload(first);
    const again = pushIdentity(topic, { key: keyOf(first.publicKey) });
    expect(await upload(again)).toMatchObject({ certificate: certificatePem(again) });
  });

  test("a certificate comes with its own key, encrypted or not", async () => {
    const identity = pushIdentity(topic);
    await upload(identity, { privateKey: new Secret(privateKeyPem(identity)) });
    const pem = identity.privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      .toString();
    const after = await upload(identity, { privateKey: new Secret(pem), password: new Secret("x") });
    expect(after).toMatchObject({ topic });
  });

  test.each<[string, () => Promise<unknown>, object]>([
    [
      "a certificate for a key we do not have",
      () => upload(pushIdentity(topic)),
      { field: "certificate", detail: "The certificate and key do not form a pair" },
    ],
    [
      "a key of another certificate",
      () => upload(pushIdentity(topic), { privateKey: new Secret(privateKeyPem(rsaKey("another"))) }),
      { field: "certificate", detail: "The certificate and key do not form a pair" },
    ],
    [
      "a key that is not one",
      () => upload(pushIdentity(topic), { privateKey: new Secret("key") }),
      { field: "private_key", detail: "Could not load PEM private key" },
    ],
    [
      "a certificate that is not one",
      () => upload(pushIdentity(topic), { certificate: "certificate" }),
      { field: "certificate", detail: "Could not load PEM certificate" },
    ],
    [
      "an expired certificate",
      async () => upload(await signed({ notAfter: new Date("2021-01-01T00:00:00Z") })),
      { field: "certificate", detail: "The certificate has expired" },
    ],
  ])("%s is refused, and nothing changes", async (_, attempt, refusal) => {
    const before = await keys();
    await expect(attempt()).rejects.toMatchObject({ refusal });
    expect(await keys()).toEqual(before);
    expect(await audit()).toHaveLength(1);
  });

  test("another topic is refused, and the awaited key stays", async () => {
    await upload(await signed());
    const other = await signed({}, `${topic}.other`);
    const before = await keys();
    await expect(upload(other)).rejects.toMatchObject({
      refusal: { detail: "The new certificate has a different topic" },
    });
    expect(await keys()).toEqual(before);
  });

  test("two push certificates cannot share a topic", async () => {
    await upload(await signed());
    id = (await create(`${name} 2`)).id;
    await expect(signed().then((identity) => upload(identity))).rejects.toMatchObject({
      refusal: { field: "certificate", detail: "push certificate with this topic already exists." },
    });
  });
});

describe("delete", () => {
  const remove = () => world.testOperation((op) => deletePushCertificate(op, id));
  const refusal = { kind: "conflict", detail: "This push certificate cannot be deleted" };

  test("an unused push certificate goes, and the audit event keeps what it was", async () => {
    await remove();
    await expect(remove()).rejects.toMatchObject({ refusal: { kind: "not_found" } });
    expect((await audit()).at(-1)).toMatchObject({ action: "deleted", object: { prev_value: { name } } });
  });

  test("one that a device uses stays", async () => {
    await world.testOperation((op) =>
      op.tx.run(sql`
        insert into devices (udid, serial_number, platform, push_certificate_id, created_at, updated_at)
        values (${randomUUID()}, 'C02', 'macOS', ${id}, ${op.at}, ${op.at})`),
    );
    await expect(remove()).rejects.toMatchObject({ refusal });
    expect(await keys()).toBeDefined();
  });

  test("one from the configuration stays", async () => {
    await world.testOperation((op) =>
      op.tx.run(sql`update push_certificates set provisioning_uid = ${randomUUID()} where id = ${id}`),
    );
    await expect(remove()).rejects.toMatchObject({ refusal });
  });
});
