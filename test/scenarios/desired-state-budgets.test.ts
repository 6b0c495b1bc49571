/** What desired state costs: statements do not grow with the artifacts of a blueprint, on any door of devices. */
import { describe, expect, test } from "vitest";
import type { Tx } from "#platform/db/database.ts";
import { operate } from "#platform/operation.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { assignBlueprint, insertArtifact, insertBlueprint, linkArtifact } from "../tools/desired-state.ts";
import { testActor } from "../tools/test-database.ts";

const stories = useDeviceStories();

async function settledMac(artifactCount: number): Promise<SimulatedDevice> {
  const blueprintId = await operate(stories.app.foundation.source, testActor, async ({ tx }: { tx: Tx }) => {
    const id = await insertBlueprint(tx);
    for (let count = 0; count < artifactCount; count++) {
      await linkArtifact(tx, id, (await insertArtifact(tx)).id);
    }
    return id;
  });
  const mac = await stories.settledDevice("Mac");
  await operate(stories.app.foundation.source, testActor, ({ tx }) =>
    assignBlueprint(tx, blueprintId, [mac.facts.udid]),
  );
  while ((await mac.pollUntilIdle()).length > 0);
  return mac;
}

describe.each([10, 500])("with %i artifacts", (artifactCount) => {
  const budgets = [
    ["connect", (mac: SimulatedDevice) => mac.sendReport({ Status: "Idle" }), 1],
    ["tokens", (mac: SimulatedDevice) => mac.sendDeclarative("tokens"), 5],
    ["declaration-items", (mac: SimulatedDevice) => mac.sendDeclarative("declaration-items"), 5],
    [
      "status",
      (mac: SimulatedDevice) => {
        const { reports } = mac.state.declarative.device;
        return mac.sendDeclarative("status", reports.at(-1));
      },
      6,
    ],
  ] as const;

  test("every door of a settled Mac has its price", async () => {
    const mac = await settledMac(artifactCount);
    expect(mac.state.declarative.device.declarations.size).toBe(artifactCount + 2);
    const costs: Record<string, number> = {};
    for (const [name, send] of budgets) costs[name] = await stories.countStatements(() => send(mac));
    expect(costs).toEqual(Object.fromEntries(budgets.map(([name, , budget]) => [name, budget])));
  });
});
