/** What axe-core says of a page. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** The rules of WCAG 2.2 A and AA, and what axe calls good practice. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Serious and critical violations, one line each; empty is what we want. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async (runOnly) => {
    // The page has axe since the line before.
    const { axe: judge } = globalThis as unknown as { readonly axe: typeof axe };
    // What is as it should be need not be told node by node: that is most of the time it takes.
    return judge.run({ runOnly, resultTypes: ["violations"] });
  }, tags);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary ?? ""}`),
    );
}
