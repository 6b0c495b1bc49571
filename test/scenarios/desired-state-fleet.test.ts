/** A fleet comes to its blueprint all at once, and half of it to another one: nothing deadlocks, nothing is left over. */
import { expect, test } from "vitest";
import { noteDesiredStateChange } from "#mdm/reconcile/desired-state-operations.ts";
import { sql } from "#platform/db/sql.ts";
import { operate } from "#platform/operation.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { acknowledged } from "#sandbox/devices/device-state.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import {
  assignBlueprint,
  insertArtifact,
  insertBlueprint,
  insertVersion,
  linkArtifact,
} from "../tools/desired-state.ts";
import { testActor } from "../tools/test-database.ts";

const stories = useDeviceStories();
const fleetSize = 40;
/** Connections until a device must have nothing left to do. */
const pollsMax = 12;

type Counted = {
  readonly blueprintId: number;
  readonly type: string;
  readonly status: string;
  readonly count: number;
};

const countStatuses = (): Promise<Counted[]> =>
  stories.app.foundation.database.many<Counted>(sql`
    select d.blueprint_id, a.type, t.status, count(*)::integer as count
      from target_artifacts t join devices d on d.id = t.device_id
      join artifact_versions v on v.id = t.artifact_version_id join artifacts a on a.id = v.artifact_id
     group by 1, 2, 3 order by 1, 2, 3`);

async function converge(fleet: readonly SimulatedDevice[]): Promise<void> {
  await Promise.all(
    fleet.map(async (device) => {
      for (let polls = 0; polls < pollsMax; polls++) {
        if ((await device.pollUntilIdle()).length === 0) return;
      }
      throw new Error(`${device.facts.serialNumber} does not come to rest`);
    }),
  );
}

test("a fleet converges, and half of it moves", async () => {
  const { source } = stories.app.foundation;
  const { first, second, shared } = await operate(source, testActor, async ({ tx }) => {
    const ids = { first: await insertBlueprint(tx), second: await insertBlueprint(tx) };
    const shared = await insertArtifact(tx, { name: "shared" });
    const profile = await insertArtifact(tx, { name: "profile", type: "Provisioning Profile" });
    const own = await insertArtifact(tx, { name: "own" });
    await linkArtifact(tx, ids.first, shared.id);
    await linkArtifact(tx, ids.first, profile.id);
    await linkArtifact(tx, ids.first, own.id);
    await linkArtifact(tx, ids.second, shared.id);
    return { ...ids, shared };
  });
  const fleet: SimulatedDevice[] = [];
  for (let number = 0; number < fleetSize; number++) fleet.push(await stories.settledDevice("Mac"));
  for (const mac of fleet) {
    mac.answer("InstallProvisioningProfile", acknowledged(), 5);
    mac.answer("RemoveProvisioningProfile", acknowledged(), 5);
  }
  const udids = fleet.map(({ facts }) => facts.udid);
  const assign = (blueprintId: number, some: readonly string[]) =>
    operate(source, testActor, ({ tx }) => assignBlueprint(tx, blueprintId, some));

  await assign(first, udids);
  await converge(fleet);
  expect(await countStatuses()).toEqual([
    { blueprintId: first, type: "Configuration", status: "Installed", count: 2 * fleetSize },
    { blueprintId: first, type: "Provisioning Profile", status: "Acknowledged", count: fleetSize },
  ]);

  await assign(second, udids.slice(fleetSize / 2));
  await operate(source, testActor, async (op) => {
    await insertVersion(op.tx, { artifactId: shared.id, version: 2 });
    await noteDesiredStateChange(op, { kind: "artifacts", artifactIds: [shared.id] });
  });
  await converge(fleet);
  const half = fleetSize / 2;
  expect(await countStatuses()).toEqual([
    { blueprintId: first, type: "Configuration", status: "Installed", count: 2 * half },
    { blueprintId: first, type: "Provisioning Profile", status: "Acknowledged", count: half },
    { blueprintId: second, type: "Configuration", status: "Installed", count: half },
    { blueprintId: second, type: "Provisioning Profile", status: "Uninstalled", count: half },
  ]);
  const [row] = await stories.api.list(
    `/api/mdm/devices/${await stories.idOf(fleet[0] as SimulatedDevice)}/artifacts/`,
  );
  expect(row).toMatchObject({ state: "current" });
  const status = await stories.api.read(`/api/mdm/blueprints/${second}/status/`);
  expect(status).toMatchObject({ targets: { pending: expect.any(Number) } });
}, 120_000);
