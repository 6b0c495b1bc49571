import fc from "fast-check";
import { expect, test } from "vitest";
import { isBareList, keysetEnvelope, pageEnvelope, parsePage } from "./pagination.ts";

test.each([
  ["", 50, 0],
  ["limit=10&offset=20", 10, 20],
  ["limit=500", 500, 0],
  ["limit=501", 500, 0],
  ["limit=0", 50, 0],
  ["limit=-1&offset=-1", 50, 0],
  ["limit=ten&offset=x", 50, 0],
  ["limit=1.5", 50, 0],
  ["limit=1&limit=2", 2, 0],
  [`offset=${"9".repeat(30)}`, 50, 2_147_483_647],
])("the query %j asks for %i rows from %i", (query, limit, offset) => {
  expect(parsePage(new URLSearchParams(query))).toEqual({ limit, offset });
});

const links = (query: string, count: number): unknown[] => {
  const url = new URL(`https://mdm.example.com/api/mdm/devices/?${query}`);
  const { next, previous } = pageEnvelope({ count, rows: [] }, parsePage(url.searchParams), url);
  return [next, previous].map((link) => (typeof link === "string" ? link.split("/devices/")[1] : link));
};

test.each([
  ["", 50, null, null],
  ["", 51, "?limit=50&offset=50", null],
  ["limit=10&offset=10", 21, "?limit=10&offset=20", "?limit=10"],
  ["limit=10&offset=5", 15, null, "?limit=10"],
  ["limit=10&offset=20", 30, null, "?limit=10&offset=10"],
  ["limit=9999", 1000, "?limit=500&offset=500", null],
  ["offset=0&tags=2&tags=1&a=%E2%9C%93+x", 99, "?a=%E2%9C%93+x&limit=50&offset=50&tags=2&tags=1", null],
  ["name=a*b~c!", 99, "?limit=50&name=a%2Ab~c%21&offset=50", null],
  ["name=", 99, "?limit=50&name=&offset=50", null],
])("with %j and %i rows the links are %j and %j", (query, count, next, previous) => {
  expect(links(query, count)).toEqual([next, previous]);
});

test("following next visits every row once", () => {
  const walks = fc.record({ count: fc.nat({ max: 400 }), limit: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(walks, ({ count, limit }) => {
      const seen: number[] = [];
      let address: string | null = `https://h/api/x/?limit=${limit}`;
      while (address !== null) {
        const url: URL = new URL(address);
        const page = parsePage(url.searchParams);
        for (let row = page.offset; row < Math.min(count, page.offset + page.limit); row++) seen.push(row);
        address = pageEnvelope({ count, rows: [] }, page, url)["next"] as string | null;
      }
      expect(seen).toEqual(Array.from({ length: count }, (_, index) => index));
    }),
  );
});

test.each([
  ["terraform-provider-zentral/1.0 goztl/v0.1.74", true],
  ["goztl/v0.1.76", true],
  ["goztl/v0.1.77", false],
  ["goztl/v0.2.0", false],
  ["goztl/v1.0.0", false],
  ["goztl/v0.0.99", true],
  ["terraform-provider-zentral/test goztl/(devel)", false],
  ["curl/8.0", false],
  [undefined, false],
])("in auto mode the client %j gets bare lists: %s", (userAgent, isBare) => {
  expect(isBareList("auto", userAgent)).toBe(isBare);
});

test("the other modes do not look at the client", () => {
  expect(isBareList("bare", "goztl/v0.1.80")).toBe(true);
  expect(isBareList("envelope", "goztl/v0.1.74")).toBe(false);
});

test("links of a keyset keep the filters and replace the place and the limit", () => {
  const url = new URL("http://a/api/events/?type=x&after=1-1&limit=9&actor=user%3A3");
  const page = { rows: [1], next: ["before", "5-7"], previous: null } as const;
  expect(keysetEnvelope(page, 2, url)).toEqual({
    next: "http://a/api/events/?actor=user%3A3&before=5-7&limit=2&type=x",
    previous: null,
    results: [1],
  });
});

test("a count that is only a minimum says so, and full pages lead on beyond it", () => {
  const url = new URL("https://mdm.example.com/api/things/?limit=2&offset=10");
  const page = parsePage(url.searchParams);
  const full = pageEnvelope({ count: 10, isCountMinimum: true, rows: [1, 2] }, page, url);
  expect(full).toMatchObject({
    count: 10,
    count_is_minimum: true,
    next: expect.stringContaining("offset=12"),
  });
  const last = pageEnvelope({ count: 10, isCountMinimum: true, rows: [1] }, page, url);
  expect(last["next"]).toBeNull();
  expect(pageEnvelope({ count: 10, rows: [] }, page, url)).not.toHaveProperty("count_is_minimum");
});
