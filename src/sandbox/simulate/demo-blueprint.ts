/** The demonstration's blueprint: a profile, a declaration and an application, and what became of them on devices. */
import type { SimulatedDevice } from "../devices/device.ts";
import { type ApiClient, type ApiObject, numberOf, textOf } from "./api-client.ts";
import { everyPlatform, makeArtifact } from "./artifact-maker.ts";
import { exampleDeclaration, examplePackage, exampleProfile } from "./example-payloads.ts";
import { waitFor } from "./wait.ts";

type Print = (line: string) => void;

const blueprintName = "Demo blueprint";
const application = { identifier: "com.example.demo", name: "Demo Agent", version: "1.0" };
const convergeSeconds = 90;

/** Makes the blueprint, or finds that of an earlier demonstration. @returns Its id. */
export async function prepareBlueprint(api: ApiClient, print: Print): Promise<number> {
  const path = "/api/mdm/blueprints/";
  const [found] = await api.list(`${path}?name=${encodeURIComponent(blueprintName)}`);
  if (found !== undefined) return numberOf(found, "id");
  const collected = { collect_apps: 2, collect_certificates: 2, collect_profiles: 2 };
  const id = numberOf(await api.create(path, { name: blueprintName, ...collected }), "id");
  const blueprints = [id];
  await makeArtifact(api, {
    name: "Demo web clip",
    type: "Profile",
    versions: "profiles",
    payload: { source: exampleProfile(1).toString("base64") },
    blueprints,
  });
  await makeArtifact(api, {
    name: "Demo passcode",
    type: "Configuration",
    versions: "declarations",
    payload: { source: exampleDeclaration(1) },
    scope: { ...everyPlatform, tvos: false },
    settings: { platforms: ["iOS", "iPadOS", "macOS"] },
    blueprints,
  });
  const file = { name: "demo-agent.pkg", bytes: examplePackage(application) };
  const uploaded = await api.upload("/api/mdm/files/", file);
  await makeArtifact(api, {
    name: "Demo Agent",
    type: "Enterprise App",
    versions: "enterprise_apps",
    payload: { package_uri: textOf(uploaded, "uri"), package_sha256: textOf(uploaded, "sha256") },
    scope: { macos: true },
    settings: { platforms: ["macOS"] },
    blueprints,
  });
  print(`Blueprint ${id} has a profile, a declaration and an application for Macs`);
  return id;
}

const verdictsPath = (deviceId: number): string => `/api/mdm/devices/${deviceId}/artifacts/`;

/** Waits until every device has what the blueprint says, or has at least accepted it: applications take their time. */
export async function waitForDesiredState(
  api: ApiClient,
  { fleet, ids }: { readonly fleet: readonly SimulatedDevice[]; readonly ids: readonly number[] },
  print: Print,
): Promise<void> {
  for (const [index, id] of ids.entries()) {
    await waitFor(`device ${id} to have what its blueprint says`, convergeSeconds, async () => {
      await fleet[index]?.settled();
      const verdicts = await api.list(verdictsPath(id));
      return verdicts.length > 0 && verdicts.every(isSettled) ? verdicts : null;
    });
  }
  print(`All ${ids.length} devices have what the blueprint says`);
}

function isSettled({ state, stored }: ApiObject): boolean {
  const isAccepted = (stored as readonly ApiObject[]).some(({ status }) => status === "AwaitingConfirmation");
  return isAccepted || state === "current" || state === "excluded";
}

/** Prints what one device should have, and why. */
export async function showDesiredState(
  api: ApiClient,
  device: { readonly id: number; readonly name: string },
  print: Print,
): Promise<readonly ApiObject[]> {
  const verdicts = await api.list(verdictsPath(device.id));
  print(`What ${device.name} (device ${device.id}) should have:`);
  for (const { artifact, state, delivery, reason_text: sentence } of verdicts) {
    const name = textOf(artifact as ApiObject, "name");
    print(`  ${name}  ${String(state)}  ${String(delivery)}  ${String(sentence)}`);
  }
  return verdicts;
}
