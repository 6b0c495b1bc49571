import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../tools/test-app.ts";
import { runDemo } from "#sandbox/simulate/demo.ts";

describe("the demonstration", () => {
  let world: TestApp;
  beforeAll(async () => {
    world = await startTestApp();
  });
  afterAll(() => world.close());

  test("enrolls devices of every platform, wakes them, gathers inventory and locks a Mac", async () => {
    const result = await runDemo({
      baseUrl: world.app.baseUrl.origin,
      apiToken: world.token,
      fakeApns: world.apple.apns,
      pushCa: world.apple.pushCa,
      deviceCa: world.apple.deviceCa,
      devices: 4,
      print: () => undefined,
    });
    result.close();
    expect(result.lockedDevice.state.lock?.pin).toBe("271828");
    const names = result.history.map((entry) => entry["name"]);
    expect(names).toContain("DeviceLock");
    expect(names).toContain("DeviceInformation");
    expect(result.history.every((entry) => entry["status"] === "Acknowledged")).toBe(true);
  });
});
