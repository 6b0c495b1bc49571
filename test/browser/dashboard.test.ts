import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

describeInBrowser("the dashboard", (world) => {
  test("counts devices, and counts a new one without being asked", async () => {
    await world.settledDevice("Mac");
    const page = await world.openAs(null, "/");
    await page.getByText("Live", { exact: true }).waitFor();
    const enrolled = page.getByRole("region", { name: "Devices", exact: true });
    await enrolled.getByText("1", { exact: true }).waitFor();
    await page.getByRole("table", { name: "Versions of macOS" }).waitFor();
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    expect(await findViolations(page)).toEqual([]);
    await world.settledDevice("iPhone");
    // The server keeps its counts for five seconds, and its clock stands still in tests.
    world.clock.advance(10);
    await enrolled.getByText("2", { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByLabel("Platform").selectOption("iOS");
    await page.getByRole("table", { name: "Versions of iOS" }).waitFor();
    await enrolled.getByRole("link", { name: "Enrolled" }).click();
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
  });

  test("shows nobody what they may not see", async () => {
    const page = await world.openAs(["mdm.view_blueprint"], "/");
    await page.getByRole("heading", { name: "Blueprints: how far they have come" }).waitFor();
    expect(await page.getByRole("heading", { name: "Versions of systems" }).count()).toBe(0);
    expect(await page.getByRole("heading", { name: "Changed lately" }).count()).toBe(0);
  });
});

describeInBrowser("the first steps", (world) => {
  test("lead from a push certificate to the code that a first device scans", async () => {
    const page = await world.openAs(null, "/first-run");
    await page.getByRole("heading", { name: "First steps", level: 1 }).waitFor();
    const step = (name: string) => page.getByRole("region", { name });
    const blueprint = page.getByRole("button", { name: "Make a first blueprint" });
    if ((await blueprint.count()) > 0) await blueprint.click();
    await step("A blueprint").getByText("Done").waitFor();
    const enrollment = page.getByRole("button", { name: "Make a test enrollment" });
    if ((await enrollment.count()) > 0) await enrollment.click();
    await step("An enrollment").getByText("Done").waitFor();
    await page.getByRole("img", { name: "Code of the enrollment link" }).waitFor();
    const link = (await step("The first device").textContent())?.match(/https?:\S+?\/enroll\/\w{64}\//)?.[0];
    const answer = await page.request.get(new URL(String(link)).pathname);
    expect(answer.headers()["content-type"]).toBe("application/x-apple-aspen-config");
    await step("Devices reach this server").getByRole("button", { name: "Test it" }).click();
    await step("Devices reach this server")
      .getByText(/answers at this address|does not work|No answer/)
      .waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  test("who may not make a blueprint finds the reason at the button", async () => {
    const page = await world.openAs(["mdm.view_enrolleddevice"], "/first-run");
    const address = page.getByRole("region", { name: "Devices reach this server" });
    const button = address.getByRole("button", { name: "Test it" });
    await button.waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    expect(await page.getByRole("img", { name: "Code of the enrollment link" }).count()).toBe(0);
  });
});
