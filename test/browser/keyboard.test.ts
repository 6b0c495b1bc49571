/** The console without a mouse: to the content, through the search, into dialogs and out again. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describeInBrowser } from "./console-world.ts";

/** What has the focus, by its name or its text; the content of the page by its id. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    // Evaluated in the page, which has what this program has not.
    const { document: shown } = globalThis as unknown as {
      document: {
        activeElement: { id: string; ariaLabel: string | null; localName: string; textContent: string };
      };
    };
    const { id, ariaLabel, localName, textContent } = shown.activeElement;
    if (id === "content") return id;
    return ariaLabel ?? (localName === "body" ? localName : textContent);
  });

/** Presses Tab until something has the focus; a page where it never has cannot be used. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches "${name}"`);
}

describeInBrowser("without a mouse", (world) => {
  test("a link jumps over the menu, and another page takes the focus to its content", async () => {
    const page = await world.openAs(null, "/tags");
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("content");
    await page.keyboard.press("Tab");
    expect(await focused(page)).toBe("Create tag");
    await page.reload();
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await tabTo(page, "Business units");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Business units", level: 1 }).waitFor();
    await expect.poll(() => focused(page)).toBe("content");
  });

  test("the search is a key away, its hits are chosen by arrows, and Escape leads back", async () => {
    await world.api.create("/api/inventory/tags/", { name: "Keyboardists" });
    const page = await world.openAs(null, "/taxonomies");
    await page.getByRole("heading", { name: "Taxonomies", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").locator("input:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").locator("input:focus").waitFor();
    await page.keyboard.type("Keyboardists");
    await page.getByRole("dialog").getByText("Keyboardists").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Keyboardists", level: 1 }).waitFor();
  });

  test("a dialog takes the focus, keeps it, and gives it back", async () => {
    await world.api.create("/api/inventory/tags/", { name: "Handled" });
    const page = await world.openAs(null, "/tags");
    await page.getByRole("link", { name: "Handled" }).waitFor();
    await tabTo(page, "Create tag");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.locator(":focus").waitFor({ state: "attached" });
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")).toBe(true);
    }
    // Where a field has a menu open, Escape closes that first.
    await dialog.getByRole("textbox", { name: "Name" }).focus();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => focused(page)).toBe("Create tag");
  });

  test("a row is chosen and deleted, and the menu of the account is used", async () => {
    await world.api.create("/api/inventory/tags/", { name: "Short-lived" });
    const page = await world.openAs(null, "/tags?search=Short");
    await page.getByRole("link", { name: "Short-lived" }).waitFor();
    await tabTo(page, "Select Short-lived");
    await page.keyboard.press("Space");
    await page.getByRole("region", { name: "1 selected" }).waitFor();
    await tabTo(page, "Delete");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("textbox").waitFor();
    await page.getByRole("dialog").getByRole("textbox").focus();
    await page.keyboard.type("delete 1");
    await page.keyboard.press("Enter");
    await page.getByText("All 1 are done.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Nothing found").waitFor();
    await page.reload();
    await page.getByText("Nothing found").waitFor();
    const account = page.getByRole("button", { name: /^Account/ });
    await tabTo(page, (await account.getAttribute("aria-label")) ?? "");
    await page.keyboard.press("Enter");
    // A key that comes before the focus does goes to the button.
    await page.getByRole("menu").locator(":focus").waitFor({ state: "attached" });
    await page.keyboard.press("ArrowDown");
    await page.getByRole("menu").locator("[role=menuitem]:focus").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });
});
