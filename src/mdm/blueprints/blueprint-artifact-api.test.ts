import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { useBlueprintServer } from "../../../test/tools/blueprint-server.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";

const database = useTestDatabase();
const server = useBlueprintServer(database);
const root = "/api/mdm/blueprint_artifacts/";
const create = (body: Record<string, unknown>) => server.create("blueprint_artifacts", body);
const put = (id: number, body: Record<string, unknown>) => server.call("PUT", `${root}${id}/`, { body });

let tags: number[];
let blueprint: number;
beforeAll(async () => {
  tags = [await server.newTag("one"), await server.newTag("two")];
  blueprint = (await server.create("blueprints", { name: "Macs" })).id;
});

test("a link is created with its defaults, read and listed", async () => {
  const artifact = await server.newArtifact();
  const created = await create({ blueprint, artifact, macos: true });
  const none = (name: string) => ({
    [name]: false,
    [`${name}_min_version`]: "",
    [`${name}_max_version`]: "",
  });
  expect(created).toEqual({
    id: expect.any(Number),
    blueprint,
    artifact,
    ...none("ios"),
    ...none("ipados"),
    ...none("macos"),
    macos: true,
    ...none("tvos"),
    shard_modulo: 100,
    default_shard: 100,
    excluded_tags: [],
    tag_shards: [],
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  expect((await server.call("GET", `${root}${created.id}/`)).body).toEqual(created);
  expect((await server.call("GET", root)).body).toMatchObject({ count: 1, results: [created] });
});

test("a whole scope is kept, and its tags are named in the events", async () => {
  const [excluded, sharded] = tags;
  const artifact = await server.newArtifact("Profile", ["macOS", "iOS"]);
  const given = {
    blueprint,
    artifact,
    macos: true,
    macos_min_version: "13.3.1",
    ios: true,
    shard_modulo: 5,
    default_shard: 1,
    excluded_tags: [excluded],
    tag_shards: [{ tag: sharded, shard: 4 }],
  };
  server.takeChanges();
  const created = await create(given);
  expect(created).toMatchObject(given);
  expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint] }]);
  expect(await server.auditsOf("mdm_blueprint_artifact", created.id)).toMatchObject([
    {
      action: "created",
      object: {
        model: "mdm.blueprintartifact",
        new_value: {
          pk: created.id,
          blueprint: { pk: blueprint, name: "Macs" },
          artifact: { pk: artifact, name: `artifact ${artifact}` },
          macos_min_version: "13.3.1",
          excluded_tags: [{ pk: excluded, name: "one" }],
          tag_shards: [{ tag: { pk: sharded, name: "two" }, shard: 4 }],
        },
      },
    },
  ]);
});

describe("refusals", () => {
  const refusalOf = async (body: Record<string, unknown>) => {
    const artifact = await server.newArtifact();
    return server.call("POST", root, { body: { blueprint, artifact, macos: true, ...body } });
  };
  const tooHigh = "Must be less than or equal to the shard modulo";
  test.each([
    [{ macos: false }, { non_field_errors: ["You need to activate at least one platform"] }],
    [{ tvos: true }, { tvos: ["Platform not available for this artifact"] }],
    [{ shard_modulo: 1 }, { shard_modulo: ["Ensure this value is greater than or equal to 2."] }],
    [{ shard_modulo: 5, default_shard: 6 }, { default_shard: [tooHigh] }],
    [{ blueprint: 987_654 }, { blueprint: ['Invalid pk "987654" - object does not exist.'] }],
    [{ artifact: "zz" }, { artifact: ["“zz” is not a valid UUID."] }],
    [{ excluded_tags: [987_654] }, { excluded_tags: ['Invalid pk "987654" - object does not exist.'] }],
    [
      { macos_min_version: "1".repeat(33) },
      { macos_min_version: ["Ensure this field has no more than 32 characters."] },
    ],
  ])("%j", async (body, errors) => {
    expect(await refusalOf(body)).toEqual({ status: 400, body: errors });
  });

  test("an unknown artifact", async () => {
    const artifact = randomUUID();
    expect(await refusalOf({ artifact })).toEqual({
      status: 400,
      body: { artifact: [`Invalid pk "${artifact}" - object does not exist.`] },
    });
  });

  test("a tag both ways, and a shard beyond the modulo", async () => {
    const [tag] = tags;
    expect(await refusalOf({ excluded_tags: [tag], tag_shards: [{ tag, shard: 1 }] })).toEqual({
      status: 400,
      body: { excluded_tags: ["Tag one also present in the tag shards"] },
    });
    expect(await refusalOf({ shard_modulo: 5, default_shard: 1, tag_shards: [{ tag, shard: 6 }] })).toEqual({
      status: 400,
      body: { tag_shards: ["Shard for tag one > shard modulo"] },
    });
  });

  test.each(["Asset", "Data Asset", "Certificate Asset", "Configuration (manual)"])(
    "an artifact of the type %s, which declarations lead to",
    async (type) => {
      const { status, body } = await refusalOf({ artifact: await server.newArtifact(type) });
      expect(status).toBe(400);
      expect(body).toEqual({ artifact: [expect.stringContaining("reached through declarations")] });
    },
  );

  test("the same pair twice, on create and on update", async () => {
    const [one, two] = [await server.newArtifact(), await server.newArtifact()];
    await create({ blueprint, artifact: one, macos: true });
    const other = await create({ blueprint, artifact: two, macos: true });
    const body = { non_field_errors: ["The fields blueprint, artifact must make a unique set."] };
    expect(await refusalOf({ artifact: one })).toEqual({ status: 400, body });
    expect(await put(other.id, { blueprint, artifact: one, macos: true })).toEqual({ status: 400, body });
  });
});

describe("changes", () => {
  test("what is omitted stays, but for the tags; platforms must be sent again", async () => {
    const artifact = await server.newArtifact("Profile", ["macOS", "iOS"]);
    const pair = { blueprint, artifact };
    const { id } = await create({
      ...pair,
      macos: true,
      macos_max_version: "27",
      ios: true,
      shard_modulo: 10,
      default_shard: 3,
      excluded_tags: [tags[0]],
      tag_shards: [{ tag: tags[1], shard: 2 }],
    });
    expect(await put(id, pair)).toMatchObject({
      status: 400,
      body: { non_field_errors: [expect.stringContaining("activate")] },
    });
    expect((await put(id, { ...pair, macos: true })).body).toMatchObject({
      ios: true,
      macos_max_version: "27",
      shard_modulo: 10,
      default_shard: 3,
      excluded_tags: [],
      tag_shards: [],
    });
    expect((await put(id, { ...pair, macos: true, shard_modulo: 2 })).body).toMatchObject({
      shard_modulo: 2,
      default_shard: 2,
    });
  });

  test("both blueprints are told of when a link moves, and the last one when it goes", async () => {
    const artifact = await server.newArtifact();
    const other = (await server.create("blueprints", { name: "Others" })).id;
    const { id } = await create({ blueprint, artifact, macos: true });
    server.takeChanges();
    await put(id, { blueprint: other, artifact, macos: true });
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [blueprint, other] }]);
    expect(await server.call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
    expect(server.takeChanges()).toEqual([{ kind: "blueprints", blueprintIds: [other] }]);
    const audits = await server.auditsOf("mdm_blueprint_artifact", id);
    expect(audits.map(({ action }) => action)).toEqual(["created", "updated", "deleted"]);
    const movedOrDeleted = audits.slice(1);
    expect((await server.auditsOf("mdm_blueprint", other)).slice(1)).toEqual(movedOrDeleted);
    expect((await server.auditsOf("mdm_blueprint", blueprint)).slice(-2)).toEqual(audits.slice(0, 2));
    expect((await server.call("GET", `${root}${id}/`)).body).toEqual({
      detail: "No BlueprintArtifact matches the given query.",
    });
  });
});

test("links are listed of a blueprint and of an artifact", async () => {
  const artifact = await server.newArtifact();
  const created = await create({ blueprint, artifact, macos: true });
  const idsOf = async (query: string): Promise<unknown[]> => {
    const { body } = await server.call("GET", `${root}?${query}`);
    return (body as { results: { id: number }[] }).results.map(({ id }) => id);
  };
  expect(await idsOf(`artifact=${artifact}`)).toEqual([created.id]);
  expect(await idsOf(`blueprint=${blueprint}`)).toContain(created.id);
  expect(await idsOf(`blueprint=${blueprint + 1}&artifact=${artifact}`)).toEqual([]);
});
