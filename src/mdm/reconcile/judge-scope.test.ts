import { describe, expect, test } from "vitest";
import { aScope, aTarget, macScope } from "../../../test/tools/blueprint-trees.ts";
import type { ItemScope } from "#mdm/artifacts/item-scope.ts";
import { computeShard, judgeScope } from "./judge-scope.ts";
import type { ScopeFacts } from "./target-facts.ts";

const key = "00000000-0000-0000-0000-000000000001";
const judge = (scope: ItemScope, facts: Partial<ScopeFacts> = {}) =>
  judgeScope({ key, scope }, { ...aTarget(), ...facts });

test.each([
  [key, "C02ABC123DEF", 100, 87],
  [key, "C02ABC123DEF", 10, 7],
  ["7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11", "ZZZ000111222", 100, 44],
  ["7f1c9d52-8f0e-4a0e-9b1b-6f5f0f4b8d11", "ZZZ000111222", 7, 0],
])("the shard of %s for %s by %i is %i, as in the reference", (item, serialNumber, modulo, shard) => {
  expect(computeShard(item, serialNumber, modulo)).toBe(shard);
});

describe("versions", () => {
  test.each([
    ["13.0.9", "13.1", "", "os_too_old"],
    ["13.1", "13.1", "", undefined],
    ["13.1.0", "13.1", "", undefined],
    ["14.9.9", "13.1", "15", undefined],
    ["15", "13.1", "15.0.0", "os_too_new"],
    ["15.0.1", "", "15", "os_too_new"],
    ["", "10", "", "os_too_old"],
    ["", "", "13.1.0", undefined],
    ["nonsense", "10", "", "os_too_old"],
    ["9.10", "9.9", "", undefined],
  ])("%j with minimum %j and maximum %j: %s", (osVersion, minimum, maximum, kind) => {
    expect(judge(macScope(minimum, maximum), { osVersion })?.kind).toBe(kind);
  });

  test("the supplement a device reports apart does not count", () => {
    expect(judge(macScope("13.3.1 (a)"), { osVersion: "13.3.1" })).toEqual({
      kind: "os_too_old",
      osVersion: "13.3.1",
      minimum: "13.3.1 (a)",
    });
  });
});

test("the first failure is told: platform, version, excluded tag, shard", () => {
  const scope = { ...macScope("14", ""), excludedTagIds: [9, 3, 5], shardModulo: 10, defaultShard: 2 };
  const tagIds = new Set([5, 3]);
  expect(judge(scope, { platform: "iOS", osVersion: "1", tagIds })).toEqual({
    kind: "platform",
    platform: "iOS",
  });
  expect(judge(scope, { osVersion: "1", tagIds })?.kind).toBe("os_too_old");
  expect(judge(scope, { tagIds })).toEqual({ kind: "excluded_tag", tagId: 3 });
  expect(judge(scope)).toEqual({ kind: "shard", shard: 7, modulo: 10, needed: 2 });
});

describe("shards", () => {
  test("a shard below the default one is in, the default one itself is out", () => {
    expect(judge(aScope({ defaultShard: 88 }))).toBeNull();
    expect(judge(aScope({ defaultShard: 87 }))).toEqual({
      kind: "shard",
      shard: 87,
      modulo: 100,
      needed: 87,
    });
  });

  test("the shard of a tag widens and never narrows", () => {
    const tagShards = [
      { tagId: 1, shard: 10 },
      { tagId: 2, shard: 95 },
    ];
    const scope = aScope({ defaultShard: 0, tagShards });
    expect(judge(scope)?.kind).toBe("shard");
    expect(judge(scope, { tagIds: new Set([1]) })).toEqual({
      kind: "shard",
      shard: 87,
      modulo: 100,
      needed: 10,
    });
    expect(judge(scope, { tagIds: new Set([1, 2]) })).toBeNull();
    expect(judge(aScope({ defaultShard: 90, tagShards }), { tagIds: new Set([1]) })).toBeNull();
  });

  test("a tag shard of the whole modulo is for every device with the tag", () => {
    const scope = aScope({ shardModulo: 10, defaultShard: 0, tagShards: [{ tagId: 1, shard: 10 }] });
    for (let number = 0; number < 50; number += 1) {
      expect(judge(scope, { serialNumber: `S${number}`, tagIds: new Set([1]) })).toBeNull();
    }
  });

  test("a modulo of one is for everybody with a shard of one and for nobody with zero", () => {
    expect(judge(aScope({ shardModulo: 1, defaultShard: 1 }))).toBeNull();
    expect(judge(aScope({ shardModulo: 1, defaultShard: 0 }))?.kind).toBe("shard");
  });
});
