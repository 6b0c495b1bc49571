/** One request that succeeds for each endpoint of the inventory, and realms. */
import { randomUUID } from "node:crypto";
import { realmConfigContext } from "#admin/realms/realm.ts";
import { sealText } from "#platform/sealer.ts";
import { numberOf } from "#sandbox/simulate/api-client.ts";
import type { MakeRequest } from "./contract-request.ts";
import type { ContractWorld } from "./contract-world.ts";
import { insertRealm } from "./realms.ts";

async function newUnitPath(world: ContractWorld): Promise<string> {
  const unit = await world.api.create("/api/inventory/meta_business_units/", { name: world.uniqueName() });
  return `/api/inventory/meta_business_units/${numberOf(unit, "id")}/`;
}

/** A row of one of the inventory lists, for the requests that change it. */
async function newInventoryPath(world: ContractWorld, list: "tags" | "taxonomies"): Promise<string> {
  const created = await world.api.create(`/api/inventory/${list}/`, { name: world.uniqueName() });
  return `/api/inventory/${list}/${numberOf(created, "id")}/`;
}

async function newRealmPath({ sealer, testApp, uniqueName }: ContractWorld): Promise<string> {
  const uuid = randomUUID();
  const config = { default_relay_state: randomUUID(), idp_metadata: "<xml/>" };
  const configSealed = sealText(sealer, JSON.stringify(config), realmConfigContext(uuid));
  await testApp.app.foundation.database.transaction((tx) =>
    insertRealm(tx, { uuid, name: uniqueName(), backend: "saml", configSealed }, new Date()),
  );
  return `/api/realms/realms/${uuid}/`;
}

export const inventoryRequests: Readonly<Record<string, MakeRequest>> = {
  listRealms: async (world) => {
    await newRealmPath(world);
    return { path: "/api/realms/realms/" };
  },
  findRealm: async (world) => ({ path: await newRealmPath(world) }),
  listMetaBusinessUnits: () => ({ path: "/api/inventory/meta_business_units/" }),
  createMetaBusinessUnit: ({ uniqueName }) => ({
    path: "/api/inventory/meta_business_units/",
    body: { name: uniqueName() },
  }),
  readMetaBusinessUnit: ({ unitId }) => ({ path: `/api/inventory/meta_business_units/${unitId}/` }),
  updateMetaBusinessUnit: async (world) => ({
    path: await newUnitPath(world),
    body: { name: world.uniqueName() },
  }),
  deleteMetaBusinessUnit: async (world) => ({ path: await newUnitPath(world) }),
  listTaxonomies: () => ({ path: "/api/inventory/taxonomies/" }),
  createTaxonomy: ({ uniqueName }) => ({ path: "/api/inventory/taxonomies/", body: { name: uniqueName() } }),
  readTaxonomy: async (world) => ({ path: await newInventoryPath(world, "taxonomies") }),
  updateTaxonomy: async (world) => ({
    path: await newInventoryPath(world, "taxonomies"),
    body: { name: world.uniqueName() },
  }),
  deleteTaxonomy: async (world) => ({ path: await newInventoryPath(world, "taxonomies") }),
  listTags: () => ({ path: "/api/inventory/tags/" }),
  createTag: ({ uniqueName }) => ({ path: "/api/inventory/tags/", body: { name: uniqueName() } }),
  readTag: async (world) => ({ path: await newInventoryPath(world, "tags") }),
  updateTag: async (world) => ({
    path: await newInventoryPath(world, "tags"),
    body: { name: world.uniqueName() },
  }),
  deleteTag: async (world) => ({ path: await newInventoryPath(world, "tags") }),
  tagMachines: ({ uniqueName }) => ({
    path: "/api/inventory/machines/tags/",
    body: { serial_numbers: ["CONTRACT1"], operations: [{ kind: "ADD", names: [uniqueName()] }] },
  }),
  tagDevices: ({ uniqueName, deviceId }) => ({
    path: "/api/mdm/devices/tags/",
    body: { devices: [deviceId], operations: [{ kind: "ADD", names: [uniqueName()] }] },
  }),
  readMachineMeta: async ({ api, uniqueName }) => {
    const serialNumber = uniqueName().replace(/[^A-Za-z0-9]/g, "");
    await api.create("/api/inventory/machines/tags/", {
      serial_numbers: [serialNumber],
      operations: [{ kind: "ADD", names: ["contract"] }],
    });
    return { path: `/api/inventory/machines/${serialNumber}/meta/` };
  },
};
