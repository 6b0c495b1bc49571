import { randomBytes, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Device, Target } from "#mdm/devices/device.ts";
import type { ArtifactVersionId } from "#mdm/artifacts/artifact.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import { Real } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { writeBinaryPlist } from "#protocol/plist/write-binary.ts";
import { sql } from "#platform/db/sql.ts";
import { createSealer, sealText } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { createTokenSigner } from "#platform/signed-token.ts";
import { aDeviceUser, aTarget } from "../../../test/tools/devices.ts";
import { aCa, rsaKey } from "../../../test/tools/identities.ts";
import {
  insertCertAsset,
  insertDataAsset,
  insertEnterpriseApp,
  insertPackage,
  insertProfile,
  insertVersion,
} from "../../../test/tools/deliverables.ts";
import { useTestDatabase } from "../../../test/tools/test-database.ts";
import { openDownload } from "./download-token.ts";
import { renderArtifactCommand } from "./render-command-operations.ts";
import { renderDeclaration } from "./render-declaration-operations.ts";
import type { RenderedCommand } from "./rendering.ts";

const database = useTestDatabase();
const secretKey = new Secret(randomBytes(32));
const sealer = createSealer(secretKey);
const tokenSigner = createTokenSigner(secretKey);
const key = rsaKey("profile signer");
const deps = {
  sealer,
  randomBytes,
  baseUrl: new URL("https://mdm.example.com"),
  profileSigner: { certificate: aCa(key).certificate, chain: [], privateKey: key.privateKey },
  tokenSigner,
};
const target = aTarget({ sessionId: 12, osVersion: "15.1", model: "Mac14,2" });
const commandUuid = "1c9f8a52-4a55-4d8f-9c52-6d0b7f0a9e11";
const profile = (more: Readonly<Record<string, unknown>> = {}) =>
  ({ PayloadIdentifier: "a", PayloadUUID: "b", ...more }) as never;

let scepIssuerId: string;
beforeAll(async () => {
  scepIssuerId = randomUUID();
  const context = { table: "scep_issuers", column: "backend_settings_sealed", row: scepIssuerId };
  const settings = {
    url: "https://ident.example.com",
    bearer_token: "t",
    request_timeout: 1,
    max_retries: 1,
  };
  await database.testOperation((op) =>
    op.tx.run(sql`
      insert into scep_issuers (id, name, description, url, key_size, key_usage, backend, backend_settings_sealed,
                                version, created_at, updated_at)
      values (${scepIssuerId}, 'Ident', '', 'https://ca.example.com', 2048, 5, 'IDENT',
              ${sealText(sealer, JSON.stringify(settings), context)}, 1, ${op.at}, ${op.at})`),
  );
});

type Operation = "INSTALLATION" | "REMOVAL";

const command = (
  versionId: ArtifactVersionId,
  {
    to = target,
    operation = "INSTALLATION" as Operation,
    ...more
  }: { to?: Target; operation?: Operation; fetched?: never } = {},
): Promise<RenderedCommand> =>
  database.testOperation((op) =>
    renderArtifactCommand(op, deps, { target: to, versionId, operation, commandUuid, ...more }),
  );

describe("commands", () => {
  test("InstallProfile holds the profile, signed; reals stay reals", async () => {
    const source = writePlist(profile({ Size: new Real(1), Name: "$ENROLLED_DEVICE.SERIAL_NUMBER" }));
    const { versionId, artifactId } = await database.testOperation((op) => insertProfile(op, sealer, source));
    const made = await command(versionId);
    if (!("command" in made)) throw new Error("The profile can be made");
    const { content } = verifySignedData({ signedData: decodeSignedData(made.command["Payload"] as Buffer) });
    expect(made.command["RequestType"]).toBe("InstallProfile");
    expect(content?.toString()).toContain("<real>1.0</real>");
    expect(readPlistDictionary(content ?? Buffer.alloc(0))).toMatchObject({
      Name: target.device.serialNumber,
      PayloadIdentifier: `com.example.mdm.artifact.${artifactId}`,
      PayloadUUID: versionId.toUpperCase(),
    });
    expect(await command(versionId, { operation: "REMOVAL" })).toEqual({
      command: { RequestType: "RemoveProfile", Identifier: `com.example.mdm.artifact.${artifactId}` },
    });
  });

  test("a profile whose variables have no value is not made, and says which", async () => {
    const source = writePlist(profile({ A: "$ENROLLED_USER.LONG_NAME", B: ["$REALM_USER.EMIAL"] }));
    const { versionId } = await database.testOperation((op) => insertProfile(op, sealer, source));
    expect(await command(versionId)).toEqual({
      failed: {
        reason: "variables_unavailable",
        variables: ["$ENROLLED_USER.LONG_NAME", "$REALM_USER.EMIAL"],
      },
    });
    const user = { ...target, user: aDeviceUser() };
    expect(await command(versionId, { to: user })).toEqual({
      failed: { reason: "variables_unavailable", variables: ["$REALM_USER.EMIAL"] },
    });
  });

  test("a profile for another organisation's issuer waits for its challenge, one for each payload", async () => {
    const scep = { PayloadType: "com.apple.security.scep", PayloadContent: { Name: "Ident" } };
    const source = writePlist(profile({ PayloadContent: [scep, scep] }));
    const { versionId } = await database.testOperation((op) => insertProfile(op, sealer, source));
    const made = await command(versionId);
    if (!("orders" in made)) throw new Error("The issuer must be asked");
    expect([...made.orders.keys()]).toEqual(["PayloadContent[0]", "PayloadContent[1]"]);
    const fetched = new Map(
      [...made.orders].map(([place, { issuerId, issuerVersion }], index) => [
        place,
        { issuerId, issuerVersion, challenge: new Secret(`challenge ${index}`) },
      ]),
    );
    const whole = await command(versionId, { fetched: fetched as never });
    if (!("command" in whole)) throw new Error("All challenges are there");
    const text = decodeSignedData(whole.command["Payload"] as Buffer).content?.toString();
    expect(text).toContain("challenge 0");
    expect(text).toContain("challenge 1");
  });

  test("a binary profile with what XML cannot hold is a failure, not an error", async () => {
    const source = writeBinaryPlist(profile({ A: "\u0001" }));
    const { versionId } = await database.testOperation((op) => insertProfile(op, sealer, source));
    expect(await command(versionId)).toEqual({ failed: { reason: "payload_unwritable" } });
  });

  test("eleven SCEP payloads are too many", async () => {
    const scep = { PayloadType: "com.apple.security.scep", PayloadContent: { Name: "Ident" } };
    const source = writePlist(profile({ PayloadContent: Array.from({ length: 11 }, () => scep) }));
    const { versionId } = await database.testOperation((op) => insertProfile(op, sealer, source));
    expect(await command(versionId)).toEqual({ failed: { reason: "scep_payloads_too_many" } });
  });

  test("InstallEnterpriseApplication names the download of its command, with the values of the device", async () => {
    const configuration = writePlist({ Serial: "$ENROLLED_DEVICE.SERIAL_NUMBER", Rate: new Real(2) });
    const { versionId } = await database.testOperation((op) =>
      insertEnterpriseApp(op, sealer, { configuration, installAsManaged: true }),
    );
    const made = await command(versionId);
    if (!("command" in made)) throw new Error("The app can be made");
    const url = `https://mdm.example.com/public/mdm/device_commands/${commandUuid}/enterprise_app/`;
    expect(made.command).toMatchObject({
      RequestType: "InstallEnterpriseApplication",
      Manifest: { items: [{ assets: [{ url }] }] },
      Configuration: { Serial: target.device.serialNumber, Rate: new Real(2) },
      InstallAsManaged: true,
    });
    const failed = { failed: { reason: "not_delivered_by_command" } };
    expect(await command(versionId, { operation: "REMOVAL" })).toEqual(failed);
    expect(await command(versionId, { to: { ...target, user: aDeviceUser() } })).toEqual(failed);
    expect(await command(versionId, { to: aTarget({ platform: "iOS" }) })).toEqual(failed);
  });

  test("provisioning profiles are installed as they are and removed by their UUID", async () => {
    const uuid = randomUUID();
    const { versionId } = await database.testOperation(async (op) => {
      const version = await insertVersion(op, "Provisioning Profile");
      await op.tx.run(sql`
        insert into provisioning_profiles (artifact_version_id, source, name, uuid)
        values (${version.versionId}, ${Buffer.from("signed")}, 'A', ${uuid})`);
      return version;
    });
    expect(await command(versionId)).toEqual({
      command: { RequestType: "InstallProvisioningProfile", ProvisioningProfile: Buffer.from("signed") },
    });
    expect(await command(versionId, { operation: "REMOVAL" })).toEqual({
      command: { RequestType: "RemoveProvisioningProfile", UUID: uuid },
    });
  });

  test("what is gone, or never goes by command, is a failure", async () => {
    const { versionId: asset } = await database.testOperation((op) => insertDataAsset(op, "a", "a.zip"));
    const { versionId: empty } = await database.testOperation((op) => insertVersion(op, "Profile"));
    expect(await command(asset)).toEqual({ failed: { reason: "not_delivered_by_command" } });
    expect(await command(empty)).toEqual({ failed: { reason: "payload_missing" } });
    expect(await command(randomUUID() as never)).toEqual({ failed: { reason: "payload_missing" } });
  });
});

describe("declarations", () => {
  const declare = (path: string, artifactId: string, versionId: string, to: Target = target) =>
    database.testOperation((op) =>
      renderDeclaration(op, deps, {
        target: to,
        identifier: `com.example.mdm.${path}.${artifactId}`,
        versionId: versionId as ArtifactVersionId,
        serverToken: `${versionId}.rc-1`,
      }),
    );

  async function insertDeclaration(
    type: string,
    payload: object,
  ): Promise<{ artifactId: string; versionId: string }> {
    return database.testOperation(async (op) => {
      const version = await insertVersion(op, "Configuration");
      await op.tx.run(sql`
        insert into declarations (artifact_version_id, type, identifier, server_token, payload)
        values (${version.versionId}, ${type}, ${randomUUID()}, ${randomUUID()}, ${JSON.stringify(payload)}::jsonb)`);
      return version;
    });
  }

  test("say where a profile is downloaded, by this device alone", async () => {
    const { artifactId, versionId } = await database.testOperation((op) =>
      insertProfile(op, sealer, writePlist(profile())),
    );
    const made = await declare("legacy-profile", artifactId, versionId, { ...target, user: aDeviceUser() });
    if (!("declaration" in made)) throw new Error("The declaration can be made");
    const { ProfileURL: url } = made.declaration.Payload;
    const ProfileURL = typeof url === "string" ? url : "";
    const [, token = ""] =
      /^https:\/\/mdm\.example\.com\/public\/mdm\/profiles\/([^/]+)\/$/.exec(ProfileURL) ?? [];
    expect(openDownload(tokenSigner, "profile", { token, at: database.clock.now() })).toEqual({
      objectId: versionId,
      sessionId: 12,
      deviceUserId: 7,
    });
    expect(made.declaration).toMatchObject({
      Type: "com.apple.configuration.legacy",
      Identifier: `com.example.mdm.legacy-profile.${artifactId}`,
      ServerToken: `${versionId}.rc-1`,
    });
  });

  test("of files have their size and digest", async () => {
    const { artifactId, versionId } = await database.testOperation((op) =>
      insertDataAsset(op, "abc", "a.zip"),
    );
    expect(await declare("data-asset", artifactId, versionId)).toMatchObject({
      declaration: {
        Type: "com.apple.asset.data",
        Payload: {
          Reference: {
            DataURL: expect.stringMatching(/\/public\/mdm\/data_assets\/[^/]+\/$/),
            ContentType: "application/zip",
            Size: 3,
            "Hash-SHA-256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          },
        },
      },
    });
  });

  test("of certificates take ACME where the device can, SCEP otherwise, and fail without either", async () => {
    const acmeIssuerId = randomUUID();
    await database.testOperation((op) =>
      op.tx.run(sql`
        insert into acme_issuers (id, name, description, directory_url, key_type, key_size, usage_flags,
                                  extended_key_usage, hardware_bound, attest, backend, version, created_at, updated_at)
        values (${acmeIssuerId}, 'ACME', '', 'https://acme.example.com', 'RSA', 2048, 0, '{}', false, false,
                'STATIC_CHALLENGE', 1, ${op.at}, ${op.at})`),
    );
    const subject = [{ type: "CN", value: "$ENROLLED_DEVICE.UDID" }];
    const both = await database.testOperation((op) =>
      insertCertAsset(op, { acmeIssuerId, scepIssuerId, subject }),
    );
    const acme = await database.testOperation((op) => insertCertAsset(op, { acmeIssuerId, subject }));
    const old: Partial<Device> = { ...target.device, osVersion: "13.0" };
    expect(await declare("cert-asset", both.artifactId, both.versionId)).toMatchObject({
      declaration: {
        Type: "com.apple.asset.credential.acme",
        Payload: {
          Accessible: "AfterFirstUnlock",
          Reference: {
            ContentType: "application/json",
            DataURL: expect.stringContaining("/public/mdm/acme_credential/"),
          },
        },
      },
    });
    expect(await declare("cert-asset", both.artifactId, both.versionId, aTarget(old))).toMatchObject({
      declaration: { Type: "com.apple.asset.credential.scep" },
    });
    const { serialNumber } = target.device;
    expect(await declare("cert-asset", acme.artifactId, acme.versionId, aTarget(old))).toMatchObject({
      refusal: {
        detail: `No compatible issuers found for CertAsset ${acme.versionId} and device ${serialNumber}`,
      },
      failed: { reason: "certificate_issuer_incompatible" },
    });
  });

  test("that operators wrote have their references in the words of devices, and the device's values", async () => {
    const asset = await database.testOperation((op) => insertDataAsset(op, "abc", "a.zip"));
    const packageId = await database.testOperation((op) => insertPackage(op, randomUUID()));
    const { artifactId, versionId } = await insertDeclaration(
      "com.apple.configuration.services.background-tasks",
      {
        ExecutableAssetReference: `ztl:${asset.artifactId}`,
        List: [{ ManifestURL: `ztl:${packageId}` }],
        Note: '<&"$ENROLLED_DEVICE.SERIAL_NUMBER',
      },
    );
    await database.testOperation(async (op) => {
      await op.tx.run(sql`
        insert into declaration_refs (declaration_id, key, artifact_id)
        values (${versionId}, '{ExecutableAssetReference}', ${asset.artifactId}),
               (${versionId}, '{Gone,3,Deep}', ${asset.artifactId})`);
      await op.tx.run(sql`
        insert into package_refs (declaration_id, key, package_id)
        values (${versionId}, '{List,0,ManifestURL}', ${packageId})`);
    });
    const made = await declare("declaration", artifactId, versionId);
    expect(made).toEqual({
      declaration: {
        Type: "com.apple.configuration.services.background-tasks",
        Identifier: `com.example.mdm.declaration.${artifactId}`,
        ServerToken: `${versionId}.rc-1`,
        Payload: {
          ExecutableAssetReference: `com.example.mdm.data-asset.${asset.artifactId}`,
          List: [{ ManifestURL: expect.stringMatching(/\/public\/mdm\/packages\/[^/]+\/manifest\/$/) }],
          Note: `<&"${target.device.serialNumber}`,
        },
      },
    });
  });

  test("are refused with the words of the wire", async () => {
    const type = "com.example.unknown";
    const { artifactId, versionId } = await insertDeclaration(type, { A: "x" });
    expect(await declare("declaration", artifactId, versionId)).toHaveProperty("declaration");
    await database.testOperation((op) =>
      op.tx.run(sql`
        insert into declaration_refs (declaration_id, key, artifact_id) values (${versionId}, '{A}', ${artifactId})`),
    );
    expect(await declare("declaration", artifactId, versionId)).toMatchObject({
      refusal: { detail: `Unknown declaration type ${type}` },
    });
    const gone = randomUUID();
    for (const [path, model] of [
      ["declaration", "Declaration"],
      ["cert-asset", "CertAsset"],
      ["data-asset", "DataAsset"],
      ["legacy-profile", "Profile"],
    ] as const) {
      expect(await declare(path, artifactId, gone)).toMatchObject({
        refusal: { detail: `${model} for artifact version ${gone} does not exist` },
        failed: null,
      });
    }
    expect(await declare("declaration", gone, versionId)).toHaveProperty("refusal");
    expect(await declare("nonsense", artifactId, versionId)).toMatchObject({ failed: null });
  });

  test("without a value for a variable are refused, and fail for this device", async () => {
    const raw = await insertDeclaration("com.apple.configuration.passcode.settings", {
      A: "$REALM_USER.EMAIL",
    });
    const legacy = await database.testOperation((op) =>
      insertProfile(op, sealer, writePlist(profile({ A: "$REALM_USER.EMAIL" }))),
    );
    const subject = [{ type: "CN", value: "$REALM_USER.EMAIL" }];
    const cert = await database.testOperation((op) => insertCertAsset(op, { scepIssuerId, subject }));
    const failed = { reason: "variables_unavailable", variables: ["$REALM_USER.EMAIL"] };
    expect(await declare("declaration", raw.artifactId, raw.versionId)).toMatchObject({ failed });
    expect(await declare("legacy-profile", legacy.artifactId, legacy.versionId)).toMatchObject({ failed });
    expect(await declare("cert-asset", cert.artifactId, cert.versionId)).toMatchObject({ failed });
  });

  test("that name a download are not made for a device without a session", async () => {
    const { artifactId, versionId } = await database.testOperation((op) =>
      insertDataAsset(op, "abc", "a.zip"),
    );
    expect(await declare("data-asset", artifactId, versionId, aTarget({ sessionId: null }))).toMatchObject({
      failed: { reason: "target_without_session" },
    });
  });
});
