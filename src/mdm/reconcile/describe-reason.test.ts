import { expect, test } from "vitest";
import { artifactId } from "../../../test/tools/blueprint-trees.ts";
import { describeReason } from "./describe-reason.ts";
import type { Reason } from "./reason.ts";

const names = {
  artifact: (id: string) => `Artifact ${Number(id.slice(-4))}`,
  tag: (id: number) => `Tag ${id}`,
};
const retryAt = new Date("2026-11-21T12:05:00.000Z");

test.each<[Reason, string]>([
  [{ kind: "platform", platform: "tvOS" }, "it is not for tvOS"],
  [{ kind: "os_too_old", osVersion: "14.1", minimum: "15.0" }, "OS 14.1 is below 15.0"],
  [{ kind: "os_too_old", osVersion: "", minimum: "15.0" }, "OS unknown is below 15.0"],
  [{ kind: "os_too_new", osVersion: "15.1", maximum: "15.0" }, "OS 15.1 is not below 15.0"],
  [{ kind: "excluded_tag", tagId: 7 }, "excluded by tag Tag 7"],
  [{ kind: "shard", shard: 37, modulo: 100, needed: 25 }, "shard 37 of 100, needs one below 25"],
  [
    {
      kind: "no_version",
      version: 3,
      because: { kind: "os_too_old", osVersion: "14.1", minimum: "15.0" },
    },
    "it has no version for this target (version 3: OS 14.1 is below 15.0)",
  ],
  [{ kind: "requires", artifactId: artifactId(2), state: "failed" }, "requires Artifact 2, which failed"],
  [
    { kind: "requires_out_of_scope", artifactId: artifactId(2) },
    "requires Artifact 2, which is not for this target",
  ],
  [
    { kind: "failed", retryCount: 1, maxRetryCount: 2, retryAt },
    "failed, is tried again at 2026-11-21T12:05:00.000Z (1 of 2 retries)",
  ],
  [
    { kind: "removal_failed", retryCount: 2, maxRetryCount: 2, retryAt: null },
    "could not be removed, and is not tried again (after 2 of 2 retries)",
  ],
  [
    { kind: "out_of_scope", because: { kind: "excluded_tag", tagId: 7 } },
    "is not for this target: excluded by tag Tag 7",
  ],
  [
    { kind: "not_removable", because: { kind: "not_in_blueprint" } },
    "cannot be removed by a command, though it is not in the blueprint",
  ],
  [{ kind: "interval_elapsed", days: 1 }, "was installed more than 1 day ago"],
  [
    {
      kind: "declarations_unavailable",
      because: { kind: "declarations_os", platform: "macOS", osVersion: "12.6", minimum: "13" },
    },
    "declarative management needs macOS 13, not 12.6",
  ],
])("%j", (reason, sentence) => {
  expect(describeReason(reason, names)).toBe(sentence);
});
