/** From a file to devices: an artifact, a blueprint, for whom it is, a further version, and the way back. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

function profile(idleSeconds: number): { name: string; mimeType: string; buffer: Buffer } {
  const head = '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>';
  const payload =
    "<key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.screensaver</string>" +
    `<key>idleTime</key><integer>${idleSeconds}</integer><key>PayloadIdentifier</key><string>saver.1</string>` +
    `<key>PayloadUUID</key><string>${randomUUID()}</string><key>PayloadVersion</key><integer>1</integer></dict></array>`;
  const rest =
    "<key>PayloadDisplayName</key><string>Screen saver</string><key>PayloadIdentifier</key><string>saver</string>" +
    "<key>PayloadScope</key><string>System</string><key>PayloadType</key><string>Configuration</string>" +
    `<key>PayloadUUID</key><string>${randomUUID()}</string><key>PayloadVersion</key><integer>1</integer></dict></plist>`;
  return {
    name: "saver.mobileconfig",
    mimeType: "application/octet-stream",
    buffer: Buffer.from(head + payload + rest),
  };
}

async function dropProfile(page: Page, idleSeconds: number): Promise<void> {
  await page.locator("input[type=file]").setInputFiles(profile(idleSeconds));
}

describeInBrowser("blueprints and artifacts", (world) => {
  beforeAll(async () => {
    const mac = await world.settledDevice("Mac");
    const { id } = await world.api.create("/api/mdm/blueprints/", { name: "Studio" });
    const devices = [await world.idOf(mac)];
    await world.call("POST", "/api/mdm/devices/assign_blueprint/", { blueprint: id, devices });
  }, 60_000);

  test("a dropped profile becomes an artifact, and is put in a blueprint after a look at what happens", async () => {
    const page = await world.openAs(null, "/artifacts/add");
    await dropProfile(page, 300);
    await page.getByText("This is a profile.").waitFor();
    expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Screen saver");
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Add artifact" }).click();
    await page.getByRole("heading", { name: "Screen saver", level: 1 }).waitFor();

    await page.getByRole("tab", { name: "Used by" }).click();
    await page.getByRole("button", { name: "Add to a blueprint" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Blueprint" }).click();
    await page.getByRole("option", { name: "Studio" }).click();
    await dialog.getByText("1 of 1 devices would notice").waitFor();
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("textbox", { name: "Share of devices" }).fill("0");
    await dialog.getByText("No device would notice.").waitFor();
    await dialog.getByRole("button", { name: "Add artifact" }).click();
    await page.getByText("0 % of devices").waitFor();
  });

  test("versions are compared, and an older one is restored as the newest", async () => {
    const page = await world.openAs(null, "/artifacts");
    await page.getByRole("link", { name: "Screen saver" }).click();
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "New version", exact: true }).click();
    await dropProfile(page, 600);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("This is a profile.").waitFor();
    await dialog.getByRole("button", { name: "New version", exact: true }).click();
    await page.getByText("Version 2", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Compare with the one before" }).click();
    await page.getByText("<integer>600</integer>").waitFor();
    expect(await page.locator("del", { hasText: "<integer>300</integer>" }).count()).toBe(1);
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await page.getByText("Version 3", { exact: true }).waitFor();
  });

  test("a file of another kind is no version, and a file of no kind is told in words", async () => {
    const page = await world.openAs(null, "/artifacts/add");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Hello") });
    await page.getByText("This is no file that devices can be given").waitFor();
  });

  test("a blueprint is cloned with its artifacts", async () => {
    const page = await world.openAs(null, "/blueprints");
    await page.getByRole("link", { name: "Studio" }).click();
    await page.getByRole("button", { name: "Clone" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Clone" }).click();
    await page.getByRole("heading", { name: "Studio copy", level: 1 }).waitFor();
    await page.getByRole("tab", { name: "Artifacts" }).click();
    await page.getByRole("link", { name: "Screen saver" }).waitFor();
  });

  test("who may only look is told why nothing can be changed", async () => {
    const page = await world.openAs(
      ["mdm.view_blueprint", "mdm.view_blueprintartifact", "mdm.view_artifact", "mdm.view_enrolleddevice"],
      "/blueprints",
    );
    await page.getByRole("link", { name: "Studio", exact: true }).click();
    const edit = page.getByRole("button", { name: "Edit" });
    expect(await edit.getAttribute("aria-description")).toContain("mdm.change_blueprint");
    await edit.click({ force: true });
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
  });
});
