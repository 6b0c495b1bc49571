import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findDeviceTarget } from "#mdm/devices/device-operations.ts";
import type { Target } from "#mdm/devices/device.ts";
import { enrollUser } from "../../../test/tools/devices.ts";
import { type ContractWorld, startContractWorld } from "../../../test/tools/contract-world.ts";
import {
  insertCertAsset,
  insertDataAsset,
  insertEnterpriseApp,
  insertPackage,
  insertProfile,
  insertVersion,
  storeContent,
  testManifest,
} from "../../../test/tools/deliverables.ts";
import { sql } from "#platform/db/sql.ts";
import { type Operation, operate, operatorActor } from "#platform/operation.ts";
import { type Sealer, createSealer } from "#platform/sealer.ts";
import { Secret } from "#platform/secret.ts";
import { type TokenSigner, createTokenSigner } from "#platform/signed-token.ts";
import { openLocalStorage } from "#platform/storage/local-storage.ts";
import { decodeSignedData } from "#protocol/cms/signed-data.ts";
import { verifySignedData } from "#protocol/cms/verify-signed-data.ts";
import { readPlistDictionary } from "#protocol/plist/read.ts";
import type { PlistDictionary } from "#protocol/plist/value.ts";
import { writePlist } from "#protocol/plist/write.ts";
import { type DownloadPurpose, downloadSecondsMax, signDownload } from "./download-token.ts";
import { type DownloadName, downloadPaths } from "./download-urls.ts";

const secretKey = new Secret(randomBytes(32));
const signer: TokenSigner = createTokenSigner(secretKey);
const sealer: Sealer = createSealer(secretKey);
let world: ContractWorld;
let target: Target;
beforeAll(async () => {
  world = await startContractWorld({ config: { secretKey } });
  target = await findDeviceTarget(world.testApp.app.foundation.database, world.deviceId);
});
afterAll(() => world.close());

const run = <T>(work: (op: Operation) => Promise<T>): Promise<T> =>
  operate(world.testApp.app.foundation.source, operatorActor("test"), work);
const at = (): Date => world.testApp.clock.now();

function tokenFor(purpose: DownloadPurpose, objectId: string, holder: Target = target): string {
  const token = signDownload(signer, purpose, { target: holder, objectId, at: at() });
  if (token === null) throw new Error("The device of the world has a session");
  return token;
}

type Download = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** What was recorded of it. */
  readonly event: Readonly<Record<string, unknown>> | null;
};

async function download(
  name: DownloadName,
  parameter: string,
  request: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Download> {
  const { app } = world.testApp;
  const since = await lastSequence();
  const answer = await fetch(new URL(downloadPaths[name].replace(/:\w+/, parameter), app.baseUrl), {
    redirect: "manual",
    ...request,
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  await app.flush();
  const event = await app.foundation.database.maybe<{ payload: Record<string, unknown> }>(sql`
    select payload from events where type = 'mdm_download' and sequence > ${since}`);
  return { status: answer.status, headers: answer.headers, bytes, event: event?.payload ?? null };
}

async function lastSequence(): Promise<string> {
  const { last } = await world.testApp.app.foundation.database.one<{ last: string }>(
    sql`select coalesce(max(sequence), 0)::text as last from events`,
  );
  return last;
}

const profile = (more: Readonly<Record<string, unknown>> = {}): Buffer =>
  writePlist({
    PayloadIdentifier: "com.example.wifi",
    PayloadUUID: "A",
    PayloadDisplayName: "$ENROLLED_DEVICE.SERIAL_NUMBER <&>",
    ...more,
  } as never);

describe("a profile", () => {
  test("is sent signed, known by its artifact, with the values of the device", async () => {
    const { artifactId, versionId } = await run((op) => insertProfile(op, sealer, profile()));
    const { status, headers, bytes, event } = await download("profile", tokenFor("profile", versionId));
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-apple-aspen-config");
    const { content } = verifySignedData({ signedData: decodeSignedData(bytes) });
    expect(readPlistDictionary(content ?? Buffer.alloc(0))).toMatchObject({
      PayloadIdentifier: `1.0.0.127.artifact.${artifactId}`,
      PayloadUUID: versionId.toUpperCase(),
      PayloadDisplayName: `${target.device.serialNumber} <&>`,
    });
    expect(event).toEqual({
      outcome: "success",
      target_type: "profile",
      profile: {
        pk: versionId,
        version: 1,
        artifact: { pk: artifactId, name: `artifact ${artifactId}` },
      },
      response_kind: "stream",
      enrolled_device: { pk: world.deviceId, udid: target.device.udid },
      enrollment_session: { model: "otaenrollmentsession", pk: target.device.sessionId },
    });
  });

  test("has its SCEP payload completed by the issuer that it names, with a new challenge each time", async () => {
    const issuer = await world.api.read(`/api/mdm/scep_issuers/${world.scepIssuerId}/`);
    const Subject = [[["CN", "$ENROLLED_DEVICE.UDID"]]];
    const scep = { Name: issuer["name"], Subject, Keysize: 4096, Challenge: "old" };
    const PayloadContent = [
      { PayloadType: "com.apple.security.scep", PayloadContent: scep },
      { PayloadType: "com.apple.security.scep", PayloadContent: { Name: "Elsewhere", Challenge: "own" } },
    ];
    const { versionId } = await run((op) => insertProfile(op, sealer, profile({ PayloadContent })));
    const token = tokenFor("profile", versionId);
    const challenges: unknown[] = [];
    for (let time = 0; time < 2; time++) {
      const { bytes } = await download("profile", token);
      const { content } = verifySignedData({ signedData: decodeSignedData(bytes) });
      const payloads = readPlistDictionary(content ?? Buffer.alloc(0))["PayloadContent"] as PlistDictionary[];
      const [own, other] = payloads.map((payload) => payload["PayloadContent"] as PlistDictionary);
      expect(own).toMatchObject({ Keysize: 4096, "Key Type": "RSA", URL: issuer["url"] });
      expect(own?.["Subject"]).toEqual([[["CN", target.device.udid]]]);
      expect(other).toEqual({ Name: "Elsewhere", Challenge: "own" });
      challenges.push(own?.["Challenge"]);
    }
    expect(new Set(challenges).size).toBe(2);
    expect(challenges).not.toContain("old");
  });

  test("is not sent while a variable has no value", async () => {
    const source = profile({ PayloadOrganization: "$REALM_USER.EMAIL" });
    const { versionId } = await run((op) => insertProfile(op, sealer, source));
    expect(await download("profile", tokenFor("profile", versionId))).toMatchObject({
      status: 400,
      event: null,
    });
  });
});

describe("refusals come in their order", () => {
  test.each([
    ["garbage", () => "garbage", "bad_signature"],
    ["a token of another purpose", () => tokenFor("data_asset", randomUUID()), "bad_signature"],
    [
      "a token of another installation",
      () => {
        const other = createTokenSigner(new Secret(randomBytes(32)));
        return signDownload(other, "profile", { target, objectId: randomUUID(), at: at() }) ?? "";
      },
      "bad_signature",
    ],
    [
      "a token of last month",
      () => {
        const past = new Date(at().getTime() - downloadSecondsMax * 1000);
        return signDownload(signer, "profile", { target, objectId: randomUUID(), at: past }) ?? "";
      },
      "expired",
    ],
  ])("%s: 400", async (_, makeToken, reason) => {
    expect(await download("profile", makeToken())).toMatchObject({
      status: 400,
      event: { outcome: "bad_token", target_type: "profile", reason },
    });
  });

  test("what is gone, or another kind of artifact: 404", async () => {
    const { versionId } = await run((op) => insertDataAsset(op, "zip", "a.zip"));
    for (const id of [randomUUID(), versionId]) {
      expect(await download("profile", tokenFor("profile", id))).toMatchObject({
        status: 404,
        event: { outcome: "target_not_found", target_type: "profile" },
      });
    }
  });

  test("a session that is gone: 404", async () => {
    const { versionId } = await run((op) => insertProfile(op, sealer, profile()));
    const lost = { ...target, device: { ...target.device, sessionId: 999_999 } };
    expect(await download("profile", tokenFor("profile", versionId, lost))).toMatchObject({
      status: 404,
      event: { outcome: "session_not_found" },
    });
  });

  test.each([
    ["blocked", sql`blocked_at`],
    ["checked_out", sql`checkout_at`],
  ])("a device that is %s: 404", async (reason, column) => {
    const { versionId } = await run((op) => insertProfile(op, sealer, profile()));
    await run((op) => op.tx.run(sql`update devices set ${column} = ${at()} where id = ${world.deviceId}`));
    const refused = await download("profile", tokenFor("profile", versionId));
    await run((op) => op.tx.run(sql`update devices set ${column} = null where id = ${world.deviceId}`));
    expect(refused).toMatchObject({ status: 404, event: { outcome: "device_inactive", reason } });
  });

  test("a user who is gone: 404; one who is there gets values of their own", async () => {
    const source = profile({ PayloadDisplayName: "$ENROLLED_USER.LONG_NAME" });
    const { versionId } = await run((op) => insertProfile(op, sealer, source));
    const user = await run((op) => enrollUser(op, target.device));
    const token = tokenFor("profile", versionId, { ...target, user });
    const { status, event } = await download("profile", token);
    expect([status, event?.["enrolled_user"]]).toEqual([200, { pk: user.id, user_id: user.userId }]);
    await run((op) => op.tx.run(sql`delete from device_users where id = ${user.id}`));
    expect(await download("profile", token)).toMatchObject({
      status: 404,
      event: { outcome: "user_not_found" },
    });
  });

  test("no event holds the token, nor the path with it", async () => {
    const token = tokenFor("profile", randomUUID());
    await download("profile", token);
    const { found } = await world.testApp.app.foundation.database.one<{ found: boolean }>(sql`
      select exists (select from events e where e::text like ${`%${token.slice(0, 60)}%`}) as found`);
    expect(found).toBe(false);
  });
});

describe("files", () => {
  test("a data asset is sent as an attachment", async () => {
    const storage = openLocalStorage(join(world.testApp.folder, "files"));
    await storeContent(storage, "zip bytes");
    const { versionId } = await run((op) => insertDataAsset(op, "zip bytes", 'a"\r\nb.zip'));
    const { status, headers, bytes, event } = await download("dataAsset", tokenFor("data_asset", versionId));
    expect([status, bytes.toString()]).toEqual([200, "zip bytes"]);
    expect(headers.get("content-type")).toBe("application/zip");
    expect(headers.get("content-length")).toBe("9");
    expect(headers.get("content-disposition")).toBe('attachment; filename="a___b.zip"');
    expect(event).toMatchObject({ outcome: "success", target_type: "data_asset", response_kind: "stream" });
  });

  test("a download goes on where it was cut off, as long as the file is the same", async () => {
    const storage = openLocalStorage(join(world.testApp.folder, "files"));
    await storeContent(storage, "0123456789");
    const { versionId } = await run((op) => insertDataAsset(op, "0123456789", "a.zip"));
    const token = tokenFor("data_asset", versionId);
    const ask = async (headers: Record<string, string>, method = "GET") => {
      const { status, headers: said, bytes, event } = await download("dataAsset", token, { method, headers });
      const facts = [status, said.get("content-range"), said.get("content-length"), bytes.toString()];
      return { facts, etag: said.get("etag") ?? "", outcome: event?.["outcome"] };
    };
    const { etag, facts } = await ask({});
    expect(facts).toEqual([200, null, "10", "0123456789"]);
    const rest = await ask({ range: "bytes=7-", "if-range": etag });
    expect(rest).toMatchObject({ facts: [206, "bytes 7-9/10", "3", "789"], etag, outcome: "success" });
    expect((await ask({ range: "bytes=0-1" })).facts).toEqual([206, "bytes 0-1/10", "2", "01"]);
    const changed = await ask({ range: "bytes=7-", "if-range": '"another"' });
    expect(changed.facts).toEqual([200, null, "10", "0123456789"]);
    const beyond = await ask({ range: "bytes=10-" });
    expect(beyond).toMatchObject({
      facts: [416, "bytes */10", "0", ""],
      outcome: "range_not_satisfiable",
    });
    expect((await ask({ range: "bytes=7-" }, "HEAD")).facts).toEqual([200, null, "10", ""]);
  });

  test("one that the storage has lost is not found, and told of", async () => {
    const { versionId } = await run((op) => insertDataAsset(op, "never stored", "a.zip"));
    expect(await download("dataAsset", tokenFor("data_asset", versionId))).toMatchObject({
      status: 404,
      event: { outcome: "target_not_found", reason: "file_missing" },
    });
  });

  test("a package is found by its manifest, whose URL stays the same for ever", async () => {
    const storage = openLocalStorage(join(world.testApp.folder, "files"));
    await storeContent(storage, "package");
    const id = await run((op) => insertPackage(op, "package"));
    const token = tokenFor("package_manifest", id);
    world.testApp.clock.advance(400 * 24 * 3600);
    expect(tokenFor("package_manifest", id)).toBe(token);
    const manifest = await download("packageManifest", token);
    expect(manifest.headers.get("content-type")).toBe("application/x-plist");
    const fileUrl = `/public/mdm/packages/${tokenFor("package_file", id)}/file/`;
    const [item] = testManifest.items;
    const assets = [{ ...item?.assets[0], url: new URL(fileUrl, world.testApp.app.baseUrl).href }];
    expect(readPlistDictionary(manifest.bytes)).toEqual({ items: [{ ...item, assets }] });
    const file = await download("packageFile", tokenFor("package_file", id));
    expect([file.status, file.bytes.toString()]).toEqual([200, "package"]);
    const refused = await download("packageFile", token);
    expect([refused.status, refused.event?.["outcome"]]).toEqual([400, "bad_token"]);
    const stored = await world.testApp.app.foundation.database.one<{ manifest: unknown }>(
      sql`select manifest from packages where id = ${id}`,
    );
    expect(JSON.stringify(stored.manifest)).not.toContain("url");
  });
});

describe("credentials", () => {
  const subject = [{ type: "CN", value: "$ENROLLED_DEVICE.SERIAL_NUMBER" }];

  test("of SCEP are JSON with the names of the device, and a challenge of the issuer", async () => {
    const subjectAltName = { rfc822Name: null, dNSName: "$ENROLLED_DEVICE.UDID.example.com" };
    const asset = { scepIssuerId: world.scepIssuerId, subject, subjectAltName };
    const { versionId } = await run((op) => insertCertAsset(op, asset));
    const { status, headers, bytes } = await download(
      "scepCredential",
      tokenFor("cert_credential", versionId),
    );
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    const issuer = await world.api.read(`/api/mdm/scep_issuers/${world.scepIssuerId}/`);
    expect(JSON.parse(bytes.toString())).toEqual({
      Subject: [[["CN", target.device.serialNumber]]],
      SubjectAltName: { dNSName: `${target.device.udid}.example.com` },
      Name: issuer["name"],
      URL: issuer["url"],
      "Key Type": "RSA",
      "Key Usage": issuer["key_usage"],
      Keysize: issuer["key_size"],
      Challenge: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test("of ACME ask for what the issuer wants and the device can", async () => {
    const issuer = await world.api.create("/api/mdm/acme_issuers/", {
      name: world.uniqueName(),
      directory_url: "https://acme.example.com/directory",
      key_type: "ECSECPrimeRandom",
      key_size: 384,
      backend: "STATIC_CHALLENGE",
      static_challenge_kwargs: { challenge: "k7-orange" },
    });
    const asset = { acmeIssuerId: String(issuer["id"]), subject };
    const { versionId } = await run((op) => insertCertAsset(op, asset));
    const token = tokenFor("cert_credential", versionId);
    const ask = async (model: string, osVersion: string): Promise<Download> => {
      await run((op) =>
        op.tx.run(sql`
          update devices set model = ${model}, os_version = ${osVersion} where id = ${world.deviceId}`),
      );
      return download("acmeCredential", token);
    };
    const silicon = await ask("Mac14,2", "15.1");
    expect(JSON.parse(silicon.bytes.toString())).toEqual({
      Subject: [[["CN", target.device.serialNumber]]],
      DirectoryURL: "https://acme.example.com/directory",
      KeySize: 384,
      KeyType: "ECSECPrimeRandom",
      UsageFlags: 0,
      HardwareBound: true,
      Attest: true,
      ClientIdentifier: "k7-orange",
    });
    const intel = await ask("MacBookPro14,2", "15.1");
    expect(JSON.parse(intel.bytes.toString())).toMatchObject({ HardwareBound: false, Attest: false });
    expect(await ask("Mac14,2", "13.0")).toMatchObject({ status: 400, event: null });
    expect(await download("scepCredential", token)).toMatchObject({ status: 400, event: null });
  });

  test("of an issuer that does not answer are a failure of ours", async () => {
    const issuer = await world.api.create("/api/mdm/scep_issuers/", {
      name: world.uniqueName(),
      url: "https://scep.example.com/",
      backend: "IDENT",
      ident_kwargs: { url: "http://127.0.0.1:9/", bearer_token: "t", max_retries: 1, request_timeout: 1 },
    });
    const asset = { scepIssuerId: String(issuer["id"]), subject };
    const { versionId } = await run((op) => insertCertAsset(op, asset));
    const { status } = await download("scepCredential", tokenFor("cert_credential", versionId));
    expect(status).toBe(500);
  });

  test("are not made of another kind of artifact", async () => {
    const { versionId } = await run((op) => insertVersion(op, "Certificate Asset"));
    expect(await download("scepCredential", tokenFor("cert_credential", versionId))).toMatchObject({
      status: 404,
      event: { outcome: "target_not_found", target_type: "cert_credential_scep" },
    });
  });
});

describe("an enterprise app", () => {
  async function sendCommand(sentSecondsAgo = 0): Promise<string> {
    const storage = openLocalStorage(join(world.testApp.folder, "files"));
    await storeContent(storage, "tool");
    const uuid = randomUUID();
    await run(async (op) => {
      const { versionId } = await insertEnterpriseApp(op, sealer, {});
      const sentAt = new Date(op.at.getTime() - sentSecondsAgo * 1000);
      await op.tx.run(sql`
        insert into commands (uuid, device_id, name, request_type, arguments, artifact_version, artifact_operation, state,
                              priority, sent_at, created_at, updated_at)
        values (${uuid}, ${world.deviceId}, 'InstallEnterpriseApplication', 'InstallEnterpriseApplication', '{}',
                ${versionId}, 'INSTALLATION', 'sent', 10, ${sentAt}, ${sentAt}, ${sentAt})`);
    });
    return uuid;
  }

  test("is sent to whoever knows the command that a device was given", async () => {
    const { status, bytes, event } = await download("enterpriseApp", await sendCommand());
    expect([status, bytes.toString()]).toEqual([200, "tool"]);
    expect(event).toMatchObject({
      outcome: "success",
      target_type: "enterprise_app",
      enrolled_device: { pk: world.deviceId },
    });
  });

  test.each([randomUUID(), "nonsense"])("is not found without one: %s", async (uuid) => {
    expect(await download("enterpriseApp", uuid)).toMatchObject({
      status: 404,
      event: { outcome: "not_found", target_type: "enterprise_app" },
    });
  });

  test("is not found a week later, nor for a device that is blocked", async () => {
    const uuid = await sendCommand(downloadSecondsMax);
    expect(await download("enterpriseApp", uuid)).toMatchObject({
      status: 404,
      event: { outcome: "not_found", reason: "expired" },
    });
    const fresh = await sendCommand();
    await run((op) => op.tx.run(sql`update devices set blocked_at = ${at()} where id = ${world.deviceId}`));
    const refused = await download("enterpriseApp", fresh);
    await run((op) => op.tx.run(sql`update devices set blocked_at = null where id = ${world.deviceId}`));
    expect(refused).toMatchObject({ status: 404, event: { outcome: "device_inactive", reason: "blocked" } });
  });
});
