/** Lists that the server pages: found, sorted, saved as a file, chosen and acted on, with each outcome told. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

async function downloadCsv(page: Page): Promise<string[]> {
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const file = await (await downloading).createReadStream();
  return (await file.toArray()).join("").trimEnd().split("\r\n");
}

/** Does something to all rows of the page, after it was typed. */
async function doToAll(
  page: Page,
  asked: { readonly button: string; readonly typed: string },
): Promise<void> {
  await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
  await page
    .getByRole("region", { name: / selected$/ })
    .getByRole("button", { name: asked.button })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(asked.typed);
  await dialog.getByRole("button", { name: asked.button }).click();
}

const rowsOf = (page: Page, name: RegExp) => page.getByRole("row", { name });

describeInBrowser("lists that the server pages", (world) => {
  test("artifacts are sorted, saved as shown, and deleted with what became of each", async () => {
    const made = { type: "Profile", channel: "Device", platforms: ["macOS"] };
    for (const name of ["Paged 1", "Paged 2", "Paged 3"])
      await world.api.create("/api/mdm/artifacts/", { ...made, name });
    const [held] = await world.api.list("/api/mdm/artifacts/?name=Paged%202");
    const blueprint = await world.api.create("/api/mdm/blueprints/", { name: "Holds it" });
    await world.api.create("/api/mdm/blueprint_artifacts/", {
      blueprint: blueprint["id"],
      artifact: held?.["id"],
      macos: true,
    });
    const page = await world.openAs(null, "/artifacts");
    await page.getByRole("searchbox").fill("paged");
    await page.waitForURL(/search=paged/);
    await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
    await page.waitForURL(/ordering=-name/);
    await page.locator('[aria-sort="descending"]').waitFor();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Changed" }).uncheck();
    await page.keyboard.press("Escape");
    await rowsOf(page, /Paged 3.*/).waitFor();
    // It is told while the file is written, for some seconds.
    const told = page.getByText("3 rows were downloaded.").waitFor();
    expect(await downloadCsv(page)).toEqual([
      "Name,Kind,Platforms,Channel",
      ...["3", "2", "1"].map((number) => `Paged ${number},Profile,macOS,the device`),
    ]);
    await told;
    await page.reload();
    await doToAll(page, { button: "Delete", typed: "delete 3" });
    await page.getByText("Done: 2. Not done: 1:").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Paged 2" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await rowsOf(page, /Paged 1/).waitFor({ state: "detached" });
    expect(await rowsOf(page, /Paged/).count()).toBe(1);
  });

  test("commands are found by device and state, saved, and taken back with what became of each", async () => {
    const phone = await world.settledDevice("iPhone", { supervision: "supervised" });
    const id = await world.idOf(phone);
    const { serialNumber } = phone.facts;
    for (const name of ["ProfileList", "CertificateList"])
      await world.api.create(`/api/mdm/devices/${id}/commands/`, { name });
    const page = await world.openAs(null, "/commands");
    await page.getByRole("searchbox", { name: "Serial number of a device" }).fill(serialNumber);
    await page.waitForURL(new RegExp(`serial_number=.*${serialNumber}`));
    await page.getByRole("combobox", { name: "State" }).click();
    await page.getByRole("option", { name: "Queued" }).click();
    await page.keyboard.press("Escape");
    await page.waitForURL(/state=/);
    await page.getByRole("status").filter({ hasText: "1–2 of 2" }).waitFor();
    await page.getByRole("columnheader", { name: "Ordered" }).getByRole("button").click();
    await page.waitForURL(/ordering=created_at/);
    expect(
      await page.getByRole("columnheader", { name: "State", exact: true }).getByRole("button").count(),
    ).toBe(0);
    const [head, ...lines] = await downloadCsv(page);
    expect(head).toBe("Command,Device,Serial number,State,Ordered,Answered");
    const own = ["CertificateList", "ProfileList"].map((name) =>
      [name, phone.facts.deviceName, serialNumber, "Queued"].join(","),
    );
    expect(lines.map((line) => line.split(",").slice(0, 4).join(",")).toSorted()).toEqual(own);
    await doToAll(page, { button: "Send again", typed: "send again 2" });
    await page.getByText("Done: 0. Not done: 2:").waitFor();
    await page.getByText("It is neither stuck nor put off by the device.").first().waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await doToAll(page, { button: "Take back", typed: "take back 2" });
    await page.getByText("All 2 are done.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await page.getByText("Nothing found.").waitFor();
    expect(await findViolations(page)).toEqual([]);
    const [one] = await world.api.list(`/api/mdm/devices/${id}/commands/?state=cancelled`);
    expect(textOf(one ?? {}, "state")).toBe("cancelled");
  });

  test("an enrollment leads to the devices that came in through it, and a blueprint to its enrollments", async () => {
    const mac = await world.settledDevice("Mac");
    const blueprint = await world.api.create("/api/mdm/blueprints/", { name: "For those who join" });
    const blueprintId = String(blueprint["id"]);
    const page = await world.openAs(null, `/enrollments/${world.enrollmentId}`);
    await page.getByRole("button", { name: "Devices" }).click();
    await page.waitForURL(/enrollment=/);
    await page.getByRole("row", { name: new RegExp(mac.facts.serialNumber) }).waitFor();
    await page.goto("/devices?enrollment=[999999]");
    await page.getByText("No device fits").waitFor();
    await page.goto(`/blueprints/${blueprintId}?tab=used-by`);
    await page.getByRole("region", { name: "Enrollments" }).getByText("none").waitFor();
    const own = await world.api.list("/api/mdm/ota_enrollments/");
    const { name, push_certificate: push, scep_issuer: issuer, enrollment_secret: secret } = own[0] ?? {};
    const { meta_business_unit: unit } = secret as Readonly<Record<string, unknown>>;
    await world.api.create("/api/mdm/ota_enrollments/", {
      name: `${String(name)} of the blueprint`,
      blueprint: blueprint["id"],
      push_certificate: push,
      scep_issuer: issuer,
      enrollment_secret: { meta_business_unit: unit },
    });
    await page.reload();
    await page.getByRole("link", { name: `${String(name)} of the blueprint` }).click();
    await page.waitForURL(/\/enrollments\/\d+/);
  });

  test("who may only look is told which right is missing, also at 360 points", async () => {
    const rights = ["mdm.view_devicecommand", "mdm.view_enrolleddevice"];
    const page = await world.openAs(rights, "/commands", { viewport: { width: 360, height: 740 } });
    await page.getByRole("checkbox", { name: "Select all rows of this page" }).check();
    const button = page.getByRole("button", { name: "Take back" });
    expect(await button.getAttribute("aria-description")).toContain("mdm.delete_devicecommand");
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    expect(await page.evaluate<number>(overflow)).toBe(0);
  });
});
