/** When a page has nothing more to load and nothing on it moves. */
import type { Page, Request } from "playwright-core";
import { expect, vi } from "vitest";

/** A page on a busy machine takes this long at most. */
const settledMillisecondsMax = 30_000;

/** True two frames from now, if nothing is loading or moving then: what an answer brings is drawn, and asks its own. */
const isQuiet = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(
  !document.querySelector(".mantine-Skeleton-root, .mantine-Loader-root") &&
  document.getAnimations().every(({ playState }) => playState !== "running")
))))`;

/** Watches a page from before it loads. @returns A wait until it is quiet. */
export function watchUntilSettled(page: Page): () => Promise<void> {
  const underWay = new Set<Request>();
  let begun = 0;
  page.on("request", (request) => {
    // The stream of what changes never ends.
    if (request.resourceType() === "eventsource") return;
    begun += 1;
    underWay.add(request);
  });
  page.on("requestfinished", (request) => underWay.delete(request));
  page.on("requestfailed", (request) => underWay.delete(request));
  const look = async (): Promise<void> => {
    const before = begun;
    expect(await page.evaluate(isQuiet)).toBe(true);
    expect([...underWay].map((request) => request.url())).toEqual([]);
    expect(begun).toBe(before);
  };
  return () => vi.waitFor(look, { timeout: settledMillisecondsMax, interval: 20 });
}
