import { expect, test } from "vitest";
import { keysOfTopic, readHint } from "./live.ts";

test("a hint names its topic, and what in it changed", () => {
  expect(readHint('{"topic":"devices","ids":["C02"]}')).toEqual({ topic: "devices", ids: ["C02"] });
  expect(readHint('{"topic":"devices","ids":null}')).toEqual({ topic: "devices", ids: null });
});

test.each(["", "{", "null", "[]", '{"topic":1}'])("%j is no hint", (data) =>
  expect(readHint(data)).toBeNull(),
);

test("the dashboard is read again with devices, and with nothing it does not show", () => {
  expect(keysOfTopic("devices")).toContain("dashboard");
  expect(keysOfTopic("tags")).not.toContain("dashboard");
});

test("lists are read again with what changes in them, whatever their topic is called", () => {
  expect(keysOfTopic("enrollments")).toContain("ota_enrollments");
  expect(keysOfTopic("issuers")).toEqual(expect.arrayContaining(["scep_issuers", "acme_issuers"]));
  expect(keysOfTopic("accounts")).toEqual(expect.arrayContaining(["users", "roles"]));
  expect(keysOfTopic("something new")).toEqual(["something new"]);
});
