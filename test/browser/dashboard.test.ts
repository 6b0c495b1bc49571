import { expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { operate, operatorActor } from "#platform/operation.ts";
import { findViolations } from "./accessibility.ts";
import { describeInBrowser } from "./console-world.ts";
import { watchUntilSettled } from "./settled.ts";

describeInBrowser("the dashboard", (world) => {
  test("counts devices, and counts a new one without being asked", async () => {
    await world.settledDevice("Mac");
    const page = await world.openAs(null, "/");
    await page.getByText("Live", { exact: true }).waitFor();
    const enrolled = page.getByRole("region", { name: "Devices", exact: true });
    await enrolled.getByText("1", { exact: true }).waitFor();
    await page.getByRole("table", { name: "Versions of macOS" }).waitFor();
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    expect(await findViolations(page)).toEqual([]);
    await world.settledDevice("iPhone");
    // The server keeps its counts for five seconds, and its clock stands still in tests.
    world.clock.advance(10);
    await enrolled.getByText("2", { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByLabel("Platform").selectOption("iOS");
    await page.getByRole("table", { name: "Versions of iOS" }).waitFor();
    await enrolled.getByRole("link", { name: "Enrolled" }).click();
    await page.getByRole("heading", { name: "Devices", level: 1 }).waitFor();
  });

  test("shows nobody what they may not see", async () => {
    const page = await world.openAs(["mdm.view_blueprint"], "/");
    await page.getByRole("heading", { name: "Blueprints: how far they have come" }).waitFor();
    expect(await page.getByRole("heading", { name: "Versions of systems" }).count()).toBe(0);
    expect(await page.getByRole("heading", { name: "Changed lately" }).count()).toBe(0);
  });
});

describeInBrowser("the first steps", (world) => {
  test("lead from nothing to a first enrolled device in six actions", async () => {
    await operate(world.app.foundation.source, operatorActor("test"), async (op) => {
      await op.tx.run(sql`delete from ota_enrollments`);
      await op.tx.run(sql`delete from push_certificates`);
    });
    const page = await world.openAs(null, "/first-run");
    const step = (name: string) => page.getByRole("region", { name });
    const actions: string[] = [];
    const act = async (name: string, action: () => Promise<unknown>): Promise<void> => {
      actions.push(name);
      await action();
    };
    const push = step("A push certificate of Apple's");
    const downloading = page.waitForEvent("download");
    await act("the request", () =>
      push.getByRole("button", { name: "Download the request for Apple" }).click(),
    );
    // The request needs the signature of a vendor, and nothing works with a certificate that is none yet.
    await push.getByText("Have an MDM vendor sign it").waitFor();
    const enroll = page.getByRole("button", { name: "Make a test enrollment" });
    expect(await enroll.getAttribute("aria-disabled")).toBe("true");
    expect(await push.getByRole("button", { name: "Test it" }).count()).toBe(0);
    const request = Buffer.concat(await (await (await downloading).createReadStream()).toArray());
    const der = Buffer.from(request.toString("utf8").replaceAll(/-----[^-]+-----/g, ""), "base64");
    const { certificatePem } = world.apple.pushCa.issuePushCertificate(der);
    await act("Apple's answer", () =>
      push.locator("input[type=file]").setInputFiles({
        name: "MDM.pem",
        mimeType: "application/x-pem-file",
        buffer: Buffer.from(certificatePem),
      }),
    );
    await act("its use", () => push.getByRole("button", { name: "Use this certificate" }).click());
    await push.getByText("Done").waitFor();
    await act("a blueprint", () => page.getByRole("button", { name: "Make a first blueprint" }).click());
    await step("A blueprint").getByText("Done").waitFor();
    await act("an enrollment", () => enroll.click());
    await step("An enrollment").getByText("Done").waitFor();
    const device = step("The first device");
    await device.getByRole("img", { name: "Code of the enrollment link" }).waitFor();
    const link = (await device.textContent())?.match(/https?:\S+?\/enroll\/\w{64}\//)?.[0];
    expect(await findViolations(page)).toEqual([]);
    await act("the device opens the link and installs the profile", async () => {
      const answer = await page.request.get(new URL(String(link)).pathname);
      expect(answer.headers()["content-type"]).toBe("application/x-apple-aspen-config");
      await world.newDevice("Mac").enroll(await answer.body());
    });
    // Nobody reloads the page.
    await device.getByText("Done").waitFor({ timeout: 30_000 });
    expect(actions.length).toBeLessThanOrEqual(6);
    await push.getByRole("button", { name: "Test it" }).click();
    await push.getByText("Apple takes pushes with this certificate.").waitFor();
    const address = step("Devices reach this server");
    await address.getByRole("button", { name: "Test it" }).click();
    await address.getByText(/answers at this address|does not work|No answer/).waitFor();
  });

  test("who may not make a blueprint finds the reason at the button", async () => {
    const page = await world.openAs(["mdm.view_enrolleddevice"], "/first-run");
    const address = page.getByRole("region", { name: "Devices reach this server" });
    const button = address.getByRole("button", { name: "Test it" });
    await button.waitFor();
    expect(await button.getAttribute("aria-disabled")).toBe("true");
    expect(await page.getByRole("img", { name: "Code of the enrollment link" }).count()).toBe(0);
  });
});

describeInBrowser("every page", (world) => {
  test("tells of a push certificate that ends soon, until tomorrow or until it is renewed", async () => {
    const now = world.clock.now();
    const daysFromNow = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
    const endAt = (at: Date): Promise<unknown> =>
      operate(world.app.foundation.source, operatorActor("test"), (op) =>
        op.tx.run(sql`update push_certificates set not_after = ${at}`),
      );
    await endAt(daysFromNow(29));
    const page = await world.openAs(null, "/account");
    // The server's clock stands still in tests; the browser's could come to midnight meanwhile.
    await page.clock.setFixedTime(now);
    const settled = watchUntilSettled(page);
    await page.goto("/tags");
    const banner = page.getByRole("region", { name: "Certificates that end soon" });
    await banner.getByText(/Push certificate .* ends in 4 weeks/).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await banner.getByRole("button", { name: "Hide until tomorrow" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await settled();
    expect(await banner.count()).toBe(0);

    await endAt(daysFromNow(-1.5));
    world.clock.advance(10);
    await page.reload();
    await banner.getByText(/ended yesterday/).waitFor();
    expect(await banner.getByRole("button", { name: "Hide until tomorrow" }).count()).toBe(0);
    await banner.getByRole("link", { name: "Open" }).click();
    await page.waitForURL(/\/push-certificates\/\d+$/);

    const helper = await world.openAs(["inventory.view_tag"], "/account");
    const isSettled = watchUntilSettled(helper);
    await helper.goto("/tags");
    await helper.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await isSettled();
    expect(await helper.getByText(/Push certificate/).count()).toBe(0);
  });

  test("follows what others do: a list shows what is new without being asked", async () => {
    const page = await world.openAs(null, "/");
    // From then on changes are told; the stream stays open from page to page.
    await page.getByText("Live", { exact: true }).waitFor();
    const listing = page.waitForResponse((response) => response.url().includes("/api/inventory/tags/"));
    await page.getByRole("link", { name: "Tags", exact: true }).click();
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await listing;
    await world.api.create("/api/inventory/tags/", { name: "Made elsewhere" });
    await page.getByRole("link", { name: "Made elsewhere" }).waitFor({ timeout: 30_000 });
  });

  test("is loaded anew when the server was updated and has its parts no longer", async () => {
    const page = await world.openAs(null, "/account");
    const missing: string[] = [];
    await page.route("**/assets/*.js", (route) => {
      if (missing.length > 0) return route.continue();
      missing.push(route.request().url());
      return route.fulfill({ status: 404, body: "Not found" });
    });
    const reloaded = page.waitForEvent("load");
    await page.getByRole("link", { name: "Tags", exact: true }).click();
    await reloaded;
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    expect(missing).toHaveLength(1);
  });

  test("shows what others did while the stream was away, also when a proxy refused it", async () => {
    const page = await world.openAs(null, "/account");
    let streams = 0;
    await page.route("**/api/stream/", (route) => {
      streams += 1;
      if (streams === 2) return route.fulfill({ status: 502 });
      if (streams > 2) return route.continue();
      const body = 'retry: 500\nevent: hello\ndata: {"topics":["tags"]}\n\n';
      return route.fulfill({ body, contentType: "text/event-stream" });
    });
    const listing = page.waitForResponse((response) => response.url().includes("/api/inventory/tags/"));
    const greeting = page.waitForResponse((response) => response.url().includes("/api/stream/"));
    await page.goto("/tags");
    await listing;
    await greeting;
    await world.api.create("/api/inventory/tags/", { name: "Made meanwhile" });
    await page.getByRole("link", { name: "Made meanwhile" }).waitFor();
  });
});
