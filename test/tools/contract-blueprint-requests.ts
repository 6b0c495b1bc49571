/** One request that succeeds for each endpoint of blueprints and what belongs to them. */
import { type Body, type MakeRequest, crudRequests, newArtifact, newDevicePath } from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";
import { insertBlueprint } from "./desired-state.ts";

async function newBlueprintPath(world: ContractWorld): Promise<string> {
  const { database } = world.testApp.app.foundation;
  const id = await database.transaction((tx) => insertBlueprint(tx));
  return `/api/mdm/blueprints/${id}/`;
}

const filevaultBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  escrow_location_display_name: "Pomona",
});

const namedBody = ({ uniqueName }: ContractWorld): Body => ({ name: uniqueName() });

const enforcementBody = ({ uniqueName }: ContractWorld): Body => ({
  name: uniqueName(),
  platforms: ["macOS"],
  max_os_version: "27",
});

async function linkBody(world: ContractWorld): Promise<Body> {
  const { id } = await world.api.create("/api/mdm/blueprints/", namedBody(world));
  return { blueprint: id, artifact: await newArtifact(world, "Profile"), macos: true };
}

export const blueprintRequests: Readonly<Record<string, MakeRequest>> = {
  previewBlueprint: async (world) => ({ path: `${await newBlueprintPath(world)}preview/`, body: {} }),
  applyBlueprintChange: async (world) => ({
    path: `${await newBlueprintPath(world)}apply/`,
    body: {
      settings: namedBody(world),
      blueprint_artifacts: [{ artifact: await newArtifact(world, "Profile"), macos: true }],
    },
  }),
  findBlueprintStatus: async (world) => ({ path: `${await newBlueprintPath(world)}status/` }),
  listBlueprintStatuses: async (world) => {
    await newBlueprintPath(world);
    return { path: "/api/mdm/blueprints/status/" };
  },
  ...crudRequests({ path: "/api/mdm/blueprints/", list: "Blueprints", one: "Blueprint" }, namedBody),
  ...crudRequests(
    { path: "/api/mdm/blueprint_artifacts/", list: "BlueprintArtifacts", one: "BlueprintArtifact" },
    linkBody,
  ),
  ...crudRequests(
    { path: "/api/mdm/filevault_configs/", list: "FilevaultConfigs", one: "FilevaultConfig" },
    filevaultBody,
  ),
  ...crudRequests(
    {
      path: "/api/mdm/recovery_password_configs/",
      list: "RecoveryPasswordConfigs",
      one: "RecoveryPasswordConfig",
    },
    namedBody,
  ),
  ...crudRequests(
    {
      path: "/api/mdm/software_update_enforcements/",
      list: "SoftwareUpdateEnforcements",
      one: "SoftwareUpdateEnforcement",
    },
    enforcementBody,
  ),
  updateDevice: async (world) => ({ path: await newDevicePath(world), body: { blueprint: null } }),
  assignBlueprint: async (world) => ({
    path: "/api/mdm/devices/assign_blueprint/",
    body: { blueprint: null, devices: [world.deviceId] },
  }),
};
