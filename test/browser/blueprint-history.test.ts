/** A blueprint's past: what changed, and the way back after a look at what devices would notice. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

const source = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>PayloadContent</key><array/>' +
    "<key>PayloadDisplayName</key><string>Saver</string><key>PayloadIdentifier</key><string>saver</string>" +
    "<key>PayloadScope</key><string>System</string><key>PayloadType</key><string>Configuration</string>" +
    `<key>PayloadUUID</key><string>${randomUUID()}</string><key>PayloadVersion</key><integer>1</integer></dict></plist>`,
).toString("base64");

describeInBrowser("the history of a blueprint", (world) => {
  test("is told change by change, and a former state is restored; a deletion says whom it concerns", async () => {
    const blueprints = "/api/mdm/blueprints/";
    const links = "/api/mdm/blueprint_artifacts/";
    const { id } = await world.api.create(blueprints, { name: "Lab", inventory_interval: 86_400 });
    const mac = await world.settledDevice("Mac");
    await world.call("POST", "/api/mdm/devices/assign_blueprint/", {
      blueprint: id,
      devices: [await world.idOf(mac)],
    });
    const artifact = await world.api.create("/api/mdm/artifacts/", {
      name: "Lab saver",
      type: "Profile",
      channel: "Device",
      platforms: ["macOS"],
    });
    const version = { artifact: textOf(artifact, "id"), source, version: 1, macos: true };
    await world.api.create("/api/mdm/profiles/", version);
    const link = { blueprint: id, artifact: artifact["id"], macos: true };
    const made = await world.api.create(links, { ...link, default_shard: 100 });
    await world.call("PUT", `${blueprints}${String(id)}/`, {
      name: "Laboratory",
      inventory_interval: 14_400,
    });
    await world.call("DELETE", `${links}${String(made["id"])}/`);

    const page = await world.openAs(null, `/blueprints/${String(id)}?tab=history`);
    await page.getByRole("listitem").nth(3).waitFor();
    await page.getByRole("button", { name: "What changed" }).nth(1).click();
    await page.locator("del", { hasText: "86400" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    // The newest is what is now; the third has the artifact and the first name.
    const restore = page.getByRole("listitem").nth(2).getByRole("button", { name: "Restore" });
    await restore.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 of 1 devices would notice").waitFor();
    expect(await dialog.locator("ins", { hasText: "Lab saver" }).count()).toBe(1);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Restore" }).click();
    await page.getByText("Lab is what it was.").waitFor();
    await page.getByRole("heading", { name: "Lab", level: 1, exact: true }).waitFor();
    const { body } = await world.call("GET", `${blueprints}${String(id)}/`);
    expect(body).toMatchObject({ name: "Lab", inventory_interval: 86_400 });
    await page.getByRole("tab", { name: "Artifacts" }).click();
    await page.getByRole("link", { name: "Lab saver" }).waitFor();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page
      .getByRole("dialog")
      .getByText(/Devices and users that have it now: [1-9]/)
      .waitFor();
  });

  test("what somebody has open stays open when others change the blueprint meanwhile", async () => {
    const { id } = await world.api.create("/api/mdm/blueprints/", { name: "Foundry" });
    await world.call("PUT", `/api/mdm/blueprints/${String(id)}/`, { name: "Forge" });
    const page = await world.openAs(null, "/account");
    const greeting = page.waitForResponse((response) => response.url().includes("/api/stream/"));
    await page.goto(`/blueprints/${String(id)}?tab=history`);
    const moments = page.locator("main ol > li");
    await page.getByRole("button", { name: "What changed" }).click();
    await page.locator("del", { hasText: "Foundry" }).waitFor();
    await moments.nth(1).getByRole("button", { name: "Restore" }).click();
    await page.getByRole("dialog").waitFor();
    await greeting;
    await world.call("PUT", `/api/mdm/blueprints/${String(id)}/`, { name: "Smithy" });
    await moments.nth(2).waitFor();
    await page.getByRole("dialog").locator("del", { hasText: "Smithy" }).waitFor();
    expect(await moments.locator("del", { hasText: "Foundry" }).count()).toBe(1);
  });

  test("who may only look is told why it cannot be restored", async () => {
    const { id } = await world.api.create("/api/mdm/blueprints/", { name: "Reading room" });
    await world.call("PUT", `/api/mdm/blueprints/${String(id)}/`, { name: "Library" });
    const page = await world.openAs(
      ["mdm.view_blueprint", "mdm.view_blueprintartifact", "core.view_event"],
      `/blueprints/${String(id)}?tab=history`,
    );
    const restore = page.getByRole("button", { name: "Restore" });
    await restore.waitFor();
    expect(await restore.getAttribute("aria-description")).toContain("mdm.change_blueprint");
  });
});
