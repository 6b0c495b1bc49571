import { expect, test } from "vitest";
import { commandFilters, commandsSearch } from "./commands-search.ts";

test("the address of the list of commands is read, and what is malformed left out", () => {
  const good = {
    page: 2,
    ordering: "created_at",
    search: "Lock",
    state: ["queued", "parked"],
    serial_number: "C02",
    since: "2026-11-20T10:00:00",
    until: "2026-11-21T10:00:00",
  };
  expect(commandsSearch(good)).toEqual(good);
  const bad = { search: "", state: ["tired"], serial_number: {}, since: "yesterday", until: 7, other: "x" };
  expect(commandsSearch(bad)).toEqual({});
  expect(commandsSearch({ state: "sent", serial_number: 4711 })).toEqual({
    state: ["sent"],
    serial_number: "4711",
  });
});

test("filters are asked for, page and order are not among them", () => {
  expect(commandFilters({ page: 3, ordering: "created_at", search: "Lock", state: ["sent"] })).toEqual({
    search: "Lock",
    state: ["sent"],
  });
  expect(commandFilters({})).toEqual({});
});
