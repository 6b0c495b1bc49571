/**
 * The rules that every resource keeps, whichever client writes it (http-api 1.7, 1.9, 1.15): what is required, what a PUT
 * does to members it omits, names that are taken, and what the audit log tells.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClientWorld, startClientWorld } from "./client-world.ts";
import type { GoStruct, GoValues } from "./go-json.ts";
import type { Goztl } from "./goztl-client.ts";
import { type GoztlService, goztlServices, type GoztlServiceName } from "./goztl-services.ts";
import { providerResources } from "./provider-resources.ts";

type Rules = {
  readonly required: readonly string[];
  /** Members that a PUT without them puts back, and to what; all others stay. */
  readonly resets: GoValues;
  /** How a taken name is told; null where names may be shared, or there are none. */
  readonly verboseName: string | null;
  readonly model: string;
};

const bounds = ["ios", "ipados", "macos", "tvos"].flatMap((platform) => [
  [`${platform}_min_version`, ""],
  [`${platform}_max_version`, ""],
]);
const versionResets = {
  ...Object.fromEntries(bounds),
  shard_modulo: 100,
  default_shard: 100,
  excluded_tags: [],
  tag_shards: [],
};

const plain = (model: string, verboseName: string | null, required: readonly string[]): Rules => ({
  required: verboseName === null ? required : ["name", ...required],
  resets: {},
  verboseName,
  model,
});
const version = (model: string, required: readonly string[], resets: GoValues = {}): Rules => ({
  required: ["artifact", "version", ...required],
  resets: { ...versionResets, ...resets },
  verboseName: null,
  model: `mdm.${model}`,
});

const rulesOf: Readonly<Partial<Record<GoztlServiceName, Rules>>> = {
  acmeIssuers: plain("mdm.acmeissuer", "acme issuer", ["directory_url", "key_type", "key_size", "backend"]),
  scepIssuers: plain("mdm.scepissuer", "scep issuer", ["url", "backend"]),
  artifacts: plain("mdm.artifact", "artifact", ["type", "channel"]),
  blueprints: plain("mdm.blueprint", "blueprint", []),
  blueprintArtifacts: {
    ...plain("mdm.blueprintartifact", null, ["blueprint", "artifact"]),
    resets: { excluded_tags: [], tag_shards: [] },
  },
  profiles: version("profile", ["source"]),
  provisioningProfiles: version("provisioningprofile", ["source"]),
  dataAssets: version("dataasset", ["type"]),
  certAssets: version("certasset", ["acme_issuer", "scep_issuer", "subject", "subject_alt_name"], {
    accessible: "Default",
  }),
  declarations: version("declaration", ["source"]),
  enterpriseApps: version("enterpriseapp", ["package_uri", "package_sha256"], {
    configuration: null,
    ios_app: false,
    install_as_managed: false,
    remove_on_unenroll: false,
  }),
  packages: plain("mdm.package", null, ["name", "source_uri", "sha256"]),
  filevaultConfigs: plain("mdm.filevaultconfig", "filevault config", ["escrow_location_display_name"]),
  recoveryPasswordConfigs: plain("mdm.recoverypasswordconfig", "recovery password config", []),
  softwareUpdateEnforcements: plain("mdm.softwareupdateenforcement", "software update enforcement", [
    "platforms",
  ]),
  otaEnrollments: plain("mdm.otaenrollment", "ota enrollment", [
    "push_certificate",
    "scep_issuer",
    "enrollment_secret",
  ]),
  tags: plain("inventory.tag", "tag", []),
  taxonomies: plain("inventory.taxonomy", "taxonomy", []),
  metaBusinessUnits: plain("inventory.metabusinessunit", "meta business unit", []),
};

/** Members that a PUT must send to be about the same: their absence has a meaning of its own. */
const kept: Readonly<Partial<Record<GoztlServiceName, readonly string[]>>> = {
  blueprintArtifacts: ["macos"],
  // These fields tell between kinds of issuer, enforcement and password, which the rules of each hold together.
  acmeIssuers: ["okta_ca_kwargs", "ident_kwargs", "hardware_bound", "attest"],
  scepIssuers: ["digicert_kwargs"],
  softwareUpdateEnforcements: ["os_version", "local_datetime"],
  recoveryPasswordConfigs: ["dynamic_password", "static_password"],
  filevaultConfigs: ["at_login_only", "bypass_attempts"],
  dataAssets: ["file_uri", "file_sha256"],
};
/** Versions say anew whom they are for, at least one platform. */
const alwaysSent = (service: GoztlServiceName): readonly string[] =>
  (rulesOf[service]?.resets ?? {})["shard_modulo"] === undefined ? [] : ["macos"];

let world: ClientWorld;
let goztl: Goztl;
beforeAll(async () => {
  world = await startClientWorld("envelope");
  goztl = world.goztl(80);
});
afterAll(() => world.close());

type JsonAnswer = { readonly status: number; readonly body: GoValues };

async function send(
  method: string,
  service: GoztlServiceName,
  id: string | null,
  body: GoValues,
): Promise<JsonAnswer> {
  const { path }: GoztlService = goztlServices[service];
  const { app, token } = world.testApp;
  const response = await fetch(new URL(`/api/${path}${id === null ? "" : `${id}/`}`, app.baseUrl), {
    method,
    headers: { authorization: `Token ${token.reveal()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as GoValues };
}

async function lastPlanOf(service: GoztlServiceName): Promise<GoValues> {
  const resource = providerResources.find((candidate) => candidate.service === service);
  const steps = (await resource?.steps({ world, goztl })) ?? [];
  return steps.at(-1)?.plan ?? {};
}

async function eventsOf(model: string): Promise<GoValues[]> {
  const { rows } = await world.testApp.app.foundation.database.pool.query<GoValues>(
    "select payload from events where payload->'object'->>'model' = $1 order by sequence",
    [model],
  );
  return rows;
}

const cases = Object.entries(rulesOf).map(
  ([service, rules]) => [service as GoztlServiceName, rules as Rules] as const,
);

test("every resource of the provider has its rules here", () => {
  const services = providerResources.map(({ service }) => service);
  expect(cases.map(([service]) => service).toSorted()).toEqual(services.toSorted());
});

const unique = cases.filter(([, { verboseName }]) => verboseName !== null);
test.each(unique)("%s tells in the words of the reference that a name is taken", async (service, rules) => {
  const plan = await lastPlanOf(service);
  await goztl.create(service, plan);
  const { status, body } = await send("POST", service, null, plan);
  expect(status).toBe(400);
  expect(body).toMatchObject({ name: [`${rules.verboseName} with this name already exists.`] });
});

describe.each(cases)("%s", (service, rules) => {
  test("an empty request names everything that is required, and nothing else", async () => {
    const { status, body } = await send("POST", service, null, {});
    expect(status).toBe(400);
    const missing = Object.fromEntries(rules.required.map((name) => [name, ["This field is required."]]));
    expect(body).toEqual(missing);
  });

  test("what a PUT omits stays or is put back, as the reference has it", async () => {
    const plan = await lastPlanOf(service);
    const before = await goztl.create(service, plan);
    const sent = [...rules.required, ...(kept[service] ?? []), ...alwaysSent(service)];
    const members = goztlServices[service].request as GoStruct;
    const body = Object.fromEntries(
      Object.entries(plan).filter(([name]) => sent.includes(name) && Object.hasOwn(members, name)),
    );
    const answer = await send("PUT", service, String(before["id"]), body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const after = await goztl.findById(service, before["id"]);
    const { updated_at: _updated, version: _version, ...expected } = { ...before, ...rules.resets };
    expect(after).toMatchObject(expected);
    // The test is about something: the members that are put back were not so before.
    const changed = Object.keys(rules.resets).filter((name) => before[name] !== rules.resets[name]);
    expect(changed.length > 0).toBe(Object.keys(rules.resets).length > 0);
  });

  test("the audit log tells of creation, change and deletion, once each", async () => {
    const plan = await lastPlanOf(service);
    const before = (await eventsOf(rules.model)).length;
    const { id } = await goztl.create(service, plan);
    await goztl.update(service, id, service === "packages" ? { name: "n" } : plan);
    await send("POST", service, null, {});
    await goztl.delete(service, id);
    const events = (await eventsOf(rules.model)).slice(before).map(({ payload }) => payload as GoValues);
    expect(events.map(({ action }) => action)).toEqual(["created", "updated", "deleted"]);
    const [created, updated, deleted] = events.map(({ object }) => object as GoValues);
    expect(created).toMatchObject({ pk: expect.any(String), new_value: expect.any(Object) });
    expect(Object.keys(created ?? {})).not.toContain("prev_value");
    expect(updated).toMatchObject({ prev_value: expect.any(Object), new_value: expect.any(Object) });
    expect(deleted).toMatchObject({ prev_value: expect.any(Object) });
    expect(Object.keys(deleted ?? {})).not.toContain("new_value");
    expect(new Set([created?.["pk"], updated?.["pk"], deleted?.["pk"]]).size).toBe(1);
  });
});
