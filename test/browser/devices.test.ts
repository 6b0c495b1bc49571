import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { describeInBrowser } from "./console-world.ts";
import { makeSampleFleet, type SampleFleet } from "./sample-fleet.ts";

const viewer = ["mdm.view_enrolleddevice", "mdm.view_devicecommand"];

/** Fills the search of a list; the list follows after a pause. */
async function search(page: Page, word: string): Promise<void> {
  await page.getByRole("searchbox").fill(word);
}

const rows = (page: Page) => page.getByRole("table", { name: "Devices" }).getByRole("row");

describeInBrowser("devices in the console", (world) => {
  let fleet: SampleFleet;

  beforeAll(async () => {
    fleet = await makeSampleFleet(world);
  }, 120_000);

  test("a device is found by its serial number, and the address keeps what was searched", async () => {
    const page = await world.openAs(null, "/devices");
    const { serialNumber, deviceName } = fleet.mac.facts;
    await search(page, serialNumber.toLowerCase());
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(2), { timeout: 10_000 });
    expect(new URL(page.url()).searchParams.get("search")).toBe(serialNumber.toLowerCase());
    await page.reload();
    await page.getByRole("link", { name: deviceName }).click();
    await page.getByRole("heading", { name: deviceName, level: 1 }).waitFor();
    await page.getByText("1 artifact failed.").waitFor();
  });

  test("filters narrow the list and are taken away again, and the file has the same devices", async () => {
    const page = await world.openAs(null, '/devices?platform=["iOS"]');
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(4), { timeout: 10_000 });
    const href = await page.getByRole("link", { name: "Download CSV" }).getAttribute("href");
    const csv = await (await page.request.get(href ?? "")).text();
    expect(csv.trim().split("\n")).toHaveLength(4);
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(fleet.devices.length + 1), {
      timeout: 10_000,
    });
    expect(new URL(page.url()).search).toBe("");
  });

  test("columns that a person chose are there the next time", async () => {
    const page = await world.openAs(null, "/devices");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "UDID" }).check();
    await page.reload();
    await page.getByRole("columnheader", { name: "UDID" }).waitFor();
  });

  test("a view is saved, shared, and opened by somebody else", async () => {
    const page = await world.openAs(null, '/devices?platform=["tvOS"]');
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Televisions");
    await page.getByRole("checkbox", { name: "Everybody may use it" }).check();
    await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("The view “Televisions” was saved.").waitFor();
    const other = await world.openAs(viewer, "/devices");
    await other.getByRole("button", { name: "Views" }).click();
    await other.getByRole("button", { name: "Televisions" }).click();
    await vi.waitFor(async () => expect(await rows(other).count()).toBe(2), { timeout: 10_000 });
  });

  test("a command for several devices shows what becomes of it on each", async () => {
    const page = await world.openAs(null, '/devices?platform=["macOS"]');
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    await page.getByRole("button", { name: "Send a command" }).click();
    await page.getByRole("combobox", { name: "Command" }).click();
    await page.getByRole("option", { name: "Ask for profiles" }).click();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    const targets = page.getByRole("table", { name: "What became of it" });
    await targets.waitFor();
    const macs = fleet.devices.filter(({ facts }) => facts.model === "Mac");
    for (const { facts } of macs) await targets.getByRole("link", { name: facts.serialNumber }).waitFor();
    for (const mac of macs) await mac.pollUntilIdle();
    await page.getByText("Every device has answered").waitFor({ timeout: 30_000 });
    expect(await targets.getByText("Done").count()).toBe(macs.length);
  });

  test("a Mac is locked with a PIN that nobody chose, shown once and kept among the secrets", async () => {
    const page = await world.openAs(null, `/devices/${fleet.macId}`);
    await page.getByRole("button", { name: "Lock", exact: true }).click();
    await page.getByLabel("Message on the lock screen").fill("Bring me back");
    await page.getByRole("button", { name: "Lock now" }).click();
    const dialog = page.getByRole("dialog", { name: "The PIN of this Mac" });
    const pin = /\d{6}/.exec((await dialog.textContent()) ?? "")?.[0];
    expect(pin).toMatch(/^\d{6}$/);
    await fleet.mac.pollUntilIdle();
    await page.goto(`/devices/${fleet.macId}?tab=secrets`);
    await page.getByRole("button", { name: "Reveal: PIN that unlocks the Mac" }).click();
    await page.getByText(pin ?? "").waitFor();
  });

  test("erasing needs the serial number, letter by letter", async () => {
    const device = fleet.devices.at(-1);
    const id = device === undefined ? 0 : await world.idOf(device);
    const page = await world.openAs(null, `/devices/${id}`);
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Erase" }).click();
    const confirm = page.getByRole("button", { name: "Erase now" });
    const typed = page.getByRole("dialog").getByRole("textbox");
    await typed.fill(device?.facts.serialNumber.toLowerCase() ?? "");
    expect(await confirm.isDisabled()).toBe(true);
    await typed.fill(device?.facts.serialNumber ?? "");
    await confirm.click();
    await page.getByRole("tab", { name: "Commands" }).click();
    await page.getByRole("button", { name: "EraseDevice" }).waitFor();
    await page
      .getByRole("row", { name: /EraseDevice/ })
      .getByRole("button", { name: "Cancel" })
      .click();
    await page.getByText("EraseDevice was taken back.").waitFor();
  });

  test("a failed artifact says why in plain words, and is tried again with one click", async () => {
    const page = await world.openAs(null, `/devices/${fleet.macId}`);
    const kiosk = page.getByRole("row", { name: /Kiosk/ });
    await kiosk.getByText("There is another App Lock on the device").waitFor();
    await kiosk.getByRole("button", { name: "Try again: Kiosk" }).click();
    await page.getByText("“Kiosk” is tried again.").waitFor();
    await vi.waitFor(async () => expect(await kiosk.getByText("Failed", { exact: true }).count()).toBe(0), {
      timeout: 10_000,
    });
  });

  test("who may only look sees everything, and why nothing can be done", async () => {
    const page = await world.openAs(viewer, `/devices/${fleet.macId}?tab=secrets`);
    const lock = page.getByRole("button", { name: "Lock", exact: true });
    await lock.waitFor();
    expect(await lock.getAttribute("aria-disabled")).toBe("true");
    expect(await lock.getAttribute("aria-description")).toBe(
      'Your account lacks the right "mdm.add_devicecommand".',
    );
    await lock.click({ force: true });
    expect(await page.getByRole("dialog").count()).toBe(0);
    const reveal = page.getByRole("button", { name: "Reveal: PIN that unlocks the Mac" });
    expect(await reveal.getAttribute("aria-description")).toContain("mdm.view_device_lock_pin");
    const refused = await page.request.get(`/api/mdm/devices/${fleet.macId}/device_lock_pin/`);
    expect(refused.status()).toBe(403);
  });

  test("who may see nothing sees no menu of it, and a refusal instead of a page", async () => {
    const page = await world.openAs(["inventory.view_tag"], "/devices");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("navigation", { name: "Main" }).getByText("Devices").count()).toBe(0);
  });
});
