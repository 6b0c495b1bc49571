/** Profiles and declarations as text, with what Apple's schema has at the cursor. */
import { expect, test } from "vitest";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

/** As much of the page's element as is used here. */
type TextArea = {
  readonly value: string;
  readonly selectionStart: number;
  readonly selectionEnd: number;
};

describeInBrowser("the text of a document", (world) => {
  test("a declaration: names and values are suggested, by mouse and by keyboard", async () => {
    const page = await world.openAs(
      null,
      "/artifacts/compose/declaration/com.apple.configuration.softwareupdate.settings",
    );
    await page.getByText("Text", { exact: true }).click();
    const editor = page.getByLabel("JSON");
    await editor.fill((await editor.inputValue()).replace('"Payload": {}', '"Payload": {\n    Auto\n  }'));
    // With keys, as people do: of what a program selects, the page is not always told.
    for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "End"]) await editor.press(key);
    const suggestions = page.getByRole("group", { name: "Suggestions" });
    await suggestions.getByRole("button", { name: "AutomaticActions" }).click();
    await expect.poll(() => editor.inputValue()).toContain('"AutomaticActions": {}');
    // The cursor is in the new dictionary already.
    await suggestions.getByRole("button", { name: /^Download/ }).waitFor();
    await page.keyboard.type("Down");
    await page.keyboard.press("Control+Space");
    await page.keyboard.press("Enter");
    await expect.poll(() => editor.inputValue()).toContain('"AutomaticActions": {"Download": ""}');
    await page.getByText(/Allowed: .*AlwaysOff/).waitFor();
    await page.keyboard.press("Control+Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Escape");
    await suggestions.getByRole("button", { name: "AlwaysOff" }).click();
    await expect.poll(() => editor.inputValue()).toContain('{"Download": "AlwaysOff"}');
    expect(await findViolations(page)).toEqual([]);
    const findings = page.getByRole("region", { name: "Check against Apple's schema" });
    // Until the last change was checked, it says what was found before.
    await findings.getByRole("img", { name: "Checking" }).waitFor({ state: "detached" });
    await findings.getByText("is not available on tvOS").waitFor();
    expect(await findings.getByText("Must be put right").count()).toBe(0);
    await findings.getByRole("button", { name: /^Line \d+$/ }).waitFor();
  });

  test("a profile: what is wrong has a line, and a way there", async () => {
    const page = await world.openAs(null, "/artifacts/compose/profile/com.apple.security.firewall");
    await page.getByText("Text", { exact: true }).click();
    const editor = page.getByLabel("Property list");
    const lines = (await editor.inputValue()).split("\n");
    const line = lines.findIndex((text) => text.includes("EnableFirewall")) + 1;
    lines[line] = "<string>yes</string>";
    await editor.fill(lines.join("\n"));
    await page.getByRole("button", { name: `Line ${line + 1}` }).click();
    const selected = await editor.evaluate((area: TextArea) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    );
    expect(selected).toBe("<string>yes</string>");
    await page.getByText("Firewall is on").waitFor();
    await page.getByRole("group", { name: "Suggestions" }).getByRole("button", { name: "true" }).waitFor();
    await editor.fill(lines.toSpliced(line, 0, "<string>").join("\n"));
    await page
      .getByRole("button", { name: /^Line \d+$/ })
      .first()
      .waitFor();
  });

  test("on a phone the help is below the text", async () => {
    const page = await world.openAs(null, "/artifacts/compose/profile/com.apple.wifi.managed", {
      viewport: { width: 360, height: 740 },
    });
    await page.getByText("Text", { exact: true }).click();
    await page.getByRole("heading", { name: "Help at the cursor" }).waitFor();
    const width = await page.evaluate("document.documentElement.scrollWidth");
    expect(width).toBeLessThanOrEqual(360);
    expect(await findViolations(page)).toEqual([]);
  });
});
