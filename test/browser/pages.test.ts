/** What holds for every page, in light, dark and on a phone; leaves a picture of each (`npm run screenshots`). */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { repository } from "../tools/source-tree.ts";
import { findViolations } from "./accessibility.ts";
import { type ConsoleWorld, describeInBrowser } from "./console-world.ts";
import { type ConsolePage, consolePages } from "./pages.ts";
import { makeSampleFleet, type SampleFleet } from "./sample-fleet.ts";

const pictures = join(repository, "screenshots");

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light", hasTouch: true, isMobile: true },
};

/** Nothing is loading any more, and nothing moves. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  const isQuiet =
    '!document.querySelector(".mantine-Skeleton-root, .mantine-Loader-root") && ' +
    'document.getAnimations().every(({ playState }) => playState !== "running")';
  await vi.waitFor(async () => expect(await page.evaluate(isQuiet)).toBe(true), { timeout: 10_000 });
}

async function show(
  world: ConsoleWorld,
  fleet: SampleFleet,
  wanted: ConsolePage,
  look: string,
): Promise<Page> {
  const { path, ready, prepare, isPublic = false } = wanted;
  const options = looks[look];
  const page = isPublic ? await world.open(options) : await world.openAs(null, path(fleet), options);
  if (isPublic) await page.goto(path(fleet));
  await ready(page);
  await settled(page);
  await prepare?.(page, world);
  await settled(page);
  return page;
}

describeInBrowser("every page", (world) => {
  let fleet: SampleFleet;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    fleet = await makeSampleFleet(world);
  }, 120_000);

  for (const look of Object.keys(looks)) {
    test.each(consolePages)(
      `$name, ${look}: no serious barrier, no sideways scrolling, no error`,
      async (wanted) => {
        const page = await show(world, fleet, wanted, look);
        const fullPage = wanted.prepare === undefined;
        await page.screenshot({ path: join(pictures, `${wanted.name}-${look}.png`), fullPage });
        expect(await findViolations(page)).toEqual([]);
        const width = await page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        expect(width).toBe(0);
        expect(await page.getByText("That did not work").count()).toBe(0);
      },
    );
  }
});
