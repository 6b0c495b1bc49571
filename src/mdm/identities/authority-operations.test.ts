/** The built-in authority at first start, at further starts, and in processes that start at once. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { SealError, createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { decodeCertificate } from "#protocol/x509/certificate.ts";
import { buildChain, trustAnchorOf } from "#protocol/x509/chain.ts";
import { issueCertificate, issuerNamed } from "#protocol/x509/issue.ts";
import { encodePem } from "#protocol/x509/pem.ts";
import { nameOids } from "#protocol/x509/name.ts";
import { testWithProgram } from "../../../test/tools/programs.ts";
import { Workbench } from "../../../test/tools/openssl.ts";
import {
  type TestDatabase,
  createTestDatabase,
  testStart,
  useTestDatabase,
} from "../../../test/tools/test-database.ts";
import { type AuthorityDeps, ensureAuthority, ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { signProfile } from "./profile-signing.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";

const database = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
const deps: AuthorityDeps = { sealer, randomBytes, tls: null };

async function withFreshDatabase(run: (fresh: TestDatabase) => Promise<void>): Promise<void> {
  const fresh = await createTestDatabase();
  try {
    await run(fresh);
  } finally {
    await fresh.drop();
  }
}

async function countRows(of: TestDatabase): Promise<unknown> {
  return of.database.one(sql`
    select (select count(*)::integer from certificate_authorities) as authorities,
           (select count(*)::integer from signing_certificates) as signers,
           (select count(*)::integer from scep_issuers) as issuers`);
}

describe("the built-in authority", () => {
  test("is made once and found again with the same key", async () => {
    const first = await database.testOperation((op) => ensureAuthority(op, deps));
    const second = await database.testOperation((op) => ensureAuthority(op, deps));
    expect(second.authority.certificate.raw).toEqual(first.authority.certificate.raw);
    expect(second.authority.privateKey.equals(first.authority.privateKey)).toBe(true);
    expect(second.profileSigner.certificate.raw).toEqual(first.profileSigner.certificate.raw);
    expect(await countRows(database)).toMatchObject({ authorities: 1, signers: 1 });
  });

  test("is one, however many processes start at once", async () => {
    await withFreshDatabase(async (fresh) => {
      const starts = [1, 2, 3, 4].map(() => fresh.testOperation((op) => ensureAuthority(op, deps)));
      const found = await Promise.all(starts);
      expect(new Set(found.map(({ authority }) => authority.certificate.raw.toString("hex"))).size).toBe(1);
      expect(await countRows(fresh)).toMatchObject({ authorities: 1, signers: 1 });
    });
  });

  test("is a CA for twenty years that SCEP can encrypt to", async () => {
    const { authority } = await database.testOperation((op) => ensureAuthority(op, deps));
    const { certificate } = authority;
    expect(certificate.basicConstraints).toEqual({ isCa: true, pathLength: 0 });
    expect([...(certificate.keyUsage ?? [])]).toEqual(
      expect.arrayContaining(["digitalSignature", "keyEncipherment", "keyCertSign", "cRLSign"]),
    );
    expect(authority.privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(certificate.notAfter.getUTCFullYear() - testStart.getUTCFullYear()).toBe(20);
  });

  test("keeps its keys sealed", async () => {
    const { authority } = await database.testOperation((op) => ensureAuthority(op, deps));
    const { privateKeySealed } = await database.database.one<{ privateKeySealed: Buffer }>(
      sql`select private_key_sealed from certificate_authorities`,
    );
    const key = authority.privateKey.export({ type: "pkcs8", format: "der" });
    expect(privateKeySealed.includes(key.subarray(-64))).toBe(false);
  });

  test("does not open with the secret key of another installation", async () => {
    await database.testOperation((op) => ensureAuthority(op, deps));
    const foreign = { ...deps, sealer: createSealer(new Secret(randomBytes(32))) };
    await expect(database.testOperation((op) => ensureAuthority(op, foreign))).rejects.toThrow(SealError);
  });
});

describe("the signing certificate", () => {
  test("descends from the authority and is replaced when less than a year is left", async () => {
    await withFreshDatabase(async (fresh) => {
      const before = await fresh.testOperation((op) => ensureAuthority(op, deps));
      fresh.clock.advance(4 * 365 * 86_400 - 60);
      const kept = await fresh.testOperation((op) => ensureAuthority(op, deps));
      expect(kept.profileSigner.certificate.raw).toEqual(before.profileSigner.certificate.raw);
      fresh.clock.advance(120);
      const after = await fresh.testOperation((op) => ensureAuthority(op, deps));
      expect(after.profileSigner.certificate.raw).not.toEqual(before.profileSigner.certificate.raw);
      const anchors = [trustAnchorOf(after.authority.certificate)];
      buildChain({ leaf: after.profileSigner.certificate, anchors, validAt: fresh.clock.now() });
    });
  });

  test("is the TLS certificate when the server has one", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicKeyInfo = publicKey.export({ type: "spki", format: "der" });
    const subject = [{ oid: nameOids.commonName, value: "mdm.example.com" }];
    const certificate = issueCertificate({
      serial: Buffer.from([1]),
      subject,
      publicKeyInfo,
      issuer: issuerNamed(subject, publicKeyInfo),
      issuerKey: privateKey,
      notBefore: testStart,
      notAfter: new Date("2036-01-01T00:00:00Z"),
    });
    const tls = {
      fullchainPem: encodePem("CERTIFICATE", certificate),
      keyPem: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
    };
    await withFreshDatabase(async (fresh) => {
      const { profileSigner } = await fresh.testOperation((op) => ensureAuthority(op, { ...deps, tls }));
      expect(profileSigner.certificate.raw).toEqual(decodeCertificate(certificate).raw);
      expect(await countRows(fresh)).toMatchObject({ signers: 0 });
    });
  });
});

testWithProgram(["openssl"], "openssl verifies a signed profile against the authority", async (openssl) => {
  await withFreshDatabase(async (fresh) => {
    fresh.clock.set(new Date());
    const material = await fresh.testOperation((op) => ensureAuthority(op, deps));
    const profile = Buffer.from('<?xml version="1.0"?>\n<plist version="1.0"><dict/></plist>\n');
    using bench = new Workbench();
    bench.write("ca.pem", encodePem("CERTIFICATE", material.authority.certificate.raw));
    bench.write("profile.mobileconfig", signProfile(material, profile));
    const verify = [
      "cms",
      "-verify",
      "-binary",
      "-inform",
      "DER",
      "-in",
      "profile.mobileconfig",
      "-CAfile",
      "ca.pem",
    ];
    expect(bench.run(openssl, ...verify)).toEqual(profile);
    expect(bench.run(openssl, "verify", "-x509_strict", "-CAfile", "ca.pem", "ca.pem").toString()).toContain(
      "OK",
    );
  });
});

describe("the built-in issuer", () => {
  test("is one, however many processes start at once", async () => {
    const start = () =>
      database.testOperation((op) => ensureBuiltInScepIssuer(op, new URL("https://mdm.example.com")));
    // Two insertions collide within microseconds or not at all: one try in nine did, while nothing made them take turns.
    for (let attempt = 0; attempt < 100; attempt += 1) {
      await database.testOperation((op) => op.tx.run(sql`delete from scep_issuers`));
      await Promise.all(Array.from({ length: 8 }, start));
      expect(await countRows(database)).toMatchObject({ issuers: 1 });
    }
  });

  test("follows the base URL, and its version says so", async () => {
    const ensure = (url: string) =>
      database.testOperation(async (op) => {
        await ensureBuiltInScepIssuer(op, new URL(url));
        return findProvisionedScepIssuer(op.tx, "built-in");
      });
    const first = await ensure("https://mdm.example.com");
    expect(first).toMatchObject({
      url: "https://mdm.example.com/scep/",
      version: 1,
      keySize: 2048,
      keyUsage: 5,
    });
    const again = await ensure("https://mdm.example.com");
    expect(again).toEqual(first);
    const moved = await ensure("https://mdm.example.org:8443");
    expect(moved).toMatchObject({ id: first?.id, url: "https://mdm.example.org:8443/scep/", version: 2 });
  });
});
