// A digest of what a target should have: equal before and after a change, and the change does not concern it.
// The wake job computes it for whole fleets, so it needs nothing but a device's own row and its tags.
// It changes with the scope and with how things are installed again; never with names, and never with time.
import { createHash } from "node:crypto";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { chooseEnforcement } from "./enforcement.ts";
import type { ScopeFacts } from "./target-facts.ts";
import { type Walk, walkTree } from "./walk-tree.ts";

/** Digests what a target should have: 32 bytes. */
export function desiredDigest(facts: ScopeFacts, tree: BlueprintTree | null): Buffer {
  return digestWalk(facts, tree, tree === null ? new Map() : walkTree(tree, facts));
}

/** Digests what a target should have whose tree has been walked. */
export function digestWalk(facts: ScopeFacts, tree: BlueprintTree | null, walk: Walk): Buffer {
  const desired = tree === null ? null : describeDesired(facts, tree, walk);
  return createHash("sha256").update(JSON.stringify(desired), "utf8").digest();
}

function describeDesired(facts: ScopeFacts, tree: BlueprintTree, walk: Walk): unknown {
  const inScope = [...walk.values()].flatMap((walked) => {
    if (walked.scope !== "in") return [];
    const { artifact, version } = walked;
    return [
      [
        version.id,
        version.adamId,
        artifact.autoUpdate,
        artifact.reinstallInterval,
        artifact.reinstallOnOsUpdate,
        artifact.requires.toSorted(),
        artifact.references.toSorted(),
      ],
    ];
  });
  const lines = inScope.map((line) => JSON.stringify(line)).toSorted();
  const enforcement = facts.channel === "Device" ? chooseEnforcement(tree.enforcements, facts) : null;
  return [tree.id, tree.legacyProfilesViaDdm, lines, describeEnforcement(enforcement)];
}

function describeEnforcement(enforcement: ReturnType<typeof chooseEnforcement>): unknown {
  if (enforcement === null) return null;
  const { osVersion, buildVersion, localDatetime, maxOsVersion, delayDays, localTime, detailsUrl } =
    enforcement;
  return [osVersion, buildVersion, localDatetime, maxOsVersion, delayDays, localTime, detailsUrl];
}
