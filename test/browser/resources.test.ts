/** Objects made, changed and deleted through the pages that come from descriptions; one of each group. */
import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

describeInBrowser("resources", (world) => {
  test("a tag is made, renamed, found and deleted, and its activity tells so", async () => {
    const page = await world.openAs(null, "/tags");
    await page.getByRole("button", { name: "Create tag" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name" }).fill("Pilots");
    await dialog.getByRole("button", { name: "Create tag" }).click();
    await page.getByRole("heading", { name: "Pilots", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Test pilots");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Test pilots", level: 1 }).waitFor();
    await page.getByRole("tab", { name: "Activity" }).click();
    await page.getByText(/created the tag/).waitFor();

    await page.getByRole("link", { name: "Tags" }).first().click();
    await page.getByRole("searchbox", { name: "Search tags" }).fill("pil");
    await page.waitForURL(/search=pil/);
    await page.getByRole("link", { name: "Test pilots" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    const remove = dialog.getByRole("button", { name: "Delete" });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill("Test pilots");
    await remove.click();
    await page.waitForURL(/\/tags$/);
  });

  test("what the API refuses is said at the field", async () => {
    await world.api.create("/api/mdm/filevault_configs/", {
      name: "Escrow",
      escrow_location_display_name: "Here",
    });
    const page = await world.openAs(null, "/filevault-configs");
    await page.getByRole("button", { name: "Create configuration" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Escrow");
    await dialog.getByRole("button", { name: "Create configuration" }).click();
    await dialog.locator("[aria-invalid=true]").first().waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  test("an enrollment is offered as a link and a code, and revoked after its name was typed", async () => {
    const page = await world.openAs(null, `/enrollments/${world.enrollmentId}?tab=invite`);
    await page.getByRole("img", { name: /code/i }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Revoke" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("Stories");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("Stories was revoked.").waitFor();
  });

  test("a service account gets its token once", async () => {
    const page = await world.openAs(null, "/users");
    await page.getByRole("button", { name: "Create account" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Username" }).fill("inventory-sync");
    await dialog.getByRole("textbox", { name: "E-mail address" }).fill("sync@example.com");
    await dialog.getByRole("switch", { name: /It is a service account/ }).click({ force: true });
    await dialog.getByRole("button", { name: "Create account" }).click();
    await page.getByText("It is shown this once.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("heading", { name: "inventory-sync", level: 1 }).waitFor();
  });

  test("the log is filtered by its address", async () => {
    const page = await world.openAs(null, "/activity?type=zentral_audit&actor=user");
    await page
      .getByText(/created the account|created the tag|gave|created/)
      .first()
      .waitFor();
    const downloaded = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download as CSV" }).click();
    expect((await downloaded).suggestedFilename()).toBe("events.csv");
  });
});
