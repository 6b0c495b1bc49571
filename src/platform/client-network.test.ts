import { expect, test } from "vitest";
import { clientNetwork } from "./client-network.ts";

test("an IPv4 address is a client of its own, and so is what is no address", () => {
  expect(["192.0.2.1", "", "elsewhere"].map(clientNetwork)).toEqual(["192.0.2.1", "", "elsewhere"]);
});

test("IPv6 addresses of one customer are one client, however they are written; others are not", () => {
  const same = ["2001:db8:1:2::1", "2001:0DB8:0001:0002:ffff:0:0:9", "2001:db8:1:2::"];
  expect(new Set(same.map(clientNetwork)).size).toBe(1);
  expect(clientNetwork("::1")).toBe(clientNetwork("0:0:0:0::2"));
  expect(clientNetwork("2001:db8:1:3::1")).not.toBe(clientNetwork("2001:db8:1:2::1"));
});
