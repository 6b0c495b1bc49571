import { beforeAll, expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";
import { makeSampleFleet, type SampleFleet } from "./sample-fleet.ts";

describeInBrowser("the search over everything", (world) => {
  let fleet: SampleFleet;

  beforeAll(async () => {
    fleet = await makeSampleFleet(world);
  }, 120_000);

  test("a key opens it, a few letters find a device, Enter goes there", async () => {
    const page = await world.openAs(null, "/devices");
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    const { serialNumber, deviceName } = fleet.mac.facts;
    await page.getByPlaceholder(/^Search devices/).fill(serialNumber.slice(0, 6));
    await page.getByRole("dialog").getByText(deviceName).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: deviceName, level: 1 }).waitFor();
  });

  test("what an account may not see is not found", async () => {
    const page = await world.openAs(["inventory.view_tag"], "/tags");
    await page.getByRole("button", { name: "Search" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder(/^Search devices/).fill("Berlin");
    await page.getByRole("dialog").getByText("Berlin").waitFor();
    await page.getByPlaceholder(/^Search devices/).fill(fleet.mac.facts.serialNumber);
    await page.getByText("Nothing found.").waitFor();
  });
});
