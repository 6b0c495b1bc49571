import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../tools/test-app.ts";
import type { ApiObject } from "#sandbox/simulate/api-client.ts";
import { runDemo } from "#sandbox/simulate/demo.ts";

describe("the demonstration", () => {
  let world: TestApp;
  let ticking: NodeJS.Timeout;
  beforeAll(async () => {
    world = await startTestApp();
    // The demonstration waits for the server to come back to what did not go well at once, a push for example.
    ticking = setInterval(() => world.clock.advance(1), 1_000);
  });
  afterAll(async () => {
    clearInterval(ticking);
    await world.close();
  });

  test("enrolls devices of every platform, wakes them, gives them what they should have and locks a Mac", async () => {
    const result = await runDemo({
      baseUrl: world.app.baseUrl.origin,
      apiToken: world.token,
      fakeApns: world.apple.apns,
      pushCa: world.apple.pushCa,
      deviceCa: world.apple.deviceCa,
      devices: 4,
      print: () => undefined,
    });
    await result.close();
    const told = Object.fromEntries(
      result.verdicts.map(({ artifact, ...verdict }) => [(artifact as ApiObject)["name"], verdict]),
    );
    expect(told).toMatchObject({
      "Demo Agent": { state: expect.stringMatching(/^(current|waiting)$/), delivery: "command" },
      "Demo passcode": { state: "current", delivery: "ddm" },
      "Demo web clip": { state: "current", delivery: "ddm" },
    });
    const { applications, profiles } = result.lockedDevice.state;
    expect(applications.map(({ identifier }) => identifier)).toContain("com.example.demo");
    expect([...profiles.values()].map(({ profile }) => profile.displayName)).toContain("Example 1");
    expect(result.lockedDevice.state.lock?.pin).toBe("271828");
    const names = result.history.map((entry) => entry["name"]);
    expect(names).toContain("DeviceLock");
    expect(names).toContain("DeviceInformation");
    // The list of applications that confirms the application is not due yet; whatever was handed out is answered.
    const handedOut = result.history.filter(({ time }) => time !== null);
    expect(handedOut.filter(({ status }) => status !== "Acknowledged")).toEqual([]);
  });
});
