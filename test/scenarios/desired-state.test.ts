/** Devices come to what their blueprint says: declarations, commands, status, and what a failure leaves behind. */
import { describe, expect, test } from "vitest";
import { noteDesiredStateChange } from "#mdm/reconcile/desired-state-operations.ts";
import type { Tx } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import { operate } from "#platform/operation.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { acknowledged, commandError, notNow } from "#sandbox/devices/device-state.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import {
  type ArtifactSketch,
  assignBlueprint,
  type InsertedArtifact,
  insertArtifact,
  insertBlueprint,
  insertVersion,
  linkArtifact,
  packagedApplication,
} from "../tools/desired-state.ts";
import { testActor } from "../tools/test-database.ts";

const stories = useDeviceStories();

const write = <T>(run: (tx: Tx) => Promise<T>): Promise<T> =>
  operate(stories.app.foundation.source, testActor, (op) => run(op.tx));

const note = (artifactIds: readonly string[]): Promise<void> =>
  operate(stories.app.foundation.source, testActor, (op) =>
    noteDesiredStateChange(op, { kind: "artifacts", artifactIds }),
  );

type Row = {
  readonly versionId: string;
  readonly status: string;
  readonly retryCount: number;
  readonly extraInfo: unknown;
};

const rowsOf = ({ facts }: SimulatedDevice): Promise<Row[]> =>
  stories.app.foundation.database.many<Row>(sql`
    select t.artifact_version_id as version_id, t.status, t.retry_count, t.extra_info
      from target_artifacts t join devices d on d.id = t.device_id
     where d.udid = ${facts.udid} order by t.id`);

const poll = async (device: SimulatedDevice): Promise<string[]> =>
  (await device.pollUntilIdle()).map(({ requestType }) => requestType);

async function settle(device: SimulatedDevice): Promise<void> {
  while ((await device.pollUntilIdle()).length > 0);
}

/** Where the artifacts of a device stand, in the words of the API. */
async function toldOf(device: SimulatedDevice): Promise<readonly string[]> {
  const { results } = await stories.api.read(`/api/mdm/devices/${await stories.idOf(device)}/artifacts/`);
  const verdicts = results as unknown as readonly { state: string; reason: { code: string } }[];
  return verdicts.map(({ state, reason }) => `${state}: ${reason.code}`);
}

type Made = { readonly blueprintId: number; readonly artifacts: readonly InsertedArtifact[] };

/** A blueprint with artifacts, in the order they are linked. */
function blueprintOf(...sketches: readonly ArtifactSketch[]): Promise<Made> {
  return write(async (tx) => {
    const blueprintId = await insertBlueprint(tx);
    const artifacts: InsertedArtifact[] = [];
    for (const sketch of sketches) {
      const artifact = await insertArtifact(tx, sketch);
      await linkArtifact(tx, blueprintId, artifact.id);
      artifacts.push(artifact);
    }
    return { blueprintId, artifacts };
  });
}

async function assign(device: SimulatedDevice, blueprintId: number | null): Promise<void> {
  await write((tx) => assignBlueprint(tx, blueprintId, [device.facts.udid]));
}

async function macWith(...sketches: readonly ArtifactSketch[]): Promise<Made & { mac: SimulatedDevice }> {
  const made = await blueprintOf(...sketches);
  const mac = await stories.settledDevice("Mac");
  await assign(mac, made.blueprintId);
  return { ...made, mac };
}

/** What a device asks of declarative management, as JSON. */
async function ask(device: SimulatedDevice, endpoint: string): Promise<{ status: number; json: unknown }> {
  const answer = await device.sendDeclarative(endpoint);
  const isJson = answer.status === 200;
  return { status: answer.status, json: isJson ? JSON.parse(answer.body.toString("utf8")) : null };
}

test("what a device is comes first, then what it should have, and the lists of what it has come last", async () => {
  const sketches = [{}, { type: "Provisioning Profile" }, { type: "Enterprise App" }] as const;
  const { blueprintId } = await blueprintOf(...sketches);
  const everything = sql`collect_apps = 2, collect_certificates = 2, collect_profiles = 2`;
  await write((tx) => tx.run(sql`update blueprints set ${everything} where id = ${blueprintId}`));
  const mac = await stories.enrolled("Mac");
  await assign(mac, blueprintId);
  mac.answer("InstallProvisioningProfile", acknowledged());
  mac.answer("InstallEnterpriseApplication", acknowledged());
  const seen = await poll(mac);
  expect(seen.filter((name) => name !== "ProvisioningProfileList")).toEqual([
    "DeviceInformation",
    "SecurityInfo",
    "DeclarativeManagement",
    "InstallProvisioningProfile",
    "InstallEnterpriseApplication",
    // Of everything; that of the application alone is not due yet, and holds nothing up.
    "InstalledApplicationList",
    "CertificateList",
    "ProfileList",
  ]);
  stories.clock.advance(16);
  expect((await poll(mac))[0]).toBe("InstalledApplicationList");
});

describe("declarations", () => {
  test("reach a Mac, which reports them, and stay", async () => {
    const { mac } = await macWith({ payload: { MinimumLength: 8 } });
    expect(await poll(mac)).toEqual(["DeclarativeManagement"]);
    const held = [...mac.state.declarative.device.declarations.values()];
    expect(new Set(held.map(({ type, valid, active }) => `${type} ${valid} ${active}`))).toEqual(
      new Set([
        "com.apple.activation.simple valid true",
        "com.apple.configuration.management.status-subscriptions valid true",
        "com.apple.configuration.passcode.settings valid true",
      ]),
    );
    expect(await rowsOf(mac)).toMatchObject([{ status: "Installed", retryCount: 0 }]);
    await settle(mac);
    expect(await stories.countStatements(async () => expect(await poll(mac)).toEqual([]))).toBe(1);
  });

  test("reach a user of a Mac on the user's channel", async () => {
    const { mac } = await macWith({ channel: "User" });
    await settle(mac);
    expect(await rowsOf(mac)).toEqual([]);
    const seen = await mac.pollUntilIdle("user");
    expect(seen.map(({ requestType }) => requestType)).toEqual(["DeclarativeManagement"]);
    expect(await rowsOf(mac)).toMatchObject([{ status: "Installed" }]);
    expect(
      [...mac.state.declarative.user.declarations.keys()].some((id) => id.includes(".declaration.")),
    ).toBe(true);
  });

  test("a new version replaces the one before", async () => {
    const { mac, artifacts } = await macWith({});
    await settle(mac);
    const [{ id }] = artifacts as [InsertedArtifact];
    const versionId = await write((tx) => insertVersion(tx, { artifactId: id, version: 2 }));
    await note([id]);
    expect(await poll(mac)).toEqual(["DeclarativeManagement"]);
    await settle(mac);
    expect(await rowsOf(mac)).toMatchObject([{ versionId, status: "Installed" }]);
  });

  test("go with the blueprint that asked for them", async () => {
    const { mac } = await macWith({});
    await settle(mac);
    const { blueprintId } = await blueprintOf();
    await assign(mac, blueprintId);
    await settle(mac);
    expect(await rowsOf(mac)).toEqual([]);
    const identifiers = [...mac.state.declarative.device.declarations.keys()];
    expect(identifiers.filter((identifier) => identifier.includes(".declaration."))).toEqual([]);
  });

  test("what was promised is served when the blueprint has changed meanwhile", async () => {
    const { mac, artifacts } = await macWith({ payload: { MinimumLength: 8 } });
    await settle(mac);
    const [{ id, versionIds }] = artifacts as [InsertedArtifact];
    const identifier = [...mac.state.declarative.device.declarations.keys()].find((key) => key.includes(id));
    await write((tx) => insertVersion(tx, { artifactId: id, version: 2, payload: { MinimumLength: 9 } }));
    await note([id]);
    expect(await ask(mac, `declaration/configuration/${identifier}`)).toMatchObject({
      status: 200,
      json: { ServerToken: versionIds[0], Payload: { MinimumLength: 8 } },
    });
    await assign(mac, (await blueprintOf()).blueprintId);
    expect(await ask(mac, `declaration/configuration/${identifier}`)).toMatchObject({ status: 200 });
  });

  test.each([
    ["declaration/asset/com.example.nothing", "Unknown declaration"],
    ["declaration/asset/localhost.data-asset.1", "Invalid DataAsset Identifier"],
    [
      "declaration/configuration/1.0.0.127.declaration.00000000-0000-4000-8000-000000000000",
      "Could not find Declaration artifact 00000000-0000-4000-8000-000000000000",
    ],
  ])("%s is not there", async (endpoint, reason) => {
    const { mac } = await macWith({});
    expect((await ask(mac, endpoint)).status).toBe(404);
    const failures = (await stories.eventsOf(mac)).filter(({ payload }) => payload["status"] === "failure");
    expect(failures.map(({ payload }) => payload["reason"])).toEqual([reason]);
  });

  test("a synchronisation that fails is not asked for again at once", async () => {
    const { mac } = await macWith({});
    mac.answer("DeclarativeManagement", commandError(12_021, "MCMDMErrorDomain", "no"), 5);
    expect(await poll(mac)).toEqual(["DeclarativeManagement"]);
    expect(await poll(mac)).toEqual([]);
    stories.clock.advance(3_600);
    expect(await poll(mac)).toEqual(["DeclarativeManagement"]);
  });

  test("an invalid declaration is tried again a few times, later, and then no more", async () => {
    const { mac } = await macWith({});
    mac.failDeclarations(".declaration.", [{ code: "Error.Invalid", description: "no" }], { times: 100 });
    await settle(mac);
    expect(await rowsOf(mac)).toMatchObject([{ status: "Failed", retryCount: 1 }]);
    for (let hours = 0; hours < 100; hours++) {
      stories.clock.advance(3_600);
      await settle(mac);
    }
    expect(await rowsOf(mac)).toMatchObject([
      { status: "Failed", retryCount: 2, extraInfo: { valid: "invalid" } },
    ]);
  });

  test("a report that holds nonsense loses nothing else of it", async () => {
    const { mac } = await macWith({});
    await settle(mac);
    const report = {
      StatusItems: {
        device: { "operating-system": { version: "27.1", "build-version": "27B1" } },
        management: {
          declarations: { configurations: [{ identifier: 7 }, null, "x"] },
          "client-capabilities": [],
        },
        "com.example.unknown": { deep: [1, { two: "\u0000" }] },
      },
    };
    expect((await mac.sendDeclarative("status", report)).status).toBe(200);
    const device = await stories.detailOf(mac);
    expect(device).toMatchObject({ os_version: "27.1", build_version: "27B1" });
    const path = `/api/mdm/devices/${await stories.idOf(mac)}/`;
    const items = await stories.api.list(`${path}status_items/?name=com.example`);
    expect(items).toMatchObject([{ name: "com.example.unknown.deep", identifier: "" }]);
    expect((await stories.api.list(`${path}status_reports/`)).length).toBeGreaterThan(1);
    expect(await rowsOf(mac)).toEqual([]);
  });

  test("the last ten reports are kept", async () => {
    const { mac } = await macWith({});
    for (let count = 0; count < 12; count++) {
      await mac.sendDeclarative("status", { StatusItems: { "com.example.count": count } });
    }
    const path = `/api/mdm/devices/${await stories.idOf(mac)}/status_reports/`;
    const reports = await stories.api.list(path);
    expect(reports).toHaveLength(10);
    expect(reports[0]).toMatchObject({ report: { StatusItems: { "com.example.count": 11 } } });
  });
});

describe("commands", () => {
  test("a provisioning profile is installed, and removed when it is out of scope", async () => {
    const { mac, artifacts } = await macWith({ type: "Provisioning Profile" });
    mac.answer("InstallProvisioningProfile", acknowledged());
    expect(await poll(mac)).toEqual(expect.arrayContaining(["InstallProvisioningProfile"]));
    const versionId = artifacts[0]?.versionIds[0];
    expect(await rowsOf(mac)).toMatchObject([{ versionId, status: "Acknowledged" }]);
    await assign(mac, null);
    mac.answer("RemoveProvisioningProfile", acknowledged());
    expect(await poll(mac)).toEqual(expect.arrayContaining(["RemoveProvisioningProfile"]));
    expect(await rowsOf(mac)).toMatchObject([{ status: "Uninstalled" }]);
    expect(await poll(mac)).toEqual([]);
    // Stored and answered in the words that the reference stores (risk register 13).
    const commands = await stories.api.list(
      `/api/mdm/devices/commands/?enrolled_device=${await stories.idOf(mac)}`,
    );
    const ofArtifacts = commands.filter((command) => command["artifact_version"] !== null);
    const told = ofArtifacts.map((command) => [
      command["name"],
      command["artifact_version"],
      command["artifact_operation"],
    ]);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual(["InstallProvisioningProfile", versionId, "INSTALLATION"]);
    expect(told).toContainEqual(["RemoveProvisioningProfile", versionId, "REMOVAL"]);
  });

  test("an error never makes the same command go out again at once; an operator's retry does", async () => {
    const { mac, artifacts } = await macWith({ type: "Provisioning Profile" });
    mac.answer("InstallProvisioningProfile", commandError(4_001, "MCInstallationErrorDomain", "no"), 10);
    const seen = await poll(mac);
    expect(seen.filter((name) => name === "InstallProvisioningProfile")).toHaveLength(1);
    expect(await rowsOf(mac)).toMatchObject([
      { status: "Failed", extraInfo: { error_chain: [{ ErrorCode: 4_001 }] } },
    ]);
    // What it can do is known by now, so it is subscribed to more: that is all.
    expect(await poll(mac)).toEqual(["DeclarativeManagement"]);
    expect(await poll(mac)).toEqual([]);
    const path = `/api/mdm/devices/${await stories.idOf(mac)}/artifacts/`;
    const [verdict] = await stories.api.list(path);
    expect(verdict).toMatchObject({ state: "failed", stored: [{ status: "Failed" }] });
    expect(verdict?.["reason_text"]).toContain("failed");
    expect((await stories.call("POST", `${path}${artifacts[0]?.id}/retry/`)).status).toBe(204);
    expect(await poll(mac)).toEqual(["InstallProvisioningProfile"]);
  });

  test("a command that the device puts off is not made a second time", async () => {
    const { mac } = await macWith({ type: "Provisioning Profile" });
    await settle(mac);
    const { mac: busy } = await macWith({ type: "Provisioning Profile" });
    busy.answer("DeclarativeManagement", acknowledged());
    busy.answer("InstallProvisioningProfile", notNow);
    await poll(busy);
    expect(await poll(busy)).toEqual([]);
    stories.clock.advance(60);
    busy.answer("InstallProvisioningProfile", acknowledged());
    const seen = await busy.pollUntilIdle();
    expect(seen.filter(({ requestType }) => requestType === "InstallProvisioningProfile")).toHaveLength(1);
    const uuids = busy.state.commands.filter(
      ({ requestType }) => requestType === "InstallProvisioningProfile",
    );
    expect(new Set(uuids.map(({ uuid }) => uuid)).size).toBe(1);
  });

  test("a command that was put off is taken back when its version is not wanted any more", async () => {
    const { mac, artifacts } = await macWith({ type: "Provisioning Profile" });
    mac.answer("InstallProvisioningProfile", notNow);
    await settle(mac);
    const [{ id }] = artifacts as [InsertedArtifact];
    const versionId = await write((tx) =>
      insertVersion(tx, { artifactId: id, version: 2, type: "Provisioning Profile" }),
    );
    await note([id]);
    mac.answer("InstallProvisioningProfile", acknowledged(), 2);
    await settle(mac);
    expect(await rowsOf(mac)).toMatchObject([{ versionId, status: "Acknowledged" }]);
    stories.clock.advance(3_600);
    expect(await poll(mac)).toEqual([]);
  });

  test("a removal that was put off is taken back when its artifact is wanted again", async () => {
    const { mac, blueprintId } = await macWith({ type: "Provisioning Profile" });
    mac.answer("InstallProvisioningProfile", acknowledged());
    await settle(mac);
    await assign(mac, null);
    mac.answer("RemoveProvisioningProfile", notNow);
    await settle(mac);
    await assign(mac, blueprintId);
    mac.answer("RemoveProvisioningProfile", acknowledged());
    const before = mac.state.commands.length;
    await settle(mac);
    stories.clock.advance(3_600);
    await settle(mac);
    const seen = mac.state.commands.slice(before).map(({ requestType }) => requestType);
    expect(seen).not.toContain("RemoveProvisioningProfile");
    expect(seen).not.toContain("InstallProvisioningProfile");
    expect(await rowsOf(mac)).toMatchObject([{ status: "Acknowledged" }]);
  });

  test("an enterprise app is confirmed by the list of applications", async () => {
    const { mac } = await macWith({ type: "Enterprise App" });
    mac.answer("InstallEnterpriseApplication", acknowledged());
    const { identifier: Identifier, shortVersion: ShortVersion } = packagedApplication;
    const entry = { Identifier, ShortVersion, Name: "App" };
    mac.answer("InstalledApplicationList", acknowledged({ InstalledApplicationList: [] }));
    expect(await poll(mac)).toContain("InstallEnterpriseApplication");
    expect(await rowsOf(mac)).toMatchObject([{ status: "AwaitingConfirmation" }]);
    expect(await toldOf(mac)).toEqual(["waiting: awaiting_confirmation"]);
    await settle(mac);
    stories.clock.advance(15);
    expect((await poll(mac))[0]).toBe("InstalledApplicationList");
    expect(await rowsOf(mac)).toMatchObject([{ status: "AwaitingConfirmation" }]);
    mac.answer(
      "InstalledApplicationList",
      acknowledged({ InstalledApplicationList: [{ Name: "x" }, entry] }),
    );
    stories.clock.advance(20);
    expect((await poll(mac))[0]).toBe("InstalledApplicationList");
    expect(await rowsOf(mac)).toMatchObject([{ status: "Installed" }]);
    expect(await poll(mac)).toEqual([]);
  });

  test("an enterprise app that is never confirmed can be tried again meanwhile, and is asked for once", async () => {
    const { mac, artifacts } = await macWith({ type: "Enterprise App" });
    mac.answer("InstallEnterpriseApplication", acknowledged(), 2);
    await settle(mac);
    const path = `/api/mdm/devices/${await stories.idOf(mac)}/artifacts/${artifacts[0]?.id}/retry/`;
    expect((await stories.call("POST", path)).status).toBe(204);
    expect(await toldOf(mac)).toEqual(["to_install: retry"]);
    mac.answer("InstalledApplicationList", acknowledged({ InstalledApplicationList: [] }));
    expect(await poll(mac)).toEqual(["InstallEnterpriseApplication"]);
    expect(await toldOf(mac)).toEqual(["waiting: awaiting_confirmation"]);
    stories.clock.advance(15);
    expect((await poll(mac))[0]).toBe("InstalledApplicationList");
  });

  test("an enterprise app whose download failed says so", async () => {
    const { mac } = await macWith({ type: "Enterprise App" });
    mac.answer("InstallEnterpriseApplication", acknowledged());
    await settle(mac);
    const { identifier: Identifier, shortVersion: ShortVersion } = packagedApplication;
    const failed = { Identifier, ShortVersion, DownloadFailed: true, Installing: true };
    mac.answer("InstalledApplicationList", acknowledged({ InstalledApplicationList: [failed] }));
    stories.clock.advance(15);
    await poll(mac);
    expect(await rowsOf(mac)).toMatchObject([
      { status: "Failed", extraInfo: { DownloadFailed: true, Installing: true } },
    ]);
  });
});

test("checking out forgets what a device was given", async () => {
  const { mac } = await macWith({});
  await settle(mac);
  expect(await rowsOf(mac)).toHaveLength(1);
  await mac.checkOut();
  expect(await rowsOf(mac)).toEqual([]);
});
