/** A small fleet with something of everything, so that pages have what they show. Made through the API, as people do. */
import { randomUUID } from "node:crypto";
import { commandError } from "#sandbox/devices/device-state.ts";
import type { DeviceModel } from "#sandbox/devices/device-facts.ts";
import type { SimulatedDevice } from "#sandbox/devices/device.ts";
import { numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import type { DeviceStories } from "../tools/device-stories.ts";

export type SampleFleet = {
  /** Macs, iPhones, an iPad and an Apple TV that have reported their inventory. */
  readonly devices: readonly SimulatedDevice[];
  /** A Mac with everything on its page. */
  readonly mac: SimulatedDevice;
  readonly macId: number;
  readonly blueprintId: number;
};

const models: readonly DeviceModel[] = ["Mac", "iPhone", "iPad", "Mac", "iPhone", "AppleTV", "Mac", "iPhone"];

const stepSeconds = 60;
const historySeconds = 4 * stepSeconds;

/** Makes the fleet. */
export async function makeSampleFleet(stories: DeviceStories): Promise<SampleFleet> {
  const { api, clock } = stories;
  // What happened here took a while, and ended now.
  clock.advance(-historySeconds);
  for (const name of ["Berlin", "Lisbon", "Loan pool"]) await api.create("/api/inventory/tags/", { name });
  const blueprintId = await makeBlueprint(stories);
  const devices: SimulatedDevice[] = [];
  for (const model of models) devices.push(await stories.settledDevice(model));
  const [mac] = devices;
  if (mac === undefined) throw new Error("The first model is a Mac");
  mac.answer("InstallProfile", commandError(4019, "MCInstallationErrorDomain", "Multiple App Lock payloads"));
  const ids = await Promise.all(devices.map(stories.idOf));
  const body = { blueprint: blueprintId, devices: ids.slice(0, 6) };
  const assigned = await stories.call("POST", "/api/mdm/devices/assign_blueprint/", body);
  if (assigned.status !== 200) throw new Error(`No blueprint was assigned: ${JSON.stringify(assigned.body)}`);
  clock.advance(stepSeconds);
  for (const device of devices.slice(0, 6)) await settle(device);
  await addHistory(stories, mac);
  return { devices, mac, macId: await stories.idOf(mac), blueprintId };
}

async function settle(device: SimulatedDevice): Promise<void> {
  while ((await device.pollUntilIdle()).length > 0);
}

/** A blueprint with profiles for all, for some, and for none of these devices. */
async function makeBlueprint({ api }: DeviceStories): Promise<number> {
  await api.create("/api/mdm/blueprints/", { name: "Meeting rooms" });
  const blueprint = await api.create("/api/mdm/blueprints/", {
    name: "Offices",
    collect_apps: 2,
    collect_certificates: 2,
    collect_profiles: 2,
    legacy_profiles_via_ddm: false,
  });
  const scopes = [
    { name: "Kiosk", scope: { macos: true } },
    { name: "Wi-Fi offices", scope: { ios: true, ipados: true, macos: true, tvos: true } },
    { name: "Next year's restrictions", scope: { macos: true, macos_min_version: "27.0" } },
    { name: "Mail for phones", scope: { ios: true } },
  ];
  for (const { name, scope } of scopes) {
    const platforms = ["iOS", "iPadOS", "macOS", "tvOS"];
    const artifact = await api.create("/api/mdm/artifacts/", {
      name,
      type: "Profile",
      channel: "Device",
      platforms,
    });
    const id = textOf(artifact, "id");
    const everywhere = { ios: true, ipados: true, macos: true, tvos: true };
    await api.create("/api/mdm/profiles/", {
      artifact: id,
      version: 1,
      source: profileOf(name),
      ...everywhere,
    });
    await api.create("/api/mdm/blueprint_artifacts/", { blueprint: blueprint["id"], artifact: id, ...scope });
  }
  return numberOf(blueprint, "id");
}

/** A profile that sets nothing anybody would notice, in base64. */
function profileOf(name: string): string {
  const identifier = `com.example.${name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  const payload = (type: string, suffix: string, rest: string): string => `<dict>
    <key>PayloadType</key><string>${type}</string><key>PayloadVersion</key><integer>1</integer>
    <key>PayloadIdentifier</key><string>${identifier}${suffix}</string>
    <key>PayloadUUID</key><string>${randomUUID()}</string>${rest}</dict>`;
  const inner = payload(
    "com.apple.webClip.managed",
    ".clip",
    "<key>Label</key><string>Help</string><key>URL</key><string>https://help.example.com</string>",
  );
  const content = `<key>PayloadDisplayName</key><string>${name.replaceAll("'", "&apos;")}</string>
    <key>PayloadContent</key><array>${inner}</array>`;
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0">${payload("Configuration", "", content)}</plist>`,
  ).toString("base64");
}

/** Commands that were answered, that failed, and that wait. */
async function addHistory(stories: DeviceStories, mac: SimulatedDevice): Promise<void> {
  await stories.call("POST", "/api/inventory/machines/tags/", {
    serial_numbers: [mac.facts.serialNumber],
    operations: [{ kind: "ADD", taxonomy: null, names: ["Berlin", "Loan pool"] }],
  });
  // A person is at it.
  await mac.pollUntilIdle("user");
  stories.clock.advance(stepSeconds);
  await stories.order(mac, "RestartDevice");
  await settle(mac);
  stories.clock.advance(stepSeconds);
  mac.answer("ShutDownDevice", commandError(12_021, "MCMDMErrorDomain", "Invalid request type"));
  await stories.order(mac, "ShutDownDevice");
  await settle(mac);
  stories.clock.advance(stepSeconds);
  await stories.order(mac, "DeviceInformation");
}
