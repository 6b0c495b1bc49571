/** Trees as they are read: one statement, everything that is reached, and the order that plans rely on. */
import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import {
  insertArtifact,
  insertBlueprint,
  insertReference,
  insertVersion,
  linkArtifact,
} from "../../../test/tools/desired-state.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { createBlueprintTrees } from "./blueprint-tree-operations.ts";
import { findBlueprintTree } from "./blueprint-tree-store.ts";

const world = useTestDatabase();

describe("a tree", () => {
  test("holds what is linked, what that requires and what any version refers to, however deep", async () => {
    const ids = await world.database.transaction(async (tx) => {
      const blueprintId = await insertBlueprint(tx);
      const leaf = await insertArtifact(tx, { name: "leaf", type: "Asset" });
      const middle = await insertArtifact(tx, { name: "middle" });
      await insertReference(tx, middle.versionIds[0] ?? "", leaf.id);
      const root = await insertArtifact(tx, { name: "root", requires: [middle.id], versions: 2 });
      const other = await insertArtifact(tx, { name: "a linked later" });
      await insertArtifact(tx, { name: "elsewhere" });
      await linkArtifact(tx, blueprintId, root.id);
      await linkArtifact(tx, blueprintId, other.id);
      return { blueprintId, leaf, middle, root, other };
    });
    const tree = await findBlueprintTree(world.database, ids.blueprintId);
    expect([...(tree?.artifacts.values() ?? [])].map(({ name }) => name)).toEqual([
      "root",
      "a linked later",
      "leaf",
      "middle",
    ]);
    const [root, , leaf, middle] = [...(tree?.artifacts.values() ?? [])];
    expect(root).toMatchObject({ requires: [ids.middle.id], references: [] });
    expect(root?.versions.map(({ version }) => version)).toEqual([2, 1]);
    expect(root?.versions.map(({ id }) => id)).toEqual(ids.root.versionIds.toReversed());
    expect(root?.link).toMatchObject({
      platforms: { macOS: { isEnabled: true, minVersion: "", maxVersion: "" } },
      shardModulo: 100,
      defaultShard: 100,
      excludedTagIds: [],
      tagShards: [],
    });
    expect(middle).toMatchObject({ link: null, references: [ids.leaf.id] });
    expect(leaf).toMatchObject({ type: "Asset", link: null });
  });

  test("has the tags of scopes, licences and enforcements", async () => {
    const blueprintId = await world.database.transaction(async (tx) => {
      const id = await insertBlueprint(tx);
      const app = await insertArtifact(tx, { payload: { AppStoreID: "409183694" } });
      const [versionId = ""] = app.versionIds;
      await tx.run(sql`
        update declarations set type = 'com.apple.configuration.app.managed' where artifact_version_id = ${versionId}`);
      const linkId = await linkArtifact(tx, id, app.id);
      await tx.run(sql`
        insert into tags (id, name, slug, color) overriding system value
        values (1, 'one', 'one', '0079bf'), (2, 'two', 'two', '0079bf')`);
      await tx.run(sql`insert into blueprint_artifact_excluded_tags values (${linkId}, 2), (${linkId}, 1)`);
      await tx.run(sql`insert into artifact_version_tag_shards values (${versionId}, 2, 7)`);
      await tx.run(sql`
        with made as (
          insert into software_update_enforcements (name, details_url, platforms, os_version, build_version,
                                                    local_datetime, max_os_version, created_at, updated_at)
          values ('E', '', '{macOS}', '15.2', '', '2026-03-01T09:30', '', '2026-01-01', '2026-01-01') returning id)
        insert into blueprint_software_update_enforcements select ${id}, id from made`);
      return id;
    });
    const tree = await findBlueprintTree(world.database, blueprintId);
    const [app] = [...(tree?.artifacts.values() ?? [])];
    expect(app?.link?.excludedTagIds).toEqual([1, 2]);
    expect(app?.versions[0]).toMatchObject({
      adamId: "409183694",
      scope: { tagShards: [{ tagId: 2, shard: 7 }] },
    });
    expect(tree?.enforcements).toMatchObject([
      { name: "E", platforms: ["macOS"], localDatetime: "2026-03-01T09:30:00", localTime: null },
    ]);
  });

  test("is one statement with 500 artifacts, read once a revision", async () => {
    const blueprintId = await world.database.transaction(async (tx) => {
      const id = await insertBlueprint(tx);
      for (let count = 0; count < 500; count++) await linkArtifact(tx, id, (await insertArtifact(tx)).id);
      return id;
    });
    const trees = createBlueprintTrees();
    const before = world.database.statementCount();
    const tree = await trees.find(world.database, blueprintId, "1");
    expect(tree?.artifacts.size).toBe(500);
    expect(await trees.find(world.database, blueprintId, "1")).toBe(tree);
    expect(world.database.statementCount() - before).toBe(1);
    await world.database.transaction(async (tx) => {
      const [id = ""] = [...(tree?.artifacts.keys() ?? [])];
      await insertVersion(tx, { artifactId: id, version: 2 });
      await tx.run(sql`update blueprints set revision = 2 where id = ${blueprintId}`);
    });
    const changed = world.database.statementCount();
    expect((await trees.find(world.database, blueprintId, "2"))?.revision).toBe("2");
    expect(world.database.statementCount() - changed).toBe(1);
  });

  test("of a blueprint that is gone is none", async () => {
    expect(await findBlueprintTree(world.database, 2_000_000_000)).toBeNull();
  });
});
