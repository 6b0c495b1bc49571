import { describe, expect, test } from "vitest";
import { deviceFilters, devicesSearch } from "./devices-search.ts";

const now = new Date("2026-06-15T12:00:00Z");

describe("the address of the device list", () => {
  test("filters come back as they were written", () => {
    const search = {
      search: "C02",
      state: ["silent", "failing"],
      platform: ["macOS"],
      contact: "-7",
      blueprint: [3],
      tags: [1, 2],
      enrollment: [4],
      os_min: "14.0",
      os_max: "26",
      failed: true,
      page: 2,
    };
    expect(devicesSearch(search)).toEqual(search);
  });

  test("what is malformed is left out", () => {
    const search = {
      search: "",
      state: ["drunk"],
      platform: "Windows",
      contact: "8",
      blueprint: ["x", -1, 1.5],
      tags: null,
      enrollment: "all",
      os_min: "14; drop table",
      os_max: {},
      failed: "yes",
      awaiting: 1,
      page: 0,
    };
    expect(devicesSearch(search)).toEqual({});
  });

  test("a search of digits alone stays text, and one state is a list of one", () => {
    expect(devicesSearch({ search: 123, state: "silent" })).toEqual({ search: "123", state: ["silent"] });
  });

  test("contact means since then, or with a minus not since then", () => {
    expect(deviceFilters({ contact: "7" }, now)).toEqual({ last_seen_after: "2026-06-08T12:00:00.000Z" });
    expect(deviceFilters({ contact: "-30" }, now)).toEqual({ last_seen_before: "2026-05-16T12:00:00.000Z" });
    expect(deviceFilters({}, now)).toEqual({});
  });
});
