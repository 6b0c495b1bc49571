/** The door reads a few rows of a target where a plan reads all: both must tell the same manifest, whatever happened. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { enrollDevice, enrollUser } from "../../../test/tools/devices.ts";
import {
  insertArtifact,
  type InsertedArtifact,
  insertBlueprint,
  insertReference,
  linkArtifact,
} from "../../../test/tools/desired-state.ts";
import { testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import type { Target } from "#mdm/devices/device.ts";
import type { Tx } from "#platform/db/database.ts";
import { identifier, type Sql, sql } from "#platform/db/sql.ts";
import type { Operation } from "#platform/operation.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import { answerManifest, answerTokens, type DeclarativeAnswer } from "./declarative-management-operations.ts";
import { createManifestKeeper } from "./manifest-keeper-operations.ts";
import { nothingPending, planTarget, type SyncDeps } from "./reconcile-operations.ts";
import { keyOf } from "./target.ts";
import { targetArtifactStatuses } from "./target-artifact.ts";
import { insertTargetArtifacts, targetArtifactRecord } from "./target-artifact-store.ts";
import { findTarget } from "./target-plan-store.ts";

const world = useTestDatabase();
const runs = { numRuns: 250 };
const hour = 60 * 60 * 1000;

let deps: SyncDeps;
let blueprintId: number;
let targets: readonly Target[];
let versionIds: readonly ArtifactVersionId[];

beforeAll(async () => {
  const manifests = createManifestKeeper(world.database);
  deps = { trees: createBlueprintTrees(), identifierPrefix: "com.example", manifests };
  await world.testOperation(async (op) => {
    blueprintId = await insertBlueprint(op.tx);
    const artifacts = await insertArtifacts(op.tx);
    for (const { id } of artifacts) await linkArtifact(op.tx, blueprintId, id);
    const elsewhere = await insertArtifact(op.tx);
    versionIds = [...artifacts, elsewhere].flatMap((one) => one.versionIds) as ArtifactVersionId[];
    const device = await enrollDevice(op, { osVersion: "15.2", serialNumber: "ROWS1", blueprintId });
    targets = [
      { device, user: null },
      { device, user: await enrollUser(op, device) },
    ];
  });
});

/** What waits for apps and for what is referred to, in chains; what is tried again; what has several versions. */
async function insertArtifacts(tx: Tx): Promise<readonly InsertedArtifact[]> {
  const app = await insertArtifact(tx, { type: "Enterprise App", versions: 2 });
  const other = await insertArtifact(tx, { type: "Enterprise App" });
  const asset = await insertArtifact(tx, { type: "Data Asset", requires: [other.id] });
  const waiting = await insertArtifact(tx, { requires: [app.id], versions: 3 });
  const chained = await insertArtifact(tx, { requires: [waiting.id], versions: 2 });
  const referring = await insertArtifact(tx);
  await insertReference(tx, referring.versionIds[0] ?? "", asset.id);
  const profile = await insertArtifact(tx, { type: "Profile", versions: 3 });
  const ofUser = await insertArtifact(tx, { channel: "User", versions: 2 });
  const provisioning = await insertArtifact(tx, { type: "Provisioning Profile" });
  return [app, other, asset, waiting, chained, referring, profile, ofUser, provisioning];
}

const state = fc.record({
  status: fc.constantFrom(...targetArtifactStatuses, "Installed", "Installed", "Installed", "Failed"),
  extraInfo: fc.constantFrom<Record<string, unknown>>({}, { valid: "invalid" }, { reason: "variables" }),
  retryCount: fc.integer({ min: 0, max: 3 }),
  retryAt: fc.constantFrom(null, new Date(testStart.getTime() - hour), new Date(testStart.getTime() + hour)),
});

type AnyState = typeof state extends fc.Arbitrary<infer State> ? State : never;

/** By version: there are fewer than these. */
const anyStates: fc.Arbitrary<readonly (AnyState | null)[]> = fc.array(fc.option(state, { freq: 5 }), {
  minLength: 24,
  maxLength: 24,
});

type AnyRow = AnyState & { readonly versionId: ArtifactVersionId };

async function giveRows(op: Operation, target: Target, rows: readonly AnyRow[]): Promise<void> {
  const rest = {
    installedAt: null,
    osVersionAtInstallTime: null,
    uniqueInstallIdentifier: "",
    installCount: 0,
    maxRetryCount: 3,
  };
  const json = JSON.stringify(rows.map((row) => targetArtifactRecord({ ...rest, ...row })));
  await insertTargetArtifacts(op.tx, keyOf(target), { json, at: op.at });
}

function rowsOf(states: readonly (AnyState | null)[]): AnyRow[] {
  return versionIds.flatMap((versionId, index) => {
    const members = states[index] ?? null;
    return members === null ? [] : [{ versionId, ...members }];
  });
}

function jsonOf(answer: DeclarativeAnswer): unknown {
  if ("refusal" in answer) throw new Error(answer.refusal.detail);
  return JSON.parse(answer.json);
}

test("a device is told the manifest that its plan has, whatever became of its artifacts", async () => {
  const tokens = new Set<string>();
  const property = fc.asyncProperty(fc.tuple(anyStates, anyStates), (statesOfEach) =>
    world.testOperation(async (op) => {
      await op.tx.run(sql`delete from target_artifacts`);
      for (const [index, target] of targets.entries())
        await giveRows(op, target, rowsOf(statesOfEach[index] ?? []));
      for (const target of targets) {
        const row = await findTarget(op.tx, keyOf(target));
        if (row === null) throw new Error("There is no target");
        const question = { row, pendingVersionIds: nothingPending, at: op.at };
        const { declarations } = (await planTarget(op.tx, deps, question)).plan;
        const { token = "", entries = [] } = declarations.manifest ?? {};
        tokens.add(token);
        expect(jsonOf(await answerTokens(op, deps, target))).toMatchObject({
          SyncTokens: { DeclarationsToken: token },
        });
        const told = jsonOf(await answerManifest(op, deps, target)) as {
          readonly DeclarationsToken: string;
          readonly Declarations: Readonly<Record<string, readonly object[]>>;
        };
        expect(told.DeclarationsToken).toBe(token);
        const declared = Object.entries(told.Declarations).flatMap(([section, items]) =>
          items.map((item) => ({ section, ...item })),
        );
        expect(new Set(declared)).toEqual(
          new Set(
            entries.map(({ section, identifier: Identifier, serverToken: ServerToken }) => ({
              section,
              Identifier,
              ServerToken,
            })),
          ),
        );
      }
    }),
  );
  await fc.assert(property, runs);
  expect(tokens.size).toBeGreaterThan(50);
});

/** A blueprint whose configurations all need one app, and a device that has all of it. */
async function deviceInOrder(artifactCount: number): Promise<{ target: Target; appVersionId: string }> {
  return world.testOperation(async (op) => {
    const id = await insertBlueprint(op.tx);
    const app = await insertArtifact(op.tx, { type: "Enterprise App" });
    const artifacts = [app];
    while (artifacts.length < artifactCount) {
      artifacts.push(await insertArtifact(op.tx, { requires: [app.id] }));
    }
    for (const artifact of artifacts) await linkArtifact(op.tx, id, artifact.id);
    const device = await enrollDevice(op, { osVersion: "15.2", blueprintId: id });
    const target: Target = { device, user: null };
    const installed = { status: "Installed" as const, extraInfo: {}, retryCount: 0, retryAt: null };
    await giveRows(
      op,
      target,
      artifacts.map((one) => ({ versionId: one.versionIds[0] as ArtifactVersionId, ...installed })),
    );
    return { target, appVersionId: app.versionIds[0] ?? "" };
  });
}

type Look = { readonly index: string; readonly rows: number };

type PlanNode = {
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly PlanNode[];
};

/** What the database looks at in a table for a statement, in the order of its plan; small tables are read by index, too. */
async function explain(tx: Tx, statement: Sql, table: string): Promise<Look[]> {
  await tx.run(sql`analyze ${identifier(table)}`);
  for (const way of ["seqscan", "bitmapscan", "hashjoin", "mergejoin"]) {
    await tx.run(sql`set local ${identifier(`enable_${way}`)} = off`);
  }
  const explained = await tx.one<object>(sql`explain (analyze, format json) ${statement}`);
  // Its one column is PostgreSQL's JSON of a plan.
  const [plans] = Object.values(explained) as [readonly { readonly Plan: PlanNode }[]];
  const listLooks = (node: PlanNode): Look[] => {
    const rows = (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
    const own = node["Relation Name"] === table ? [{ index: node["Index Name"] ?? "none", rows }] : [];
    return [...own, ...(node.Plans ?? []).flatMap(listLooks)];
  };
  return plans.flatMap(({ Plan }) => listLooks(Plan));
}

/** The rows that the lists of an answer bring, and their statements. */
async function watchManifest(target: Target): Promise<{ rows: unknown[]; statements: Sql[] }> {
  const rows: unknown[] = [];
  const statements: Sql[] = [];
  await world.testOperation((op) => {
    const many = async <Row>(piece: Sql): Promise<Row[]> => {
      const brought = await op.tx.many<Row>(piece);
      statements.push(piece);
      rows.push(...brought);
      return brought;
    };
    return answerManifest({ ...op, tx: { ...op.tx, many } }, deps, target);
  });
  return { rows, statements };
}

describe.each([10, 500])("with %i artifacts in order", (artifactCount) => {
  test("what declarations wait for is all that is read of them", async () => {
    const { target, appVersionId } = await deviceInOrder(artifactCount);
    const { rows, statements } = await watchManifest(target);
    expect(rows).toMatchObject([{ versionId: appVersionId }]);
    expect(statements).toHaveLength(1);
    // And the database looks at no more of them, however many there are: an index knows what is out of order.
    const [statement = sql``] = statements;
    const looks = await world.database.transaction((tx) => explain(tx, statement, "target_artifacts"));
    expect(looks).toHaveLength(2);
    for (const { rows: lookedAt } of looks) expect(lookedAt).toBeLessThanOrEqual(10);
  });
});
