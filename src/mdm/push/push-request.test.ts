import { describe, expect, test } from "vitest";
import {
  findPokeObstacle,
  type PokeFacts,
  retrySeconds,
  retrySecondsMax,
  retrySecondsMin,
  wakePacing,
  wakePacingDefault,
} from "./push-request.ts";

const at = new Date("2026-11-21T12:00:00Z");
const pokable: PokeFacts = {
  checkoutAt: null,
  token: Buffer.alloc(32),
  tokenRejectedAt: null,
  pushMagic: "magic",
  topic: "com.apple.mgmt.External.test",
  notBefore: new Date("2026-01-01T00:00:00Z"),
  notAfter: new Date("2027-01-01T00:00:00Z"),
};

describe("findPokeObstacle", () => {
  test("a target with all it takes is pokable, from the first to before the last moment of its certificate", () => {
    expect(findPokeObstacle(pokable, at)).toBeNull();
    expect(findPokeObstacle({ ...pokable, notBefore: at }, at)).toBeNull();
  });

  test.each<[string, Partial<PokeFacts>]>([
    ["checked_out", { checkoutAt: at }],
    ["token_missing", { token: null }],
    ["token_missing", { token: Buffer.alloc(0) }],
    ["token_rejected", { tokenRejectedAt: at }],
    ["push_magic_missing", { pushMagic: null }],
    ["push_magic_missing", { pushMagic: "" }],
    ["push_certificate_missing", { topic: null, notBefore: null, notAfter: null }],
    ["push_certificate_not_valid_yet", { notBefore: new Date(at.getTime() + 1) }],
    ["push_certificate_expired", { notAfter: at }],
  ])("%s: %j", (obstacle, change) => {
    expect(findPokeObstacle({ ...pokable, ...change }, at)).toBe(obstacle);
  });
});

describe("retrySeconds", () => {
  test("pauses double up to their limit", () => {
    const pauses = Array.from({ length: 40 }, (_, attempt) => retrySeconds(attempt, null));
    expect(pauses.slice(0, 4)).toEqual([retrySecondsMin, 10, 20, 40]);
    expect(Math.max(...pauses)).toBe(retrySecondsMax);
  });

  test("what Apple asks for is the least", () => {
    expect(retrySeconds(0, 60)).toBe(60);
    expect(retrySeconds(30, 1)).toBe(retrySecondsMax);
  });
});

test("what a configuration does not say of the pace is our own choice, and no batch is larger than ours", () => {
  const silent = {
    commandWaitingSecondsMax: null,
    connectPeriodSeconds: null,
    connectRetrySeconds: null,
    enrollRetrySeconds: null,
    claimSeconds: null,
    batchSize: null,
  };
  expect(wakePacing(silent)).toEqual(wakePacingDefault);
  expect(wakePacing({ ...silent, connectPeriodSeconds: 60, batchSize: 1_000 })).toEqual({
    ...wakePacingDefault,
    connectPeriodSeconds: 60,
  });
});
