/** What a report costs: its identity, one shared transaction for what it says, and one for what comes next. */
import { expect, test } from "vitest";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();

/** The identity; device, command, history, inventory and event; then device, queue, and the command or the plan. */
const statementsMax = 9;

/** Reports a DeviceInformation while `behind` further commands wait. @returns How many statements that cost. */
async function countStatements(device: SimulatedDevice, behind: number): Promise<number> {
  const uuid = await stories.order(device, "DeviceInformation");
  for (let count = 0; count < behind; count += 1) await stories.order(device, "CertificateList");
  await stories.app.drainPushes();
  await device.sendReport({ Status: "Idle" });
  await stories.app.flush();
  const QueryResponses = { OSVersion: "18.1", DeviceName: "Reporter" };
  const report = { Status: "Acknowledged", CommandUUID: uuid.toUpperCase(), QueryResponses };
  const cost = await stories.countStatements(async () => {
    const answer = await device.sendReport(report);
    expect([answer.status, answer.body.length > 0]).toEqual([200, behind > 0]);
  });
  await device.pollUntilIdle();
  return cost;
}

test.each([
  ["the last one of a connection", 0],
  ["one with another command behind it", 1],
  ["one with twenty behind it", 20],
])("a report, %s, is one identity and two short transactions", async (_, behind) => {
  const phone = await stories.settledDevice("iPhone");
  expect(await countStatements(phone, behind)).toBeLessThanOrEqual(statementsMax);
});
