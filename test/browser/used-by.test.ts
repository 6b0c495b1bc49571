/** What uses an artifact or a package is told before somebody changes it. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { textOf } from "#sandbox/simulate/api-client.ts";
import { makePkg } from "../tools/archives.ts";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";

describeInBrowser("what uses it", (world) => {
  test("a package names the declarations that refer to it, an artifact those that come after it", async () => {
    const file = await world.api.upload("/api/mdm/files/", { name: "agent.pkg", bytes: makePkg() });
    const made = await world.api.create("/api/mdm/packages/", {
      name: "Agent",
      source_uri: textOf(file, "uri"),
      sha256: textOf(file, "sha256"),
    });
    const artifact = { type: "Configuration", channel: "Device", platforms: ["macOS"] };
    const installed = await world.api.create("/api/mdm/artifacts/", { ...artifact, name: "Agent installed" });
    await world.api.create("/api/mdm/declarations/", {
      artifact: textOf(installed, "id"),
      version: 1,
      macos: true,
      source: {
        Type: "com.apple.configuration.package",
        Identifier: randomUUID(),
        ServerToken: randomUUID(),
        Payload: { ManifestURL: `ztl:${textOf(made, "id")}` },
      },
    });
    await world.api.create("/api/mdm/artifacts/", {
      ...artifact,
      name: "Agent settings",
      requires: [textOf(installed, "id")],
    });
    const page = await world.openAs(null, `/packages/${textOf(made, "id")}?tab=used_by`);
    await page.getByText("names it, in version 1").waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Agent installed" }).click();
    // Both pages have such a tab; the one of the package is there until the other page is.
    await page.getByRole("heading", { name: "Agent installed", exact: true }).waitFor();
    await page.getByRole("tab", { name: "Used by" }).click();
    await page.getByRole("link", { name: "Agent settings" }).waitFor();
    await page.getByText("comes only after it").waitFor();
    expect(await findViolations(page)).toEqual([]);
  });
});
