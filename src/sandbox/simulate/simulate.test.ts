import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Secret } from "#platform/secret.ts";
import { MiniatureMdm } from "../../../test/tools/miniature-mdm.ts";
import { createDeviceCa } from "../apple/device-ca.ts";
import type { DeviceCa } from "../apple/device-ca.ts";
import { simulate } from "./simulate.ts";

let deviceCa: DeviceCa;
let mdm: MiniatureMdm;
let lines: string[];
const print = (line: string): void => {
  lines.push(line);
};

beforeAll(async () => {
  deviceCa = await createDeviceCa();
});

beforeEach(async () => {
  lines = [];
  mdm = new MiniatureMdm(deviceCa.deviceCa);
  await mdm.start();
});

afterEach(() => mdm.stop());

test("a fleet enrolls over the air, polls once and is summed up", async () => {
  mdm.queue.push({ RequestType: "SecurityInfo" }, { RequestType: "Nonsense" });
  const source = { kind: "profile", profile: `${mdm.url}/profile` } as const;
  const summary = await simulate({ url: mdm.url, devices: 10, source, deviceCa, print });
  expect(summary).toMatchObject({ devices: 10, enrolled: 10, answers: { Acknowledged: 1, Error: 1 } });
  expect(summary.problems.size).toBe(0);
  const udids = mdm.messagesOf("Authenticate").map((message) => message["UDID"]);
  expect(new Set(udids).size).toBe(10);
  expect(lines).toContain("10 of 10 devices enrolled");
  expect(lines.at(-1)).toContain("Commands answered: 1 Acknowledged, 1 Error");
});

test("with a token every device gets a direct profile of its own from the API", async () => {
  const source = { kind: "api", token: new Secret("ztls_test"), otaEnrollmentId: 7 } as const;
  const summary = await simulate({ url: mdm.url, devices: 3, source, print });
  expect(summary.enrolled).toBe(3);
  expect(mdm.apiRequests.map(({ path }) => path)).toEqual(
    Array(3).fill("POST /api/mdm/ota_enrollments/7/direct_profiles/"),
  );
  expect(new Set(mdm.apiRequests.map(({ body }) => String(body["serial_number"]))).size).toBe(3);
  expect(mdm.apiRequests.every(({ authorization }) => authorization === "Token ztls_test")).toBe(true);
});

test("devices that fail are counted, with what the server said, and do not stop the others", async () => {
  mdm.override = { status: 400, body: Buffer.from("Bad Request") };
  const source = { kind: "profile", profile: mdm.mdmProfile() } as const;
  const summary = await simulate({ url: mdm.url, devices: 3, source, print });
  expect(summary.enrolled).toBe(0);
  expect([...summary.problems]).toEqual([["Authenticate was answered with 400: Bad Request", 3]]);
});

test("the same seed makes the same devices, and another run new ones", async () => {
  const run = async (seed?: string) => {
    const source = { kind: "profile", profile: mdm.mdmProfile() } as const;
    await simulate({ url: mdm.url, devices: 1, source, print, ...(seed === undefined ? {} : { seed }) });
    return mdm.messagesOf("Authenticate").at(-1)?.["UDID"];
  };
  const first = await run("a");
  expect(await run("a")).toBe(first);
  expect(await run()).not.toBe(await run());
});

test("without pushes devices poll again and again until the simulation is ended", async () => {
  const controller = new AbortController();
  const source = { kind: "profile", profile: mdm.mdmProfile() } as const;
  const isPolledThrice = (): boolean => mdm.reports().length >= 3;
  mdm.onMessage = () => {
    if (isPolledThrice()) controller.abort();
  };
  const { signal } = controller;
  await simulate({ url: mdm.url, devices: 1, source, print, pollSeconds: 0.01, signal });
  expect(isPolledThrice()).toBe(true);
});
