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

  test("a list is chosen, sorted and saved as its address says, and several are deleted at once", async () => {
    const { id: taxonomy } = await world.api.create("/api/inventory/taxonomies/", { name: "Rollout" });
    for (const name of ["Ring 1", "Ring 2", "Ring 10"])
      await world.api.create("/api/inventory/tags/", { name, taxonomy });
    await world.api.create("/api/inventory/tags/", { name: "Loose" });
    const page = await world.openAs(null, "/tags");
    await page.getByRole("combobox", { name: "Taxonomy" }).click();
    await page.getByRole("option", { name: "Rollout" }).click();
    const titles = (): Promise<string[]> =>
      page.locator("main table tbody a[href^='/tags/']").allTextContents();
    await expect.poll(titles).toEqual(["Ring 1", "Ring 2", "Ring 10"]);
    expect(page.url()).toMatch(/where=/);
    await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
    await expect.poll(titles).toEqual(["Ring 10", "Ring 2", "Ring 1"]);
    expect(page.url()).toMatch(/ordering=-title/);

    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Colour" }).uncheck();
    await page.keyboard.press("Escape");
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const file = await (await downloading).createReadStream();
    const text = (await file.toArray()).join("");
    expect(text.split("\r\n").slice(0, 2)).toEqual(["Name,Taxonomy,Business unit", "Ring 10,Rollout,"]);

    await page.reload();
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    await page.getByRole("region", { name: "3 selected" }).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("delete 3");
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Delete" }).click();
    await dialog.getByText("All 3 are done.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("Nothing found").waitFor();
    await page.goto("/tags");
    await page.getByRole("link", { name: "Loose" }).waitFor();
  });

  test("who may not delete finds the reason at the button, and what cannot be deleted says why", async () => {
    await world.api.create("/api/inventory/tags/", { name: "Kept" });
    const reader = await world.openAs(["inventory.view_tag", "inventory.view_taxonomy"], "/tags");
    await reader.getByRole("checkbox").nth(1).check();
    const button = reader.getByRole("region", { name: "1 selected" }).getByRole("button", { name: "Delete" });
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    const page = await world.openAs(null, "/roles");
    await page.getByRole("checkbox", { name: "Select Viewer" }).check();
    await page.getByRole("region", { name: "1 selected" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("delete 1");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText("It comes with the server.").waitFor();
  });

  test("an object says what it is used by, as far as one may see it", async () => {
    const [issuer] = await world.api.list("/api/mdm/scep_issuers/");
    const path = `/scep-issuers/${String(issuer?.["id"])}?tab=used-by`;
    const page = await world.openAs(null, path);
    const enrollments = page.getByRole("region", { name: "Enrollments" });
    await enrollments.getByRole("link", { name: "Stories" }).waitFor();
    await page.getByRole("region", { name: "Certificate artifacts" }).getByText("none").waitFor();
    expect(await findViolations(page)).toEqual([]);
    await enrollments.getByRole("link", { name: "Stories" }).click();
    await page.getByRole("heading", { name: "Stories", level: 1 }).waitFor();
    const reader = await world.openAs(["mdm.view_scepissuer"], path);
    await reader.getByRole("region", { name: "Enrollments" }).getByText("mdm.view_otaenrollment").waitFor();
    expect(await reader.getByRole("link", { name: "Stories" }).count()).toBe(0);
  });

  test("what is on its way says so, to everybody", async () => {
    const [issuer] = await world.api.list("/api/mdm/scep_issuers/");
    const path = `/scep-issuers/${String(issuer?.["id"])}`;
    const page = await world.openAs(null, "/account");
    for (const [held, tab] of [
      ["scep_issuers", ""],
      ["ota_enrollments", "?tab=used-by"],
    ]) {
      // What is never answered is always on its way.
      await page.route(`**/api/mdm/${held}/**`, () => undefined);
      await page.goto(path + tab);
      await page.getByRole("status", { name: "Loading" }).first().waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.unrouteAll();
    }
  });

  test("accounts are deactivated several at a time", async () => {
    await world.api.create("/api/accounts/users/", { username: "leaver-1", email: "l1@example.com" });
    await world.api.create("/api/accounts/users/", { username: "leaver-2", email: "l2@example.com" });
    const page = await world.openAs(null, "/users?search=leaver");
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    await page
      .getByRole("region", { name: "2 selected" })
      .getByRole("button", { name: "Deactivate" })
      .click();
    await page.getByRole("dialog").getByRole("textbox").fill("deactivate 2");
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByRole("dialog").getByText("All 2 are done.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("combobox", { name: "State" }).click();
    await page.getByRole("option", { name: "inactive" }).click();
    await page.getByRole("link", { name: "leaver-2" }).waitFor();
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
