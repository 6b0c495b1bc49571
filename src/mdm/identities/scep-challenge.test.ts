/** What a challenge allows, as a table. */
import { describe, expect, test } from "vitest";
import { type ScepChallenge, decideChallenge, hashChallenge } from "./scep-challenge.ts";

const expiresAt = new Date("2026-11-21T13:00:00Z");
const at = new Date("2026-11-21T12:30:00Z");
const keyOne = Buffer.alloc(32, 1);
const keyTwo = Buffer.alloc(32, 2);

const fresh: ScepChallenge = { id: "1", boundTo: "session:1", subject: [], expiresAt, use: null };
const used: ScepChallenge = {
  ...fresh,
  use: { transactionId: "T1", publicKeyFingerprint: keyOne, issuedCertificateId: "7" },
};

describe("a challenge", () => {
  test.each([
    ["that is fresh allows a certificate", fresh, "T1", keyOne, at, { decision: "issue" }],
    ["that is not known allows nothing", null, "T1", keyOne, at, { code: "scep_challenge_unknown" }],
    [
      "that has just expired allows nothing",
      fresh,
      "T1",
      keyOne,
      expiresAt,
      { code: "scep_challenge_expired" },
    ],
    ["used by the same key and transaction repeats", used, "T1", keyOne, at, { issuedCertificateId: "7" }],
    ["used by another key is used", used, "T1", keyTwo, at, { code: "scep_challenge_used" }],
    ["used in another transaction is used", used, "T2", keyOne, at, { code: "scep_challenge_used" }],
    ["repeats only within its life", used, "T1", keyOne, expiresAt, { code: "scep_challenge_expired" }],
  ] as const)("%s", (_, challenge, transactionId, publicKeyFingerprint, moment, expected) => {
    const request = { transactionId, publicKeyFingerprint, at: moment };
    expect(decideChallenge(challenge, request)).toMatchObject(expected);
  });

  test("is looked up by its SHA-256", () => {
    expect(hashChallenge("abc").toString("hex")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });
});
