/** A blueprint and its links changed at once, over HTTP: what it does, that it does all or nothing, and what it refuses. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);

type World = {
  readonly blueprint: number;
  readonly name: string;
  readonly kept: string;
  readonly gone: string;
  readonly free: string;
};
let world: World;

/** A blueprint with two artifacts in it, and one that is not. */
beforeEach(async () => {
  const name = `Macs ${randomUUID()}`;
  const { id: blueprint } = await server.create("blueprints", { name });
  const [kept, gone, free] = [
    await server.newArtifact(),
    await server.newArtifact(),
    await server.newArtifact(),
  ];
  await server.create("blueprint_artifacts", { blueprint, artifact: kept, macos: true });
  await server.create("blueprint_artifacts", { blueprint, artifact: gone, macos: true });
  server.takeChanges();
  world = { blueprint, name, kept, gone, free };
});

const apply = (body: unknown, id = world.blueprint) =>
  server.call("POST", `/api/mdm/blueprints/${id}/apply/`, { body });

type Link = { readonly artifact: string; readonly macos_min_version: string };

async function links(): Promise<readonly Link[]> {
  const path = `/api/mdm/blueprint_artifacts/?blueprint=${world.blueprint}`;
  const { body } = await server.call("GET", path);
  return (body as { readonly results: readonly Link[] }).results;
}

async function everything() {
  const { body } = await server.call("GET", `/api/mdm/blueprints/${world.blueprint}/`);
  const { count } = await database.database.one<{ count: number }>(
    sql`select count(*)::integer as count from events where type = 'zentral_audit'`,
  );
  return { blueprint: body, links: await links(), count };
}

describe("a change of a blueprint", () => {
  test("changes settings, links and scopes at once, with an event for each and one word to the devices", async () => {
    const { blueprint, kept, gone, free } = world;
    const { count: before } = await everything();
    const answer = await apply({
      settings: { name: `${world.name} 2`, inventory_interval: 14_400 },
      blueprint_artifacts: [
        { artifact: free, macos: true },
        { artifact: kept, macos: true, macos_min_version: "15.0" },
      ],
      removed: [gone],
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        blueprint: { id: blueprint, name: `${world.name} 2`, inventory_interval: 14_400 },
        blueprint_artifacts: [
          { blueprint, artifact: free, macos_min_version: "" },
          { blueprint, artifact: kept, macos_min_version: "15.0" },
        ],
      },
    });
    const now = await everything();
    expect(now.blueprint).toEqual((answer.body as { readonly blueprint: unknown }).blueprint);
    expect(new Map(now.links.map((link) => [link.artifact, link.macos_min_version]))).toEqual(
      new Map([
        [kept, "15.0"],
        [free, ""],
      ]),
    );
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint] }]);
    const audits = await server.auditsOf("mdm_blueprint", blueprint);
    expect(now.count - before).toBe(4);
    expect(
      audits.slice(-4).map(({ action, object }) => [action, (object as { model: string }).model]),
    ).toEqual([
      ["created", "mdm.blueprintartifact"],
      ["updated", "mdm.blueprintartifact"],
      ["deleted", "mdm.blueprintartifact"],
      ["updated", "mdm.blueprint"],
    ]);
  });

  test("is made as a whole or not at all: what is wrong is told under its place", async () => {
    const { kept, gone, free } = world;
    const before = await everything();
    const good = { settings: { name: "Another name" }, removed: [gone] };
    const unknown = randomUUID();
    const refused = [
      [
        {
          blueprint_artifacts: [
            { artifact: free, macos: true },
            { artifact: kept, tvos: true },
          ],
        },
        { blueprint_artifacts: { "1": { tvos: expect.any(Array) } } },
      ],
      [
        {
          blueprint_artifacts: [
            { artifact: free, macos: true },
            { artifact: unknown, macos: true },
          ],
        },
        { blueprint_artifacts: { "1": { artifact: [`Invalid pk "${unknown}" - object does not exist.`] } } },
      ],
      [
        {
          blueprint_artifacts: [
            { artifact: free, macos: true },
            { artifact: free, macos: true },
          ],
        },
        {
          blueprint_artifacts: {
            "1": { non_field_errors: ["The fields blueprint, artifact must make a unique set."] },
          },
        },
      ],
      [{ removed: [gone, unknown] }, { removed: [`Invalid pk "${unknown}" - object does not exist.`] }],
      [
        { settings: { name: "Another name", filevault_config: 987_654 } },
        { settings: { filevault_config: ['Invalid pk "987654" - object does not exist.'] } },
      ],
    ] as const;
    for (const [part, errors] of refused) {
      expect(await apply({ ...good, ...part })).toMatchObject({ status: 400, body: errors });
    }
    const { name } = await server.create("blueprints", { name: `Taken ${randomUUID()}` });
    expect(await apply({ ...good, settings: { name } })).toMatchObject({
      status: 400,
      body: { settings: { name: ["blueprint with this name already exists."] } },
    });
    expect(await everything()).toEqual({ ...before, count: before.count + 1 });
    expect(server.takeChanges()).toEqual([]);
  });

  test("that changes nothing tells nobody", async () => {
    const before = await everything();
    expect((await apply({ removed: [world.free] })).status).toBe(200);
    expect((await apply({})).status).toBe(200);
    expect(await everything()).toEqual(before);
    expect(server.takeChanges()).toEqual([]);
  });

  test("an artifact that is linked and removed keeps its link, as in a preview", async () => {
    const both = { blueprint_artifacts: [{ artifact: world.gone, macos: true }], removed: [world.gone] };
    expect((await apply(both)).status).toBe(200);
    expect((await links()).map(({ artifact }) => artifact)).toContain(world.gone);
  });

  test("of a blueprint that is not there, and lists without an end, are refused", async () => {
    expect(await apply({}, 987_654)).toMatchObject({ status: 404 });
    const removed = Array.from({ length: 501 }, () => randomUUID());
    expect(await apply({ removed })).toMatchObject({ status: 400, body: { removed: expect.anything() } });
  });
});
