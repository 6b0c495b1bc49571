/** Profiles with several payloads in the form: added, ordered, removed, and nothing of them is lost. */
import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

type Json = Readonly<Record<string, unknown>>;

const common = (type: string, identifier: string): string =>
  `<key>PayloadType</key><string>${type}</string><key>PayloadIdentifier</key><string>${identifier}</string>` +
  `<key>PayloadUUID</key><string>${randomUUID()}</string><key>PayloadVersion</key><integer>1</integer>`;

const mixed = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>
  <key>PayloadContent</key><array>
    <dict>${common("com.apple.security.firewall", "one")}<key>EnableFirewall</key><true/>
      <key>HouseKey</key><data>AAECAw==</data></dict>
    <dict>${common("com.example.house.app", "two")}<key>Ratio</key><real>1</real><key>Since</key><date>2026-01-02T03:04:05Z</date></dict>
    <dict>${common("com.apple.wifi.managed", "three")}<key>SSID_STR</key><string>Orchard</string>
      <key>EncryptionType</key><string>WPA3</string><key>Password</key><string>pears and apples</string></dict>
  </array>
  <key>PayloadDescription</key><string>What it is for</string><key>PayloadDisplayName</key><string>House</string>
  ${common("Configuration", "house")}<key>PayloadScope</key><string>System</string>
</dict></plist>`;

async function latestOf(page: Page): Promise<string> {
  await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/);
  const artifact = page.url().split("/").at(-1) ?? "";
  const answer = await page.request.get(`/api/mdm/profiles/?artifact=${artifact}`);
  const { results } = (await answer.json()) as { readonly results: readonly Json[] };
  const latest = results.toSorted((a, b) => Number(b["version"]) - Number(a["version"]))[0];
  return Buffer.from(String(latest?.["source"]), "base64").toString();
}

const typesOf = (text: string): readonly (string | undefined)[] =>
  [...text.matchAll(/<key>PayloadType<\/key>\s*<string>([^<]*)/g)].map(([, type]) => type);

describeInBrowser("profiles of several payloads", (world) => {
  test("a payload is added, moved and removed", async () => {
    const page = await world.openAs(null, "/artifacts/compose/profile/com.apple.security.firewall");
    await page.getByRole("textbox", { name: "Name" }).first().fill("Firewall and more");
    const add = async (search: string): Promise<void> => {
      await page.getByRole("combobox", { name: "Another payload" }).fill(search);
      await page.getByRole("option", { name: `(${search})` }).click();
      await page.getByRole("button", { name: "Add payload" }).click();
    };
    await add("com.apple.wifi.managed");
    const wifi = page.getByRole("region", { name: "Wi-Fi" });
    await wifi.getByLabel("Network name (SSID)").fill("Orchard");
    await wifi.getByLabel("Password", { exact: true }).fill("pears and apples");
    await add("com.apple.screensaver");
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("button", { name: /^Up: .*Wi-?Fi/i }).click();
    await page
      .getByRole("button", { name: /^Remove Screen ?saver/i })
      .last()
      .click();
    await page.getByText("Nothing speaks against it.").waitFor();
    await page.getByRole("button", { name: "Save as an artifact" }).click();
    expect(typesOf(await latestOf(page))).toEqual([
      "com.apple.wifi.managed",
      "com.apple.security.firewall",
      "Configuration",
    ]);
  });

  test("what the form does not know of a dropped profile is kept when another part is changed", async () => {
    const page = await world.openAs(null, "/artifacts/add");
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "house.mobileconfig", mimeType: "text/xml", buffer: Buffer.from(mixed) });
    await page.getByRole("button", { name: "Add artifact" }).click();
    await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/);
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Edit as a new version" }).click();
    await page.getByText(/Kept as they are.*HouseKey/).waitFor();
    await page.getByLabel("Network name (SSID)").fill("Meadow");
    const unknown = page.getByRole("textbox", { name: "Payload com.example.house.app as text" });
    await unknown.fill((await unknown.inputValue()).replace("<real>1</real>", "<real>2</real>"));
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Save as a new version" }).click();
    const text = await latestOf(page);
    expect(typesOf(text)).toEqual([
      "com.apple.security.firewall",
      "com.example.house.app",
      "com.apple.wifi.managed",
      "Configuration",
    ]);
    for (const kept of [
      "<data>AAECAw==</data>",
      "<real>2</real>",
      "<date>2026-01-02T03:04:05Z</date>",
      "<string>pears and apples</string>",
      "<string>Meadow</string>",
      "<string>What it is for</string>",
      "<string>House</string>",
      "<string>two</string>",
    ])
      expect(text).toContain(kept);
  });

  test("a text that was changed is shown in the form again", async () => {
    const page = await world.openAs(null, "/artifacts/compose/profile/com.apple.security.firewall");
    await page.getByRole("button", { name: "Save as an artifact" }).waitFor();
    await page.getByText("Text", { exact: true }).click();
    const editor = page.getByLabel("Property list");
    await editor.fill("<plist>");
    await page.getByText("Form", { exact: true }).click();
    await page.getByRole("button", { name: "Show the text in the form" }).click();
    await page.getByText("The form cannot show this text").waitFor();
    await page.getByText("Text", { exact: true }).click();
    await editor.fill(mixed);
    await page.getByText("Form", { exact: true }).click();
    await page.getByRole("button", { name: "Show the text in the form" }).click();
    expect(await page.getByLabel("Network name (SSID)").inputValue()).toBe("Orchard");
    expect(
      await page.getByRole("region").filter({ hasText: "com.example.house.app" }).count(),
    ).toBeGreaterThan(0);
  });
});
