import { expect, test } from "vitest";
import type { NameOf } from "./list-column.ts";
import { uses } from "./uses.ts";

const nameOf: NameOf = (kind, id) => `${kind} ${id}`;

test("an object is used by what names it: alone, in a list, inside, or with a share", () => {
  expect(uses.enrollmentByScepIssuer.isUsing({ scep_issuer: "a" }, "a")).toBe(true);
  expect(uses.enrollmentByScepIssuer.isUsing({ scep_issuer: "b", acme_issuer: "a" }, "a")).toBe(false);
  expect(uses.enrollmentByTag.isUsing({ enrollment_secret: { tags: [1, 2] } }, 2)).toBe(true);
  expect(uses.linkByTag.isUsing({ excluded_tags: [], tag_shards: [{ tag: 3, shard: 5 }] }, 3)).toBe(true);
  expect(uses.linkByTag.isUsing({ excluded_tags: [], tag_shards: [{ tag: 3, shard: 5 }] }, 5)).toBe(false);
  expect(uses.tagByTaxonomy.isUsing({ taxonomy: null }, 1)).toBe(false);
});

test("each leads to its page, artifacts and their places by name", () => {
  expect(uses.enrollmentByTag.pageOf({ id: 4 })).toBe("/enrollments/4");
  expect(uses.certificateByScepIssuer.titleOf({ artifact: "x" }, nameOf)).toBe("artifact x");
  expect(uses.linkByTag.titleOf({ artifact: "x", blueprint: 2 }, nameOf)).toBe("artifact x in blueprint 2");
});
