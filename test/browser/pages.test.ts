/** What holds for every page, in light, dark and on a phone; leaves a picture of each (`npm run screenshots`). */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { repository } from "../tools/source-tree.ts";
import { findViolations } from "./accessibility.ts";
import { type ConsoleWorld, describeInBrowser } from "./console-world.ts";
import { type ConsolePage, consolePages } from "./pages.ts";
import { makeSampleFleet, type SampleFleet } from "./sample-fleet.ts";
import { watchUntilSettled } from "./settled.ts";

const pictures = join(repository, "screenshots");

/** The colours that are looked at on each screen: a page is loaded once for a screen, and changes colours. */
type Colours = "light" | "dark";
type Screen = { readonly options: BrowserContextOptions; readonly looks: Readonly<Record<string, Colours>> };

const screens: Readonly<Record<string, Screen>> = {
  desk: { options: { viewport: { width: 1280, height: 800 } }, looks: { light: "light", dark: "dark" } },
  phone: {
    options: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
    looks: { phone: "light" },
  },
};

/** What is written on buttons that are too narrow for it. */
function cutOffButtons(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll(".mantine-Button-label")]
    .filter((label) => label.clientWidth > 0 && label.scrollWidth > label.clientWidth + 1)
    .map((label) => label.textContent)`);
}

/** Gives every screen one session of a superuser and one of nobody, and each page a window of them. */
function useSessions(
  world: ConsoleWorld,
): (page: ConsolePage, options: BrowserContextOptions) => Promise<Page> {
  const sessions = new Map<string, Promise<BrowserContext>>();
  return async ({ isPublic = false }, options) => {
    const who = isPublic ? "nobody" : "superuser";
    const name = `${who} ${JSON.stringify(options)}`;
    const session = sessions.get(name) ?? world.openContext(who, options);
    sessions.set(name, session);
    const page = await (await session).newPage();
    onTestFinished(() => page.close());
    return page;
  };
}

describeInBrowser("every page", (world) => {
  let fleet: SampleFleet;
  const openWindow = useSessions(world);

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    fleet = await makeSampleFleet(world);
  }, 120_000);

  test("what would be a barrier is told", async () => {
    const page = await world.open();
    await page.setContent(`<html lang="en"><title>A page</title><body><main><h1>A page</h1>
      <button></button><p style="color: #ccc">Pale</p></main></body></html>`);
    expect(await findViolations(page)).toEqual([
      expect.stringMatching(/^button-name: button: /),
      expect.stringMatching(/^color-contrast: p: /),
    ]);
  });

  async function show(wanted: ConsolePage, options: BrowserContextOptions) {
    const page = await openWindow(wanted, options);
    const settled = watchUntilSettled(page);
    await page.goto(wanted.path(fleet));
    await wanted.ready(page);
    await settled();
    await wanted.prepare?.(page, world);
    return { page, settled };
  }

  async function judge(page: Page, { name, prepare }: ConsolePage, look: string): Promise<void> {
    await page.screenshot({ path: join(pictures, `${name}-${look}.png`), fullPage: prepare === undefined });
    expect(await findViolations(page)).toEqual([]);
    const width = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(width).toBe(0);
    expect(await cutOffButtons(page)).toEqual([]);
    expect(await page.getByText("That did not work").count()).toBe(0);
  }

  for (const { options, looks } of Object.values(screens)) {
    test.each(consolePages)(
      `$name, ${Object.keys(looks).join(" and ")}: no serious barrier, no sideways scrolling, no error`,
      async (wanted) => {
        const { page, settled } = await show(wanted, { ...options, colorScheme: "light" });
        for (const [look, colours] of Object.entries(looks)) {
          await page.emulateMedia({ colorScheme: colours });
          await page.locator(`html[data-mantine-color-scheme="${colours}"]`).waitFor({ state: "attached" });
          await settled();
          await judge(page, wanted, look);
        }
      },
    );
  }
});
