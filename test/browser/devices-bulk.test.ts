/** Actions on many devices at once: those that were chosen, and all that the list shows. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { describeInBrowser } from "./console-world.ts";
import { makeSampleFleet, type SampleFleet } from "./sample-fleet.ts";

const viewer = ["mdm.view_enrolleddevice", "mdm.view_devicecommand"];
const macsOnly = '/devices?platform=["macOS"]';

async function choosePage(page: Page): Promise<void> {
  await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
}

async function chooseCommand(page: Page, command: string): Promise<void> {
  await page.getByRole("button", { name: "Send a command" }).click();
  await page.getByRole("combobox", { name: "Command" }).click();
  await page.getByRole("option", { name: command, exact: true }).click();
}

const status = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text });

describeInBrowser("many devices in the console", (world) => {
  let fleet: SampleFleet;

  beforeAll(async () => {
    fleet = await makeSampleFleet(world);
  }, 120_000);

  test("all that match are locked, when their number was typed, each Mac with a PIN of its own", async () => {
    const macs = fleet.devices.filter(({ facts }) => facts.model === "Mac");
    const page = await world.openAs(null, `${macsOnly}&size=2`);
    await choosePage(page);
    await page.getByRole("region", { name: "2 devices selected" }).waitFor();
    await page.getByRole("button", { name: "Select all 3 that match" }).click();
    await page.getByRole("region", { name: "All 3 devices that match selected" }).waitFor();
    await chooseCommand(page, "Lock");
    await page.getByLabel("Message on the lock screen").fill("Bring me back");
    await page.getByRole("button", { name: "Go on" }).click();
    const confirm = page.getByRole("button", { name: "Lock now" });
    const typed = page.getByRole("dialog", { name: "Lock" }).getByRole("textbox");
    await typed.fill("2");
    expect(await confirm.isDisabled()).toBe(true);
    await typed.fill("3");
    await confirm.click();
    const targets = page.getByRole("table", { name: "What became of it" });
    await targets.waitFor();
    for (const mac of macs) await mac.pollUntilIdle();
    await page.getByText("Every device has answered").waitFor({ timeout: 30_000 });
    expect(await targets.getByText("Done").count()).toBe(macs.length);
    const told = (await page.getByRole("dialog").textContent()) ?? "";
    const pins = new Set<string>();
    for (const mac of macs) {
      const id = await world.idOf(mac);
      const { device_lock_pin: pin } = await world.api.read(`/api/mdm/devices/${id}/device_lock_pin/`);
      expect(mac.state.lock).toMatchObject({ pin, message: "Bring me back" });
      expect(told).not.toContain(String(pin));
      pins.add(String(pin));
    }
    expect(pins.size).toBe(macs.length);
  });

  test("what is selected by its filter is forgotten when the filter changes", async () => {
    const page = await world.openAs(null, `${macsOnly}&size=2`);
    await choosePage(page);
    await page.getByRole("button", { name: "Select all 3 that match" }).click();
    await page.getByRole("region", { name: "All 3 devices that match selected" }).waitFor();
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await page.getByRole("region", { name: "2 devices selected" }).waitFor();
    await page.getByRole("button", { name: "Clear the selection" }).click();
    expect(await page.getByRole("region", { name: /selected/ }).count()).toBe(0);
  });

  test("all that match get a tag", async () => {
    const page = await world.openAs(null, `${macsOnly}&size=2`);
    await choosePage(page);
    await page.getByRole("button", { name: "Select all 3 that match" }).click();
    await page.getByRole("button", { name: "Change tags" }).click();
    const dialog = page.getByRole("dialog", { name: "Change tags" });
    await dialog.getByRole("combobox", { name: "Add" }).click();
    await page.getByRole("option", { name: "Lisbon" }).click();
    // The choices lie over the button until their field is left.
    const change = dialog.getByRole("button", { name: "Change tags" });
    await change.focus();
    await change.press("Enter");
    await page.getByText("The tags of 3 devices were changed.").waitFor();
  });

  test("lost mode needs something to say", async () => {
    const page = await world.openAs(null, '/devices?platform=["iOS"]');
    await choosePage(page);
    await chooseCommand(page, "Turn lost mode on");
    await page.getByText("A message or a phone number is needed.").waitFor();
    const goOn = page.getByRole("button", { name: "Go on" });
    expect(await goOn.isDisabled()).toBe(true);
    await page.getByLabel("Phone number on the lock screen").fill("+49 30 1234");
    await goOn.click();
    await page.getByRole("dialog", { name: "Turn lost mode on" }).getByRole("textbox").fill("3");
    await page.getByRole("button", { name: "Turn lost mode on now" }).click();
    await page.getByRole("table", { name: "What became of it" }).waitFor();
  });

  test("with the keyboard alone, and on a phone, rows are chosen and acted on", async () => {
    const page = await world.openAs(null, macsOnly, { viewport: { width: 360, height: 740 } });
    await page.getByRole("combobox", { name: "Sort by" }).click();
    await page.getByRole("option", { name: "Device, descending" }).click();
    await page.waitForURL(/ordering=-name/);
    const names = fleet.devices
      .filter(({ facts }) => facts.model === "Mac")
      .map(({ facts }) => facts.deviceName);
    // A row that moves loses the focus.
    await page
      .getByRole("listitem")
      .first()
      .getByText(names.toSorted().at(-1) ?? "")
      .waitFor();
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    await page.getByRole("region", { name: "3 devices selected" }).waitFor();
    await page.getByRole("button", { name: "Clear the selection" }).click();
    const first = page
      .getByRole("listitem")
      .first()
      .getByRole("checkbox", { name: /^Select / });
    await first.focus();
    await page.keyboard.press("Space");
    await page.getByRole("region", { name: "1 device selected" }).waitFor();
    const send = page.getByRole("button", { name: "Send a command" });
    await send.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Send a command" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate<number>(overflow)).toBe(0);
  });

  test("who may only look selects, and is told which right is missing", async () => {
    const page = await world.openAs(viewer, macsOnly);
    await choosePage(page);
    const send = page.getByRole("button", { name: "Send a command" });
    expect(await send.getAttribute("aria-description")).toBe(
      'Your account lacks the right "mdm.add_devicecommand".',
    );
    const refused = await page.request.post("/api/mdm/bulk_commands/", {
      data: { name: "DeviceLock", matching: {} },
    });
    expect(refused.status()).toBe(403);
  });

  test("all commands say which device they are for, and lead to it", async () => {
    const page = await world.openAs(viewer, "/commands");
    const { serialNumber, deviceName } = fleet.mac.facts;
    const row = page.getByRole("row", { name: new RegExp(serialNumber) }).first();
    await row.getByRole("link", { name: deviceName }).click();
    await page.getByRole("heading", { name: deviceName, level: 1 }).waitFor();
  });

  test("more than are counted are said to be more, paged through, and not locked by number", async () => {
    await world.app.foundation.database.transaction((tx) =>
      tx.run(sql`
        insert into devices (udid, serial_number, name, platform, os_version, push_certificate_id, token, created_at,
                             updated_at)
        select 'CROWD-' || n, 'CROWD' || n, 'Crowd ' || n, 'tvOS', '26.1', (select min(id) from push_certificates),
               '\\x00', ${world.clock.now()}::timestamptz - interval '1 day', ${world.clock.now()}
          from generate_series(1, 10090) n`),
    );
    const page = await world.openAs(null, "/devices?search=crowd&page=201");
    await status(page, "10,001–10,050 of 10,000+").waitFor();
    await page.getByRole("button", { name: "Next page" }).click();
    await status(page, "10,051–10,090 of 10,000+").waitFor();
    await vi.waitFor(
      async () => expect(await page.getByRole("button", { name: "Next page" }).isDisabled()).toBe(true),
      { timeout: 30_000 },
    );
    await choosePage(page);
    await page.getByRole("button", { name: "Select all 10,000+ that match" }).click();
    await chooseCommand(page, "Restart");
    await page.getByText("There are too many to be counted.").waitFor();
    expect(await page.getByRole("button", { name: "Go on" }).isDisabled()).toBe(true);
    await page.goto("/devices?search=crowd&page=203");
    await page.getByText("No device fits").waitFor();
    await page.getByRole("button", { name: "Previous page" }).click();
    await status(page, "10,051–10,090 of 10,000+").waitFor();
    await page.goto("/devices?search=crowd%201009&size=25");
    await choosePage(page);
    expect(await page.getByRole("button", { name: /that match/ }).count()).toBe(0);
  });
});
