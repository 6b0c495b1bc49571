/** The example exchanges of http-api 5 that test/golden-bodies.test.ts does not have, word for word. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ContractWorld, startContractWorld } from "../tools/contract-world.ts";
import type { GoValues } from "./go-json.ts";

let world: ContractWorld;
beforeAll(async () => {
  world = await startContractWorld();
});
afterAll(() => world.close());

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/);
const times = { created_at: timestamp, updated_at: timestamp };
const integer = expect.any(Number);
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

async function post(path: string, body: GoValues): Promise<GoValues> {
  const answer = await world.call("POST", path, { body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as GoValues;
}

/** The same members with the same values in the same order. */
function expectExactly(body: unknown, expected: GoValues): void {
  expect(body).toEqual(expected);
  expect(Object.keys(body as GoValues)).toEqual(Object.keys(expected));
}

test("5.1 and 5.2: a blueprint is created, and found by its name", async () => {
  const { id: filevault_config } = await post("/api/mdm/filevault_configs/", {
    name: "FileVault",
    escrow_location_display_name: "IT",
  });
  const { id: enforcement } = await post("/api/mdm/software_update_enforcements/", {
    name: "Latest",
    platforms: ["macOS"],
    max_os_version: "27",
  });
  const software_update_enforcements = [enforcement];
  const created = await post("/api/mdm/blueprints/", {
    name: "Design Macs",
    inventory_interval: 43_200,
    collect_apps: 2,
    filevault_config,
    software_update_enforcements,
  });
  expectExactly(created, {
    id: integer,
    name: "Design Macs",
    inventory_interval: 43_200,
    collect_apps: 2,
    collect_certificates: 0,
    collect_profiles: 0,
    legacy_profiles_via_ddm: true,
    default_location: null,
    filevault_config,
    recovery_password_config: null,
    software_update_enforcements,
    ...times,
  });
  const found = await world.call("GET", "/api/mdm/blueprints/?name=Design+Macs&limit=1");
  expectExactly(found.body, { count: 1, next: null, previous: null, results: [created] });
});

test("5.5: an artifact is put into a blueprint, with its scope", async () => {
  const { id: artifact } = await post("/api/mdm/artifacts/", {
    name: "Firewall on",
    type: "Profile",
    channel: "Device",
    platforms: ["macOS"],
  });
  const { id: blueprint } = await post("/api/mdm/blueprints/", { name: "Sales Macs" });
  const [excluded, sharded] = [
    await post("/api/inventory/tags/", { name: "excluded" }),
    await post("/api/inventory/tags/", { name: "sharded" }),
  ];
  const sent = {
    shard_modulo: 10,
    default_shard: 2,
    excluded_tags: [excluded["id"]],
    tag_shards: [{ tag: sharded["id"], shard: 10 }],
  };
  const link = await post("/api/mdm/blueprint_artifacts/", { blueprint, artifact, macos: true, ...sent });
  expectExactly(link, {
    id: integer,
    blueprint,
    artifact,
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
    ...sent,
    ...times,
  });
});

test("5.7: a SCEP issuer shows the settings of its backend, in clear, and no others", async () => {
  const settings = {
    name: "Device CA",
    description: "",
    url: "https://scep.sample.net/ca",
    key_size: 2048,
    key_usage: 5,
  };
  const sent = { backend: "STATIC_CHALLENGE", static_challenge_kwargs: { challenge: "k7-orange" } };
  const others = {
    digicert_kwargs: null,
    ident_kwargs: null,
    microsoft_ca_kwargs: null,
    okta_ca_kwargs: null,
  };
  const { url, key_size, key_usage, name, description } = settings;
  expectExactly(await post("/api/mdm/scep_issuers/", { ...settings, ...others, ...sent }), {
    id: uuid,
    provisioning_uid: null,
    name,
    description,
    version: 1,
    ...times,
    url,
    key_size,
    key_usage,
    ...sent,
  });
});

test("5.17: a data asset is sent inline, and answered by its digest", async () => {
  const { id: artifact } = await post("/api/mdm/artifacts/", {
    name: "Settings",
    type: "Data Asset",
    channel: "Device",
  });
  const bytes = Buffer.from('<?xml version="1.0"?><plist version="1.0"><dict/></plist>');
  const source = bytes.toString("base64");
  const sent = { artifact, type: "PLIST", macos: true, version: 2 };
  const created = await post("/api/mdm/data_assets/", { ...sent, source });
  expect(created).toMatchObject({
    ...sent,
    file_sha256: createHash("sha256").update(bytes).digest("hex"),
    file_size: bytes.length,
    filename: "",
  });
  expect(Object.keys(created)).not.toContain("source");
  expect(Object.keys(created)).not.toContain("file_uri");
});

test("5.18: a tag has a slug and a colour of its own", async () => {
  const { id: taxonomy } = await post("/api/inventory/taxonomies/", { name: "Rings" });
  const sent = { name: "Ring 1", taxonomy, meta_business_unit: null };
  expectExactly(await post("/api/inventory/tags/", sent), {
    id: integer,
    taxonomy,
    meta_business_unit: null,
    name: "Ring 1",
    slug: "ring-1",
    color: "0079bf",
  });
});

test("5.19: the metadata of data assets says what may be sent, and how", async () => {
  const { body } = await world.call("OPTIONS", "/api/mdm/data_assets/");
  const field = (type: string, label: string, read_only: boolean, required = false): GoValues => ({
    type,
    required,
    read_only,
    label,
  });
  expect(body).toMatchObject({
    // Names and labels are prose, and ours.
    name: expect.any(String),
    renders: ["application/json"],
    parses: ["application/json"],
    actions: {
      POST: {
        id: { type: "string", required: false, read_only: true },
        type: {
          ...field("choice", "Type", false, true),
          choices: [{ value: "PLIST" }, { value: "ZIP" }],
        },
        file_uri: field("string", "File uri", false),
        source: { required: false, read_only: false, label: "Source" },
        file_sha256: field("regex", "File sha256", false),
        file_size: field("integer", "File size", true),
        filename: field("string", "Filename", true),
      },
    },
  });
});
