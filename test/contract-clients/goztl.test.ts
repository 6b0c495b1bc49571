/**
 * The reference's Go client, replayed against this server (http-api 1.16, 4.1, 4.2): each generation of it, in the list
 * mode that is meant for it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePkg, makeZip } from "../tools/archives.ts";
import { type ClientWorld, seededName, seededRealm, startClientWorld } from "./client-world.ts";
import { GoDecodeError, type GoValues } from "./go-json.ts";
import { type Goztl, GoztlError } from "./goztl-client.ts";
import { goztlServices, type GoztlServiceName, type GoztlVersion } from "./goztl-services.ts";
import { expectFound } from "./provider.ts";
import { providerResources } from "./provider-resources.ts";
import { newArtifact, newTag } from "./provider-steps.ts";

const serviceNames = Object.keys(goztlServices) as GoztlServiceName[];
const named = providerResources.filter(({ service }) => goztlServices[service].hasNames);

const generations: readonly {
  readonly listMode: "envelope" | "bare" | "auto";
  readonly readers: readonly GoztlVersion[];
  /** Those that the mode is not for: they show that the replay notices. */
  readonly strangers: readonly GoztlVersion[];
}[] = [
  { listMode: "envelope", readers: [77, 78, 80], strangers: [74, 76] },
  { listMode: "bare", readers: [74, 76, 80], strangers: [77, 78] },
  { listMode: "auto", readers: [74, 76, 77, 78, 80], strangers: [] },
];

describe.each(generations)("lists in the mode $listMode", ({ listMode, readers, strangers }) => {
  let world: ClientWorld;
  beforeAll(async () => {
    world = await startClientWorld(listMode);
  });
  afterAll(() => world.close());

  test.each(named)(
    "a data source finds a zentral_$resource by id and by name",
    async ({ service, steps }) => {
      for (const version of readers) {
        const goztl = world.goztl(version);
        const [step] = await steps({ world, goztl });
        await expectFound(goztl, service, await goztl.create(service, step?.plan ?? {}));
      }
    },
  );

  test.each(readers)("client 0.1.%i reads every list and finds the seeded rows", async (version) => {
    const goztl = world.goztl(version);
    for (const name of serviceNames) expect(await goztl.list(name), name).toBeInstanceOf(Array);
    const [certificate] = await goztl.list("pushCertificates");
    expect(certificate).toMatchObject({ name: seededName, topic: null, not_after: null, certificate: null });
    await expectFound(goztl, "pushCertificates", certificate as GoValues);
    const realm = await goztl.findById("realms", seededRealm);
    expect(realm).toMatchObject({ name: seededName, backend: "openidc", saml_config: null });
    await expectFound(goztl, "realms", realm);
  });

  test("clients that the mode is not for cannot read the lists that changed", async () => {
    for (const version of strangers) {
      await expect(world.goztl(version).list("blueprints")).rejects.toThrow(GoDecodeError);
      expect(await world.goztl(version).list("artifacts")).toBeInstanceOf(Array);
    }
  });

  test.each(readers)("client 0.1.%i follows a list of pages to its end", async (version) => {
    const goztl = world.goztl(version);
    for (let count = 0; count < 3; count++) await newArtifact({ world, goztl }, "Profile");
    const all = await goztl.list("artifacts", { limit: 500 });
    expect(all.length).toBeGreaterThan(2);
    expect(await goztl.list("artifacts", { limit: 1 })).toEqual(all);
    const blueprints = await goztl.list("blueprints", { limit: 500 });
    expect(await goztl.list("blueprints", { limit: 1 })).toEqual(blueprints);
  });
});

describe("requests", () => {
  let world: ClientWorld;
  let goztl: Goztl;
  beforeAll(async () => {
    world = await startClientWorld("envelope");
    goztl = world.goztl(80);
  });
  afterAll(() => world.close());

  const name = (): string => world.uniqueName();
  const profile = Buffer.from(
    "<plist><dict><key>PayloadIdentifier</key><string>a</string><key>PayloadUUID</key><string>b</string></dict></plist>",
  ).toString("base64");
  const linked = { macos: true, shard_modulo: 100, default_shard: 100 };
  const scope = { ...linked, version: 1 };

  test("slices that are nil come as null and are empty lists", async () => {
    const artifact = { channel: "Device", platforms: ["macOS"], reinstall_on_os_update: "No" };
    const created = await goztl.create("artifacts", { ...artifact, name: name(), type: "Profile" });
    expect(created["requires"]).toEqual([]);
    const version = await goztl.create("profiles", { artifact: created["id"], source: profile, ...scope });
    expect(version).toMatchObject({ excluded_tags: [], tag_shards: [], source: profile });
    const blueprint = await goztl.create("blueprints", { name: name(), inventory_interval: 14_400 });
    expect(blueprint["software_update_enforcements"]).toEqual([]);
    const link = { ...linked, blueprint: blueprint["id"], artifact: created["id"] };
    expect(await goztl.create("blueprintArtifacts", link)).toMatchObject({
      excluded_tags: [],
      tag_shards: [],
    });
    const enforced = { name: name(), platforms: ["macOS"], max_os_version: "15", delay_days: 0 };
    const enforcement = await goztl.create("softwareUpdateEnforcements", {
      ...enforced,
      local_time: "10:00:00",
    });
    expect(enforcement).toMatchObject({ tags: [], delay_days: 0 });
    const issuer = await goztl.create("acmeIssuers", {
      name: name(),
      directory_url: "https://acme.example.com/",
      key_type: "RSA",
      key_size: 2048,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "c" },
    });
    expect(issuer).toMatchObject({ extended_key_usage: [], hardware_bound: false, attest: false });
    const subject = { subject: null, subject_alt_name: { dNSName: "a.example.com" }, accessible: "Default" };
    const assetArtifact = await newArtifact({ world, goztl }, "Certificate Asset");
    const asset = { ...scope, ...subject, artifact: assetArtifact, acme_issuer: issuer["id"] };
    expect(await goztl.create("certAssets", asset)).toMatchObject({
      subject: [],
      subject_alt_name: { dNSName: "a.example.com", rfc822Name: null },
    });
  });

  test("an enrollment secret takes null for its lists", async () => {
    const unit = await goztl.create("metaBusinessUnits", { name: name() });
    const scep = await goztl.create("scepIssuers", {
      name: name(),
      url: "https://scep.example.com/",
      key_size: 2048,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "c" },
    });
    const enrollment = await goztl.create("otaEnrollments", {
      name: name(),
      display_name: "Zentral MDM",
      push_certificate: (await goztl.findByName("pushCertificates", seededName))?.["id"],
      scep_issuer: scep["id"],
      enrollment_secret: { meta_business_unit: unit["id"] },
    });
    expect(enrollment["enrollment_secret"]).toMatchObject({ tags: [], quota: null, request_count: 0 });
  });

  test("a managed enterprise app is managed, although the client misnames the member", async () => {
    const { uri, sha256 } = await world.putFile("managed.pkg", makePkg({ id: "io.sample.managed" }));
    const artifact = await newArtifact({ world, goztl }, "Enterprise App");
    const app = { artifact, package_uri: uri, package_sha256: sha256, installed_as_managed: true, ...scope };
    expect(await goztl.create("enterpriseApps", app)).toMatchObject({ install_as_managed: true });
  });

  test("a package is renamed without its file, and found among those of its name", async () => {
    const { uri, sha256 } = await world.putFile("twin.pkg", makePkg({ id: "io.sample.twin" }));
    const created = await goztl.create("packages", { name: name(), source_uri: uri, sha256 });
    const renamed = { name: name(), description: "other" };
    expect(await goztl.update("packages", created["id"], renamed)).toMatchObject({ ...renamed, sha256 });
    expect(await goztl.findByName("packages", renamed.name)).toMatchObject({ id: created["id"], ...renamed });
  });

  test("the older client sends a data asset with empty members, the newer one leaves them out", async () => {
    const bytes = makeZip([{ name: "a", bytes: "inline" }]);
    const source = bytes.toString("base64");
    const artifact = await newArtifact({ world, goztl }, "Data Asset");
    const inline = await goztl.create("dataAssets", { artifact, type: "ZIP", source, ...scope });
    expect(inline).toMatchObject({ filename: "", file_uri: "", file_size: bytes.length });
    const { uri, sha256 } = await world.putFile("fetched.zip", makeZip([{ name: "a", bytes: "fetched" }]));
    const fetched = { artifact, type: "ZIP", file_uri: uri, file_sha256: sha256, ...scope, version: 2 };
    expect(await world.goztl(74).create("dataAssets", fetched)).toMatchObject({ filename: "fetched.zip" });
  });

  test("the newer client asks whether data assets take a source", async () => {
    const { actions } = await goztl.describeDataAssets();
    const { POST: fields } = actions as { readonly POST: Readonly<Record<string, GoValues>> };
    expect(fields["source"]).toMatchObject({ required: false, read_only: false });
    expect(fields["file_uri"]).toMatchObject({ required: false, read_only: false });
    expect(fields["file_sha256"]).toMatchObject({ required: false, read_only: false });
    expect(fields["type"]).toMatchObject({ required: true, read_only: false });
    expect(fields["filename"]).toMatchObject({ required: false, read_only: true });
    expect(fields["file_size"]).toMatchObject({ required: false, read_only: true });
  });

  test("what a version does not know stays as it is when it writes", async () => {
    const config = { name: name(), escrow_location_display_name: "Z", bypass_attempts: -1 };
    const { id } = await goztl.create("filevaultConfigs", { ...config, prk_reveal_rotation_delay: 30 });
    await world.goztl(74).update("filevaultConfigs", id, config);
    expect(await goztl.findById("filevaultConfigs", id)).toMatchObject({ prk_reveal_rotation_delay: 30 });
    const password = { name: name(), dynamic_password: true };
    const made = await goztl.create("recoveryPasswordConfigs", { ...password, reveal_rotation_delay: 45 });
    await world.goztl(74).update("recoveryPasswordConfigs", made["id"], password);
    expect(await goztl.findById("recoveryPasswordConfigs", made["id"])).toMatchObject({
      reveal_rotation_delay: 45,
    });
    const old = await world.goztl(74).create("recoveryPasswordConfigs", { ...password, name: name() });
    expect(await goztl.findById("recoveryPasswordConfigs", old["id"])).toMatchObject({
      reveal_rotation_delay: 60,
    });
  });

  test("a tag without a colour keeps the one it has", async () => {
    const { id, name: tagName } = await goztl.findById("tags", await newTag({ world, goztl }));
    await goztl.update("tags", id, { name: tagName, color: "ff0000" });
    expect(await goztl.update("tags", id, { name: tagName })).toMatchObject({ color: "ff0000" });
  });

  test("a refusal is the text of the answer behind the request, as people will read it", async () => {
    const blueprint = { name: name(), inventory_interval: 1 };
    const error = await goztl.create("blueprints", blueprint).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GoztlError);
    expect((error as Error).message).toBe(
      `POST ${world.testApp.app.baseUrl.origin}/api/mdm/blueprints/: 400 ` +
        '{"inventory_interval":["Ensure this value is greater than or equal to 14400."]}',
    );
  });

  test("objects that others need are kept, and freed by the order in which they are destroyed", async () => {
    const artifact = await newArtifact({ world, goztl }, "Profile");
    const { id } = await goztl.create("blueprints", { name: name(), inventory_interval: 14_400 });
    const link = await goztl.create("blueprintArtifacts", { ...linked, blueprint: id, artifact });
    const version = await goztl.create("profiles", { artifact, source: profile, ...scope });
    await expect(goztl.delete("blueprints", id)).rejects.toThrow('400 ["This blueprint cannot be deleted"]');
    await expect(goztl.delete("artifacts", artifact)).rejects.toThrow(
      '400 ["This artifact cannot be deleted"]',
    );
    await goztl.delete("blueprintArtifacts", link["id"]);
    await goztl.delete("profiles", version["id"]);
    await goztl.delete("artifacts", artifact);
    await goztl.delete("blueprints", id);
  });
});
