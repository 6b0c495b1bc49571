/**
 * The acceptance tests of the reference's Terraform provider, replayed (http-api 4.3, 4.4): every resource, with the
 * client that the provider pins against a server in `bare` mode, and with today's client against an `envelope` one.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClientWorld, startClientWorld } from "./client-world.ts";
import type { Goztl } from "./goztl-client.ts";
import { runLifeCycle } from "./provider.ts";
import { providerResources } from "./provider-resources.ts";
import type { Bench } from "./provider-steps.ts";

const clients = [
  // A test binary does not know its version, so the server cannot tell what it reads.
  { listMode: "bare", version: 74, userAgent: "terraform-provider-zentral/test goztl/(devel)" },
  { listMode: "auto", version: 74, userAgent: "terraform-provider-zentral/0.1.50 goztl/v0.1.74" },
  { listMode: "envelope", version: 80, userAgent: "terraform-provider-zentral/0.2.0 goztl/v0.1.80" },
] as const;

describe.each(clients)("the provider with client 0.1.$version, lists $listMode", (client) => {
  let world: ClientWorld;
  let goztl: Goztl;
  beforeAll(async () => {
    world = await startClientWorld(client.listMode);
    goztl = world.goztl(client.version, client.userAgent);
  });
  afterAll(() => world.close());

  test.each(providerResources)(
    "zentral_$resource is created, planned again without a change, imported, changed and destroyed",
    async ({ service, steps }) => {
      const bench: Bench = { world, goztl };
      await runLifeCycle(goztl, service, await steps(bench));
    },
  );

  test("what is deleted behind its back is an error that names the request", async () => {
    const { id } = await goztl.create("taxonomies", { name: world.uniqueName() });
    await goztl.delete("taxonomies", id);
    await expect(goztl.findById("taxonomies", id)).rejects.toThrow(
      `inventory/taxonomies/${String(id)}/: 404 {"detail":"No Taxonomy matches the given query."}`,
    );
  });
});
