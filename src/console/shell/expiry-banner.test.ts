import { expect, test } from "vitest";
import { bannerOf, expiryPage } from "./expiry-banner.ts";

const now = new Date("2026-03-01T00:00:00Z");
const push = { kind: "push_certificate", id: "4", name: "Push", expires_at: "2026-03-20T00:00:00" } as const;
const tls = { kind: "tls_certificate", id: null, name: "TLS", expires_at: "2026-04-01T00:00:00" } as const;
const token = { kind: "api_token", id: "x", name: "laptop", expires_at: "2026-03-02T00:00:00" } as const;

test("the certificate that ends first is told, and how many more there are", () => {
  expect(bannerOf([token, push, tls], now)).toEqual({
    first: push,
    others: 1,
    hasEnded: false,
    isUrgent: false,
  });
});

test("two weeks before its end it is urgent, and afterwards it has ended", () => {
  expect(bannerOf([push], new Date("2026-03-07T00:00:00Z"))).toMatchObject({
    hasEnded: false,
    isUrgent: true,
  });
  expect(bannerOf([push], new Date("2026-03-21T00:00:00Z"))).toMatchObject({
    hasEnded: true,
    isUrgent: true,
  });
});

test("tokens and enrollments end without a banner", () => {
  expect(bannerOf([token], now)).toBeNull();
  expect(bannerOf([], now)).toBeNull();
});

test("what can be renewed in the console has its page", () => {
  expect([push, tls].map(expiryPage)).toEqual(["/push-certificates/4", null]);
});
