/** Each declaration by itself: from the snapshot, from the scope, or not at all (protocol 1.5, desired-state 4.6, 4.12). */
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { operate } from "#platform/operation.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { isUuid } from "#protocol/ddm/identifiers.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { numberOf } from "#sandbox/simulate/api-client.ts";
import { makeArtifact } from "#sandbox/simulate/artifact-maker.ts";
import { exampleProfile } from "#sandbox/simulate/example-payloads.ts";
import { useDeviceStories } from "../tools/device-stories.ts";
import { testActor } from "../tools/test-database.ts";

const stories = useDeviceStories();
const prefix = "1.0.0.127";

type Json = Readonly<Record<string, unknown>>;
type Channel = "device" | "user";

async function createBlueprint(more: Json = {}): Promise<number> {
  const body = { name: `Blueprint ${Math.random()}`, ...more };
  return numberOf(await stories.api.create("/api/mdm/blueprints/", body), "id");
}

async function assign(mac: SimulatedDevice, blueprint: number): Promise<void> {
  const body = { blueprint, devices: [await stories.idOf(mac)] };
  const answer = await stories.call("POST", "/api/mdm/devices/assign_blueprint/", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

async function settle(device: SimulatedDevice): Promise<void> {
  while ((await device.pollUntilIdle()).length > 0);
}

async function read(mac: SimulatedDevice, endpoint: string, channel: Channel = "device"): Promise<Json> {
  const answer = await mac.sendDeclarative(endpoint, undefined, channel);
  expect(answer.status, endpoint).toBe(200);
  return JSON.parse(answer.body.toString("utf8")) as Json;
}

/** What is refused to a device, and why, in the words of its event. */
async function refusalOf(mac: SimulatedDevice, identifier: string): Promise<readonly [number, unknown]> {
  const { status } = await mac.sendDeclarative(`declaration/configuration/${identifier}`);
  const events = (await stories.eventsOf(mac)).map(({ payload }) => payload);
  const told = events.find((payload) => payload["declaration_identifier"] === identifier);
  return [status, told?.["reason"]];
}

const enterSetupAssistant = ({ facts }: SimulatedDevice): Promise<number> =>
  operate(stories.app.foundation.source, testActor, (op) =>
    op.tx.run(sql`update devices set awaiting_configuration = true where udid = ${facts.udid}`),
  );

describe("what an artifact is behind", () => {
  const kinds = ["declaration", "cert-asset", "data-asset", "legacy-profile"] as const;
  const models = {
    declaration: "Declaration",
    "cert-asset": "CertAsset",
    "data-asset": "DataAsset",
    "legacy-profile": "Profile",
  };
  let blueprint: number;
  let artifacts: { readonly [Kind in (typeof kinds)[number]]: string };
  beforeAll(async () => {
    blueprint = await createBlueprint();
    artifacts = await createArtifacts(blueprint);
  });
  const identifierOf = (kind: (typeof kinds)[number]): string => `${prefix}.${kind}.${artifacts[kind]}`;

  test.each(kinds)(
    "a %s is served as it was promised after the device has entered Setup Assistant",
    async (kind) => {
      const mac = await stories.settledDevice("Mac");
      await assign(mac, blueprint);
      await settle(mac);
      const identifier = identifierOf(kind);
      const held = mac.state.declarative.device.declarations.get(identifier);
      expect(held).toMatchObject({ valid: "valid", serverToken: expect.toSatisfy(isUuid) });
      await enterSetupAssistant(mac);
      expect(await read(mac, `declaration/configuration/${identifier}`)).toMatchObject({
        Identifier: identifier,
        ServerToken: held?.serverToken,
        Type: held?.type,
      });
    },
  );

  test.each(kinds)("a %s is not served there to a device that was promised nothing", async (kind) => {
    const mac = await stories.settledDevice("Mac");
    await assign(mac, blueprint);
    await enterSetupAssistant(mac);
    const reason = `Could not find ${models[kind]} artifact ${artifacts[kind]}`;
    expect(await refusalOf(mac, identifierOf(kind))).toEqual([404, reason]);
  });

  test.each(kinds)("a %s is refused by an identifier that names no artifact", async (kind) => {
    const mac = await stories.settledDevice("Mac");
    await assign(mac, blueprint);
    for (const part of ["nonsense", `${artifacts[kind]}.more`]) {
      const refusal = await refusalOf(mac, `${prefix}.${kind}.${part}`);
      expect(refusal).toEqual([404, `Invalid ${models[kind]} Identifier`]);
    }
  });

  test("of no kind is unknown", async () => {
    const mac = await stories.settledDevice("Mac");
    await assign(mac, blueprint);
    expect(await refusalOf(mac, `${prefix}.package.${artifacts.declaration}`)).toEqual([
      404,
      "Unknown declaration",
    ]);
  });
});

/** One of each kind; the profile and the configurations are linked, and refer to the assets. */
async function createArtifacts(blueprint: number) {
  const { api } = stories;
  const macs = { settings: { platforms: ["macOS"] }, scope: { macos: true } };
  const asset = (type: string, versions: string, payload: Json): Promise<string> =>
    makeArtifact(api, { name: type, type, versions, payload, ...macs, blueprints: [] });
  const [issuer] = await api.list("/api/mdm/scep_issuers/");
  const dataAsset = await asset("Data Asset", "data_assets", {
    type: "PLIST",
    source: writePlist({ text: "one" }).toString("base64"),
  });
  const certAsset = await asset("Certificate Asset", "cert_assets", {
    acme_issuer: null,
    scep_issuer: issuer?.["id"],
    subject: [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }],
    subject_alt_name: {},
  });
  const configuration = (type: string, Payload: Json): Promise<string> =>
    makeArtifact(api, {
      name: type,
      type: "Configuration",
      versions: "declarations",
      payload: { source: { Type: type, Identifier: type, ServerToken: type, Payload } },
      ...macs,
      blueprints: [blueprint],
    });
  await configuration("com.apple.configuration.security.identity", {
    CredentialAssetReference: `ztl:${certAsset}`,
  });
  return {
    "data-asset": dataAsset,
    "cert-asset": certAsset,
    declaration: await configuration("com.apple.configuration.services.configuration-files", {
      ServiceType: "com.apple.sudo",
      DataAssetReference: `ztl:${dataAsset}`,
    }),
    "legacy-profile": await makeArtifact(api, {
      name: "profile",
      type: "Profile",
      versions: "profiles",
      payload: { source: exampleProfile(1).toString("base64") },
      ...macs,
      blueprints: [blueprint],
    }),
  };
}

describe("status subscriptions", () => {
  const capabilitiesWith = (items: unknown): Json => ({
    StatusItems: {
      management: { "client-capabilities": { "supported-payloads": { "status-items": items } } },
    },
  });

  test("are what each channel says of itself, ascending and without tests; the eleven before it does", async () => {
    const mac = await stories.settledDevice("Mac");
    const blueprint = await createBlueprint();
    await assign(mac, blueprint);
    const endpoint = `declaration/configuration/${prefix}.blueprint.${blueprint}.management-status-subscriptions`;
    const namesFor = async (channel: Channel): Promise<unknown[]> => {
      const { Type, Payload } = await read(mac, endpoint, channel);
      expect(Type).toBe("com.apple.configuration.management.status-subscriptions");
      return ((Payload as Json)["StatusItems"] as Json[]).map(({ Name }) => Name);
    };
    expect(await namesFor("device")).toHaveLength(11);
    expect(await read(mac, endpoint)).toMatchObject({
      ServerToken: "0ed215547af3061ce18ea6cf7a69dac4a3d52f3f",
    });
    await mac.sendDeclarative("status", capabilitiesWith(["yolo", "fomo", "test.yolo"]));
    await mac.sendDeclarative("status", capabilitiesWith(["of.users"]), "user");
    expect(await namesFor("device")).toEqual(["fomo", "yolo"]);
    expect(await namesFor("user")).toEqual(["of.users"]);
    await mac.sendDeclarative("status", capabilitiesWith([1, null]));
    expect(await namesFor("device")).toHaveLength(11);
  });
});

describe("a software update enforcement", () => {
  const type = "com.apple.configuration.softwareupdate.enforcement.specific";
  const canEnforce = {
    StatusItems: {
      management: {
        "client-capabilities": { "supported-payloads": { declarations: { configurations: [type] } } },
      },
    },
  };
  const enforcementOf = async (body: Json): Promise<number> => {
    const given = { name: `Enforcement ${Math.random()}`, platforms: ["macOS"], ...body };
    return numberOf(await stories.api.create("/api/mdm/software_update_enforcements/", given), "id");
  };
  async function macWith(enforcements: readonly number[]) {
    const mac = await stories.settledDevice("Mac");
    const blueprint = await createBlueprint({ software_update_enforcements: enforcements });
    await assign(mac, blueprint);
    await mac.sendDeclarative("status", canEnforce);
    return { mac, identifier: `${prefix}.blueprint.${blueprint}.softwareupdate-enforcement-specific` };
  }

  test("of a fixed version is declared, and served word for word", async () => {
    const fixed = { os_version: "26.5", build_version: "26F1", local_datetime: "2026-12-01T09:30:00" };
    const { mac, identifier } = await macWith([await enforcementOf(fixed)]);
    expect(JSON.stringify(await read(mac, "declaration-items"))).toContain(identifier);
    expect(await read(mac, `declaration/configuration/${identifier}`)).toMatchObject({
      Type: type,
      Identifier: identifier,
      Payload: {
        TargetOSVersion: "26.5",
        TargetBuildVersion: "26F1",
        TargetLocalDateTime: "2026-12-01T09:30:00",
      },
    });
  });

  test("that applies to nobody is refused as such, and nothing else fails for it", async () => {
    const { mac, identifier } = await macWith([]);
    expect(await refusalOf(mac, identifier)).toEqual([404, "No software enforcement found for target"]);
  });

  test("of the latest version without one to tell of is not declared, and everything else goes on", async () => {
    const latest = { max_os_version: "27", delay_days: 14, local_time: "09:30:00" };
    const { mac, identifier } = await macWith([await enforcementOf(latest)]);
    await settle(mac);
    const { SyncTokens } = await read(mac, "tokens");
    expect(mac.state.declarative.device.token).toBe((SyncTokens as Json)["DeclarationsToken"]);
    expect(JSON.stringify(await read(mac, "declaration-items"))).not.toContain(identifier);
    expect(await refusalOf(mac, identifier)).toEqual([404, "No software update available for target"]);
  });
});
