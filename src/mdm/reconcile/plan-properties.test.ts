// What holds for every plan: whatever the blueprint and whatever the history of the target.
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyTree, anyTreeAndTarget, anyTarget } from "../../../test/tools/arbitrary-targets.ts";
import { treeAt, treeContext } from "../../../test/tools/blueprint-trees.ts";
import type { BlueprintTree } from "./blueprint-tree.ts";
import { listDdmManagedTypes } from "./delivery.ts";
import { describeReason } from "./describe-reason.ts";
import { desiredDigest } from "./desired-digest.ts";
import { assembleManifest, buildManifest } from "./manifest.ts";
import { manifestClass } from "./manifest-class.ts";
import { type Plan, plan } from "./plan.ts";
import { decideTargetArtifactChanges } from "./target-artifact-changes.ts";
import { firstRetrySeconds, type TargetArtifact, type TargetArtifactResult } from "./target-artifact.ts";
import type { TargetFacts } from "./target-facts.ts";
import { outlineTree } from "./tree-outline.ts";
import { walkTree } from "./walk-tree.ts";

const runs = { numRuns: 400 };
const names = { artifact: (id: string) => `artifact ${id}`, tag: (id: number) => `tag ${id}` };

/** A device without a wire: it does what the plan says, or fails at what it cannot do. */
class PureDevice {
  readonly tree: BlueprintTree | null;
  readonly failing: ReadonlySet<string>;
  /** When each command went out, by what it was. */
  readonly sent = new Map<string, number[]>();
  facts: TargetFacts;
  at = treeAt;

  constructor(facts: TargetFacts, tree: BlueprintTree | null, failing: ReadonlySet<string>) {
    this.facts = facts;
    this.tree = tree;
    this.failing = failing;
  }

  plan(): Plan {
    return plan(this.facts, this.tree, { ...treeContext, at: this.at });
  }

  /** Takes one step; false when there is nothing to do now. */
  step(): boolean {
    const { declarations, next } = this.plan();
    if (declarations.isSyncDue) {
      this.synchronise(declarations.manifest);
      return true;
    }
    if (next === null) return false;
    const name = `${next.operation} ${next.versionId}`;
    this.sent.set(name, [...(this.sent.get(name) ?? []), this.at.getTime()]);
    const isFailing = this.failing.has(next.artifactId);
    if (next.operation === "REMOVAL")
      this.record([next.versionId, isFailing ? "RemovalFailed" : "Uninstalled"]);
    else if (next.type === "Enterprise App") {
      this.record([next.versionId, "AwaitingConfirmation"]);
      this.record([next.versionId, isFailing ? "Failed" : "Installed"]);
    } else this.record([next.versionId, isFailing ? "Failed" : "Acknowledged"]);
    return true;
  }

  private synchronise({ token, entries }: NonNullable<Plan["declarations"]["manifest"]>): void {
    this.facts = { ...this.facts, isDeclarative: true, declarationsToken: token };
    const results = entries.flatMap(({ artifact, serverToken }): TargetArtifactResult[] => {
      if (artifact === null) return [];
      const status = this.failing.has(artifact.id) ? "Failed" : "Installed";
      return [{ versionId: artifact.versionId, status, extraInfo: {}, uniqueInstallIdentifier: serverToken }];
    });
    this.write(results, true);
  }

  private record([versionId, status]: [
    TargetArtifactResult["versionId"],
    TargetArtifactResult["status"],
  ]): void {
    const uniqueInstallIdentifier = `command at ${this.at.toISOString()}`;
    this.write([{ versionId, status, extraInfo: {}, uniqueInstallIdentifier }], false);
  }

  private write(results: readonly TargetArtifactResult[], isExhaustive: boolean): void {
    const rows = this.facts.artifacts;
    const subjects = [...(this.tree?.artifacts.values() ?? [])].flatMap(({ id, name, type, versions }) =>
      versions.map((version) => ({
        artifactId: id,
        artifactName: name,
        artifactType: type,
        versionId: version.id,
        version: version.version,
      })),
    );
    const exhaustiveTypes = isExhaustive ? listDdmManagedTypes(this.tree) : [];
    const moment = { at: this.at, osVersion: this.facts.osVersion };
    const changes = decideTargetArtifactChanges({ rows, results, subjects, exhaustiveTypes }, moment);
    const changed = new Map(changes.updated.map((row) => [row.versionId, row]));
    const artifacts: TargetArtifact[] = [
      ...rows.filter((row) => !changes.deleted.includes(row)).map((row) => changed.get(row.versionId) ?? row),
      ...changes.created.map((row) => ({ ...row, createdAt: this.at, updatedAt: this.at })),
    ];
    this.facts = { ...this.facts, artifacts };
  }
}

/** Without reinstallation by time, which never ends. */
function withoutIntervals(tree: BlueprintTree | null): BlueprintTree | null {
  if (tree === null) return null;
  const artifacts = [...tree.artifacts].map(
    ([id, artifact]) => [id, { ...artifact, reinstallInterval: 0 }] as const,
  );
  return { ...tree, artifacts: new Map(artifacts) };
}

const failing = fc
  .subarray(Array.from({ length: 8 }, (_, number) => number))
  .map(
    (numbers) =>
      new Set(numbers.map((number) => `a0000000-0000-4000-8000-${String(number).padStart(12, "0")}`)),
  );

test("a plan is made for everything, the same for the same facts, and its reasons are sentences", () => {
  const property = fc.property(anyTreeAndTarget, ({ tree, target }) => {
    const first = plan(target, tree, treeContext);
    expect(plan(target, tree, treeContext)).toEqual(first);
    for (const { reason } of first.verdicts)
      expect(describeReason(reason, names)).toMatch(/^[\w ].{5,}[^.]$/);
    if (first.dueAt !== null) expect(first.dueAt.getTime()).toBeGreaterThan(treeAt.getTime());
  });
  fc.assert(property, runs);
});

test("each artifact has one verdict", () => {
  const property = fc.property(anyTreeAndTarget, ({ tree, target }) => {
    const ids = plan(target, tree, treeContext).verdicts.map(({ artifactId }) => artifactId);
    const ofChannel = [...(tree?.artifacts.values() ?? [])].filter(
      ({ channel }) => channel === target.channel,
    );
    const expected = new Set([
      ...ofChannel.map(({ id }) => id),
      ...target.artifacts.map((row) => row.artifactId),
    ]);
    expect(new Set(ids)).toEqual(expected);
    expect(ids.length).toBe(expected.size);
  });
  fc.assert(property, runs);
});

test("the order of rows, tags, shards, enforcements and of what is not linked does not matter", () => {
  const property = fc.property(anyTreeAndTarget, ({ tree, target }) => {
    const artifacts = [...(tree?.artifacts.values() ?? [])];
    const linked = artifacts.filter(({ link }) => link !== null);
    const others = artifacts.filter(({ link }) => link === null).toReversed();
    const shuffled = [...others, ...linked].map((artifact) => ({
      ...artifact,
      link:
        artifact.link === null ? null : { ...artifact.link, tagShards: artifact.link.tagShards.toReversed() },
    }));
    const other = tree && {
      ...tree,
      enforcements: tree.enforcements.toReversed(),
      artifacts: new Map(shuffled.map((artifact) => [artifact.id, artifact])),
    };
    const otherTarget = {
      ...target,
      tagIds: new Set([...target.tagIds].toReversed()),
      artifacts: target.artifacts.toReversed(),
    };
    expect(plan(otherTarget, other, treeContext)).toEqual(plan(target, tree, treeContext));
  });
  fc.assert(property, runs);
});

test("the order of links changes what comes first, and nothing else", () => {
  const property = fc.property(anyTreeAndTarget, ({ tree, target }) => {
    const reversed = tree && { ...tree, artifacts: new Map([...tree.artifacts].toReversed()) };
    const [one, other] = [plan(target, tree, treeContext), plan(target, reversed, treeContext)];
    expect(new Map(other.verdicts.map((verdict) => [verdict.artifactId, verdict]))).toEqual(
      new Map(one.verdicts.map((verdict) => [verdict.artifactId, verdict])),
    );
    expect(other.desiredDigest).toEqual(one.desiredDigest);
    expect(other.declarations.manifest?.token).toBe(one.declarations.manifest?.token);
    expect(other.next === null).toBe(one.next === null);
  });
  fc.assert(property, runs);
});

test("from any state a device reaches what it should have in a bounded number of steps, and stays", () => {
  const property = fc.property(anyTreeAndTarget, failing, ({ tree, target }, failingIds) => {
    const device = new PureDevice(target, withoutIntervals(tree), failingIds);
    for (let waits = 0; ; waits += 1) {
      expect(waits).toBeLessThan(200);
      for (let steps = 0; device.step(); steps += 1) expect(steps).toBeLessThan(100);
      const { dueAt } = device.plan();
      if (dueAt === null) break;
      device.at = dueAt;
    }
    const { verdicts, next, declarations } = device.plan();
    expect([next, declarations.isSyncDue]).toEqual([null, false]);
    expect(verdicts.filter(({ state }) => state.startsWith("to_"))).toEqual([]);
    const before = device.facts.artifacts;
    device.at = new Date(device.at.getTime() + 365 * 24 * 60 * 60 * 1000);
    expect(device.step()).toBe(false);
    expect(device.facts.artifacts).toBe(before);
  });
  fc.assert(property, runs);
});

test("what fails is tried a few times, and never again at once", () => {
  const property = fc.property(anyTreeAndTarget, ({ tree, target }) => {
    const everything = [...(tree?.artifacts.keys() ?? []), ...target.artifacts.map((row) => row.artifactId)];
    const device = new PureDevice(target, withoutIntervals(tree), new Set(everything));
    for (let waits = 0; waits < 100; waits += 1) {
      for (let steps = 0; steps < 100 && device.step(); steps += 1);
      const { dueAt } = device.plan();
      if (dueAt !== null) device.at = dueAt;
    }
    for (const times of device.sent.values()) {
      expect(times.length).toBeLessThanOrEqual(4);
      for (const [index, time] of times.slice(1).entries()) {
        expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(firstRetrySeconds * 1000);
      }
    }
  });
  fc.assert(property, runs);
});

test("until a plan is due, time changes nothing", () => {
  const yearMilliseconds = 365 * 24 * 60 * 60 * 1000;
  const fraction = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.property(anyTreeAndTarget, fraction, ({ tree, target }, part) => {
    const first = plan(target, tree, treeContext);
    const end = first.dueAt?.getTime() ?? treeAt.getTime() + yearMilliseconds;
    const at = new Date(treeAt.getTime() + Math.floor((end - treeAt.getTime() - 1) * part));
    expect(plan(target, tree, { ...treeContext, at })).toEqual(first);
  });
  fc.assert(property, runs);
});

test("a configuration that can be linked is activated exactly if it is in the manifest", () => {
  const linkedTarget = anyTree.chain((tree) => fc.tuple(fc.constant(tree), anyTarget(tree)));
  const property = fc.property(linkedTarget, ([tree, target]) => {
    const { entries, activation } = buildManifest(target, tree, treeContext);
    const manual = new Set(
      [...tree.artifacts.values()].flatMap(({ id, type }) => (type === "Configuration (manual)" ? [id] : [])),
    );
    const configurations = entries
      .filter(
        ({ section, artifact }) =>
          section === "Configurations" && !manual.has(artifact?.id ?? (activation.identifier as never)),
      )
      .map(({ identifier }) => identifier);
    expect(activation.configurations).toEqual(configurations.toSorted());
    expect(new Set(entries.map(({ identifier }) => identifier)).size).toBe(entries.length);
  });
  fc.assert(property, { numRuns: 500 });
});

test("targets of one class have one manifest and one scope", () => {
  let pairs = 0;
  const two = anyTree.chain((tree) =>
    fc.tuple(fc.constant(tree), fc.array(anyTarget(tree), { minLength: 6, maxLength: 6 })),
  );
  const property = fc.property(two, ([tree, targets]) => {
    const manifests = new Map<string, unknown>();
    const scopes = new Map<string, unknown>();
    for (const target of targets) {
      const walk = walkTree(tree, target);
      const scope = [...walk.values()].map((one) => (one.scope === "in" ? one.version.id : one.scope));
      const manifest = assembleManifest({ target, tree, walk }, treeContext);
      const key = manifestClass(target, outlineTree(tree), treeAt);
      if (manifests.has(key)) pairs += 1;
      expect(scopes.get(key) ?? scope).toEqual(scope);
      expect(manifests.get(key) ?? manifest).toEqual(manifest);
      scopes.set(key, scope);
      manifests.set(key, manifest);
    }
  });
  fc.assert(property, runs);
  expect(pairs).toBeGreaterThan(0);
});

test("equal digests mean equal scopes", () => {
  const two = anyTree.chain((tree) => fc.tuple(fc.constant(tree), anyTarget(tree), anyTarget(tree)));
  const property = fc.property(two, ([tree, one, other]) => {
    const inScope = (target: TargetFacts) =>
      [...walkTree(tree, target).values()].flatMap((walked) =>
        walked.scope === "in" ? [walked.version.id] : [],
      );
    if (!desiredDigest(one, tree).equals(desiredDigest(other, tree))) return;
    expect(inScope(other)).toEqual(inScope(one));
  });
  fc.assert(property, runs);
});
