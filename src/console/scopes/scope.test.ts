import { describe, expect, test } from "vitest";
import {
  percentOf,
  pickScope,
  platformScope,
  scopeOf,
  scopePhrases,
  shardOf,
  withPlatform,
} from "./scope.ts";

const name = (id: number): string => ["", "Pilot", "Kiosk"][id] ?? String(id);

describe("scopes in plain words", () => {
  test("everybody on two platforms", () => {
    expect(scopePhrases(scopeOf(["macOS", "iOS"]), name)).toEqual(["macOS, iOS"]);
  });

  test("bounds, a share, a tag with more, and who is left out", () => {
    const scope = {
      ...withPlatform(scopeOf(["macOS"]), "macOS", { from: "14", below: "27" }),
      shard_modulo: 50,
      default_shard: 10,
      tag_shards: [{ tag: 1, shard: 50 }],
      excluded_tags: [2],
    };
    expect(scopePhrases(scope, name)).toEqual([
      "macOS from 14 below 27",
      "20 % of devices",
      "100 % of Pilot",
      "not: Kiosk",
    ]);
  });

  test("nobody is said, not left blank", () => {
    expect(scopePhrases(scopeOf([]), name)).toEqual(["nobody: no platform is chosen"]);
  });
});

test("bounds go with their platform, because the API refuses them alone", () => {
  const bounded = withPlatform(scopeOf(["tvOS"]), "tvOS", { from: "17" });
  expect(platformScope(bounded, "tvOS")).toEqual({ isEnabled: true, from: "17", below: "" });
  expect(platformScope(withPlatform(bounded, "tvOS", { isEnabled: false }), "tvOS").from).toBe("");
});

test("percentages and shards go there and back", () => {
  for (const percent of [0, 1, 50, 99, 100]) expect(percentOf(shardOf(percent, 100), 100)).toBe(percent);
  expect(shardOf(33, 10)).toBe(3);
});

test("only the scope of a row is sent", () => {
  expect(pickScope({ ...scopeOf(["iOS"]), id: 3 } as ReturnType<typeof scopeOf>)).toEqual(scopeOf(["iOS"]));
});
