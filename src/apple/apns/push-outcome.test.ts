import { describe, expect, test } from "vitest";
import { decodeAnswer, outcomeOf, reasonCharactersMax, retryAfterSecondsMax } from "./push-outcome.ts";

function outcome(status: number, body: unknown = "", retryAfter?: string) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return outcomeOf(decodeAnswer({ status, retryAfter, body: Buffer.from(text) }));
}

describe("outcomeOf", () => {
  test("200 is sent", () => {
    expect(outcome(200)).toEqual({ kind: "sent" });
  });

  test.each([
    [410, "Unregistered"],
    [410, "ExpiredToken"],
    [400, "BadDeviceToken"],
    [400, "DeviceTokenNotForTopic"],
  ])("%i %s speaks of the token", (status, reason) => {
    expect(outcome(status, { reason })).toEqual({ kind: "token_rejected", reason, timestamp: null });
  });

  test("410 keeps the moment since when the token is invalid", () => {
    const timestamp = new Date("2026-11-01T10:00:00Z");
    expect(outcome(410, { reason: "Unregistered", timestamp: timestamp.getTime() })).toEqual({
      kind: "token_rejected",
      reason: "Unregistered",
      timestamp,
    });
  });

  test.each([
    [400, "TopicDisallowed"],
    [400, "BadExpirationDate"],
    [403, "BadCertificate"],
    [413, "PayloadTooLarge"],
  ])("%i %s is the request's or the certificate's fault", (status, reason) => {
    expect(outcome(status, { reason })).toEqual({ kind: "rejected", status, reason });
  });

  test.each([
    [429, "TooManyRequests"],
    [500, "InternalServerError"],
    [503, "ServiceUnavailable"],
  ])("%i %s is to be tried again", (status, reason) => {
    expect(outcome(status, { reason })).toEqual({ kind: "retry_later", reason, retryAfterSeconds: null });
  });

  test("Retry-After is obeyed up to an hour, and ignored when it is not a number of seconds", () => {
    expect(outcome(429, "", "30")).toMatchObject({ retryAfterSeconds: 30 });
    expect(outcome(429, "", "999999")).toMatchObject({ retryAfterSeconds: retryAfterSecondsMax });
    expect(outcome(429, "", "Wed, 21 Oct 2026 07:28:00 GMT")).toMatchObject({ retryAfterSeconds: null });
  });

  test.each(["<html>", "null", "[]", '{"reason":17}', '{"reason'])(
    "the body %j leaves the status to speak",
    (body) => {
      expect(outcome(503, body)).toEqual({
        kind: "retry_later",
        reason: "status_503",
        retryAfterSeconds: null,
      });
      expect(outcome(400, body)).toEqual({ kind: "rejected", status: 400, reason: "status_400" });
    },
  );

  test("a timestamp beyond the calendar is left out, and a long reason is cut", () => {
    expect(outcome(410, { reason: "x".repeat(500), timestamp: 1e300 })).toEqual({
      kind: "token_rejected",
      reason: "x".repeat(reasonCharactersMax),
      timestamp: null,
    });
  });
});
