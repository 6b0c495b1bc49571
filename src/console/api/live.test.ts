import { expect, test } from "vitest";
import { keysOfTopic, readTopic } from "./live.ts";

test("a hint names its topic", () => {
  expect(readTopic('{"topic":"devices","ids":["C02"]}')).toBe("devices");
});

test.each(["", "{", "null", "[]", '{"topic":1}'])("%j is no hint", (data) =>
  expect(readTopic(data)).toBeNull(),
);

test("the dashboard is read again with devices, and with nothing it does not show", () => {
  expect(keysOfTopic("devices")).toContain("dashboard");
  expect(keysOfTopic("tags")).toEqual(["tags"]);
});
