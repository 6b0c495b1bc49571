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
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(2), { timeout: 30_000 });
    expect(new URL(page.url()).searchParams.get("search")).toBe(serialNumber.toLowerCase());
    await page.reload();
    await page.getByRole("link", { name: deviceName }).click();
    await page.getByRole("heading", { name: deviceName, level: 1 }).waitFor();
    await page.getByText("1 artifact failed.").waitFor();
  });

  test("filters narrow the list and are taken away again, and the file has the same devices", async () => {
    const page = await world.openAs(null, '/devices?platform=["iOS"]');
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(4), { timeout: 30_000 });
    const href = await page.getByRole("link", { name: "Download CSV" }).getAttribute("href");
    const csv = await (await page.request.get(href ?? "")).text();
    expect(csv.trim().split("\n")).toHaveLength(4);
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(fleet.devices.length + 1), {
      timeout: 30_000,
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
    await vi.waitFor(async () => expect(await rows(other).count()).toBe(2), { timeout: 30_000 });
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
      timeout: 30_000,
    });
  });

  test("a secret is read with a reason, which the activity tells, and hides itself", async () => {
    const [, , , other] = fleet.devices;
    const id = other === undefined ? 0 : await world.idOf(other);
    await world.call("POST", `/api/mdm/devices/${id}/lock/`, { pin: "604213" });
    await other?.pollUntilIdle();
    const page = await world.openAs(null, "/account");
    await page.clock.install();
    await page.goto(`/devices/${id}?tab=secrets`);
    await page.getByLabel("Why you read it").fill("Ticket 4711");
    const reveal = page.getByRole("button", { name: "Reveal: PIN that unlocks the Mac" });
    await reveal.click();
    await page.getByText("604213").waitFor();
    await page.clock.fastForward(61_000);
    await reveal.waitFor();
    expect(await page.getByText("604213").count()).toBe(0);
    await reveal.click();
    await page.getByText("604213").waitFor();
    await page.getByRole("tab", { name: "Activity" }).click();
    await page
      .getByText(/read the lock PIN: “Ticket 4711”/)
      .first()
      .waitFor();
    expect(await page.getByText("604213").count()).toBe(0);
    await page.getByRole("tab", { name: "Secrets" }).click();
    await reveal.waitFor();
    expect(await page.getByText("604213").count()).toBe(0);
  });

  test("a command shows what was sent without its secrets, what came back, and Apple's errors in words", async () => {
    const page = await world.openAs(null, `/devices/${fleet.macId}?tab=commands`);
    await page.getByRole("button", { name: "DeviceLock" }).first().click();
    const sent = page.getByRole("region", { name: "What was sent" });
    await sent.waitFor();
    expect(JSON.parse((await sent.textContent()) ?? "")).toEqual({
      RequestType: "DeviceLock",
      Message: "Bring me back",
      PIN: "<redacted>",
    });
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "ShutDownDevice" }).first().click();
    await page.getByRole("dialog").getByText("The device does not know this command.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "InstallProfile" }).first().click();
    await page
      .getByRole("dialog")
      .getByRole("link", { name: /, version 1$/ })
      .waitFor();
  });

  test("the answer that is kept is a file", async () => {
    const [, phone] = fleet.devices;
    const id = phone === undefined ? 0 : await world.idOf(phone);
    const page = await world.openAs(null, `/devices/${id}`);
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Custom command (expert)" }).click();
    const command = "<dict><key>RequestType</key><string>ProfileList</string></dict>";
    await page.getByLabel("Property list").fill(command);
    await page.getByRole("button", { name: /^Custom command .* now$/ }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await phone?.pollUntilIdle();
    await page.getByRole("tab", { name: "Commands" }).click();
    await page.getByRole("button", { name: "CustomCommand" }).first().click();
    const href = await page.getByRole("link", { name: "Download the answer" }).getAttribute("href");
    const file = await page.request.get(href ?? "");
    expect(file.headers()["content-disposition"]).toContain("-result.plist");
    expect((await file.body()).subarray(0, 6).toString()).toBe("bplist");
  });

  test("the page follows its device without being loaded again, and asks for nothing of others", async () => {
    const [, , other, , , , mac] = fleet.devices;
    if (mac === undefined || other === undefined) throw new Error("The fleet has eight devices");
    const id = await world.idOf(mac);
    const page = await world.openAs(null, "/account");
    const following = page.waitForResponse((response) =>
      response.url().includes("/api/stream/?serial_number="),
    );
    await page.goto(`/devices/${id}?tab=commands`);
    await page.getByRole("tab", { name: "Commands" }).waitFor();
    await following;
    const paths: string[] = [];
    page.on("request", (request) => paths.push(new URL(request.url()).pathname));
    await world.order(other, "CertificateList");
    await world.order(mac, "ProvisioningProfileList");
    await page.getByRole("button", { name: "ProvisioningProfileList" }).waitFor();
    await mac.pollUntilIdle();
    await page
      .getByRole("row", { name: /ProvisioningProfileList/ })
      .getByText("Answered", { exact: true })
      .waitFor();
    expect(new Set(paths.filter((path) => /^\/api\/mdm\/devices\/\d/.test(path)))).toEqual(
      new Set([
        `/api/mdm/devices/${id}/`,
        `/api/mdm/devices/${id}/commands/`,
        `/api/mdm/devices/${id}/artifacts/`,
      ]),
    );
    world.clock.advance(90);
    await mac.pollUntilIdle();
    const now = world.clock.now().toISOString();
    await page.locator(`time[datetime="${now}"]`).first().waitFor();
  });

  test("the enrollments of a device say how it came, when, and with which certificate", async () => {
    const page = await world.openAs(viewer, `/devices/${fleet.macId}?tab=sessions`);
    const row = page.getByRole("table", { name: "Enrollments" }).getByRole("row").nth(1);
    await row.getByText("Current", { exact: true }).waitFor();
    await row.getByText("By a profile").waitFor();
    await row.getByRole("button", { name: "Copy: Certificate" }).waitFor();
  });

  test("a user under management has artifacts and commands of their own", async () => {
    const mac = fleet.devices[6];
    if (mac === undefined) throw new Error("The fleet has eight devices");
    await mac.pollUntilIdle("user");
    const [user] = (await world.detailOf(mac))["users"] as readonly {
      id: number;
      short_name: string;
    }[];
    await world.call("POST", `/api/mdm/users/${user?.id ?? 0}/commands/`, { name: "ProfileList" });
    const page = await world.openAs(
      [...viewer, "mdm.view_usercommand", "mdm.delete_usercommand"],
      `/devices/${await world.idOf(mac)}?tab=users`,
    );
    await page.getByRole("button", { name: `Artifacts and commands of ${user?.short_name}` }).click();
    await page.getByText("No artifacts for this user").waitFor();
    await page.getByText("Commands", { exact: true }).last().click();
    await page.getByRole("button", { name: "ProfileList" }).click();
    await page.getByRole("region", { name: "What was sent" }).getByText("ProfileList").waitFor();
    await page.keyboard.press("Escape");
    const row = page.getByRole("row", { name: /ProfileList/ }).first();
    await row.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("ProfileList was taken back.").waitFor();
    await row.getByText("Cancelled").waitFor();
    await page.getByRole("button", { name: "All users" }).click();
    await page.getByRole("heading", { name: "Accounts on the device" }).waitFor();
    const may = await page
      .getByRole("button", { name: "Ask for the accounts" })
      .getAttribute("aria-disabled");
    expect(may).toBe("true");
  });

  test("an account is deleted after its name was typed, and unlocked at once", async () => {
    const mac = await world.settledDevice("Mac", { supervision: "supervised" });
    const id = await world.idOf(mac);
    const page = await world.openAs(null, `/devices/${id}?tab=users`);
    await page.getByRole("button", { name: "Ask for the accounts" }).click();
    await page.getByText("The device is asked for its accounts.").waitFor();
    await mac.pollUntilIdle();
    const accounts = page.getByRole("table", { name: "Accounts on the device" });
    await accounts.waitFor();
    const name = mac.facts.user?.shortName ?? "";
    await accounts.getByRole("button", { name: `Unlock ${name}` }).click();
    await page.getByText(`${name} is unlocked as soon as the Mac is reached.`).waitFor();
    await accounts.getByRole("button", { name: `Delete ${name}` }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByRole("button", { name: "Delete the account" }).isDisabled()).toBe(true);
    await dialog.getByRole("textbox").fill(name);
    await dialog.getByRole("button", { name: "Delete the account" }).click();
    await page.getByText(`${name} is deleted as soon as the device is reached.`).waitFor();
    const queued = await world.api.list(`/api/mdm/devices/${id}/commands/?state=queued`);
    // The clock stands still, so neither is the newer one.
    expect(new Set(queued.map((command) => command["name"]))).toEqual(
      new Set(["DeleteUser", "UnlockUserAccount"]),
    );
  });

  test("actions that a device cannot take say why, and management is removed after its serial number", async () => {
    const phone = fleet.devices[4];
    if (phone === undefined) throw new Error("The fleet has eight devices");
    const page = await world.openAs(null, `/devices/${await world.idOf(phone)}`);
    await page.getByRole("button", { name: "More actions" }).click();
    const logOut = page.getByRole("menuitem", { name: "Log the user out" });
    expect(await logOut.getAttribute("aria-description")).toBe("Only Shared iPads.");
    await page.getByRole("menuitem", { name: "Remove management" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(phone.facts.serialNumber);
    await dialog.getByRole("button", { name: "Remove management now" }).click();
    await dialog.waitFor({ state: "detached" });
    await phone.pollUntilIdle();
    expect(phone.state.leftBecause).toBe("checked_out");
    await page.getByText("It left management. Only a new enrollment brings it back.").waitFor();
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
