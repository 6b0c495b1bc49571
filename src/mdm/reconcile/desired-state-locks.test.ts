/** Writers of artifacts, links and tags against each other: none waits in a circle; and whom the end of a tag wakes. */
import { beforeAll, expect, test } from "vitest";
import type { ArtifactId } from "#mdm/artifacts/artifact.ts";
import { updateArtifact } from "#mdm/artifacts/artifact-operations.ts";
import {
  createBlueprintArtifact,
  updateBlueprintArtifact,
} from "#mdm/blueprints/blueprint-artifact-operations.ts";
import { changeBlueprint } from "#mdm/blueprints/blueprint-change-operations.ts";
import type { TagId } from "#mdm/inventory/tag.ts";
import { deleteTag } from "#mdm/inventory/tag-operations.ts";
import { noteTagDeletion } from "#mdm/inventory/tag-use-operations.ts";
import { isTransient } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused } from "#platform/errors.ts";
import { migrateJobs } from "#platform/jobs/job-runner.ts";
import type { Operation } from "#platform/operation.ts";
import { insertArtifact, insertBlueprint, linkArtifact } from "../../../test/tools/desired-state.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { runInterrupted, useTestDatabase } from "../../../test/tools/test-database.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import { desiredDigest } from "./desired-digest.ts";
import { noteDesiredStateChange, runWakeBatch } from "./desired-state-operations.ts";
import { factsOf, findTree, nothingPending } from "./reconcile-operations.ts";
import { listTargets } from "./target-plan-store.ts";

const world = useTestDatabase();
const deps = { noteDesiredStateChange };
const planDeps = { trees: createBlueprintTrees(), identifierPrefix: "com.example" };

beforeAll(() => migrateJobs(world.source));

const insertTag = async ({ tx }: Operation, name: string): Promise<TagId> =>
  (
    await tx.one<{ id: TagId }>(sql`
      insert into tags (name, slug, color) values (${name}, ${name}, '0079bf') returning id`)
  ).id;

/** Null for a refusal, which is an answer like any other; what waited in a circle is counted. */
async function settle(counter: { deadlocks: number }, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OperationRefused) return;
    if (!isTransient(error)) throw error;
    counter.deadlocks++;
  }
}

test("renames, links and deletions of tags never wait in a circle", async () => {
  const counter = { deadlocks: 0 };
  for (let round = 0; round < 12; round++) {
    const set = await world.testOperation(async (op) => {
      const blueprints = [await insertBlueprint(op.tx), await insertBlueprint(op.tx)] as const;
      const artifacts = [await insertArtifact(op.tx), await insertArtifact(op.tx)] as const;
      const links = await Promise.all([
        linkArtifact(op.tx, blueprints[0], artifacts[0].id),
        linkArtifact(op.tx, blueprints[1], artifacts[0].id),
      ]);
      const tag = await insertTag(op, `race-${round}`);
      for (const link of links) {
        await op.tx.run(sql`
          insert into blueprint_artifact_excluded_tags (blueprint_artifact_id, tag_id) values (${link}, ${tag})`);
      }
      return { blueprints, artifacts, links, tag };
    });
    const { blueprints, artifacts, links, tag } = set;
    const scope = { macos: true, excluded_tags: [tag] };
    const run = (work: (op: Operation) => Promise<unknown>) => settle(counter, world.testOperation(work));
    await Promise.all([
      ...[0, 1].map((index) =>
        run((op) =>
          updateArtifact(op, deps, {
            // Rows of this test.
            id: artifacts[0].id as ArtifactId,
            input: { name: `Renamed ${round} ${index}`, type: "Configuration", channel: "Device" },
          }),
        ),
      ),
      ...links.map((id, index) =>
        run((op) =>
          updateBlueprintArtifact(op, deps, {
            id,
            input: { ...scope, blueprint: blueprints[index] ?? 0, artifact: artifacts[0].id },
          }),
        ),
      ),
      run((op) => deleteTag(op, deps, tag)),
      run((op) =>
        createBlueprintArtifact(op, deps, { ...scope, blueprint: blueprints[1], artifact: artifacts[1].id }),
      ),
      run((op) =>
        createBlueprintArtifact(op, deps, { ...scope, blueprint: blueprints[0], artifact: artifacts[1].id }),
      ),
    ]);
  }
  expect(counter.deadlocks).toBe(0);
});

test("a change of a whole blueprint and the end of a tag of it never wait in a circle", async () => {
  const { blueprintId, artifactId, tag } = await world.testOperation(async (op) => {
    const blueprintId = await insertBlueprint(op.tx);
    const { id: artifactId } = await insertArtifact(op.tx);
    const link = await linkArtifact(op.tx, blueprintId, artifactId);
    const tag = await insertTag(op, "whole");
    await op.tx.run(sql`
      insert into blueprint_artifact_excluded_tags (blueprint_artifact_id, tag_id) values (${link}, ${tag})`);
    return { blueprintId, artifactId, tag };
  });
  const input = {
    settings: { name: "Changed as a whole", inventory_interval: 14_400 },
    blueprint_artifacts: [{ artifact: artifactId, macos: true, excluded_tags: [tag] }],
  };
  const counter = { deadlocks: 0 };
  await runInterrupted(
    world,
    (op) => settle(counter, noteTagDeletion(op, deps, { tagId: tag })),
    () =>
      settle(
        counter,
        world.testOperation((op) => changeBlueprint(op, deps, { id: blueprintId, input })),
      ),
  );
  expect(counter.deadlocks).toBe(0);
});

test("the end of a tag wakes those for whom it decided something, and nobody else", async () => {
  const { blueprintId, tag, ids } = await world.testOperation(async (op) => {
    const blueprintId = await insertBlueprint(op.tx);
    const link = await linkArtifact(op.tx, blueprintId, (await insertArtifact(op.tx)).id);
    const tag = await insertTag(op, "decides");
    await op.tx.run(sql`
      insert into blueprint_artifact_excluded_tags (blueprint_artifact_id, tag_id) values (${link}, ${tag})`);
    const ids: number[] = [];
    for (const serialNumber of ["TAGGED", "PLAIN"]) {
      ids.push((await enrollDevice(op, { udid: `UDID-${serialNumber}`, serialNumber })).id);
    }
    await op.tx.run(sql`insert into machine_tags (serial_number, tag_id) values ('TAGGED', ${tag})`);
    await op.tx.run(sql`
      update devices set blueprint_id = ${blueprintId}, os_version = '26.1' where id = any(${ids}::integer[])`);
    return { blueprintId, tag, ids };
  });
  const selection = { kind: "blueprint", blueprintId } as const;
  // Both are settled.
  await world.testOperation(async ({ tx, at }) => {
    for (const row of await listTargets(tx, selection, { afterDeviceId: 0, devicesMax: 10 })) {
      const facts = factsOf(row, { artifacts: [], pendingVersionIds: nothingPending });
      const digest = desiredDigest(facts, await findTree(tx, planDeps, row));
      await tx.run(sql`
        insert into target_plans (device_id, desired_digest, created_at, updated_at)
        values (${row.deviceId}, ${digest}, ${at}, ${at})`);
    }
    await tx.run(sql`delete from push_requests`);
  });
  await world.testOperation((op) => deleteTag(op, deps, tag));
  await world.testOperation((op) =>
    runWakeBatch(op, planDeps, { selection, afterDeviceId: 0, spreadSeconds: 0 }),
  );
  const woken = await world.database.many<{ deviceId: number }>(sql`select device_id from push_requests`);
  expect(woken).toEqual([{ deviceId: ids[0] }]);
});
