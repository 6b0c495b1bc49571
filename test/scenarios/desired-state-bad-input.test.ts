/** What operators and devices get wrong about desired state: each has its text, writes nothing, and loses nothing else. */
import { createHash, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { signatureShapes, signContent } from "#sandbox/crypto/cms-writer.ts";
import { type ApiObject, numberOf, textOf } from "#sandbox/simulate/api-client.ts";
import { everyPlatform } from "#sandbox/simulate/artifact-maker.ts";
import { exampleDeclaration, examplePackage, exampleProfile } from "#sandbox/simulate/example-payloads.ts";
import { makeDistribution, makeXar } from "../tools/archives.ts";
import { type ApiAnswer, useDeviceStories } from "../tools/device-stories.ts";
import { createReadableLog, digestRows } from "../tools/refusal-watch.ts";

const { log, lines } = createReadableLog();
const stories = useDeviceStories({ log });

type Artifacts = Readonly<Record<"profile" | "passcode" | "second" | "leaf" | "root" | "app", string>>;
let artifacts: Artifacts;
let blueprintId: number;
let tagId: number;

let nextName = 0;

async function newArtifact(type: string, settings: ApiObject = {}): Promise<string> {
  const name = `${type} ${++nextName}`;
  const body = { name, type, channel: "Device", ...settings };
  return textOf(await stories.api.create("/api/mdm/artifacts/", body), "id");
}

const versionBody = (artifact: string, version: number, payload: ApiObject): ApiObject => ({
  artifact,
  version,
  macos: true,
  ...payload,
});

beforeAll(async () => {
  const leaf = await newArtifact("Profile");
  const root = await newArtifact("Profile", { requires: [leaf] });
  artifacts = {
    profile: await newArtifact("Profile"),
    passcode: await newArtifact("Configuration"),
    second: await newArtifact("Configuration"),
    leaf,
    root,
    app: await newArtifact("Enterprise App"),
  };
  const { api } = stories;
  const profile = { source: exampleProfile(1).toString("base64") };
  await api.create("/api/mdm/profiles/", versionBody(artifacts.profile, 1, profile));
  const declaration = { source: exampleDeclaration(1) };
  await api.create("/api/mdm/declarations/", versionBody(artifacts.passcode, 1, declaration));
  blueprintId = numberOf(await api.create("/api/mdm/blueprints/", { name: "Bad input" }), "id");
  tagId = numberOf(await api.create("/api/inventory/tags/", { name: "Pilot" }), "id");
});

/** Sends what must be refused. @throws when it changes a row. */
async function refuse(method: string, path: string, body: unknown): Promise<ApiAnswer> {
  const { database } = stories.app.foundation;
  await stories.app.flush();
  const before = await digestRows(database);
  const answer = await stories.call(method, path, body);
  const after = await digestRows(database);
  expect([...after].filter(([table, digest]) => before.get(table) !== digest)).toEqual([]);
  return answer;
}

const refused = (body: unknown): ApiAnswer => ({ status: 400, body });
const base64 = (bytes: Buffer): string => bytes.toString("base64");

describe("a profile", () => {
  const post = (payload: ApiObject, version = 7) =>
    refuse("POST", "/api/mdm/profiles/", versionBody(artifacts.profile, version, payload));

  test.each<[string, string, string]>([
    ["is no plist", base64(Buffer.from("Not a profile")), "Not a plist"],
    ["is cut short", base64(exampleProfile(2).subarray(0, 300)), "Not a plist"],
    ["is no base64", "abcde", "Invalid base64-encoded value"],
    ["has no identifier", base64(writePlist({ PayloadUUID: "A1" })), "Missing PayloadIdentifier"],
    ["has no UUID", base64(writePlist({ PayloadIdentifier: "com.example.a" })), "Missing PayloadUUID"],
  ])("that %s is refused", async (_name, source, text) => {
    expect(await post({ source })).toEqual(refused({ source: [text] }));
  });

  test("that was uploaded already is refused as the same version, and taken as the next one", async () => {
    const source = base64(exampleProfile(1));
    expect(await post({ source }, 1)).toEqual(
      refused({ version: ["A version of this artifact with the same version number already exists"] }),
    );
    const body = versionBody(artifacts.profile, 2, { source });
    expect(await stories.call("POST", "/api/mdm/profiles/", body)).toMatchObject({ status: 201 });
  });

  test("that is signed is kept without its signature; one whose signature does not hold is refused", async () => {
    const content = exampleProfile(3);
    const key = await stories.world.keys.pick(0);
    const identity = stories.apple.deviceCa.issueDeviceIdentity(randomUUID(), key);
    const options = { shape: signatureShapes.bareSha256, at: stories.clock.now() };
    const signed = signContent(content, identity, options);
    const body = versionBody(artifacts.profile, 3, { source: base64(signed) });
    const answer = await stories.call("POST", "/api/mdm/profiles/", body);
    expect(answer).toMatchObject({ status: 201, body: { source: base64(content) } });
    const forged = Buffer.from(signed);
    const at = forged.indexOf("Example 3");
    forged.write("Example 4", at);
    expect(at).toBeGreaterThan(0);
    expect(await post({ source: base64(forged) })).toEqual(refused({ source: ["Not a plist"] }));
  });
});

test("a declaration whose identifier is another artifact's is refused", async () => {
  const source = { ...exampleDeclaration(1), ServerToken: "another" };
  const body = versionBody(artifacts.second, 1, { source });
  expect(await refuse("POST", "/api/mdm/declarations/", body)).toEqual(
    refused({ source: ["A declaration with this Identifier already exists"] }),
  );
});

test("what would make artifacts need each other in a circle is refused when it is saved", async () => {
  const { leaf, root } = artifacts;
  const path = `/api/mdm/artifacts/${leaf}/`;
  const { name, type, channel } = await stories.api.read(path);
  const { name: rootName } = await stories.api.read(`/api/mdm/artifacts/${root}/`);
  const circle = `${String(name)} → ${String(rootName)} → ${String(name)}`;
  expect(await refuse("PUT", path, { name, type, channel, requires: [root] })).toEqual(
    refused({ requires: [`No artifact can need itself: ${circle}`] }),
  );
});

describe("a scope", () => {
  const cases: readonly [string, () => ApiObject, ApiObject][] = [
    [
      "with a shard above its modulo",
      () => ({ shard_modulo: 10, default_shard: 11 }),
      { default_shard: ["Must be less than or equal to the shard modulo"] },
    ],
    [
      "with a tag's shard above its modulo",
      () => ({ shard_modulo: 10, default_shard: 1, tag_shards: [{ tag: tagId, shard: 11 }] }),
      { tag_shards: ["Shard for tag Pilot > shard modulo"] },
    ],
    [
      "with a tag that is excluded and has a shard",
      () => ({ excluded_tags: [tagId], tag_shards: [{ tag: tagId, shard: 1 }] }),
      { excluded_tags: ["Tag Pilot also present in the tag shards"] },
    ],
    [
      "for nobody",
      () => ({ macos: false }),
      { non_field_errors: ["You need to activate at least one platform"] },
    ],
  ];

  test.each(cases)("%s is refused for a version", async (_name, scope, text) => {
    const source = base64(exampleProfile(9));
    const body = { ...versionBody(artifacts.profile, 9, { source }), ...scope() };
    expect(await refuse("POST", "/api/mdm/profiles/", body)).toEqual(refused(text));
  });

  test.each(cases)("%s is refused for a link", async (_name, scope, text) => {
    const body = { blueprint: blueprintId, artifact: artifacts.profile, macos: true, ...scope() };
    expect(await refuse("POST", "/api/mdm/blueprint_artifacts/", body)).toEqual(refused(text));
  });
});

const application = { identifier: "com.example.agent", name: "Agent", version: "1.0" };
const whole = examplePackage(application);
const bomb = makeXar([{ path: "Distribution", bytes: Buffer.alloc(64 * 1024 * 1024, " ") }]);
const outside = makeXar([{ path: "Distribution", bytes: makeDistribution("") }], {
  editToc: (toc) => toc.replace(/<offset>20</, "<offset>99999999<"),
});
const entities = makeXar([
  {
    path: "Distribution",
    bytes:
      '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><installer-gui-script>&b;</installer-gui-script>',
  },
]);

const hostilePackages: readonly [string, Buffer, string][] = [
  ["cut in its header", whole.subarray(0, 20), "Could not read Distribution file"],
  ["cut in its table of contents", whole.subarray(0, 60), "Could not read Distribution file"],
  ["cut in its last entry", whole.subarray(0, whole.length - 10), "Could not read Distribution file"],
  ["of something else", Buffer.from("PK or whatever"), "Could not read Distribution file"],
  [
    "with a table that lies about its size",
    makeXar([], { tocSize: 2n ** 62n }),
    "Could not read Distribution file",
  ],
  ["that points outside itself", outside, "Could not read Distribution file"],
  ["that inflates without end", bomb, "Could not read Distribution file"],
  ["with entities in its XML", entities, "Invalid Distribution file"],
];

describe.each(hostilePackages)("a package %s", (_name, bytes, text) => {
  test("is refused as an application and as a package", async () => {
    const file = await stories.api.upload("/api/mdm/files/", { name: "agent.pkg", bytes });
    const uri = textOf(file, "uri");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const app = versionBody(artifacts.app, 1, { package_uri: uri, package_sha256: sha256 });
    expect(await refuse("POST", "/api/mdm/enterprise_apps/", app)).toEqual(refused({ package_uri: [text] }));
    const body = { name: "Agent", source_uri: uri, sha256 };
    expect(await refuse("POST", "/api/mdm/packages/", body)).toEqual(refused({ source_uri: [text] }));
  });
});

test("a package whose bytes are not those that were named is refused", async () => {
  const file = await stories.api.upload("/api/mdm/files/", { name: "agent.pkg", bytes: whole });
  const body = { name: "Agent", source_uri: textOf(file, "uri"), sha256: "0".repeat(64) };
  expect(await refuse("POST", "/api/mdm/packages/", body)).toEqual(
    refused({ source_uri: ["Hash mismatch"] }),
  );
});

type Reported = {
  readonly identifier: string;
  "server-token": unknown;
  active: boolean;
  readonly valid: string;
};

describe("a status report with a server token that is", () => {
  test.each<[string, unknown]>([
    ["a number", 7],
    ["empty", ""],
    ["no UUID", "no-uuid"],
    ["a version that is gone", "00000000-0000-4000-8000-000000000000"],
    ["text with NUL", "\u0000"],
    ["endless", "f".repeat(100_000)],
    ["an object", { token: ["x"] }],
  ])("%s loses nothing else", async (_name, token) => {
    const mac = await stories.settledDevice("Mac");
    const made: string[] = [];
    const blueprint = numberOf(
      await stories.api.create("/api/mdm/blueprints/", { name: randomUUID() }),
      "id",
    );
    for (let count = 0; count < 3; count++) {
      const artifact = await newArtifact("Configuration");
      const source = exampleDeclaration(1_000 + nextName);
      const version = { ...versionBody(artifact, 1, { source }), ...everyPlatform };
      await stories.api.create("/api/mdm/declarations/", version);
      await stories.api.create("/api/mdm/blueprint_artifacts/", { blueprint, artifact, ...everyPlatform });
      made.push(artifact);
    }
    const path = `/api/mdm/devices/${await stories.idOf(mac)}/`;
    await stories.call("PUT", path, { blueprint });
    while ((await mac.pollUntilIdle()).length > 0);
    const [inactive, broken, untouched] = made as [string, string, string];

    const held = [...mac.state.declarative.device.declarations.values()];
    const configurations = held
      .filter(({ section }) => section === "Configurations")
      .map(({ identifier, serverToken }): Reported => {
        const isBroken = identifier.includes(broken);
        const active = !identifier.includes(inactive);
        return { identifier, "server-token": isBroken ? token : serverToken, active, valid: "valid" };
      });
    const report = {
      StatusItems: {
        device: { "operating-system": { version: "27.3", "build-version": "27D5" } },
        management: { declarations: { activations: [], assets: [], configurations, management: [] } },
        "com.example.kept": { value: "as it was" },
      },
      Errors: [],
    };
    const linesBefore = lines.length;
    expect((await mac.sendDeclarative("status", report)).status).toBe(200);

    expect(await stories.detailOf(mac)).toMatchObject({ os_version: "27.3", build_version: "27D5" });
    const items = await stories.api.list(`${path}status_items/?name=com.example`);
    expect(items).toMatchObject([{ name: "com.example.kept.value", value: "as it was" }]);
    const states = await stories.app.foundation.database.many<{ artifact: string; status: string }>(sql`
      select v.artifact_id as artifact, t.status from target_artifacts t
        join artifact_versions v on v.id = t.artifact_version_id join devices d on d.id = t.device_id
       where d.udid = ${mac.facts.udid} and v.artifact_id <> ${broken}`);
    expect(new Map(states.map(({ artifact, status }) => [artifact, status]))).toEqual(
      new Map([
        [inactive, "Uninstalled"],
        [untouched, "Installed"],
      ]),
    );
    expect(lines.slice(linesBefore).filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});
