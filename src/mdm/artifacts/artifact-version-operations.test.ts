import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { sql } from "#platform/db/sql.ts";
import { OperationRefused, type Refusal } from "#platform/errors.ts";
import { asUuid } from "#platform/ids.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import type { ArtifactType } from "./artifact.ts";
import { readVersionBlock, viewVersionBlock } from "./artifact-version-api.ts";
import type { ArtifactVersion, SatelliteKind } from "./artifact-version.ts";
import {
  createArtifactVersion,
  deleteArtifactVersion,
  findArtifactVersion,
  findArtifactVersionOfKind,
  listArtifactVersions,
  updateArtifactVersion,
} from "./artifact-version-operations.ts";

const database = useTestDatabase();
const changes: DesiredStateChange[] = [];
const deps = {
  noteDesiredStateChange: async (_: unknown, change: DesiredStateChange) => void changes.push(change),
};

let tags: number[];
beforeAll(async () => {
  tags = await database.testOperation(async (op) => {
    const { id: unit } = await op.tx.one<{ id: number }>(sql`
      insert into meta_business_units (name, api_enrollment_enabled, created_at, updated_at)
      values ('Crew', false, ${op.at}, ${op.at}) returning id`);
    const { id: taxonomy } = await op.tx.one<{ id: number }>(sql`
      insert into taxonomies (name, meta_business_unit_id, created_at, updated_at)
      values ('Rings', ${unit}, ${op.at}, ${op.at}) returning id`);
    const rows = await op.tx.many<{ id: number }>(sql`
      insert into tags (name, slug, color, taxonomy_id, meta_business_unit_id)
      values ('plain', 'plain', '000000', null, null), ('of a unit', 'of-a-unit', '000000', null, ${unit}),
             ('of a ring', 'of-a-ring', '000000', ${taxonomy}, null) returning id`);
    return rows.map(({ id }) => id);
  });
});

async function makeArtifact(type: ArtifactType = "Profile", platforms = ["macOS", "iOS"]): Promise<string> {
  const id = randomUUID();
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`artifact ${id}`}, ${type}, 'Device', ${platforms}, false, true, 0, 'No', ${op.at}, ${op.at})`),
  );
  return id;
}

type Body = Parameters<typeof readVersionBlock>[0];
const bodyOf = (artifact: string, more: Partial<Body> = {}): Body => ({
  artifact,
  version: 1,
  macos: true,
  ...more,
});

async function create(body: Body, kind: SatelliteKind = "profile"): Promise<ArtifactVersion> {
  return database.testOperation(async (op) => {
    const version = await createArtifactVersion(op, deps, { kind, input: readVersionBlock(body) });
    await op.tx.run(sql`
      insert into profiles (artifact_version_id, source_sealed, source_sha1, filename, payload_identifier,
                            payload_uuid, payload_display_name, payload_description)
      values (${version.id}, '', '', '', '', '', '', '')`);
    return version;
  });
}

async function refusalsOf(work: Promise<unknown>): Promise<(readonly [string | undefined, string])[]> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationRefused)) throw new Error("nothing was refused", { cause: error });
  return error.refusals.map(({ field, detail }: Refusal) => [field, detail] as const);
}

test("a version has the defaults of the wire, and answers what it was given", async () => {
  const artifact = await makeArtifact();
  const least = await create(bodyOf(artifact));
  expect(viewVersionBlock(least)).toEqual({
    id: least.id,
    artifact,
    version: 1,
    ios: false,
    ios_min_version: "",
    ios_max_version: "",
    ipados: false,
    ipados_min_version: "",
    ipados_max_version: "",
    macos: true,
    macos_min_version: "",
    macos_max_version: "",
    tvos: false,
    tvos_min_version: "",
    tvos_max_version: "",
    shard_modulo: 100,
    default_shard: 100,
    excluded_tags: [],
    tag_shards: [],
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:00:00",
  });
  const [one = 0, two = 0, three = 0] = tags;
  const whole = {
    ios: true,
    ios_min_version: "17.1",
    macos_max_version: "15.0",
    version: 2,
    shard_modulo: 5,
    default_shard: 0,
    excluded_tags: [three, three],
    tag_shards: [
      { tag: two, shard: 1 },
      { tag: one, shard: 5 },
    ],
  };
  const view = viewVersionBlock(await create(bodyOf(artifact, whole)));
  expect(view).toMatchObject({
    ...whole,
    excluded_tags: [three],
    tag_shards: [
      { tag: one, shard: 5 },
      { tag: two, shard: 1 },
    ],
  });
  expect(changes.at(-1)).toEqual({ kind: "artifacts", artifactIds: [artifact] });
});

test("an update resets what it omits, may move the version and tells of both artifacts", async () => {
  const [from, to] = [await makeArtifact(), await makeArtifact()];
  const more = { tag_shards: [{ tag: tags[0] ?? 0, shard: 3 }], macos_min_version: "14" };
  const { id } = await create(bodyOf(from, more));
  database.clock.advance(60);
  const { previous, next } = await database.testOperation((op) =>
    updateArtifactVersion(op, deps, { kind: "profile", id, input: readVersionBlock(bodyOf(to)) }),
  );
  expect(previous.artifact.id).toBe(from);
  expect(viewVersionBlock(next)).toMatchObject({
    id,
    artifact: to,
    macos_min_version: "",
    tag_shards: [],
    created_at: "2026-11-21T12:00:00",
    updated_at: "2026-11-21T12:01:00",
  });
  expect(changes.at(-1)).toEqual({ kind: "artifacts", artifactIds: [from, to] });
});

test("refusals come in the order of the reference: fields, platforms, shards, tags, number", async () => {
  const artifact = await makeArtifact();
  await create(bodyOf(artifact));
  const [one = 0, two = 0, three = 0] = tags;
  const unknown = randomUUID();
  const pk = (key: string | number): string => `Invalid pk "${key}" - object does not exist.`;
  const bad: Partial<Body> = {
    tvos: true,
    shard_modulo: 5,
    default_shard: 6,
    excluded_tags: [two],
    tag_shards: [one, two, three].map((tag) => ({ tag, shard: 6 })),
  };
  expect(await refusalsOf(create(bodyOf(unknown, { ...bad, excluded_tags: [987_654] })))).toEqual([
    ["artifact", pk(unknown)],
    ["excluded_tags", pk(987_654)],
  ]);
  expect(await refusalsOf(create(bodyOf(artifact, { ...bad, macos: false, tvos: false })))).toEqual([
    ["non_field_errors", "You need to activate at least one platform"],
  ]);
  expect(await refusalsOf(create(bodyOf(artifact, bad)))).toEqual([
    ["tvos", "Platform not available for this artifact"],
  ]);
  expect(await refusalsOf(create(bodyOf(artifact, { ...bad, tvos: false })))).toEqual([
    ["default_shard", "Must be less than or equal to the shard modulo"],
  ]);
  expect(await refusalsOf(create(bodyOf(artifact, { ...bad, tvos: false, default_shard: 5 })))).toEqual([
    ["tag_shards", "Shard for tag plain > shard modulo"],
    ["tag_shards", "Shard for tag Crew/of a unit > shard modulo"],
    ["excluded_tags", "Tag Crew/of a unit also present in the tag shards"],
    ["tag_shards", "Shard for tag Crew/Rings: of a ring > shard modulo"],
  ]);
  expect(await refusalsOf(create(bodyOf(artifact)))).toEqual([
    ["version", "A version of this artifact with the same version number already exists"],
  ]);
});

test("a payload of another type than the artifact's is refused", async () => {
  const artifact = await makeArtifact("Data Asset");
  expect(await refusalsOf(create(bodyOf(artifact)))).toEqual([
    ["artifact", `"artifact ${artifact}" is an artifact of the type "Data Asset": it cannot have a profile`],
  ]);
});

test("two versions of one number race, and one is refused", async () => {
  const artifact = await makeArtifact();
  const both = await Promise.allSettled([create(bodyOf(artifact)), create(bodyOf(artifact))]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const rejected = both.find((result) => result.status === "rejected");
  expect(rejected?.reason).toBeInstanceOf(OperationRefused);
});

test("versions are found by id and kind, and listed newest first or as asked", async () => {
  const artifact = await makeArtifact();
  database.clock.advance(1);
  const first = await create(bodyOf(artifact));
  database.clock.advance(1);
  const second = await create(bodyOf(artifact, { version: 2 }));
  const page = { limit: 500, offset: 0 };
  const listed = await listArtifactVersions(database.database, "profile", {
    artifactId: asUuid<"Artifact">(artifact),
    orderings: [],
    page,
  });
  expect(listed.rows.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(listed.count).toBe(2);
  const oldest = await listArtifactVersions(database.database, "profile", {
    artifactId: null,
    orderings: [{ column: "updated_at", isDescending: false }],
    page,
  });
  expect(oldest.rows.slice(-2).map(({ id }) => id)).toEqual([first.id, second.id]);
  expect(await findArtifactVersion(database.database, first.id)).toEqual(first);
  expect(await findArtifactVersionOfKind(database.database, "declaration", first.id)).toBeNull();
});

test("a version is deleted with its payload, as what it is and nothing else", async () => {
  const artifact = await makeArtifact();
  const { id } = await create(bodyOf(artifact));
  const remove = (kind: SatelliteKind, key: string) =>
    database.testOperation((op) => deleteArtifactVersion(op, deps, { kind, id: key }));
  expect(await refusalsOf(remove("declaration", id))).toEqual([
    [undefined, "No Declaration matches the given query."],
  ]);
  await remove("profile", id);
  expect(await findArtifactVersion(database.database, id)).toBeNull();
  const { rows } = await database.database.pool.query("select from profiles where artifact_version_id = $1", [
    asUuid(id),
  ]);
  expect(rows).toEqual([]);
  expect(await refusalsOf(remove("profile", id))).toEqual([
    [undefined, "No Profile matches the given query."],
  ]);
});
