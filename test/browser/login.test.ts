import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

describeInBrowser("the door of the console", (world) => {
  test("a page behind the door leads to the login, and the login back to it", async () => {
    const page = await world.open();
    await page.goto("/devices?ordering=-last_seen_at");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(new URL(page.url()).searchParams.get("next")).toBe("/devices?ordering=-last_seen_at");
  });

  test("a wrong password is told in words, without saying which of the two was wrong", async () => {
    const page = await world.open();
    await page.goto("/login");
    await page.getByLabel("Username").fill("nobody");
    await page.getByRole("textbox", { name: "Password" }).fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).not.toMatch(/nobody|unknown user/i);
    expect(await findViolations(page)).toEqual([]);
  });

  test("who is logged in finds the menu by keyboard, and gets out", async () => {
    const page = await world.openAs(null, "/devices");
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
    await page.getByRole("button", { name: /Account/ }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.goto("/devices");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });
});
