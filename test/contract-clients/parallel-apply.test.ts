/** Terraform works on ten objects at a time: a configuration that shares blueprints, artifacts and tags must survive it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientWorld, startClientWorld } from "./client-world.ts";
import type { GoValues } from "./go-json.ts";
import type { Goztl } from "./goztl-client.ts";
import type { GoztlServiceName } from "./goztl-services.ts";
import { artifactPlan, bareScope, binaryProfile, newTag } from "./provider-steps.ts";

const parallelism = 10;
const artifactCount = 30;

let world: ClientWorld;
let goztl: Goztl;
beforeAll(async () => {
  world = await startClientWorld("envelope");
  goztl = world.goztl(80);
});
afterAll(() => world.close());

/** Runs the work on all items, as many at a time as Terraform does by default. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1], next[0]);
    }
  };
  await Promise.all(Array.from({ length: parallelism }, worker));
  return results;
}

const declaration = (artifact: unknown, index: number, length: number): GoValues => ({
  artifact,
  ...bareScope,
  version: 1,
  source: {
    Type: "com.apple.configuration.passcode.settings",
    Identifier: `com.example.passcode.${index}`,
    ServerToken: `token ${index} ${length}`,
    Payload: { MinimumLength: length },
  },
});

test("a configuration is applied, changed and destroyed ten objects at a time", async () => {
  const numbers = Array.from({ length: artifactCount }, (_, index) => index);
  const isProfile = (index: number): boolean => index % 2 === 0;
  const tags = await inParallel([1, 2, 3, 4], () => newTag({ world, goztl }));
  const blueprints = await inParallel([1, 2], () =>
    goztl.create("blueprints", { name: world.uniqueName(), inventory_interval: 86_400 }),
  );
  const planOf = (index: number): GoValues => ({
    ...artifactPlan(`parallel ${index}`),
    type: isProfile(index) ? "Profile" : "Configuration",
  });
  const artifacts = await inParallel(numbers, (index) => goztl.create("artifacts", planOf(index)));
  const serviceOf = (index: number): GoztlServiceName => (isProfile(index) ? "profiles" : "declarations");
  const versionOf = (index: number, length: number): GoValues =>
    isProfile(index)
      ? { artifact: artifacts[index]?.["id"], ...bareScope, version: 1, source: binaryProfile(`p${index}`) }
      : declaration(artifacts[index]?.["id"], index, length);
  const linkOf = (index: number, change: GoValues = {}): GoValues => ({
    blueprint: blueprints[index % 2]?.["id"],
    artifact: artifacts[index]?.["id"],
    ...bareScope,
    excluded_tags: [tags[index % 4]],
    ...change,
  });

  const [versions, links] = await Promise.all([
    inParallel(numbers, (index) => goztl.create(serviceOf(index), versionOf(index, 4))),
    inParallel(numbers, (index) => goztl.create("blueprintArtifacts", linkOf(index))),
  ]);

  // Every object changes, while the objects that it refers to change.
  const sharded = { excluded_tags: [], tag_shards: [{ tag: tags[0], shard: 5 }] };
  await Promise.all([
    inParallel(artifacts, ({ id }, index) =>
      goztl.update("artifacts", id, {
        ...planOf(index),
        reinstall_interval: 1,
        requires: index === 0 ? [] : [artifacts[index - 1]?.["id"]],
      }),
    ),
    inParallel(versions, ({ id }, index) => goztl.update(serviceOf(index), id, versionOf(index, 6))),
    inParallel(links, ({ id }, index) => goztl.update("blueprintArtifacts", id, linkOf(index, sharded))),
    inParallel(blueprints, ({ id, name }) =>
      goztl.update("blueprints", id, { name, inventory_interval: 43_200 }),
    ),
  ]);
  const required = (await goztl.list("artifacts")).filter(
    ({ requires }) => (requires as string[]).length > 0,
  );
  expect(required).toHaveLength(artifactCount - 1);

  // Dependants go first, the rest in any order.
  await Promise.all([
    inParallel(links, ({ id }) => goztl.delete("blueprintArtifacts", id)),
    inParallel(versions, ({ id }, index) => goztl.delete(serviceOf(index), id)),
  ]);
  for (const { id } of artifacts.toReversed()) await goztl.delete("artifacts", id);
  await Promise.all([
    inParallel(blueprints, ({ id }) => goztl.delete("blueprints", id)),
    inParallel(tags, (id) => goztl.delete("tags", id)),
  ]);
  expect(await goztl.list("artifacts")).toEqual([]);
  expect(await goztl.list("blueprintArtifacts")).toEqual([]);
});
