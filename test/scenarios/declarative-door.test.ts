/** What declarative management serves to whom, and which reports change anything (desired-state specification 4.12). */
import { describe, expect, test } from "vitest";
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { operate } from "#platform/operation.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { assignBlueprint, insertArtifact, insertBlueprint, linkArtifact } from "../tools/desired-state.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { testActor } from "../tools/test-database.ts";

const stories = useDeviceStories();

const write = <T>(run: (tx: Tx) => Promise<T>): Promise<T> =>
  operate(stories.app.foundation.source, testActor, (op) => run(op.tx));

/** A Mac whose blueprint has one configuration. */
async function macWithConfiguration(): Promise<{
  mac: SimulatedDevice;
  versionId: string;
  identifier: string;
}> {
  const mac = await stories.settledDevice("Mac");
  const artifact = await write(async (tx) => {
    const blueprintId = await insertBlueprint(tx);
    const made = await insertArtifact(tx);
    await linkArtifact(tx, blueprintId, made.id);
    await assignBlueprint(tx, blueprintId, [mac.facts.udid]);
    return made;
  });
  const identifier = `1.0.0.127.declaration.${artifact.id}`;
  return { mac, versionId: artifact.versionIds[0] ?? "", identifier };
}

async function settle(device: SimulatedDevice): Promise<void> {
  while ((await device.pollUntilIdle()).length > 0);
}

const statusOf = async (mac: SimulatedDevice, endpoint: string): Promise<number> =>
  (await mac.sendDeclarative(endpoint)).status;

const enterSetupAssistant = ({ facts }: SimulatedDevice): Promise<number> =>
  write((tx) => tx.run(sql`update devices set awaiting_configuration = true where udid = ${facts.udid}`));

const identifierOf = (mac: SimulatedDevice): string =>
  [...mac.state.declarative.device.declarations.keys()].find((key) => key.includes(".declaration.")) ?? "";

describe("a device", () => {
  test("without a blueprint is refused at every endpoint, and its report is taken", async () => {
    const mac = await stories.settledDevice("Mac");
    for (const endpoint of ["tokens", "declaration-items"]) expect(await statusOf(mac, endpoint)).toBe(400);
    const report = { StatusItems: { "com.example.count": 1 } };
    expect((await mac.sendDeclarative("status", report)).status).toBe(200);
  });

  test("is served what it was promised also after it has entered Setup Assistant", async () => {
    const { mac, versionId } = await macWithConfiguration();
    await settle(mac);
    const endpoint = `declaration/configuration/${identifierOf(mac)}`;
    await enterSetupAssistant(mac);
    const answer = await mac.sendDeclarative(endpoint);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString("utf8"))).toMatchObject({ ServerToken: versionId });
  });

  test("that was promised nothing is served nothing in Setup Assistant", async () => {
    const { mac, identifier } = await macWithConfiguration();
    await enterSetupAssistant(mac);
    expect(await statusOf(mac, `declaration/configuration/${identifier}`)).toBeGreaterThanOrEqual(400);
  });
});

describe("a status report", () => {
  const notifications = async (): Promise<number> => {
    await stories.app.drainPushes();
    await stories.app.flush();
    const { count } = await stories.app.foundation.database.one<{ count: number }>(sql`
      select count(*)::integer as count from events where type = 'mdm_device_notification'`);
    return count;
  };
  const systemOf = ({ facts }: SimulatedDevice): Promise<unknown> =>
    stories.app.foundation.database.one(sql`
      select os_version as version, os_version_extra as extra, build_version as build,
             build_version_extra as build_extra
        from devices where udid = ${facts.udid}`);
  const system = (supplement: object) => ({
    StatusItems: {
      device: { "operating-system": { version: "26.4", "build-version": "26E1", ...supplement } },
    },
  });

  test("wakes its device when it changes something, and not when it says the same again", async () => {
    const mac = await stories.settledDevice("Mac");
    const supplemental = { supplemental: { "build-version": "26E2", "extra-version": "(a)" } };
    const send = async (report: object): Promise<number> => {
      const before = await notifications();
      expect((await mac.sendDeclarative("status", report)).status).toBe(200);
      return (await notifications()) - before;
    };
    const report = system(supplemental);
    expect(await send(report)).toBe(1);
    expect(await systemOf(mac)).toEqual({ version: "26.4", extra: "(a)", build: "26E1", buildExtra: "26E2" });
    expect(await send(report)).toBe(0);
    expect(await send(system({}))).toBe(1);
    // A supplement that is gone is empty, not what it was.
    expect(await systemOf(mac)).toEqual({ version: "26.4", extra: "", build: "26E1", buildExtra: "" });
    expect(await send(system({}))).toBe(0);
  });

  test("that is the one before again is kept once an hour, and what it says is known all the same", async () => {
    const { mac, versionId } = await macWithConfiguration();
    await settle(mac);
    const { reports } = mac.state.declarative.device;
    const report = { ...(reports.at(-1) as object), Note: "again" };
    const path = `/api/mdm/devices/${await stories.idOf(mac)}`;
    const keptAfter = async (sent: object): Promise<number> => {
      expect((await mac.sendDeclarative("status", sent)).status).toBe(200);
      return (await stories.api.list(`${path}/status_reports/`)).length;
    };
    const count = await keptAfter(report);
    // Lost elsewhere: the report brings it back, new or not.
    await write((tx) => tx.run(sql`delete from target_artifacts where artifact_version_id = ${versionId}`));
    expect(await keptAfter(report)).toBe(count);
    const [artifact] = await stories.api.list(`${path}/artifacts/`);
    expect(artifact).toMatchObject({ state: "current", artifact_version: versionId });
    expect(await keptAfter({ ...report, Note: "other" })).toBe(count + 1);
    expect(await keptAfter(report)).toBe(count + 2);
    stories.clock.advance(3_600);
    expect(await keptAfter(report)).toBe(count + 3);
    const items = await stories.api.list(`${path}/status_items/?name=management.declarations`);
    const reportedAt = new Date(`${String(items[0]?.["reported_at"])}Z`);
    expect(stories.clock.now().getTime() - reportedAt.getTime()).toBeLessThan(60_000);
  });
});
