/** Scopes as requests write them, as rows hold them, and what they must be. */
import { expect, test } from "vitest";
import { type ItemScope, emptyItemScope } from "./item-scope.ts";
import { readItemScope, viewItemScope } from "./item-scope-fields.ts";
import { itemScopeColumns } from "./item-scope-row.ts";
import { refuseScope, refuseUnknownTags } from "./item-scope-rules.ts";

const tags = new Map([1, 2, 3].map((id) => [id, { name: `tag ${id}`, display: `Unit/tag ${id}` }]));
const onMacs = (more: Parameters<typeof readItemScope>[0] = {}): ItemScope =>
  readItemScope({ macos: true, ...more });
const textsOf = (scope: ItemScope): string[] =>
  refuseScope(scope, ["macOS", "iPadOS"], tags).map(({ field = "", detail }) => `${field}: ${detail}`);

test("what a request omits is as it was, but for the tags", () => {
  const current = onMacs({
    macos_min_version: "14",
    shard_modulo: 10,
    default_shard: 2,
    excluded_tags: [1],
    tag_shards: [{ tag: 2, shard: 5 }],
  });
  const next = readItemScope({ ipados: true, shard_modulo: 20 }, current);
  expect(viewItemScope(next)).toEqual({
    ...viewItemScope(current),
    ipados: true,
    shard_modulo: 20,
    excluded_tags: [],
    tag_shards: [],
  });
  expect(readItemScope({})).toEqual(emptyItemScope);
});

test("a scope that is written and shown is the same", () => {
  const body = viewItemScope(onMacs({ tvos: true, tvos_max_version: "18", excluded_tags: [3, 1] }));
  expect(viewItemScope(readItemScope(body))).toEqual(body);
  expect(body.excluded_tags).toEqual([1, 3]);
});

test("of a tag with two shards the last one counts", () => {
  const twice = [
    { tag: 1, shard: 5 },
    { tag: 1, shard: 7 },
  ];
  expect(onMacs({ tag_shards: twice }).tagShards).toEqual([{ tagId: 1, shard: 7 }]);
});

test("every member of a scope but its tags has a column", () => {
  const { excluded_tags: _excluded, tag_shards: _shards, ...members } = viewItemScope(onMacs());
  expect(Object.fromEntries(itemScopeColumns(onMacs()))).toEqual(members);
});

test.each<[string, ItemScope, string[]]>([
  ["a good one", onMacs({ shard_modulo: 5, default_shard: 5, tag_shards: [{ tag: 1, shard: 5 }] }), []],
  ["no platform", emptyItemScope, ["non_field_errors: You need to activate at least one platform"]],
  [
    "platforms the artifact lacks",
    onMacs({ ios: true, tvos: true }),
    ["ios: Platform not available for this artifact", "tvos: Platform not available for this artifact"],
  ],
  [
    "a default shard above the modulo",
    onMacs({ shard_modulo: 5, default_shard: 6, excluded_tags: [1], tag_shards: [{ tag: 1, shard: 1 }] }),
    ["default_shard: Must be less than or equal to the shard modulo"],
  ],
  [
    "a tag both ways, and a shard above the modulo",
    onMacs({ shard_modulo: 5, default_shard: 5, excluded_tags: [1], tag_shards: [{ tag: 1, shard: 6 }] }),
    [
      "tag_shards: Shard for tag Unit/tag 1 > shard modulo",
      "excluded_tags: Tag Unit/tag 1 also present in the tag shards",
    ],
  ],
])("the scope is judged: %s", (_, scope, texts) => {
  expect(textsOf(scope)).toEqual(texts);
});

test("tags that do not exist are refused where they are named", () => {
  const scope = onMacs({ excluded_tags: [1, 8], tag_shards: [{ tag: 9, shard: 1 }] });
  expect(refuseUnknownTags(scope, tags).map(({ field, detail }) => [field, detail])).toEqual([
    ["excluded_tags", 'Invalid pk "8" - object does not exist.'],
    ["tag_shards", 'Invalid pk "9" - object does not exist.'],
  ]);
});
