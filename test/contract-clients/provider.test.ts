/** The replay itself: a server that does not give back what it took must not pass. */
import { describe, expect, test } from "vitest";
import type { GoValues } from "./go-json.ts";
import { type Goztl, GoztlError } from "./goztl-client.ts";
import { runLifeCycle } from "./provider.ts";

type Habit = {
  /** What is kept instead of what was sent. */
  readonly keep?: (values: GoValues) => GoValues;
  /** What is read instead of what is kept. */
  readonly read?: (values: GoValues) => GoValues;
  readonly changesIds?: boolean;
  readonly keepsDeleted?: boolean;
};

/** A client whose server is a map with a habit. */
function clientOf({ keep = (values) => values, read = (values) => values, ...habit }: Habit): Goztl {
  const kept = new Map<string, GoValues>();
  let ids = 0;
  const store = (id: number, values: GoValues): GoValues => {
    const stored = { id, ...keep(values), created_at: "2026-03-01T10:00:00" };
    kept.set(String(id), stored);
    return stored;
  };
  const unused = (): never => {
    throw new Error("A life cycle does not list");
  };
  return {
    version: 80,
    create: async (_name, values) => store(++ids, values),
    update: async (_name, id, values) => store(habit.changesIds === true ? ++ids : Number(id), values),
    findById: async (_name, id) => {
      const found = kept.get(String(id));
      if (found === undefined) throw new GoztlError("GET", 404, "");
      return read(found);
    },
    delete: async (_name, id) => {
      if (habit.keepsDeleted !== true) kept.delete(String(id));
    },
    findByName: unused,
    list: unused,
    describeDataAssets: unused,
  };
}

const plan = {
  name: "Ring <1>",
  details_url: "",
  platforms: ["macOS", "iOS"],
  tags: [2, 1],
  os_version: "",
  build_version: "",
  local_datetime: null,
  max_os_version: "15",
  delay_days: 14,
  local_time: "09:30:00",
};
const run = (habit: Habit): Promise<void> =>
  runLifeCycle(clientOf(habit), "softwareUpdateEnforcements", [{ plan }, { plan: { ...plan, tags: [] } }]);

describe("the life cycle of a resource", () => {
  test("passes with a server that keeps what it is given, sets in any order", async () => {
    await run({});
    await run({ keep: (values) => ({ ...values, platforms: ["iOS", "macOS"] }) });
  });

  const habits: readonly (readonly [what: string, habit: Habit])[] = [
    ["trims", { keep: (values) => ({ ...values, name: "Ring" }) }],
    ["writes times otherwise", { keep: (values) => ({ ...values, local_time: "09:30" }) }],
    ["fills in what is null", { keep: (values) => ({ ...values, local_datetime: "" }) }],
    ["drops items of sets", { keep: (values) => ({ ...values, tags: [] }) }],
    ["adds items to sets", { keep: (values) => ({ ...values, tags: [1, 2, 3] }) }],
    ["reads otherwise than it answers", { read: (values) => ({ ...values, delay_days: 15 }) }],
    ["gives new ids on change", { changesIds: true }],
    ["keeps what was deleted", { keepsDeleted: true }],
  ];
  test.each(habits)("fails with a server that %s", async (_what, habit) => {
    await expect(run(habit)).rejects.toThrow();
  });
});
