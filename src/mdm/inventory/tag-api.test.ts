/** Tags and taxonomies over the API: shapes, errors word for word, rights, audit events. */
import { expect, test } from "vitest";
import type { DesiredStateChange } from "#mdm/devices/desired-state-change.ts";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { insertBlueprint } from "../../../test/tools/blueprints.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { metaBusinessUnitEndpoints } from "./meta-business-unit-api.ts";
import { slugOf } from "./tag.ts";
import { tagEndpoints } from "./tag-api.ts";
import { taxonomyEndpoints } from "./taxonomy-api.ts";

const database = useTestDatabase();
const changes: DesiredStateChange[] = [];
const noteDesiredStateChange = async (_: unknown, change: DesiredStateChange): Promise<void> => {
  changes.push(change);
};
const api = useApiServer(database, () =>
  bindEndpoints({ noteDesiredStateChange }, [
    ...tagEndpoints,
    ...taxonomyEndpoints,
    ...metaBusinessUnitEndpoints,
  ]),
);
const tags = "/api/inventory/tags/";
const taxonomies = "/api/inventory/taxonomies/";

type Row = { readonly id: number; readonly name: string };
async function create(path: string, body: unknown): Promise<Row> {
  const answer = await api.call("POST", path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body as Row;
}

async function lastEvent(): Promise<Record<string, unknown>> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Record<string, unknown>;
}

test("a tag is created with its defaults, read, found by name, changed and deleted", async () => {
  const taxonomy = await create(taxonomies, { name: "Rings" });
  const tag = await create(tags, { name: " Ring 1 ", taxonomy: taxonomy.id, meta_business_unit: null });
  expect(tag).toEqual({
    id: expect.any(Number),
    taxonomy: taxonomy.id,
    meta_business_unit: null,
    name: "Ring 1",
    slug: "ring-1",
    color: "0079bf",
  });
  expect((await api.call("GET", `${tags}${tag.id}/`)).body).toEqual(tag);
  expect((await api.call("GET", `${tags}?name=Ring%201`)).body).toEqual([tag]);
  expect((await api.call("GET", `${tags}?name=ring%201`)).body).toEqual([]);
  const changed = { ...tag, name: "Ring 2", slug: "ring-2", color: "FF00aa" };
  const body = { name: "Ring 2", color: "FF00aa" };
  expect(await api.call("PUT", `${tags}${tag.id}/`, { body })).toEqual({ status: 200, body: changed });
  expect(await api.call("DELETE", `${tags}${tag.id}/`)).toEqual({ status: 204, body: null });
  expect(await api.call("GET", `${tags}${tag.id}/`)).toEqual({
    status: 404,
    body: { detail: "No Tag matches the given query." },
  });
});

test("what a PUT omits stays, and null takes it away", async () => {
  const taxonomy = await create(taxonomies, { name: "Sites" });
  const { id } = await create(tags, { name: "Site 1", taxonomy: taxonomy.id, color: "112233" });
  const same = await api.call("PUT", `${tags}${id}/`, { body: { name: "Site 1" } });
  expect(same.body).toMatchObject({ taxonomy: taxonomy.id, color: "112233" });
  const free = await api.call("PUT", `${tags}${id}/`, { body: { name: "Site 1", taxonomy: null } });
  expect(free.body).toMatchObject({ taxonomy: null });
});

test.each([
  [{}, { name: ["This field is required."] }],
  [{ name: " " }, { name: ["This field may not be blank."] }],
  [{ name: "a", color: "zz" }, { color: ["zz is not a valid color."] }],
  [{ name: "a", color: "0079bf0" }, { color: ["0079bf0 is not a valid color."] }],
  [
    { name: "a", taxonomy: 987654, meta_business_unit: 987655 },
    {
      taxonomy: ['Invalid pk "987654" - object does not exist.'],
      meta_business_unit: ['Invalid pk "987655" - object does not exist.'],
    },
  ],
  [{ name: "a", taxonomy: true }, { taxonomy: ["Incorrect type. Expected pk value, received bool."] }],
])("the tag %j is refused", async (body, errors) => {
  expect(await api.call("POST", tags, { body })).toEqual({ status: 400, body: errors });
});

test("names and slugs are taken once, on create and on update", async () => {
  await create(tags, { name: "Blue Team" });
  const other = await create(tags, { name: "Red Team" });
  const name = { status: 400, body: { name: ["tag with this name already exists."] } };
  const slug = { status: 400, body: { name: ["tag with this slug already exists."] } };
  expect(await api.call("POST", tags, { body: { name: "Blue Team" } })).toEqual(name);
  expect(await api.call("POST", tags, { body: { name: "blue-team!" } })).toEqual(slug);
  expect(await api.call("PUT", `${tags}${other.id}/`, { body: { name: "Blue Team" } })).toEqual(name);
  expect(await api.call("PUT", `${tags}${other.id}/`, { body: { name: "blue  team" } })).toEqual(slug);
});

test.each([
  ["Ring 1", "ring-1"],
  ["Zürich – Büro_2", "zurich-buro_2"],
  ["--a  b--", "a-b"],
  ["C++", "c"],
])("the slug of %j is %j", (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

test("names without a letter of ASCII have slugs that differ", async () => {
  expect(slugOf("東京")).toMatch(/^tag-[0-9a-f]{12}$/);
  await create(tags, { name: "東京" });
  await create(tags, { name: "大阪" });
});

test("tags are ordered by business unit, then name; the list is a bare array", async () => {
  const unit = await create("/api/inventory/meta_business_units/", { name: "Unit A" });
  await create(tags, { name: "order z", meta_business_unit: unit.id });
  await create(tags, { name: "order b" });
  await create(tags, { name: "order a" });
  const names = ((await api.call("GET", tags)).body as Row[]).map(({ name }) => name);
  const own = names.filter((name) => name.startsWith("order "));
  expect(own).toEqual(["order z", "order a", "order b"]);
});

test("changes are audited, refused ones are not", async () => {
  const taxonomy = await create(taxonomies, { name: "Audited taxonomy" });
  const tag = await create(tags, { name: "Audited", taxonomy: taxonomy.id });
  const value = {
    pk: tag.id,
    name: "Audited",
    slug: "audited",
    color: "0079bf",
    taxonomy: { pk: taxonomy.id, name: "Audited taxonomy" },
    meta_business_unit: null,
  };
  const created = await lastEvent();
  expect(created).toMatchObject({
    type: "zentral_audit",
    tags: ["zentral", "inventory"],
    objects: { tag: [String(tag.id)] },
    payload: { action: "created", object: { model: "inventory.tag", pk: String(tag.id), new_value: value } },
  });
  await api.call("POST", tags, { body: { name: "Audited" } });
  expect((await lastEvent())["sequence"]).toBe(created["sequence"]);
  await api.call("DELETE", `${tags}${tag.id}/`);
  expect(await lastEvent()).toMatchObject({ payload: { action: "deleted", object: { prev_value: value } } });
});

test("a taxonomy is created, read, listed, changed and deleted with its tags", async () => {
  const unit = await create("/api/inventory/meta_business_units/", { name: "Unit T" });
  const taxonomy = await create(taxonomies, { name: "Floors", meta_business_unit: unit.id });
  expect(taxonomy).toEqual({
    id: expect.any(Number),
    meta_business_unit: unit.id,
    name: "Floors",
    created_at: expect.stringMatching(/^2026-11-21T12:00:00/),
    updated_at: expect.stringMatching(/^2026-11-21T12:00:00/),
  });
  expect(await lastEvent()).toMatchObject({
    objects: { taxonomy: [String(taxonomy.id)] },
    payload: {
      action: "created",
      object: { model: "inventory.taxonomy", new_value: { meta_business_unit: { name: "Unit T" } } },
    },
  });
  expect((await api.call("GET", `${taxonomies}?name=Floors`)).body).toEqual([taxonomy]);
  const changed = await api.call("PUT", `${taxonomies}${taxonomy.id}/`, { body: { name: "Levels" } });
  expect(changed).toMatchObject({ status: 200, body: { name: "Levels", meta_business_unit: unit.id } });
  const tag = await create(tags, { name: "Floor 1", taxonomy: taxonomy.id });
  expect(await api.call("DELETE", `${taxonomies}${taxonomy.id}/`)).toEqual({ status: 204, body: null });
  expect((await api.call("GET", `${tags}${tag.id}/`)).status).toBe(404);
  expect(await api.call("GET", `${taxonomies}${taxonomy.id}/`)).toEqual({
    status: 404,
    body: { detail: "No Taxonomy matches the given query." },
  });
});

test("a taxonomy's name is taken once and has 256 characters at most", async () => {
  await create(taxonomies, { name: "Taken" });
  const other = await create(taxonomies, { name: "Other" });
  const refusal = { status: 400, body: { name: ["taxonomy with this name already exists."] } };
  expect(await api.call("POST", taxonomies, { body: { name: "Taken" } })).toEqual(refusal);
  expect(await api.call("PUT", `${taxonomies}${other.id}/`, { body: { name: "Taken" } })).toEqual(refusal);
  expect(await api.call("POST", taxonomies, { body: { name: "x".repeat(257) } })).toEqual({
    status: 400,
    body: { name: ["Ensure this field has no more than 256 characters."] },
  });
  expect(await api.call("POST", taxonomies, { body: { name: "a", meta_business_unit: 987654 } })).toEqual({
    status: 400,
    body: { meta_business_unit: ['Invalid pk "987654" - object does not exist.'] },
  });
});

test.each([
  ["tag", tags],
  ["taxonomy", taxonomies],
])("each method on a %s needs its own right", async (model, path) => {
  const { id } = await create(path, { name: `rights of a ${model}` });
  const rights = { GET: "view", PUT: "change", DELETE: "delete" } as const;
  for (const [method, verb] of Object.entries(rights)) {
    const permissions = Object.values(rights)
      .filter((other) => other !== verb)
      .map((other) => `inventory.${other}_${model}`);
    expect(await api.call(method, `${path}${id}/`, { permissions })).toMatchObject({ status: 403 });
  }
  const body = { name: "x" };
  const permissions = [`inventory.view_${model}`];
  expect(await api.call("POST", path, { body, permissions })).toMatchObject({ status: 403 });
});

test("a tag that scopes name takes them along, alone or with its taxonomy, and they are told of", async () => {
  const taxonomy = await create(taxonomies, { name: "Scopes" });
  const artifact = "11111111-2222-4333-8444-555555555555";
  const version = "22222222-2222-4333-8444-555555555555";
  const linked = await create(tags, { name: "Linked" });
  const enforced = await create(tags, { name: "Enforced", taxonomy: taxonomy.id });
  const unused = await create(tags, { name: "Unused" });
  const blueprint = await database.testOperation(async ({ tx, at }) => {
    await tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${artifact}, 'a', 'Profile', 'Device', '{macOS}', false, true, 0, 'No', ${at}, ${at})`);
    await tx.run(sql`
      insert into artifact_versions (id, artifact_id, version, ios, ios_min_version, ios_max_version, ipados,
                                     ipados_min_version, ipados_max_version, macos, macos_min_version,
                                     macos_max_version, tvos, tvos_min_version, tvos_max_version, shard_modulo,
                                     default_shard, created_at, updated_at)
      values (${version}, ${artifact}, 1, false, '', '', false, '', '', true, '', '', false, '', '', 100, 100, ${at}, ${at})`);
    await tx.run(sql`insert into artifact_version_excluded_tags values (${version}, ${linked.id})`);
    const id = await insertBlueprint(tx, at);
    await tx.run(sql`
      with e as (
        insert into software_update_enforcements (name, details_url, platforms, os_version, build_version,
                                                  max_os_version, created_at, updated_at)
        values ('e', '', '{macOS}', '', '', '27', ${at}, ${at}) returning id),
      t as (insert into software_update_enforcement_tags select id, ${enforced.id} from e)
      insert into blueprint_software_update_enforcements select ${id}, id from e`);
    return id;
  });
  await api.call("DELETE", `${tags}${unused.id}/`);
  expect(changes.splice(0)).toEqual([]);
  await api.call("DELETE", `${tags}${linked.id}/`);
  expect(changes.splice(0)).toEqual([{ kind: "artifacts", artifactIds: [artifact], blueprintIds: [] }]);
  await api.call("DELETE", `${taxonomies}${taxonomy.id}/`);
  expect(changes.splice(0)).toEqual([{ kind: "artifacts", artifactIds: [], blueprintIds: [blueprint] }]);
});
