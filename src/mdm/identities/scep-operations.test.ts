/** Which requests get a certificate, what it says, and what happens to repeated and simultaneous ones. */
import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused } from "#platform/errors.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type Certificate, decodeCertificate } from "#protocol/x509/certificate.ts";
import { extendedKeyUsageOids } from "#protocol/x509/extensions.ts";
import { formatName, nameOids } from "#protocol/x509/name.ts";
import { type KeyPair, aCa, rsaKey } from "../../../test/tools/identities.ts";
import { expectSettings } from "../../../test/tools/scep-payloads.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { ensureAuthority, ensureBuiltInScepIssuer } from "./authority-operations.ts";
import { type ScepPayloadRequest, requestScepPayload } from "./identity-operations.ts";
import { purgeScepChallengesJob } from "./purge-scep-challenges-job.ts";
import { hashChallenge } from "./scep-challenge.ts";
import { findProvisionedScepIssuer } from "./scep-issuer-store.ts";
import { type ScepDeps, certifyScepRequest, refuseRenewals } from "./scep-operations.ts";
import type { ScepRequest } from "./scep-request.ts";
import { verifyDeviceCertificate } from "./verify-device-certificate.ts";

const database = useTestDatabase();
const subject = [
  { oid: nameOids.commonName, value: "MDM$OTA$secret" },
  { oid: nameOids.serialNumber, value: "C02ABCDEFGH" },
  { oid: nameOids.organization, value: "MBU$1" },
];
let deps: ScepDeps;

beforeAll(async () => {
  const sealer = createSealer(new Secret(randomBytes(32)));
  const material = await database.testOperation(async (op) => {
    await ensureBuiltInScepIssuer(op, new URL("https://mdm.example.com"));
    return ensureAuthority(op, { sealer, randomBytes, tls: null });
  });
  deps = { ...material, sealer, randomBytes, renewalPolicy: refuseRenewals };
});

async function aChallenge(overrides: Partial<ScepPayloadRequest> = {}): Promise<string> {
  const settings = await database.testOperation(async (op) => {
    const issuer = await findProvisionedScepIssuer(op.tx, "built-in");
    if (issuer === null) throw new Error("The built-in issuer is missing");
    const request = { scepIssuerId: issuer.id, boundTo: "session:1", subject, ...overrides };
    return expectSettings(await requestScepPayload(op, deps, request));
  });
  return settings.challenge.reveal();
}

function aRequest(key: KeyPair, challenge: string | null, overrides: Partial<ScepRequest> = {}): ScepRequest {
  return {
    kind: "PKCSReq",
    transactionId: "T1",
    signer: aCa(key, { commonName: "whoever asks" }).certificate,
    publicKeyInfo: key.spki,
    publicKeyFingerprint: createHash("sha256").update(key.spki).digest(),
    challengeHash: challenge === null ? null : hashChallenge(challenge),
    cipher: "aes-128-cbc",
    ...overrides,
  };
}

async function certify(request: ScepRequest, using: ScepDeps = deps): Promise<Certificate> {
  return decodeCertificate(await database.testOperation((op) => certifyScepRequest(op, using, request)));
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof OperationRefused ? error.refusal.code : `not refused: ${String(error)}`;
}

const keyOne = () => rsaKey("device one");
const keyTwo = () => rsaKey("device two");

describe("a challenge", () => {
  test("has 160 bits, comes with the issuer's settings and is stored neither in clear nor with its subject", async () => {
    const challenge = await aChallenge();
    expect(challenge).toMatch(/^[0-9a-f]{40}$/);
    const rows = await database.database.many(sql`select * from scep_challenges`);
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(challenge);
    expect(stored).not.toContain(Buffer.from(challenge).toString("hex"));
    expect(Buffer.from(JSON.stringify(rows)).includes("MDM$OTA$secret")).toBe(false);
  });

  test("cannot be asked of an issuer that is not there, nor for longer than a day", async () => {
    const unknown = "00000000-0000-4000-8000-000000000000" as ScepPayloadRequest["scepIssuerId"];
    expect(await codeOf(aChallenge({ scepIssuerId: unknown }))).toBe("scep_issuer_unknown");
    const tooLate = new Date(testStart.getTime() + 86_401_000);
    await expect(aChallenge({ expiresAt: tooLate })).rejects.toThrow("a day at most");
  });

  test("gets a certificate with exactly the subject it was made with", async () => {
    const certificate = await certify(aRequest(keyOne(), await aChallenge()));
    expect(formatName(certificate.subject)).toBe(
      "O=MBU$1,2.5.4.5=#130b4330324142434445464748,CN=MDM$OTA$secret",
    );
    expect(certificate.alternativeNames).toEqual([]);
    expect(certificate.basicConstraints?.isCa).toBe(false);
    expect([...(certificate.keyUsage ?? [])].sort()).toEqual(["digitalSignature", "keyEncipherment"]);
    expect(certificate.extendedKeyUsage).toEqual([extendedKeyUsageOids.clientAuth]);
    expect(certificate.publicKeyInfo).toEqual(keyOne().spki);
    expect(certificate.notAfter).toEqual(new Date(testStart.getTime() + 365 * 86_400_000));
    expect(verifyDeviceCertificate(deps, certificate.raw, testStart)).toMatchObject({ validity: "valid" });
  });

  test("gives the same certificate to the same key and transaction, and nothing to another", async () => {
    const challenge = await aChallenge();
    const first = await certify(aRequest(keyOne(), challenge));
    const again = await certify(aRequest(keyOne(), challenge));
    expect(again.raw).toEqual(first.raw);
    expect(await codeOf(certify(aRequest(keyTwo(), challenge)))).toBe("scep_challenge_used");
    const otherTransaction = aRequest(keyOne(), challenge, { transactionId: "T2" });
    expect(await codeOf(certify(otherTransaction))).toBe("scep_challenge_used");
  });

  test("is needed", async () => {
    expect(await codeOf(certify(aRequest(keyOne(), null)))).toBe("scep_challenge_missing");
    expect(await codeOf(certify(aRequest(keyOne(), "")))).toBe("scep_challenge_unknown");
    expect(await codeOf(certify(aRequest(keyOne(), "0".repeat(40))))).toBe("scep_challenge_unknown");
  });

  test("ends after an hour, and so does repeating", async () => {
    const challenge = await aChallenge();
    const unused = await aChallenge();
    await certify(aRequest(keyOne(), challenge));
    database.clock.advance(3_599);
    await certify(aRequest(keyOne(), challenge));
    database.clock.advance(1);
    expect(await codeOf(certify(aRequest(keyOne(), challenge)))).toBe("scep_challenge_expired");
    expect(await codeOf(certify(aRequest(keyOne(), unused)))).toBe("scep_challenge_expired");
    database.clock.set(testStart);
  });

  test("used by two keys at the same time gives one certificate", async () => {
    for (let round = 0; round < 5; round++) {
      const challenge = await aChallenge({ boundTo: `race:${round}` });
      const attempts = [keyOne(), keyTwo(), keyOne(), keyTwo()].map((key) =>
        certify(aRequest(key, challenge)),
      );
      const outcomes = await Promise.allSettled(attempts);
      const issued = outcomes.flatMap((outcome) =>
        outcome.status === "fulfilled" ? [outcome.value.raw] : [],
      );
      expect(issued).toHaveLength(2);
      expect(issued[0]).toEqual(issued[1]);
      const { count } = await database.database.one<{ count: number }>(
        sql`select count(*)::integer as count from issued_certificates where bound_to = ${`race:${round}`}`,
      );
      expect(count).toBe(1);
    }
  });

  test("that was refused leaves no certificate behind", async () => {
    const count = () =>
      database.database.one(sql`select count(*)::integer as count from issued_certificates`);
    const before = await count();
    await codeOf(certify(aRequest(keyOne(), "0".repeat(40))));
    expect(await count()).toEqual(before);
  });

  test("is deleted a week after its end, and what it let issue stays", async () => {
    const challenge = await aChallenge({ boundTo: "purged" });
    await certify(aRequest(keyOne(), challenge));
    const count = () =>
      database.database.one(sql`
        select (select count(*)::integer from scep_challenges where bound_to = 'purged') as challenges,
               (select count(*)::integer from issued_certificates where bound_to = 'purged') as certificates`);
    const run = () =>
      purgeScepChallengesJob.run(
        {},
        { operate: database.testOperation, signal: new AbortController().signal },
      );
    database.clock.advance(3_600 + 7 * 86_400);
    await run();
    expect(await count()).toEqual({ challenges: 1, certificates: 1 });
    database.clock.advance(1);
    await run();
    await run();
    expect(await count()).toEqual({ challenges: 0, certificates: 1 });
    database.clock.set(testStart);
  });
});

describe("serial numbers", () => {
  test("are positive, 20 octets long and never the same", async () => {
    const serials = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const { serial } = await certify(aRequest(keyOne(), await aChallenge()));
      expect(serial).toHaveLength(20);
      expect((serial[0] as number) & 0x80).toBe(0);
      serials.add(serial.toString("hex"));
    }
    expect(serials.size).toBe(20);
  });

  test("that repeat are refused by the database", async () => {
    const fixed = { ...deps, randomBytes: (count: number) => Buffer.alloc(count, 7) };
    await certify(aRequest(keyOne(), await aChallenge()), fixed);
    await expect(certify(aRequest(keyTwo(), await aChallenge()), fixed)).rejects.toThrow(/serial_unique/);
  });
});

describe("a renewal", () => {
  const renewing = (): ScepDeps => ({
    ...deps,
    renewalPolicy: () => Promise.resolve({ boundTo: "device:1", subject }),
  });

  test("needs a valid certificate of the authority", async () => {
    const foreign = aRequest(keyTwo(), null, { kind: "RenewalReq" });
    expect(await codeOf(certify(foreign, renewing()))).toBe("scep_renewal_signer_refused");
    const signer = await certify(aRequest(keyOne(), await aChallenge()));
    const request = aRequest(keyTwo(), null, { kind: "RenewalReq", signer });
    database.clock.advance(366 * 86_400);
    expect(await codeOf(certify(request, renewing()))).toBe("scep_renewal_signer_refused");
    database.clock.set(testStart);
    expect((await certify(request, renewing())).publicKeyInfo).toEqual(keyTwo().spki);
  });

  test("is up to the policy, and refused without one", async () => {
    const signer = await certify(aRequest(keyOne(), await aChallenge()));
    const request = aRequest(keyTwo(), null, { kind: "RenewalReq", signer });
    expect(await codeOf(certify(request))).toBe("scep_renewal_refused");
  });

  test("repeated with the same key gets the same certificate, even at the same time", async () => {
    const signer = await certify(aRequest(keyOne(), await aChallenge()));
    const policy: ScepDeps = { ...renewing(), renewalPolicy: async () => ({ boundTo: "device:2", subject }) };
    const request = aRequest(keyTwo(), null, { kind: "RenewalReq", signer });
    const issued = await Promise.all([1, 2, 3].map(() => certify(request, policy)));
    expect(new Set(issued.map(({ raw }) => raw.toString("hex"))).size).toBe(1);
  });

  test("does not use up a challenge it brings along", async () => {
    const challenge = await aChallenge();
    const signer = await certify(aRequest(keyOne(), await aChallenge()));
    const challengeHash = hashChallenge(challenge);
    await certify(aRequest(keyTwo(), null, { kind: "RenewalReq", signer, challengeHash }), renewing());
    await certify(aRequest(keyOne(), challenge));
  });
});

test("a granted request is an event without challenge and secret", async () => {
  const challenge = await aChallenge({ boundTo: "session:77" });
  await certify(aRequest(keyOne(), challenge));
  const event = await database.database.one<{ payload: unknown; serialNumber: string }>(sql`
    select payload, serial_number from events where type = 'scep_request' and payload->>'bound_to' = 'session:77'`);
  expect(event.serialNumber).toBe("C02ABCDEFGH");
  expect(event.payload).toEqual({
    status: "success",
    operation: "PKIOperation",
    transaction_id: "T1",
    message_type: "PKCSReq",
    bound_to: "session:77",
    repeated: false,
  });
});
