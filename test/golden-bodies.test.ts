/** The bodies of http-api 5 and 2, member by member and in their order: clients of the reference read these. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signData } from "#protocol/cms/sign.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { bareListPaths } from "../src/api.ts";
import { makePkg } from "./tools/archives.ts";
import { type ContractWorld, startContractWorld } from "./tools/contract-world.ts";
import { aCa, rsaKey } from "./tools/identities.ts";

let world: ContractWorld;
beforeAll(async () => {
  world = await startContractWorld({ config: { listMode: "auto" } });
});
afterAll(() => world.close());

type Json = Readonly<Record<string, unknown>>;
const naiveTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$/);
const lowerUuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const integer = expect.toSatisfy(Number.isInteger);

/** The answer has exactly these members, in this order, with these values. */
function expectBody(body: unknown, golden: Json): void {
  expect(body).toEqual(golden);
  expect(Object.keys(body as Json)).toEqual(Object.keys(golden));
}

const sha256Of = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** Uploads a package and answers how requests name it. */
async function upload(bytes: Buffer): Promise<{ readonly uri: string; readonly sha256: string }> {
  const head = '--part\r\nContent-Disposition: form-data; name="file"; filename="agent.pkg"\r\n\r\n';
  const answer = await world.call("POST", "/api/mdm/files/", {
    rawBody: new Uint8Array(Buffer.concat([Buffer.from(head), bytes, Buffer.from("\r\n--part--\r\n")])),
    headers: { "content-type": "multipart/form-data; boundary=part" },
  });
  const sha256 = sha256Of(bytes);
  const file = { uri: `pomona://files/${sha256}`, sha256 };
  expect(answer.status, answer.text).toBe(201);
  expectBody(answer.body, { ...file, size: bytes.length, filename: "agent.pkg" });
  return file;
}

async function read(path: string): Promise<Json> {
  const answer = await world.call("GET", path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as Json;
}

/** http-api 2.23, in the order of 5.10. */
const deviceMembers = `
  id users realm_user udid serial_number name model platform os_version build_version apple_silicon
  cert_not_valid_after cert_att_serial_number cert_att_udid blueprint awaiting_configuration
  declarative_management dep_enrollment user_enrollment user_approved_enrollment supervised
  bootstrap_token_escrowed filevault_enabled filevault_prk_escrowed recovery_password_escrowed
  admin_guid admin_shortname admin_password_escrowed activation_lock_manageable last_ip last_seen_at
  last_notified_at checkout_at blocked_at created_at updated_at`
  .trim()
  .split(/\s+/);
const userMembers = `
  id user_id enrollment_id long_name short_name declarative_management last_ip last_seen_at
  created_at updated_at`
  .trim()
  .split(/\s+/);

describe("devices", () => {
  test("a device of the list has the 36 members of the reference, in their order", async () => {
    const { results } = await read(`/api/mdm/devices/?serial_number=${world.device.facts.serialNumber}`);
    const [device] = results as [Json];
    expect(deviceMembers).toHaveLength(36);
    expect(Object.keys(device)).toEqual(deviceMembers);
    expect(device).toMatchObject({
      id: world.deviceId,
      realm_user: null,
      udid: world.device.facts.udid,
      serial_number: world.device.facts.serialNumber,
      name: world.device.facts.deviceName,
      platform: "macOS",
      cert_not_valid_after: naiveTime,
      blueprint: null,
      bootstrap_token_escrowed: true,
      filevault_prk_escrowed: false,
      last_ip: "127.0.0.1",
      last_seen_at: naiveTime,
      checkout_at: null,
      blocked_at: null,
      created_at: naiveTime,
      updated_at: naiveTime,
    });
    const [user] = device["users"] as [Json];
    expect(Object.keys(user)).toEqual(userMembers);
    expect(user).toMatchObject({ id: integer, enrollment_id: null, created_at: naiveTime });
  });

  test("the detail begins with the members of the list", async () => {
    const device = await read(`/api/mdm/devices/${world.deviceId}/`);
    expect(Object.keys(device).slice(0, deviceMembers.length)).toEqual(deviceMembers);
  });

  test("blocking answers the device without its realm user, and is refused the second time", async () => {
    const path = `/api/mdm/devices/${(await world.newDevice()).id}/`;
    const blocked = await world.call("POST", `${path}block/`);
    expect(blocked.status).toBe(200);
    expect(Object.keys(blocked.body as Json)).toEqual(deviceMembers);
    expect(blocked.body).toMatchObject({ blocked_at: naiveTime, realm_user: null });
    const again = await world.call("POST", `${path}block/`);
    expect([again.status, again.text]).toEqual([400, '{"detail":"Device already blocked."}']);
    const unblocked = await world.call("POST", `${path}unblock/`);
    expect(Object.keys(unblocked.body as Json)).toEqual(deviceMembers);
    expect(unblocked.body).toMatchObject({ blocked_at: null });
    const free = await world.call("POST", `${path}unblock/`);
    expect([free.status, free.text]).toEqual([400, '{"detail":"Device not blocked."}']);
  });
});

describe("commands", () => {
  const queued = (deviceId: number, name: string): Json => ({
    uuid: lowerUuid,
    enrolled_device: deviceId,
    name,
    artifact_version: null,
    artifact_operation: null,
    not_before: null,
    time: null,
    result: null,
    result_time: null,
    status: null,
    error_chain: null,
    created_at: naiveTime,
    updated_at: naiveTime,
  });

  test("a lock is answered with its command, without its arguments", async () => {
    const { id } = await world.newDevice();
    const body = { message: "Please call IT", phone_number: "+4930123456", pin: "271828" };
    const locked = await world.call("POST", `/api/mdm/devices/${id}/lock/`, { body });
    expect(locked.status).toBe(201);
    expectBody(locked.body, queued(id, "DeviceLock"));
    const without = await world.call("POST", `/api/mdm/devices/${id}/lock/`, { body: {} });
    expect([without.status, without.text]).toEqual([400, '{"pin":["This field is required."]}']);
  });

  test("an erasure and a custom command are answered alike", async () => {
    const { id } = await world.newDevice();
    const pin = { pin: "271828" };
    const erased = await world.call("POST", `/api/mdm/devices/${id}/erase/`, { body: pin });
    expectBody(erased.body, queued(id, "EraseDevice"));
    const command = "<dict><key>RequestType</key><string>ProfileList</string></dict>";
    const path = `/api/mdm/devices/${id}/send_custom_command/`;
    const custom = await world.call("POST", path, { body: { command } });
    expectBody(custom.body, queued(id, "CustomCommand"));
    const { uuid } = custom.body as { uuid: string };
    expectBody(await read(`/api/mdm/devices/commands/${uuid}/`), queued(id, "CustomCommand"));
  });

  test("a queued command can be taken back, a sent one cannot", async () => {
    const path = `/api/mdm/devices/${world.deviceId}/commands/`;
    const { uuid } = await world.api.create(path, { name: "ProfileList" });
    const command = `/api/mdm/devices/commands/${String(uuid)}/`;
    const deleted = await world.call("DELETE", command);
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect((await world.call("GET", command)).status).toBe(404);

    const other = await world.api.create(path, { name: "ProfileList" });
    await world.device.pollUntilIdle();
    const sent = `/api/mdm/devices/commands/${String(other["uuid"])}/`;
    const refused = await world.call("DELETE", sent);
    const text = "This command has already been sent to the device and cannot be deleted";
    expect([refused.status, refused.text]).toEqual([400, JSON.stringify([text])]);
    const shown = await read(sent);
    expect(Object.keys(shown)).toEqual(Object.keys(queued(0, "")));
    expect(shown).toMatchObject({ time: naiveTime, result_time: naiveTime, status: "Acknowledged" });
  });

  test("a command of a user channel names the user instead of the device", async () => {
    const command = await read(`/api/mdm/users/commands/${world.userCommandUuid}/`);
    const { enrolled_device: _device, ...rest } = queued(0, "ProfileList");
    expect(command).toEqual({ ...rest, enrolled_user: integer });
    const names = Object.keys(queued(0, "")).map((name) =>
      name === "enrolled_device" ? "enrolled_user" : name,
    );
    expect(Object.keys(command)).toEqual(names);
  });
});

describe("enrollments and what they need", () => {
  test("an OTA enrollment is answered as it was given, with its secret", async () => {
    const given = {
      name: "Lab phones",
      display_name: "Lab MDM",
      push_certificate: world.pushCertificateId,
      realm: null,
      acme_issuer: null,
      scep_issuer: world.scepIssuerId,
    };
    const secret = { meta_business_unit: world.unitId, tags: [], serial_numbers: [], udids: [], quota: 25 };
    const created = await world.call("POST", "/api/mdm/ota_enrollments/", {
      body: { ...given, blueprint: null, enrollment_secret: secret },
    });
    expect(created.status, created.text).toBe(201);
    const { name, display_name, ...references } = given;
    const goldenSecret = {
      id: integer,
      secret: expect.stringMatching(/^[0-9A-Za-z]{64}$/),
      ...secret,
      request_count: 0,
    };
    const golden = {
      id: integer,
      name,
      display_name,
      blueprint: null,
      ...references,
      enrollment_secret: goldenSecret,
      created_at: naiveTime,
      updated_at: naiveTime,
    };
    expectBody(created.body, golden);
    const shown = created.body as { id: number; enrollment_secret: Json };
    expect(Object.keys(shown.enrollment_secret)).toEqual(Object.keys(goldenSecret));
    expectBody(await read(`/api/mdm/ota_enrollments/${shown.id}/`), created.body as Json);
  });

  test("what an OTA enrollment leaves out has the defaults of the reference", async () => {
    const created = await world.call("POST", "/api/mdm/ota_enrollments/", {
      body: {
        name: "Least",
        push_certificate: world.pushCertificateId,
        scep_issuer: world.scepIssuerId,
        enrollment_secret: { meta_business_unit: world.unitId },
      },
    });
    expect(created.body).toMatchObject({
      display_name: "Zentral MDM",
      acme_issuer: null,
      blueprint: null,
      realm: null,
      enrollment_secret: { tags: [], serial_numbers: null, udids: null, quota: null, request_count: 0 },
    });
  });

  test("a push certificate never shows its key", async () => {
    const certificate = await read(`/api/mdm/push_certificates/${world.pushCertificateId}/`);
    expectBody(certificate, {
      id: world.pushCertificateId,
      provisioning_uid: null,
      name: "Contract push",
      topic: expect.stringMatching(/^com\.apple\.mgmt\./),
      not_before: naiveTime,
      not_after: naiveTime,
      certificate: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/),
      created_at: naiveTime,
      updated_at: naiveTime,
    });
    const created = await world.api.create("/api/mdm/push_certificates/", { name: "Fresh" });
    expect(Object.keys(created)).toEqual(Object.keys(certificate));
    expect(created).toMatchObject({ topic: null, not_before: null, not_after: null, certificate: null });
  });

  test("a meta business unit has five members", async () => {
    expectBody(await read(`/api/inventory/meta_business_units/${world.unitId}/`), {
      id: world.unitId,
      name: "Contract unit",
      api_enrollment_enabled: false,
      created_at: naiveTime,
      updated_at: naiveTime,
    });
  });

  test("a device secret is there as null before it is known", async () => {
    expectBody(await read(`/api/mdm/devices/${world.deviceId}/device_lock_pin/`), {
      id: world.deviceId,
      serial_number: world.device.facts.serialNumber,
      device_lock_pin: null,
    });
  });
});

describe("artifacts and what their versions hold", () => {
  const scope = {
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
    created_at: naiveTime,
    updated_at: naiveTime,
  };
  const given = { macos: true, macos_min_version: "14.0", version: 1 };
  const newArtifact = (type: string): Promise<Json> =>
    world.api.create("/api/mdm/artifacts/", { name: `Golden ${type}`, type, channel: "Device" });

  test("an artifact is answered as in 5.3", async () => {
    const body = { name: "Firewall on", type: "Profile", channel: "Device", platforms: ["macOS"] };
    expectBody(await world.api.create("/api/mdm/artifacts/", body), {
      id: lowerUuid,
      ...body,
      requires: [],
      install_during_setup_assistant: false,
      auto_update: true,
      reinstall_interval: 0,
      reinstall_on_os_update: "No",
      created_at: naiveTime,
      updated_at: naiveTime,
    });
  });

  test("a profile is answered as in 5.4", async () => {
    const { id: artifact } = await newArtifact("Profile");
    const plist =
      "<plist><dict><key>PayloadIdentifier</key><string>a</string><key>PayloadUUID</key><string>b</string></dict></plist>";
    const source = Buffer.from(plist).toString("base64");
    const created = await world.api.create("/api/mdm/profiles/", { artifact, source, ...given });
    expectBody(created, { id: lowerUuid, artifact, source, ...scope });
  });

  test("a declaration is answered as in 5.6, with its four members, and refused in the words of the reference", async () => {
    const { id: artifact } = await newArtifact("Configuration");
    const source = {
      Type: "com.apple.configuration.passcode.settings",
      Identifier: "net.sample.passcode",
      ServerToken: "2026-09-a",
      Payload: { MinimumLength: 12 },
    };
    const body = { artifact, source: { ...source, Other: 1 }, ...given };
    const created = await world.api.create("/api/mdm/declarations/", body);
    expectBody(created, { id: lowerUuid, artifact, source, ...scope });
    const again = { ...body, source: { ...source, ServerToken: "2026-09-b" }, version: 2 };
    const refused = await world.call("POST", "/api/mdm/declarations/", { body: again });
    expect([refused.status, refused.body]).toEqual([
      400,
      { source: ["The latest declaration of this artifact has the same Payload"] },
    ]);
    const text = { ...body, source: JSON.stringify(source) };
    expectBody(await world.api.update(`/api/mdm/declarations/${String(created["id"])}/`, text), {
      ...created,
      updated_at: naiveTime,
    });
  });

  test("a certificate asset always has its four alternative names", async () => {
    const { id: artifact } = await newArtifact("Certificate Asset");
    const asset = {
      acme_issuer: null,
      scep_issuer: world.scepIssuerId,
      subject: [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }],
      subject_alt_name: {
        rfc822Name: null,
        dNSName: "a.example.com",
        uniformResourceIdentifier: null,
        ntPrincipalName: null,
      },
      accessible: "AfterFirstUnlock",
    };
    const created = await world.api.create("/api/mdm/cert_assets/", { artifact, ...asset, ...given });
    expectBody(created, { id: lowerUuid, artifact, ...asset, ...scope });
  });

  test("a data asset is answered without its source, with what the file is", async () => {
    const { id: artifact } = await newArtifact("Data Asset");
    const bytes = Buffer.from("<plist><string>settings</string></plist>");
    const body = { artifact, type: "PLIST", source: bytes.toString("base64"), ...given };
    expectBody(await world.api.create("/api/mdm/data_assets/", body), {
      id: lowerUuid,
      artifact,
      type: "PLIST",
      file_sha256: sha256Of(bytes),
      file_size: bytes.length,
      filename: "",
      ...scope,
    });
  });

  test("a provisioning profile is answered as it was given, signature and all", async () => {
    const { id: artifact } = await newArtifact("Provisioning Profile");
    const key = rsaKey("provisioning");
    const { certificate } = aCa(key);
    const content = writePlist({ UUID: "1f0e3c7e-0000-4000-8000-000000000001", Name: "Golden" });
    const source = signData({
      content,
      certificate,
      privateKey: key.privateKey,
      signedAttributes: true,
    }).toString("base64");
    const created = await world.api.create("/api/mdm/provisioning_profiles/", { artifact, source, ...given });
    expectBody(created, { id: lowerUuid, artifact, source, ...scope });
  });

  /** Of a package of one bundle, which is smaller than a chunk. */
  const packageFacts = (bytes: Buffer): Json => ({
    filename: "agent.pkg",
    product_id: "io.sample.agent",
    product_version: "7.1",
    bundles: [{ version_str: "1.2", version: "12", id: "io.sample.agent", path: "Applications/Agent.app" }],
    manifest: {
      items: [
        {
          assets: [
            {
              kind: "software-package",
              "md5-size": bytes.length,
              md5s: [createHash("md5").update(bytes).digest("hex")],
              "sha256-size": bytes.length,
              sha256s: [sha256Of(bytes)],
            },
          ],
          metadata: {
            kind: "software",
            title: "Sample Agent",
            "bundle-identifier": "io.sample.agent",
            "bundle-version": "7.1",
          },
        },
      ],
    },
  });

  test("a package is answered with what its file says of itself, and then who signed it", async () => {
    const bytes = makePkg({ version: "7.1" });
    const { uri: source_uri, sha256 } = await upload(bytes);
    const created = await world.api.create("/api/mdm/packages/", { name: "Golden", source_uri, sha256 });
    expectBody(created, {
      id: lowerUuid,
      name: "Golden",
      description: "",
      type: "PKG",
      source_uri,
      sha256,
      size: bytes.length,
      ...packageFacts(bytes),
      created_at: naiveTime,
      updated_at: naiveTime,
      signature: null,
    });
  });

  test("an enterprise app is answered with its package, and with a configuration in canonical form", async () => {
    const { id: artifact } = await newArtifact("Enterprise App");
    const key = rsaKey("installer");
    const { certificate } = aCa(key, { commonName: "Developer ID Installer: Golden (A1B2C3D4E5)" });
    const signer = { certificates: [certificate.raw], key: key.privateKey };
    const bytes = makePkg({ version: "7.1" }, { signer });
    const { uri: package_uri, sha256: package_sha256 } = await upload(bytes);
    const configuration = "<dict><key>b</key><true/><key>a</key><integer>1</integer></dict>";
    const created = await world.api.create("/api/mdm/enterprise_apps/", {
      artifact,
      package_uri,
      package_sha256,
      configuration,
      ...given,
    });
    expectBody(created, {
      id: lowerUuid,
      artifact,
      package_uri,
      package_sha256,
      package_size: bytes.length,
      ...packageFacts(bytes),
      ios_app: false,
      configuration: expect.stringMatching(
        /^<\?xml[^]*<dict>\n\t<key>a<\/key>\n\t<integer>1<\/integer>\n\t<key>b<\/key>/,
      ),
      install_as_managed: false,
      remove_on_unenroll: false,
      signature: {
        is_intact: true,
        common_name: "Developer ID Installer: Golden (A1B2C3D4E5)",
        organization: null,
        organizational_unit: null,
        issuer_common_name: "Developer ID Installer: Golden (A1B2C3D4E5)",
        certificate_sha256: sha256Of(certificate.raw),
        not_before: certificate.notBefore.toISOString(),
        not_after: certificate.notAfter.toISOString(),
      },
      ...scope,
    });
    expect(await read(`/api/mdm/enterprise_apps/${String(created["id"])}/`)).toEqual(created);
  });

  test("an ACME issuer shows the settings of its backend and no others", async () => {
    const body = {
      directory_url: "https://acme.example.com/directory",
      key_type: "RSA",
      key_size: 2048,
      usage_flags: 1,
      extended_key_usage: ["1.3.6.1.5.5.7.3.2"],
      hardware_bound: false,
      attest: false,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "k7-orange" },
    };
    const created = await world.api.create("/api/mdm/acme_issuers/", {
      name: "Golden ACME",
      ...body,
      ident_kwargs: null,
      microsoft_ca_kwargs: null,
      okta_ca_kwargs: null,
    });
    expectBody(created, {
      id: lowerUuid,
      provisioning_uid: null,
      name: "Golden ACME",
      description: "",
      version: 1,
      created_at: naiveTime,
      updated_at: naiveTime,
      ...body,
    });
  });
});

describe("blueprints and what they refer to", () => {
  const create = async (path: string, body: Json): Promise<Json> => {
    const answer = await world.call("POST", path, { body });
    expect(answer.status, answer.text).toBe(201);
    return answer.body as Json;
  };
  const times = { created_at: naiveTime, updated_at: naiveTime };

  test("a blueprint is answered with everything it refers to, by key", async () => {
    const filevault = await create("/api/mdm/filevault_configs/", {
      name: "Golden vault",
      escrow_location_display_name: "Pomona",
    });
    expectBody(filevault, {
      id: integer,
      name: "Golden vault",
      escrow_location_display_name: "Pomona",
      at_login_only: false,
      bypass_attempts: -1,
      show_recovery_key: false,
      destroy_key_on_standby: false,
      prk_rotation_interval_days: 0,
      prk_reveal_rotation_delay: 60,
      ...times,
    });
    const recovery = await create("/api/mdm/recovery_password_configs/", {
      name: "Golden lock",
      dynamic_password: false,
      static_password: "12345678",
    });
    expectBody(recovery, {
      id: integer,
      name: "Golden lock",
      dynamic_password: false,
      static_password: "12345678",
      rotation_interval_days: 0,
      reveal_rotation_delay: 0,
      rotate_firmware_password: false,
      ...times,
    });
    const enforcement = await create("/api/mdm/software_update_enforcements/", {
      name: "Golden update",
      platforms: ["macOS"],
      os_version: "14.1",
      build_version: "23B74",
      local_datetime: "2023-11-05T09:30:00",
    });
    expectBody(enforcement, {
      id: integer,
      name: "Golden update",
      details_url: "",
      platforms: ["macOS"],
      tags: [],
      os_version: "14.1",
      build_version: "23B74",
      local_datetime: "2023-11-05T09:30:00",
      max_os_version: "",
      delay_days: null,
      local_time: null,
      ...times,
    });
    const given = { name: "Design Macs", inventory_interval: 43_200, collect_apps: 2 };
    const references = { filevault_config: filevault["id"], recovery_password_config: recovery["id"] };
    const software_update_enforcements = [enforcement["id"]];
    const body = { ...given, ...references, software_update_enforcements };
    expectBody(await create("/api/mdm/blueprints/", body), {
      id: integer,
      ...given,
      collect_certificates: 0,
      collect_profiles: 0,
      legacy_profiles_via_ddm: true,
      default_location: null,
      ...references,
      software_update_enforcements,
      ...times,
    });
  });
});

describe("lists and the version of the client", () => {
  const list = async (path: string, agent: string): Promise<unknown> =>
    (await world.call("GET", path, { headers: { "user-agent": agent } })).body;
  const old = "terraform-provider-zentral/0.1.50 goztl/v0.1.74";
  const served = () =>
    bareListPaths.filter((path) => world.testApp.app.endpoints.some((endpoint) => endpoint.path === path));

  test("lists that were arrays once are arrays for a Go client that knows nothing else", async () => {
    expect(served().length).toBeGreaterThan(0);
    for (const path of served()) {
      expect(await list(`${path}?limit=1`, old), path).toBeInstanceOf(Array);
      for (const agent of ["goztl/v0.1.80", "curl/8.9.1"]) {
        expect(await list(path, agent), path).toMatchObject({ count: integer, results: expect.any(Array) });
      }
    }
  });

  test("an array is whole, whatever page was asked for", async () => {
    const path = "/api/mdm/push_certificates/";
    const { count } = (await list(path, "curl")) as { count: number };
    expect(count).toBeGreaterThan(1);
    expect(await list(`${path}?limit=1&offset=1`, old)).toHaveLength(count);
  });

  test("other lists look the same to everyone", async () => {
    for (const agent of [old, "goztl/v0.1.80"]) {
      expect(await list("/api/mdm/devices/", agent)).toMatchObject({ count: integer });
      expect(await list("/api/inventory/meta_business_units/", agent)).toBeInstanceOf(Array);
    }
  });

  test("pages can be followed by a client that doubles the prefix", async () => {
    await world.newDevice();
    await world.newDevice();
    const seen: number[] = [];
    for (let path: string | null = "/api/mdm/devices/?limit=1"; path !== null; ) {
      const page: { next: string | null; results: { id: number }[] } = (await world.call("GET", path))
        .body as never;
      seen.push(...page.results.map(({ id }) => id));
      // What goztl makes of the link below its base URL (http-api 1.16, trap 2).
      const next: URL | null = page.next === null ? null : new URL(page.next);
      if (next !== null) expect(next.origin).toBe(world.testApp.app.baseUrl.origin);
      path = next === null ? null : `/api${next.pathname}${next.search}`;
    }
    const { count } = await read("/api/mdm/devices/");
    expect(new Set(seen).size).toBe(count);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  });
});
