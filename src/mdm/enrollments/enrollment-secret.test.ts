import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { asId } from "#platform/ids.ts";
import {
  type EnrollmentSecret,
  type SecretPurpose,
  type SecretUse,
  findSecretFailure,
  generateSecretText,
  secretLengths,
  secretRefusal,
} from "./enrollment-secret.ts";

const at = new Date("2026-11-21T12:00:00Z");

function aSecret(overrides: Partial<EnrollmentSecret> = {}): EnrollmentSecret {
  return {
    id: asId(1),
    purpose: "ota_enrollment",
    secretHash: Buffer.alloc(32),
    secretSealed: Buffer.alloc(0),
    metaBusinessUnitId: 7,
    tagIds: [],
    serialNumbers: null,
    udids: null,
    quota: null,
    requestCount: 0,
    revokedAt: null,
    expiresAt: null,
    ...overrides,
  };
}

const aUse: SecretUse = {
  serialNumber: "C02",
  udid: "U-1",
  metaBusinessUnitId: null,
  at,
  isRepeat: false,
};

describe("findSecretFailure", () => {
  const everythingWrong = aSecret({
    revokedAt: at,
    expiresAt: at,
    serialNumbers: ["C03"],
    udids: ["U-2"],
    quota: 1,
    requestCount: 1,
  });
  const wrongUse = { ...aUse, metaBusinessUnitId: 8 };

  // Each row mends one more thing of a secret with which everything is wrong: the order is that of spec 0.5.
  test.each([
    ["unknown secret", null],
    ["revoked", everythingWrong],
    ["expired", { ...everythingWrong, revokedAt: null }],
    ["serial number mismatch", { ...everythingWrong, revokedAt: null, expiresAt: null }],
    ["udid mismatch", { ...everythingWrong, revokedAt: null, expiresAt: null, serialNumbers: ["C02"] }],
    ["business unit mismatch", aSecret({ quota: 1, requestCount: 1 })],
    ["quota used up", aSecret({ quota: 1, requestCount: 1, metaBusinessUnitId: 8 })],
    [null, aSecret({ quota: 2, requestCount: 1, metaBusinessUnitId: 8 })],
  ] as const)("answers %s in its turn", (failure, secret) => {
    expect(findSecretFailure(secret, wrongUse)).toBe(failure);
  });

  test("expiry counts from its very moment on", () => {
    expect(findSecretFailure(aSecret({ expiresAt: at }), aUse)).toBe("expired");
    expect(findSecretFailure(aSecret({ expiresAt: new Date(at.getTime() + 1) }), aUse)).toBeNull();
  });

  test("empty allow-lists restrict nothing, others refuse a machine that does not say what it is", () => {
    expect(findSecretFailure(aSecret({ serialNumbers: [], udids: [] }), aUse)).toBeNull();
    const nameless = { ...aUse, serialNumber: null };
    expect(findSecretFailure(aSecret({ serialNumbers: ["C02"] }), nameless)).toBe("serial number mismatch");
  });

  test("a repeat is not refused for the quota it used up itself, but for everything else", () => {
    const repeat = { ...aUse, isRepeat: true };
    expect(findSecretFailure(aSecret({ quota: 1, requestCount: 1 }), repeat)).toBeNull();
    expect(findSecretFailure(aSecret({ quota: 1, requestCount: 1, revokedAt: at }), repeat)).toBe("revoked");
  });

  test("the reason of the device doors quotes the failure", () => {
    expect(secretRefusal("quota used up")).toEqual({
      kind: "invalid",
      code: "enrollment_secret_quota_used_up",
      detail: "secret verification failed: 'quota used up'",
    });
  });
});

describe("generateSecretText", () => {
  test.each(Object.entries(secretLengths))(
    "a secret for %s has its length in letters and digits",
    (purpose, length) => {
      const text = generateSecretText(purpose as SecretPurpose, randomBytes);
      expect(text).toMatch(/^[A-Za-z0-9]+$/);
      expect(text).toHaveLength(length);
    },
  );

  test("session secrets leave room for their prefix in a common name of 64 characters", () => {
    const prefixes = { dep: "MDM$DEP$", ota: "MDM$OTA$", user: "MDM$USER$", re: "MDM$RE$" } as const;
    for (const [kind, prefix] of Object.entries(prefixes)) {
      const purpose = `${kind === "re" ? "re_enrollment" : `${kind}_enrollment`}_session` as SecretPurpose;
      expect(prefix.length + secretLengths[purpose]).toBe(64);
    }
  });

  test("bytes that would favour some characters are thrown away", () => {
    const batches = [Uint8Array.from({ length: 64 }, (_, index) => 192 + index), new Uint8Array(64)];
    const text = generateSecretText("ota_enrollment", () => batches.shift() ?? new Uint8Array(64).fill(1));
    // 192 to 247 are 56 usable bytes; the eight from 248 on are not, so eight come from the next batch of zeros.
    expect(text.slice(56)).toBe("AAAAAAAA");
  });

  test("two secrets differ", () => {
    expect(generateSecretText("ota_enrollment", randomBytes)).not.toBe(
      generateSecretText("ota_enrollment", randomBytes),
    );
  });
});
