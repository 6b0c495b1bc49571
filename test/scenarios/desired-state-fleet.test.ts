/**
 * 200 devices of every platform come to their blueprint all at once, and half of them to another one, made and told over
 * the API alone: nothing deadlocks, nothing is left over, and for every artifact of every device it is said why.
 */
import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { writePlist } from "#protocol/plist/write.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { modelInFleet } from "#sandbox/devices/device-facts.ts";
import { type ApiObject, numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { everyPlatform, makeArtifact } from "#sandbox/simulate/artifact-maker.ts";
import { exampleDeclaration, examplePackage, exampleProfile } from "#sandbox/simulate/example-payloads.ts";
import { forEachAtOnce } from "#sandbox/simulate/wait.ts";
import { useDeviceStories } from "../tools/device-stories.ts";

const stories = useDeviceStories();
const fleetSize = 200;
const enrollmentsAtOnce = 8;
/** Connections until a device must have nothing left to do. */
const pollsMax = 12;
/** The list of applications that confirms one is asked for after this long. */
const confirmationSeconds = 20;

const withPasscode = { ios: true, ipados: true, macos: true };
const rollout = { shard_modulo: 100, default_shard: 30 };

const secondPasscode = {
  ...exampleDeclaration(1),
  ServerToken: "passcode, version 2",
  Payload: { RequirePasscode: true, MinimumLength: 16 },
};

type Names = "web clip" | "passcode" | "asset" | "files" | "agent" | "rollout" | "of users";
type Ids = Readonly<Record<Names, string>>;

let fleet: readonly SimulatedDevice[];
let ids: Ids;
let first: number;
let second: number;
let tags: { readonly pilot: number; readonly guests: number };

async function createBlueprint(name: string): Promise<number> {
  // Profiles go by command here, so that both ways of delivery have something to do.
  const body = { name, legacy_profiles_via_ddm: false };
  return numberOf(await stories.api.create("/api/mdm/blueprints/", body), "id");
}

async function createTag(name: string): Promise<number> {
  return numberOf(await stories.api.create("/api/inventory/tags/", { name }), "id");
}

async function createArtifacts(): Promise<Ids> {
  const { api } = stories;
  const platforms = { settings: { platforms: ["macOS"] }, scope: { macos: true } };
  const asset = await makeArtifact(api, {
    name: "asset",
    type: "Data Asset",
    versions: "data_assets",
    payload: { type: "PLIST", source: writePlist({ text: "one" }).toString("base64") },
    ...platforms,
    blueprints: [],
  });
  const files = {
    Type: "com.apple.configuration.services.configuration-files",
    Identifier: "com.example.files",
    ServerToken: "files",
    Payload: { ServiceType: "com.apple.sudo", DataAssetReference: `ztl:${asset}` },
  };
  const uploaded = await api.upload("/api/mdm/files/", {
    name: "agent.pkg",
    bytes: examplePackage({ identifier: "com.example.agent", name: "Agent", version: "1.0" }),
  });
  const declared = { type: "Configuration", versions: "declarations" };
  return {
    asset,
    "web clip": await makeArtifact(api, {
      name: "web clip",
      type: "Profile",
      versions: "profiles",
      payload: { source: exampleProfile(1).toString("base64") },
      blueprints: [first],
    }),
    passcode: await makeArtifact(api, {
      name: "passcode",
      ...declared,
      payload: { source: exampleDeclaration(1) },
      settings: { platforms: ["iOS", "iPadOS", "macOS"] },
      scope: withPasscode,
      blueprints: [first, second],
    }),
    files: await makeArtifact(api, {
      name: "files",
      ...declared,
      payload: { source: files },
      ...platforms,
      blueprints: [first],
    }),
    agent: await makeArtifact(api, {
      name: "agent",
      type: "Enterprise App",
      versions: "enterprise_apps",
      payload: { package_uri: textOf(uploaded, "uri"), package_sha256: textOf(uploaded, "sha256") },
      ...platforms,
      blueprints: [first],
    }),
    rollout: await makeArtifact(api, {
      name: "rollout",
      ...declared,
      payload: { source: exampleDeclaration(2) },
      scope: {
        ...everyPlatform,
        ...rollout,
        excluded_tags: [tags.guests],
        tag_shards: [{ tag: tags.pilot, shard: 100 }],
      },
      blueprints: [first],
    }),
    "of users": await makeArtifact(api, {
      name: "of users",
      ...declared,
      payload: { source: exampleDeclaration(3) },
      settings: { channel: "User", platforms: ["macOS"] },
      scope: { macos: true },
      blueprints: [first],
    }),
  };
}

const isPilot = (number: number): boolean => number % 10 === 1;
const isGuest = (number: number): boolean => number % 10 === 2;
const isMoved = (number: number): boolean => number >= fleetSize / 2;

beforeAll(async () => {
  first = await createBlueprint("first");
  second = await createBlueprint("second");
  tags = { pilot: await createTag("pilot"), guests: await createTag("guests") };
  ids = await createArtifacts();
  fleet = Array.from({ length: fleetSize }, (_, number) => stories.newDevice(modelInFleet(number)));
  await forEachAtOnce(fleet, enrollmentsAtOnce, async (device) => {
    await device.enroll(await stories.directProfile(device));
  });
  for (const [name, isTagged] of [
    ["pilot", isPilot],
    ["guests", isGuest],
  ] as const) {
    const tagged = fleet.filter((_, number) => isTagged(number));
    await stories.api.create("/api/inventory/machines/tags/", {
      serial_numbers: tagged.map(({ facts }) => facts.serialNumber),
      operations: [{ kind: "ADD", names: [name] }],
    });
  }
}, 240_000);

async function assign(blueprint: number, devices: readonly SimulatedDevice[]): Promise<void> {
  const filter = { udids: devices.map(({ facts }) => facts.udid) };
  const answer = await stories.call("POST", "/api/mdm/devices/assign_blueprint/", { blueprint, filter });
  expect(answer).toEqual({ status: 200, body: { devices: devices.length } });
}

async function converge(): Promise<void> {
  await Promise.all(
    fleet.map(async (device) => {
      for (let polls = 0; polls < pollsMax; polls++) {
        if ((await device.pollUntilIdle()).length === 0) return;
      }
      throw new Error(`${device.facts.serialNumber} does not come to rest`);
    }),
  );
}

/** Convergence, and that of what has to be looked at later. */
async function settle(): Promise<void> {
  await converge();
  stories.clock.advance(confirmationSeconds);
  await converge();
}

type Verdict = { readonly state: string; readonly code: string; readonly facts?: unknown };
type Verdicts = Partial<Record<Names, Verdict>>;

async function readVerdicts(device: SimulatedDevice, query = ""): Promise<Verdicts> {
  const path = `/api/mdm/devices/${await stories.idOf(device)}/artifacts/${query}`;
  const rows = await stories.api.list(path);
  return Object.fromEntries(
    rows.map(({ artifact, state, reason, reason_text: sentence }) => {
      expect(sentence).toMatch(/^\w/);
      const { code, facts } = reason as ApiObject;
      return [(artifact as ApiObject)["name"], { state, code, facts }];
    }),
  ) as Verdicts;
}

const current: Verdict = { state: "current", code: "as_desired", facts: {} };
const excluded = (code: string, facts: unknown = expect.anything()): Verdict => ({
  state: "excluded",
  code,
  facts,
});

/** desired-state 2.2, written once more: MD5 of key and serial number as one number. */
function shardOf({ facts }: SimulatedDevice): number {
  const digest = createHash("md5").update(`${ids.rollout}${facts.serialNumber}`).digest("hex");
  return Number(BigInt(`0x${digest}`) % BigInt(rollout.shard_modulo));
}

function expectedRollout(device: SimulatedDevice, number: number): Verdict {
  if (isGuest(number)) return excluded("excluded_tag", { tag_id: tags.guests });
  const shard = shardOf(device);
  if (isPilot(number) || shard < rollout.default_shard) return current;
  const { shard_modulo: modulo, default_shard: needed } = rollout;
  return excluded("shard", { shard, modulo, needed });
}

/** What the first blueprint comes to on a device of the fleet. */
function expectedOfFirst(device: SimulatedDevice, number: number): Verdicts {
  const isMac = device.facts.model === "Mac";
  const ofMacs = isMac ? current : excluded("platform");
  return {
    "web clip": current,
    passcode: device.facts.model === "AppleTV" ? excluded("platform") : current,
    asset: isMac ? current : excluded("not_required"),
    files: ofMacs,
    agent: ofMacs,
    rollout: expectedRollout(device, number),
  };
}

const notInBlueprint = { because: { code: "not_in_blueprint", facts: {} } };

/** What is told of a device that went to the second blueprint: an application cannot be removed by a command. */
function expectedOfSecond(device: SimulatedDevice, number: number): Verdicts {
  const { passcode = current } = expectedOfFirst(device, number);
  const kept: Verdict = { state: "kept", code: "not_removable", facts: notInBlueprint };
  return {
    passcode,
    "web clip": { state: "removed", code: "out_of_scope", facts: notInBlueprint },
    ...(device.facts.model === "Mac" ? { agent: kept } : {}),
  };
}

/** What a device really holds, as far as artifacts brought it. */
function holdingsOf({ state }: SimulatedDevice): readonly string[] {
  const declarations = [...state.declarative.device.declarations.keys()];
  const found = Object.entries(ids).filter(([, id]) => declarations.some((held) => held.includes(id)));
  const profiles = [...state.profiles.values()].map(({ profile }) => profile.displayName);
  const hasClip = profiles.includes("Example 1");
  const hasAgent = state.applications.some(({ identifier }) => identifier === "com.example.agent");
  return [
    ...found.map(([name]) => name),
    ...(hasClip ? ["web clip"] : []),
    ...(hasAgent ? ["agent"] : []),
  ].toSorted();
}

/** An artifact is on a device exactly if the API says so. */
function expectHoldings(device: SimulatedDevice, verdicts: Verdicts): void {
  const present = Object.entries(verdicts).filter(([, { state }]) => state === "current" || state === "kept");
  expect(holdingsOf(device)).toEqual(present.map(([name]) => name).toSorted());
}

test("a fleet converges, and half of it moves", async () => {
  await assign(first, fleet);
  await settle();
  for (const [number, device] of fleet.entries()) {
    const expected = expectedOfFirst(device, number);
    expect(await readVerdicts(device), `${number} ${device.facts.model}`).toEqual(expected);
    expectHoldings(device, expected);
  }
  const byRollout = new Set(fleet.map((device, number) => expectedRollout(device, number).code));
  expect(byRollout).toEqual(new Set(["as_desired", "excluded_tag", "shard"]));

  // What both blueprints have changes at the same time.
  const moved = fleet.filter((_, number) => isMoved(number));
  const version = { artifact: ids.passcode, version: 2, ...withPasscode, source: secondPasscode };
  await Promise.all([assign(second, moved), stories.api.create("/api/mdm/declarations/", version)]);
  await settle();
  for (const [number, device] of fleet.entries()) {
    const expected = isMoved(number) ? expectedOfSecond(device, number) : expectedOfFirst(device, number);
    expect(await readVerdicts(device), `${number} ${device.facts.model}`).toEqual(expected);
    expectHoldings(device, expected);
  }
  for (const { state } of fleet) {
    const held = [...state.declarative.device.declarations.values()];
    const passcode = held.find(({ identifier }) => identifier.includes(ids.passcode));
    if (passcode !== undefined) expect(passcode.payload).toEqual(secondPasscode.Payload);
    expect(state.problems).toEqual([]);
  }

  for (const device of [fleet[0], fleet[1], fleet[5], ...moved.slice(0, 3)] as SimulatedDevice[]) {
    expect(await stories.countStatements(() => device.sendReport({ Status: "Idle" }))).toBe(1);
  }
  await expectUsersOf(fleet[0] as SimulatedDevice);
}, 300_000);

/** The channel of a user has its own share of the blueprint. */
async function expectUsersOf(mac: SimulatedDevice): Promise<void> {
  const seen = await mac.pollUntilIdle("user");
  expect(seen.map(({ requestType }) => requestType)).toContain("DeclarativeManagement");
  while ((await mac.pollUntilIdle("user")).length > 0);
  const { users } = await stories.detailOf(mac);
  const [user] = users as readonly ApiObject[];
  const verdicts = await readVerdicts(mac, `?user=${String(user?.["id"])}`);
  expect(verdicts["of users"]).toEqual(current);
  const held = [...mac.state.declarative.user.declarations.keys()];
  expect(held.some((identifier) => identifier.includes(ids["of users"]))).toBe(true);
}
