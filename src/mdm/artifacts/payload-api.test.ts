/** Profiles, provisioning profiles and certificate assets over the API: shapes, errors word for word, events. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sql } from "#platform/db/sql.ts";
import { bindEndpoints } from "#platform/http/endpoint.ts";
import { createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { signData } from "#protocol/cms/sign.ts";
import type { PlistWritableDictionary } from "#protocol/plist/value.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { useApiServer } from "../../../test/tools/api-server.ts";
import { enrollDevice } from "../../../test/tools/devices.ts";
import { aCa, rsaKey } from "../../../test/tools/identities.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import type { ArtifactType, ArtifactVersionId } from "./artifact.ts";
import { certAssetEndpoints } from "./cert-asset-api.ts";
import { profileEndpoints } from "./profile-api.ts";
import { listOpenedProfiles } from "./profile-operations.ts";
import { provisioningProfileEndpoints } from "./provisioning-profile-api.ts";

const database = useTestDatabase();
const sealer = createSealer(new Secret(randomBytes(32)));
const deps = { sealer, noteDesiredStateChange: async () => {} };
const { call } = useApiServer(database, () => [
  ...bindEndpoints(deps, profileEndpoints),
  ...bindEndpoints(deps, provisioningProfileEndpoints),
  ...bindEndpoints(deps, certAssetEndpoints),
]);
const signer = aCa(rsaKey("signer of uploads"));

type Json = Readonly<Record<string, unknown>>;

async function makeArtifact(type: ArtifactType): Promise<string> {
  const id = randomUUID();
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into artifacts (id, name, type, channel, platforms, install_during_setup_assistant, auto_update,
                             reinstall_interval, reinstall_on_os_update, created_at, updated_at)
      values (${id}, ${`artifact ${id}`}, ${type}, 'Device', array['macOS', 'iOS'], false, true, 0, 'No', ${op.at},
              ${op.at})`),
  );
  return id;
}

async function lastEvent(): Promise<Json> {
  const { rows } = await database.database.pool.query("select * from events order by sequence desc limit 1");
  return rows[0] as Json;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const sha1 = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("hex");
const sign = (content: Uint8Array): Buffer =>
  signData({
    content,
    certificate: signer.certificate,
    privateKey: signer.privateKey,
    signedAttributes: true,
  });

const block = {
  ios: false,
  ios_min_version: "",
  ios_max_version: "",
  ipados: false,
  ipados_min_version: "",
  ipados_max_version: "",
  macos: true,
  macos_min_version: "14.0",
  macos_max_version: "",
  tvos: false,
  tvos_min_version: "",
  tvos_max_version: "",
  shard_modulo: 100,
  default_shard: 100,
  excluded_tags: [],
  tag_shards: [],
  version: 1,
  created_at: "2026-11-21T12:00:00",
  updated_at: "2026-11-21T12:00:00",
};

const profile: PlistWritableDictionary = {
  PayloadIdentifier: "com.example.firewall",
  PayloadUUID: "A1",
  PayloadType: "Configuration",
  PayloadVersion: 1,
  PayloadDisplayName: "Firewall",
  PayloadScope: "System",
  PayloadContent: [],
};

describe("profiles", () => {
  const root = "/api/mdm/profiles/";
  const bodyOf = (artifact: string, source: string, more: Json = {}): Json => ({
    artifact,
    source,
    macos: true,
    macos_min_version: "14.0",
    version: 1,
    ...more,
  });

  test("a profile is answered byte for byte, in the order of the reference, and stored sealed", async () => {
    const artifact = await makeArtifact("Profile");
    const xml = writePlist(profile);
    const source = base64(xml);
    const created = await call("POST", root, { body: bodyOf(artifact, source) });
    const { id } = created.body as { id: ArtifactVersionId };
    expect(created).toEqual({ status: 201, body: { id: expect.any(String), artifact, source, ...block } });
    expect(Object.keys(created.body as Json).slice(0, 4)).toEqual(["id", "artifact", "source", "ios"]);
    expect(await call("GET", `${root}${id}/`)).toEqual({ status: 200, body: created.body });
    expect((await call("GET", `${root}?limit=1`)).body).toMatchObject({ results: [created.body] });
    const { rows } = await database.database.pool.query(
      "select * from profiles where artifact_version_id = $1",
      [id],
    );
    const [row] = rows as [
      { source_sealed: Buffer; payload_identifier: string; payload_display_name: string },
    ];
    expect(row).toMatchObject({
      payload_identifier: "com.example.firewall",
      payload_display_name: "Firewall",
    });
    expect(row.source_sealed.includes("com.example.firewall")).toBe(false);
    const [opened] = await listOpenedProfiles(database.database, { sealer }, [id]);
    expect(opened?.source.reveal()).toEqual(xml);
    expect(await lastEvent()).toMatchObject({
      objects: { mdm_profile: [id] },
      payload: {
        action: "created",
        object: {
          model: "mdm.profile",
          pk: id,
          new_value: {
            pk: id,
            source: sha1(xml),
            artifact: { pk: artifact, name: `artifact ${artifact}` },
            macos: true,
            macos_min_version: "14.0",
          },
        },
      },
    });
  });

  test("a signature around it is taken off, and a binary plist stays one", async () => {
    const artifact = await makeArtifact("Profile");
    const signed = await call("POST", root, { body: bodyOf(artifact, base64(sign(writePlist(profile)))) });
    expect(signed.body).toMatchObject({ source: base64(writePlist(profile)) });
    const binary = base64(writeBinaryPlist(profile));
    const second = await call("POST", root, { body: bodyOf(artifact, binary, { version: 2 }) });
    expect(second.body).toMatchObject({ source: binary });
  });

  test("null for a list is an empty one, as the Go client sends it", async () => {
    const artifact = await makeArtifact("Profile");
    const nulls = { excluded_tags: null, tag_shards: null };
    const body = bodyOf(artifact, base64(writePlist(profile)), nulls);
    expect(await call("POST", root, { body })).toMatchObject({
      status: 201,
      body: { excluded_tags: [], tag_shards: [] },
    });
  });

  test("base64 is read as leniently as by the reference, and answered canonical", async () => {
    const artifact = await makeArtifact("Profile");
    const source = base64(writePlist(profile));
    const loose = source.replace(/(.{60})/g, "$1\n ");
    expect((await call("POST", root, { body: bodyOf(artifact, loose) })).body).toMatchObject({ source });
  });

  const broken = sign(writePlist(profile));
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  test.each<[string, string]>([
    ["A", "Invalid base64-encoded value"],
    [base64(Buffer.from("not a plist")), "Not a plist"],
    [base64(writePlist(["a list"])), "Not a plist"],
    [base64(broken), "Not a plist"],
    [base64(writePlist({ PayloadUUID: "A1" })), "Missing PayloadIdentifier"],
    [base64(writePlist({ PayloadIdentifier: "a" })), "Missing PayloadUUID"],
    [base64(writePlist({ ...profile, PayloadScope: "Sytem" })), "Unknown PayloadScope: Sytem"],
  ])("the source %s is refused: %s", async (source, text) => {
    const artifact = await makeArtifact("Profile");
    expect(await call("POST", root, { body: bodyOf(artifact, source) })).toEqual({
      status: 400,
      body: { source: [text] },
    });
  });

  test("a value no device could take is refused with its path, and what is only odd is told in the event", async () => {
    const artifact = await makeArtifact("Profile");
    const ids = { PayloadIdentifier: "com.example.wifi", PayloadUUID: "B2", PayloadVersion: 1 };
    const wifi = {
      ...ids,
      PayloadType: "com.apple.wifi.managed",
      SSID_STR: "Orchard",
      EncryptionType: "WPA2",
    };
    const withPayload = (payload: PlistWritableDictionary): string =>
      base64(writePlist({ ...profile, PayloadContent: [payload] }));
    const wrong = withPayload({ ...wifi, SSID_STR: ["Orchard"] });
    expect(await call("POST", root, { body: bodyOf(artifact, wrong) })).toEqual({
      status: 400,
      body: { source: ["PayloadContent[0].SSID_STR must be of type string, not array."] },
    });
    const odd = withPayload({ ...wifi, SSID_STRG: "Orchard" });
    expect((await call("POST", root, { body: bodyOf(artifact, odd) })).status).toBe(201);
    expect(await lastEvent()).toMatchObject({
      payload: {
        action: "created",
        warnings: [expect.stringContaining("PayloadContent[0].SSID_STRG is unknown")],
      },
    });
  });

  test("what is wrong with the block comes before what is in the source", async () => {
    const artifact = await makeArtifact("Profile");
    const bad = base64(Buffer.from("no"));
    expect(await call("POST", root, { body: bodyOf(artifact, bad, { macos: false }) })).toMatchObject({
      body: { non_field_errors: ["You need to activate at least one platform"] },
    });
    const wrong = { excluded_tags: [987_654], shard_modulo: 101, version: 0 };
    expect(await call("POST", root, { body: bodyOf(artifact, bad, wrong) })).toMatchObject({
      status: 400,
      body: {
        shard_modulo: ["Ensure this value is less than or equal to 100."],
        version: ["Ensure this value is greater than or equal to 1."],
      },
    });
    const other = await makeArtifact("Data Asset");
    expect(await call("POST", root, { body: bodyOf(other, "A") })).toMatchObject({
      status: 400,
      body: { artifact: [expect.stringContaining("Data Asset")], source: ["Invalid base64-encoded value"] },
    });
  });

  test("a PUT writes the profile over, and tells of both digests", async () => {
    const artifact = await makeArtifact("Profile");
    const xml = writePlist(profile);
    const created = await call("POST", root, { body: bodyOf(artifact, base64(xml)) });
    const { id } = created.body as { id: string };
    const next = writePlist({ ...profile, PayloadDescription: "Changed" });
    const answer = await call("PUT", `${root}${id}/`, {
      body: { artifact, version: 3, ios: true, source: base64(next) },
    });
    expect(answer).toMatchObject({
      status: 200,
      body: { id, version: 3, ios: true, macos: false, macos_min_version: "", source: base64(next) },
    });
    expect(await lastEvent()).toMatchObject({
      payload: {
        action: "updated",
        object: {
          prev_value: { source: sha1(xml), payload_description: "", version: 1 },
          new_value: { source: sha1(next), payload_description: "Changed", version: 3 },
        },
      },
    });
    expect(await call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
    expect(await lastEvent()).toMatchObject({
      payload: { action: "deleted", object: { prev_value: { source: sha1(next) } } },
    });
    const gone = { status: 404, body: { detail: "No Profile matches the given query." } };
    expect(await call("GET", `${root}${id}/`)).toEqual(gone);
    expect(await call("DELETE", `${root}${id}/`)).toEqual(gone);
  });

  test("a version that a command in the queue names is not deleted", async () => {
    const artifact = await makeArtifact("Profile");
    const created = await call("POST", root, { body: bodyOf(artifact, base64(writePlist(profile))) });
    const { id } = created.body as { id: string };
    await database.testOperation(async (op) => {
      const device = await enrollDevice(op);
      await op.tx.run(sql`
        insert into command_history (uuid, device_id, name, request_type, artifact_version, delivery_count, status,
                                     result_time, created_at, updated_at)
        values (${randomUUID()}, ${device.id}, 'InstallProfile', 'InstallProfile', ${id}, 1, 'Acknowledged',
                ${op.at}, ${op.at}, ${op.at})`);
    });
    expect(await call("DELETE", `${root}${id}/`)).toEqual({
      status: 400,
      body: ["This profile cannot be deleted"],
    });
  });

  test("each method takes its right", async () => {
    const none = { permissions: ["mdm.view_provisioningprofile"] };
    expect((await call("GET", root, none)).status).toBe(403);
    expect((await call("GET", root, { permissions: ["mdm.view_profile"] })).status).toBe(200);
  });
});

describe("provisioning profiles", () => {
  const root = "/api/mdm/provisioning_profiles/";
  const uuid = "0A1B2C3D-0000-4000-8000-00000000000F";
  const content = { UUID: uuid, Name: "In-house apps", TimeToLive: 365 };
  const bodyOf = (artifact: string, source: string): Json => ({
    artifact,
    source,
    macos: true,
    macos_min_version: "14.0",
    version: 1,
  });

  test("a provisioning profile is stored and answered with its signature", async () => {
    const artifact = await makeArtifact("Provisioning Profile");
    const signed = sign(writePlist(content));
    const source = base64(signed);
    const created = await call("POST", root, { body: bodyOf(artifact, source) });
    expect(created).toEqual({ status: 201, body: { id: expect.any(String), artifact, source, ...block } });
    const { id } = created.body as { id: string };
    expect(await lastEvent()).toMatchObject({
      objects: { mdm_provisioning_profile: [id] },
      payload: {
        object: {
          model: "mdm.provisioningprofile",
          new_value: { source: sha1(signed), name: "In-house apps", uuid: uuid.toLowerCase() },
        },
      },
    });
    expect((await call("PUT", `${root}${id}/`, { body: bodyOf(artifact, source) })).status).toBe(200);
    expect(await call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
  });

  const broken = sign(writePlist(content));
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  test.each<[string, string, string]>([
    ["no base64", "A", "Invalid base64-encoded value"],
    ["no signature", base64(writePlist(content)), "Could not verify signature"],
    ["a broken signature", base64(broken), "Could not verify signature"],
    ["no plist", base64(sign(Buffer.from("no"))), "Invalid signed data"],
    ["no UUID", base64(sign(writePlist({ Name: "x" }))), "Could not read provisioning profile UUID"],
    [
      "a UUID that is none",
      base64(sign(writePlist({ UUID: "x" }))),
      "Could not read provisioning profile UUID",
    ],
  ])("%s is refused", async (_, source, text) => {
    const artifact = await makeArtifact("Provisioning Profile");
    expect(await call("POST", root, { body: bodyOf(artifact, source) })).toEqual({
      status: 400,
      body: { source: [text] },
    });
  });
});

describe("certificate assets", () => {
  const root = "/api/mdm/cert_assets/";

  async function makeIssuer(table: "acme" | "scep"): Promise<string> {
    const id = randomUUID();
    await database.testOperation((op) =>
      table === "scep"
        ? op.tx.run(sql`
            insert into scep_issuers (id, name, description, url, key_size, key_usage, backend, version, created_at,
                                      updated_at)
            values (${id}, ${id}, '', 'https://scep.example.com/', 2048, 0, 'STATIC_CHALLENGE', 1, ${op.at}, ${op.at})`)
        : op.tx.run(sql`
            insert into acme_issuers (id, name, description, directory_url, key_type, key_size, usage_flags,
                                      extended_key_usage, hardware_bound, attest, backend, version, created_at,
                                      updated_at)
            values (${id}, ${id}, '', 'https://acme.example.com/', 'RSA', 2048, 0, array[]::text[], false, false,
                    'STATIC_CHALLENGE', 1, ${op.at}, ${op.at})`),
    );
    return id;
  }

  const none = { rfc822Name: null, dNSName: null, uniformResourceIdentifier: null, ntPrincipalName: null };
  async function aBody(more: Json = {}): Promise<Json> {
    return {
      artifact: await makeArtifact("Certificate Asset"),
      acme_issuer: null,
      scep_issuer: null,
      subject: [],
      subject_alt_name: {},
      macos: true,
      macos_min_version: "14.0",
      version: 1,
      ...more,
    };
  }

  test("an asset is answered with all four alternative names, and written over", async () => {
    const [acme, scep] = [await makeIssuer("acme"), await makeIssuer("scep")];
    const subject = [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }];
    const body = await aBody({ acme_issuer: acme, subject });
    const created = await call("POST", root, { body });
    expect(created).toEqual({
      status: 201,
      body: {
        id: expect.any(String),
        artifact: body["artifact"],
        acme_issuer: acme,
        scep_issuer: null,
        subject,
        subject_alt_name: none,
        accessible: "Default",
        ...block,
      },
    });
    const { id } = created.body as { id: string };
    const { macos_min_version: _min, ...kept } = body;
    const changed = {
      ...kept,
      acme_issuer: null,
      scep_issuer: scep,
      subject: [...subject, { type: "1.2.840.113549.1.9.1", value: "x" }],
      subject_alt_name: { rfc822Name: "a@example.com", dNSName: null },
      accessible: "AfterFirstUnlock",
    };
    expect(await call("PUT", `${root}${id}/`, { body: changed })).toMatchObject({
      status: 200,
      body: { ...changed, subject_alt_name: { ...none, rfc822Name: "a@example.com" }, macos_min_version: "" },
    });
    expect(await lastEvent()).toMatchObject({
      objects: { mdm_cert_asset: [id] },
      payload: {
        action: "updated",
        object: {
          model: "mdm.certasset",
          prev_value: { acme_issuer: { pk: acme, name: acme }, scep_issuer: null },
          new_value: { acme_issuer: null, scep_issuer: { pk: scep, name: scep } },
        },
      },
    });
    expect(await call("DELETE", `${root}${id}/`)).toEqual({ status: 204, body: null });
  });

  const unknown = "00000000-0000-4000-8000-000000000000";
  const cn = { subject: [{ type: "CN", value: "x" }] };
  test.each<[Json, Json]>([
    [{ ...cn }, { non_field_errors: ["An ACME issuer or SCEP issuer is required."] }],
    [{ ...cn, scep_issuer: unknown }, { scep_issuer: [`Invalid pk "${unknown}" - object does not exist.`] }],
    [{ ...cn, acme_issuer: unknown }, { acme_issuer: [`Invalid pk "${unknown}" - object does not exist.`] }],
    [{ subject: [{ type: "3.1", value: "x" }] }, { subject: [{ type: ["Invalid RDN type"] }] }],
    [{ acme_issuer: undefined }, { acme_issuer: ["This field is required."] }],
    [{ subject: undefined }, { subject: ["This field is required."] }],
    [{ accessible: "Always" }, { accessible: ['"Always" is not a valid choice.'] }],
  ])("%j is refused", async (more, errors) => {
    expect(await call("POST", root, { body: await aBody(more) })).toEqual({ status: 400, body: errors });
  });

  test("an asset without any name is refused, and an empty name is none", async () => {
    const body = await aBody({ scep_issuer: await makeIssuer("scep"), subject_alt_name: { dNSName: "" } });
    expect(await call("POST", root, { body })).toEqual({
      status: 400,
      body: { non_field_errors: ["A Subject or SubjectAltName is required."] },
    });
  });
});
