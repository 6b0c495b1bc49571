import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

type Json = Readonly<Record<string, unknown>>;
type Stored = { readonly artifact: Json; readonly source: unknown };

/** Saves what is on the page under a name, and reads what the server stored. */
async function save(page: Page, name: string): Promise<Stored> {
  await page.getByLabel("Name", { exact: false }).first().fill(name);
  await page.getByText("Nothing speaks against it.").waitFor();
  await page.getByRole("button", { name: "Save as an artifact" }).click();
  await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/);
  const id = page.url().split("/").at(-1) ?? "";
  const artifact = (await (await page.request.get(`/api/mdm/artifacts/${id}/`)).json()) as Json;
  const list = artifact["type"] === "Profile" ? "profiles" : "declarations";
  const { results } = (await (await page.request.get(`/api/mdm/${list}/?artifact=${id}`)).json()) as {
    readonly results: readonly Json[];
  };
  const source = results[0]?.["source"];
  return {
    artifact,
    source: list === "profiles" ? Buffer.from(String(source), "base64").toString() : source,
  };
}

const path = (kind: string, type: string): string => `/artifacts/compose/${kind}/com.apple.${type}`;
const member = (key: string, value: string): RegExp =>
  new RegExp(`<key>${key}</key>\\s*${value.replaceAll("/", "\\/")}`);

describeInBrowser("settings are composed in forms", (world) => {
  const openForm = async (kind: string, type: string): Promise<Page> => {
    const page = await world.openAs(null, path(kind, type));
    await page.getByRole("button", { name: "Save as an artifact" }).waitFor();
    return page;
  };

  test("a passcode: bounds are told at the field, and what is not set is left out", async () => {
    const page = await openForm("declaration", "configuration.passcode.settings");
    const length = page.getByLabel("Shortest length");
    await length.fill("99");
    await page.getByText("Must be put right").waitFor();
    await page.getByText(/16/).first().waitFor();
    await length.fill("12");
    await page.getByLabel("No simple ones").selectOption({ label: "Yes" });
    const { artifact, source } = await save(page, "Passcode of twelve");
    expect(artifact).toMatchObject({ type: "Configuration", channel: "Device" });
    expect((source as Json)["Payload"]).toEqual({ MinimumLength: 12, RequireComplexPasscode: true });
  });

  test("restrictions: two hundred settings are found by a word", async () => {
    const page = await openForm("profile", "applicationaccess");
    await page.getByRole("searchbox", { name: /Search in these settings/ }).fill("screen shot");
    await page.getByLabel("Allow screen shot").selectOption({ label: "No" });
    const { source } = await save(page, "No screenshots");
    expect(source).toMatch(member("allowScreenShot", "<false/>"));
    expect(source).not.toContain("allowCamera");
  });

  test("Wi-Fi: a password is hidden on the page", async () => {
    const page = await openForm("profile", "wifi.managed");
    await page.getByLabel("Network name (SSID)").fill("Orchard & friends");
    await page.getByLabel("Security").selectOption("WPA3");
    const password = page.getByLabel("Password", { exact: true });
    await password.fill("pears and apples");
    expect(await password.getAttribute("type")).toBe("password");
    const { artifact, source } = await save(page, "Wi-Fi of the house");
    expect(artifact["platforms"]).toEqual(["iOS", "iPadOS", "macOS", "tvOS"]);
    expect(source).toMatch(member("SSID_STR", "<string>Orchard &amp; friends</string>"));
    expect(source).toMatch(member("EncryptionType", "<string>WPA3</string>"));
  });

  test("FileVault begins with what most need", async () => {
    const page = await openForm("profile", "MCX.FileVault2");
    await page.getByLabel("Times people may put it off").fill("3");
    const { artifact, source } = await save(page, "FileVault");
    expect(artifact["platforms"]).toEqual(["macOS"]);
    expect(source).toMatch(member("Enable", "<string>On</string>"));
    expect(source).toMatch(member("Defer", "<true/>"));
    expect(source).toMatch(member("DeferForceAtUserLoginMaxBypassAttempts", "<integer>3</integer>"));
  });

  test("privacy preferences: an app gets full disk access", async () => {
    const page = await openForm("profile", "TCC.configuration-profile-policy");
    await page.getByRole("button", { name: "Add to full disk access" }).click();
    const identifier = page.getByRole("textbox", { name: "Identifier", exact: true });
    await identifier.fill("com.example.backup");
    await page.getByRole("combobox", { name: "Identifier type", exact: true }).selectOption("bundleID");
    await page
      .getByRole("textbox", { name: "Code requirement", exact: true })
      .fill('identifier "com.example.backup"');
    await page.getByLabel("Authorization").selectOption("Allow");
    expect(await findViolations(page)).toEqual([]);
    const { source } = await save(page, "Backup may read");
    expect(source).toMatch(/<key>SystemPolicyAllFiles<\/key>\s*<array>\s*<dict>\s*<key>Identifier<\/key>/);
  });

  test("system extensions: identifiers of a team under its name", async () => {
    const page = await openForm("profile", "system-extension-policy");
    const dictionary = page.getByRole("group", { name: "Extensions that are allowed, by team" });
    await dictionary.getByRole("textbox", { name: /New name/ }).fill("ABCDE12345");
    await dictionary.getByRole("button", { name: "Add" }).click();
    const words = dictionary.getByLabel("ABCDE12345", { exact: true }).first();
    await words.fill("com.example.filter");
    await words.press("Enter");
    const { source } = await save(page, "Filter");
    expect(source).toMatch(/<key>ABCDE12345<\/key>\s*<array>\s*<string>com.example.filter<\/string>/);
  });

  test("login items: what a rule lacks is told until it is there", async () => {
    const page = await openForm("profile", "servicemanagement");
    await page.getByLabel("What the rule looks at").selectOption("TeamIdentifier");
    await page.getByText("PayloadContent[0].Rules[0].RuleValue").waitFor();
    await page.getByLabel("Value it must have").fill("ABCDE12345");
    const { source } = await save(page, "Helpers of a team");
    expect(source).toMatch(member("RuleType", "<string>TeamIdentifier</string>"));
    expect(source).toMatch(member("RuleValue", "<string>ABCDE12345</string>"));
  });

  test("the firewall is on, and stealthy", async () => {
    const page = await openForm("profile", "security.firewall");
    await page.getByLabel("Stealth mode").selectOption({ label: "Yes" });
    const { source } = await save(page, "Firewall");
    expect(source).toMatch(member("EnableFirewall", "<true/>"));
    expect(source).toMatch(member("EnableStealthMode", "<true/>"));
  });

  test("software updates are held back for some days", async () => {
    const page = await openForm("declaration", "configuration.softwareupdate.settings");
    await page.getByLabel("Major updates, in days").fill("30");
    await page.getByLabel("Install security update").selectOption("AlwaysOn");
    const { source } = await save(page, "Updates");
    expect((source as Json)["Payload"]).toEqual({
      Deferrals: { MajorPeriodInDays: 30 },
      AutomaticActions: { InstallSecurityUpdate: "AlwaysOn" },
    });
  });

  test("a managed app is required", async () => {
    const page = await openForm("declaration", "configuration.app.managed");
    await page.getByLabel("App Store identifier").fill("361309726");
    await page.getByLabel("Install", { exact: true }).selectOption("Required");
    const { source } = await save(page, "Pages");
    expect((source as Json)["Payload"]).toEqual({
      AppStoreID: "361309726",
      InstallBehavior: { Install: "Required" },
    });
  });
});

describeInBrowser("any type of Apple's schema", (world) => {
  test("is found in the catalog, and written as text with what speaks against it", async () => {
    const page = await world.openAs(null, "/artifacts/compose");
    await page.getByRole("searchbox", { name: "Search settings" }).fill("web clip");
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Web Clip" }).click();
    await page.getByText("Text", { exact: true }).click();
    const editor = page.getByLabel("Property list");
    const text = await editor.inputValue();
    await editor.fill(text.replace("<key>PayloadType</key>", "<key>Labell</key>\n<string>x</string>\n$&"));
    await page
      .getByText(/Labell/)
      .nth(1)
      .waitFor();
    expect(await findViolations(page)).toEqual([]);
    await editor.fill("<plist>");
    await page.getByText("Not a plist").waitFor();
  });

  test("gets a new version from the form, with what the last one had", async () => {
    const page = await world.openAs(null, path("profile", "security.firewall"));
    await page.getByLabel("Block all incoming connections").selectOption({ label: "Yes" });
    const { artifact } = await save(page, "Firewall that changes");
    await page.goto(`${path("profile", "security.firewall")}?artifact=${String(artifact["id"])}`);
    await page.getByRole("heading", { name: "A new version of Firewall that changes" }).waitFor();
    const blocks = page.getByLabel("Block all incoming connections");
    expect(await blocks.inputValue()).toBe("true");
    await blocks.selectOption({ label: "No" });
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.waitForURL(/\/artifacts\/[\da-f-]{36}$/);
    const answer = await page.request.get(`/api/mdm/profiles/?artifact=${String(artifact["id"])}`);
    const { results } = (await answer.json()) as { readonly results: readonly Json[] };
    expect(
      results.map(({ version }) => String(version)).toSorted((one, other) => one.localeCompare(other)),
    ).toEqual(["1", "2"]);
  });

  test("who may only look finds the reason at the button", async () => {
    const page = await world.openAs(["mdm.view_artifact"], path("profile", "wifi.managed"));
    const button = page.getByRole("button", { name: "Save as an artifact" });
    await button.waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    expect(await button.getAttribute("aria-description")).toContain("mdm.add_artifact");
  });
});
