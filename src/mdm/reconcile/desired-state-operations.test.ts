/** Whom a change concerns: blueprints by any chain, devices by what they should have, each woken once. */
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { migrateJobs } from "#platform/jobs/job-runner.ts";
import {
  insertArtifact,
  insertBlueprint,
  insertReference,
  linkArtifact,
} from "../../../test/tools/desired-state.ts";
import { insertPushCertificate } from "../../../test/tools/enrollments.ts";
import { testActor, testStart, useTestDatabase } from "../../../test/tools/test-database.ts";
import { operate } from "#platform/operation.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import {
  noteDesiredStateChange,
  runWakeBatch,
  wakeBatchDevicesMax,
  wakeTargetsName,
  type Wave,
} from "./desired-state-operations.ts";
import { desiredDigest } from "./desired-digest.ts";
import { computeShard } from "./judge-scope.ts";
import { factsOf, nothingPending } from "./reconcile-operations.ts";
import { listTargets } from "./target-plan-store.ts";
import { wakeTargetsJob } from "./wake-targets-job.ts";

const world = useTestDatabase();
const deps = { trees: createBlueprintTrees(), identifierPrefix: "com.example" };

beforeAll(() => migrateJobs(world.source));

const note = (change: Parameters<typeof noteDesiredStateChange>[1]): Promise<void> =>
  world.testOperation((op) => noteDesiredStateChange(op, change));

const revisionOf = async (id: number): Promise<string> =>
  (
    await world.database.one<{ revision: string }>(
      sql`select revision::text as revision from blueprints where id = ${id}`,
    )
  ).revision;

type QueuedJob = { readonly key: string | null; readonly runAt: Date; readonly payload: unknown };

const queuedJobs = (): Promise<QueuedJob[]> =>
  world.database.many<QueuedJob>(sql`
    select j.key, j.run_at, p.payload from graphile_worker.jobs j
      join graphile_worker._private_jobs p on p.id = j.id
     where j.task_identifier = ${wakeTargetsName} order by j.id`);

const clearJobs = (): Promise<unknown> =>
  world.database.transaction((tx) => tx.run(sql`delete from graphile_worker._private_jobs`));

describe("a change of an artifact", () => {
  test("concerns the blueprints that reach it by any chain, and no other", async () => {
    const { ids, leaf } = await world.testOperation(async ({ tx }) => {
      const leaf = await insertArtifact(tx, { type: "Asset" });
      const middle = await insertArtifact(tx);
      await insertReference(tx, middle.versionIds[0] ?? "", leaf.id);
      const root = await insertArtifact(tx, { requires: [middle.id] });
      const ids = [await insertBlueprint(tx), await insertBlueprint(tx), await insertBlueprint(tx)] as const;
      await linkArtifact(tx, ids[0], root.id);
      await linkArtifact(tx, ids[1], leaf.id);
      await linkArtifact(tx, ids[2], (await insertArtifact(tx)).id);
      return { ids, leaf };
    });
    await note({ kind: "artifacts", artifactIds: [leaf.id] });
    expect(await Promise.all(ids.map(revisionOf))).toEqual(["2", "2", "1"]);
    const jobs = await queuedJobs();
    expect(jobs.map(({ key }) => key)).toEqual([`wake_targets:${ids[0]}`, `wake_targets:${ids[1]}`]);
    await clearJobs();
  });

  test("repeated is one wave, at the time of the first", async () => {
    const id = await world.testOperation(({ tx }) => insertBlueprint(tx));
    await note({ kind: "blueprints", blueprintIds: [id] });
    world.clock.advance(3);
    await note({ kind: "blueprints", blueprintIds: [id] });
    expect(await revisionOf(id)).toBe("3");
    const jobs = await queuedJobs();
    expect(jobs.map(({ runAt }) => runAt)).toEqual([new Date(testStart.getTime() + 5_000)]);
    await clearJobs();
  });
});

/** Devices that are settled on a blueprint, straight into the table. */
async function insertFleet(blueprintId: number, count: number): Promise<void> {
  await world.testOperation(async (op) => {
    const certificateId = await insertPushCertificate(op.tx, `Fleet ${blueprintId}`, op.at);
    await op.tx.run(sql`
      insert into devices (udid, serial_number, platform, os_version, push_certificate_id, blueprint_id, token,
                           push_magic, created_at, updated_at)
      select 'wave-' || ${blueprintId}::integer || '-' || n, 'WAVE' || ${blueprintId}::integer || 'N' || n, 'macOS',
             '26.1', ${certificateId}::integer, ${blueprintId}, 'token', 'magic', ${op.at}::timestamptz, ${op.at}::timestamptz
        from generate_series(1, ${count}::integer) n`);
  });
}

/** The serial numbers of such a fleet. */
const serialNumbersOf = (blueprintId: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `WAVE${blueprintId}N${index + 1}`);

/** Runs a wave as its job does. @returns How many statements, and how many pushes are wanted afterwards. */
async function runWave(blueprintId: number): Promise<{ statements: number; pushes: number }> {
  await world.database.transaction((tx) => tx.run(sql`delete from push_requests`));
  const before = world.database.statementCount();
  let wave: Wave | null = {
    selection: { kind: "blueprint", blueprintId },
    afterDeviceId: 0,
    spreadSeconds: null,
  };
  while (wave !== null) {
    const current: Wave = wave;
    wave = await world.testOperation((op) => runWakeBatch(op, deps, current));
  }
  const statements = world.database.statementCount() - before;
  const { count } = await world.database.one<{ count: number }>(
    sql`select count(*)::integer as count from push_requests`,
  );
  return { statements, pushes: count };
}

describe("a wave through 10,000 devices", () => {
  const size = 10_000;

  test("wakes exactly those whose desired state has changed, with statements by the batch", async () => {
    const { blueprintId, linkId, artifactId } = await world.testOperation(async ({ tx }) => {
      const id = await insertBlueprint(tx);
      const artifact = await insertArtifact(tx);
      const link = await linkArtifact(tx, id, artifact.id);
      await linkArtifact(tx, id, (await insertArtifact(tx)).id);
      return { blueprintId: id, linkId: link, artifactId: artifact.id };
    });
    await insertFleet(blueprintId, size);
    // Nobody knows what these have.
    const first = await runWave(blueprintId);
    expect(first.pushes).toBe(size);
    const batches = size / wakeBatchDevicesMax + 1;
    expect(first.statements).toBeLessThanOrEqual(3 * batches);
    await settleFleet(blueprintId);
    expect(await runWave(blueprintId)).toMatchObject({ pushes: 0 });

    await world.testOperation(({ tx }) =>
      tx.run(sql`update blueprint_artifacts set default_shard = 30 where id = ${linkId}`),
    );
    await note({ kind: "blueprints", blueprintIds: [blueprintId] });
    const { pushes, statements } = await runWave(blueprintId);
    // 70 of 100 shards lose the artifact; how many devices these have is as its random id will have it.
    const shards = serialNumbersOf(blueprintId, size).map((one) => computeShard(artifactId, one, 100));
    expect(pushes).toBe(shards.filter((shard) => shard >= 30).length);
    expect(pushes).toBeGreaterThan(size / 2);
    expect(pushes).toBeLessThan(size);
    expect(statements).toBeLessThanOrEqual(3 * batches);
    const { spread } = await world.database.one<{ spread: number }>(sql`
      select extract(epoch from max(not_before) - min(not_before))::integer as spread from push_requests`);
    expect(spread).toBeGreaterThan(400);
  });
});

/** Writes for each device the plan of today, as connects would. */
async function settleFleet(blueprintId: number): Promise<void> {
  const selection = { kind: "blueprint", blueprintId } as const;
  const page = { afterDeviceId: 0, devicesMax: 100_000 };
  const rows = await listTargets(world.database, selection, page);
  const tree = await deps.trees.find(world.database, blueprintId, await revisionOf(blueprintId));
  const digests = rows.map((row) => ({
    id: row.deviceId,
    digest: desiredDigest(factsOf(row, { artifacts: [], pendingVersionIds: nothingPending }), tree).toString(
      "hex",
    ),
  }));
  await world.testOperation(({ tx, at }) =>
    tx.run(sql`
      insert into target_plans (device_id, desired_digest, created_at, updated_at)
      select r.id, decode(r.digest, 'hex'), ${at}::timestamptz, ${at}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(digests)}::jsonb) r(id integer, digest text)`),
  );
}

test("a wave that is stopped goes on with a job of its own", async () => {
  const blueprintId = await world.testOperation(({ tx }) => insertBlueprint(tx));
  await insertFleet(blueprintId, wakeBatchDevicesMax + 1);
  await clearJobs();
  const job = wakeTargetsJob(deps);
  await job.run(
    { selection: { kind: "blueprint", blueprintId } },
    {
      operate: (work) => operate(world.source, testActor, work),
      signal: AbortSignal.abort(),
    },
  );
  const [next] = await queuedJobs();
  expect(next?.payload).toMatchObject({ selection: { blueprintId }, afterDeviceId: expect.any(Number) });
});

test("tags wake the machines that have a blueprint, by a job", async () => {
  const blueprintId = await world.testOperation(({ tx }) => insertBlueprint(tx));
  await insertFleet(blueprintId, 2);
  await clearJobs();
  await note({ kind: "machines", serialNumbers: [`WAVE${blueprintId}N1`, "NOBODY"] });
  expect((await queuedJobs()).map(({ payload }) => payload)).toEqual([
    { selection: { kind: "machines", serialNumbers: [`WAVE${blueprintId}N1`] } },
  ]);
  await clearJobs();
  await note({ kind: "machines", serialNumbers: ["NOBODY"] });
  expect(await queuedJobs()).toEqual([]);
});
