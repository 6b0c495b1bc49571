/** What Prometheus sees of a server with devices: the reference's families by their names, and where the time goes. */
import { beforeAll, describe, expect, test } from "vitest";
import { aggregatesSecondsMin } from "../../src/platform/metrics/aggregates.ts";
import { wakeTargetsName } from "../../src/mdm/reconcile/desired-state-operations.ts";
import { sql } from "../../src/platform/db/sql.ts";
import { operate } from "../../src/platform/operation.ts";
import { Secret } from "../../src/platform/secret.ts";
import { acknowledged } from "../../src/sandbox/devices/device-state.ts";
import { assignBlueprint, insertArtifact, insertBlueprint, linkArtifact } from "../tools/desired-state.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { testActor } from "../tools/test-database.ts";

const token = "scrape-0123456789abcdef";
const stories = useDeviceStories({ config: { metricsBearerToken: new Secret(token) } });
const dark = useDeviceStories();

const metricsUrl = (): URL => new URL("/metrics", stories.app.baseUrl);

type Samples = ReadonlyMap<string, number>;

/** Samples by name and labels, as they are written. */
async function scrape(): Promise<Samples> {
  const response = await fetch(metricsUrl(), { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line)?.[0])]));
}

/** The samples of one family. */
const namesOf = (samples: Samples, family: string): string[] =>
  [...samples.keys()].filter((name) => name.split("{")[0] === family);

test.each([
  [undefined],
  ["Bearer wrong-token-of-somebody"],
  [`Token ${token}`],
  [token],
  [`Bearer  ${token}`],
])("metrics are for the bearer of the token alone: %s", async (authorization) => {
  const response = await fetch(
    metricsUrl(),
    authorization === undefined ? {} : { headers: { authorization } },
  );
  expect(response.status).toBe(403);
});

test("without a token there is no such page", async () => {
  const response = await fetch(new URL("/metrics", dark.app.baseUrl), {
    headers: { authorization: "Bearer undefined" },
  });
  expect(response.status).toBe(404);
});

describe("after a device has enrolled and reported", () => {
  let samples: Samples;
  beforeAll(async () => {
    const device = await stories.settledDevice("Mac");
    await stories.enrolled("iPhone");
    await stories.order(device, "RestartDevice");
    await stories.app.drainPushes();
    await stories.app.flush();
    stories.clock.advance(aggregatesSecondsMin);
    samples = await scrape();
  });

  test("the reference's families count sessions, commands and devices", () => {
    expect(
      samples.get('zentral_mdm_enrollment_sessions_total{type="OTA",status="COMPLETED",realm="_"}'),
    ).toBe(2);
    const acknowledged = namesOf(samples, "zentral_mdm_commands_total").filter((name) =>
      name.includes('channel="device",name="SecurityInfo",status="Acknowledged",artifact="_",version="_"'),
    );
    expect(acknowledged).toHaveLength(1);
    const devices = namesOf(samples, "zentral_mdm_devices").filter((name) =>
      name.includes('platform="macOS"'),
    );
    const ages = devices.map((name) => [/le="([^"]+)"/.exec(name)?.[1], samples.get(name)]);
    expect(ages).toEqual(["1", "7", "14", "30", "45", "90", "+Inf"].map((le) => [le, 1]));
    expect(devices[0]).toContain('blueprint="_"');
    expect(devices[0]).toContain('blocked="false"');
  });

  test("pushes are counted by what became of them", () => {
    expect(samples.get('apns_notification_sent{target="device",status="success"}')).toBeGreaterThanOrEqual(2);
  });

  test("the stages of the device path are timed, and do not add up to more than the requests", () => {
    const sum = (door: string, stage: string): number =>
      samples.get(`pomona_device_request_stage_seconds_sum{door="${door}",stage="${stage}"}`) ?? Number.NaN;
    const stages = ["cms", "parse", "database", "encode"].map((stage) => sum("connect", stage));
    for (const seconds of stages) expect(seconds).toBeGreaterThan(0);
    expect(sum("checkin", "database")).toBeGreaterThan(0);
    const whole = samples.get(
      'pomona_http_request_seconds_sum{route="/public/mdm/connect/",method="PUT",status="200"}',
    );
    expect(stages.reduce((total, seconds) => total + seconds, 0)).toBeLessThanOrEqual(whole ?? 0);
  });

  test("statements of the device path are counted apart from those of the whole server", () => {
    const ofDevices = samples.get("pomona_device_statements_total") ?? 0;
    expect(ofDevices).toBeGreaterThan(10);
    expect(samples.get("pomona_statements_total")).toBeGreaterThan(ofDevices);
  });

  test("queues, buffers, connections and the process are told", () => {
    expect(samples.get("pomona_events_waiting")).toBe(0);
    expect(samples.get("pomona_events_dropped_total")).toBe(0);
    expect(samples.get('pomona_push_requests{state="due"}')).toBeGreaterThanOrEqual(0);
    expect(samples.get('pomona_jobs{state="failed"}')).toBe(0);
    expect(samples.get('pomona_commands_live{state="queued"}')).toBeGreaterThanOrEqual(1);
    expect(samples.get('pomona_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(samples.get('pomona_push_certificate_not_after_seconds{name="Push"}')).toBeGreaterThan(1.7e9);
    expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  test("plans, their steps, manifests and declarative requests are counted, without naming anybody", async () => {
    const { app } = stories;
    const mac = await stories.settledDevice("Mac");
    const blueprintId = await operate(app.foundation.source, testActor, async ({ tx }) => {
      const id = await insertBlueprint(tx);
      await linkArtifact(tx, id, (await insertArtifact(tx)).id);
      await linkArtifact(tx, id, (await insertArtifact(tx, { type: "Provisioning Profile" })).id);
      await assignBlueprint(tx, id, [mac.facts.udid]);
      return id;
    });
    mac.answer("InstallProvisioningProfile", acknowledged());
    while ((await mac.pollUntilIdle()).length > 0);
    await operate(app.foundation.source, testActor, async (op) => {
      await op.tx.run(sql`update target_plans set desired_digest = null`);
      op.enqueue({ name: wakeTargetsName, payload: { selection: { kind: "blueprint", blueprintId } } });
    });
    const examined = async () => (await scrape()).get('pomona_wave_devices_total{outcome="examined"}');
    await expect.poll(examined).toBe(1);
    const now = await scrape();
    expect(now.get("pomona_plans_total")).toBeGreaterThanOrEqual(2);
    expect(now.get('pomona_plan_steps_total{kind="synchronisation"}')).toBeGreaterThanOrEqual(1);
    expect(now.get('pomona_plan_steps_total{kind="installation"}')).toBe(1);
    expect(now.get('pomona_declarative_requests_total{endpoint="tokens"}')).toBeGreaterThanOrEqual(1);
    expect(now.get('pomona_declarative_requests_total{endpoint="declaration"}')).toBeGreaterThanOrEqual(1);
    expect(now.get('pomona_declarative_requests_total{endpoint="status"}')).toBeGreaterThanOrEqual(1);
    expect(now.get('pomona_manifests_total{cache="miss"}')).toBeGreaterThanOrEqual(1);
    expect(now.get('pomona_wave_devices_total{outcome="examined"}')).toBe(1);
    expect(now.get('pomona_wave_devices_total{outcome="woken"}')).toBe(1);
  });

  test("no sample is told under a path that somebody made up", async () => {
    await fetch(new URL("/somebody/made/this/up", stories.app.baseUrl));
    const paths = [...(await scrape()).keys()].filter((name) => name.includes("made"));
    expect(paths).toEqual([]);
  });
});

/** Timers of the server count too; into one of so many scrapes none of them falls. */
const triesMax = 10;

test("scraping costs devices nothing: between two rounds it sends no statement", async () => {
  await scrape();
  const { database } = stories.app.foundation;
  const costs: number[] = [];
  while (costs.length < triesMax && costs.at(-1) !== 0) {
    const before = database.statementCount();
    await scrape();
    costs.push(database.statementCount() - before);
  }
  expect(Math.min(...costs)).toBe(0);
});
